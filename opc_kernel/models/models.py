"""Models of a company: every call is reserved under the caps before it is made, and what came of it is an event."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any, Generic

import msgspec

from opc_kernel.clock import Clock
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.ids import derived_id, new_id
from opc_kernel.log.errors import EventIdTaken, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.models.budget import Spent, at_most, most_tokens, passed_cap
from opc_kernel.models.call import (
    ModelAnswerReused,
    ModelCallAnswered,
    ModelCallFailed,
    ModelCallMalformed,
    ModelCallRefused,
    ModelCallReserved,
    ModelMoneyTaken,
    cost_of,
    cost_text,
    day_stream,
)
from opc_kernel.models.endpoint import (
    EndpointFailed,
    ModelEndpoint,
    ModelReply,
    ModelRequest,
    OpenEndpoint,
    Tokens,
)
from opc_kernel.models.local_only import fields_given, local_only_fields
from opc_kernel.models.outside import tagged
from opc_kernel.models.port import Answer, Cause, NoModel, Shape, Use
from opc_kernel.models.prompt import AnswerUnreadable, In, Out, Prompt, Rendered
from opc_kernel.models.recorded import recorded_answer
from opc_kernel.models.settings import ModelSettings, Route, TierName
from opc_kernel.sql import load_sql
from opc_kernel.telemetry import operation

MAX_TURNS = 3
"""So often a model is asked until its answer can be read."""
MAX_REQUEST_BYTES = 1_000_000
MAX_RACES = 50
"""So often a reservation gives way to another that came first."""
AGAIN = "Your last answer could not be used. Answer again, as asked. What was wrong with it:"


def nothing_held() -> str | None:
    """Say that calls may leave the machine."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking(Generic[In, Out]):
    """One question on its way: what is asked, for whom, and where it goes."""

    prompt: Prompt[In, Out]
    inputs: In
    rendered: Rendered
    route: Route
    use: Use
    day: date

    @property
    def asked(self) -> dict[str, Any]:
        """What every event that begins a call says."""
        return {
            "task": self.use.task,
            "capability": self.use.capability,
            "customer": self.use.customer,
            "purpose": self.prompt.purpose,
            "prompt": self.prompt.name,
            "prompt_version": self.prompt.version,
            "request": self.rendered.digest,
            "tier": self.route.name,
            "host": self.route.tier.host,
            "model": self.route.tier.model,
            "day": self.day,
        }


class Models:
    """A ModelPort over the endpoints of the settings.

    `zone` is the company's, for its day. `held` says why nothing may leave the machine now, or None.
    """

    def __init__(
        self,
        company: Company,
        endpoints: OpenEndpoint,
        clock: Clock,
        settings: ModelSettings,
        *,
        zone: tzinfo,
        held: Callable[[], str | None] = nothing_held,
    ) -> None:
        self._company = company
        self._endpoints = endpoints
        self._clock = clock
        self._settings = settings
        self._zone = zone
        self._held = held

    def text(
        self,
        prompt: Prompt[In, str],
        inputs: In,
        *,
        use: Use,
        tier: TierName | None = None,
        fresh: bool = False,
    ) -> Answer[str] | NoModel:
        """See ModelPort."""
        return self._ask(prompt, inputs, use, tier, fresh=fresh)

    def answer(
        self,
        prompt: Prompt[In, Shape],
        inputs: In,
        *,
        use: Use,
        tier: TierName | None = None,
        fresh: bool = False,
    ) -> Answer[Shape] | NoModel:
        """See ModelPort."""
        return self._ask(prompt, inputs, use, tier, fresh=fresh)

    def _ask(
        self, prompt: Prompt[In, Out], inputs: In, use: Use, tier: TierName | None, *, fresh: bool
    ) -> Answer[Out] | NoModel:
        route = self._settings.route_to(tier) if tier else self._settings.route(prompt.purpose, prompt.tier)
        if route is None:
            return NoModel(cause="unset", reason="no endpoint is set")
        asking = _Asking(
            prompt=prompt,
            inputs=inputs,
            rendered=prompt.render(inputs),
            route=route,
            use=use,
            day=self._today(),
        )
        with operation("model", correlation_id=use.correlation_id, purpose=prompt.purpose) as line:
            answer = (None if fresh else self._reuse(asking)) or self._barred(asking) or self._turns(asking)
            line |= {"tier": route.name, "host": route.tier.host, "came": _came(answer)}
            return answer

    def _reuse(self, asking: _Asking[In, Out]) -> Answer[Out] | NoModel | None:
        """Take a recorded answer. It costs nothing but a turn of its task: who asks for ever is stopped here, too."""
        found = recorded_answer(self._company, asking.prompt, asking.rendered, asking.route)
        if found is None:
            return None
        spent, _ = self._spent(asking)
        if spent.task_calls >= self._settings.caps.calls_per_task:
            reason = f"the task has made its {self._settings.caps.calls_per_task} calls"
            return self._refuse(asking, "cap", reason)
        write = _write(asking, f"model_call/{new_id()}", ModelAnswerReused(call=found.call, **asking.asked))
        self._company.append([write], expected={write.stream: NEW_STREAM})
        return found

    def _barred(self, asking: _Asking[In, Out]) -> NoModel | None:
        """Refuse what may not be sent there, whatever it costs."""
        if asking.rendered.size_bytes > MAX_REQUEST_BYTES:
            return self._refuse(asking, "too-large", f"a request has at most {MAX_REQUEST_BYTES:,} bytes")
        if asking.route.local:
            return None
        if kept := local_only_fields(asking.inputs):
            told = f"{', '.join(kept)} must not leave this machine, and {asking.route.tier.host} is elsewhere"
            return self._refuse(asking, "local-only", told)
        if (reason := self._held()) is not None:
            return self._refuse(asking, "held", reason)
        return None

    def _turns(self, asking: _Asking[In, Out]) -> Answer[Out] | NoModel:
        """Ask until an answer can be read; each turn is a call of its own, reserved and recorded."""
        endpoint = self._endpoints(asking.route.tier)
        complaint = ""
        for turn in range(1, MAX_TURNS + 1):
            outcome = self._turn(asking, endpoint, turn, complaint)
            if not isinstance(outcome, AnswerUnreadable):
                return outcome
            complaint = outcome.reason
        return NoModel(
            cause="malformed", reason=f"{MAX_TURNS} answers could not be used; the last: {complaint}"
        )

    def _turn(
        self, asking: _Asking[In, Out], endpoint: ModelEndpoint, turn: int, complaint: str
    ) -> Answer[Out] | NoModel | AnswerUnreadable:
        sent = _with_complaint(asking.rendered, complaint)
        call = self._reserve(asking, sent, turn)
        if isinstance(call, NoModel):
            return call
        request = ModelRequest(instructions=sent.instructions, words=sent.words, schema=sent.schema)
        started = time.monotonic()
        try:
            reply = endpoint.ask(request)
        except EndpointFailed as failure:
            self._record(asking, call, _failed(asking, sent, failure, _ms_since(started)))
            return NoModel(
                cause="failed",
                reason=failure.happened.rstrip("."),
                transient=failure.transient,
                wait_s=failure.wait_s,
            )
        bill = _bill(asking, sent, reply, _ms_since(started))
        try:
            value, kept = _read(asking, reply)
        except AnswerUnreadable as unreadable:
            self._record(asking, call, ModelCallMalformed(reason=unreadable.reason, **bill))
            return unreadable
        self._record(asking, call, ModelCallAnswered(answer=kept, **bill))
        return Answer(value=value, model=asking.route.tier.model, call=call)

    def _reserve(self, asking: _Asking[In, Out], sent: Rendered, turn: int) -> str | NoModel:
        """Take what a call may cost at most, or say which cap stops it.

        The reservation rests on the version of the day's stream and of both beside it, since a clock elsewhere may be
        a day off: whoever reserved meanwhile is seen, so two processes can't take the same money.
        """
        cost = at_most(sent, asking.route.tier)
        for _ in range(MAX_RACES):
            spent, versions = self._spent(asking)
            passed = passed_cap(
                self._settings.caps,
                spent,
                cost,
                currency=self._settings.currency,
                capability=asking.use.capability,
                customer=asking.use.customer,
                allowed=asking.use.allowed,
                story_allowed=asking.use.story_allowed,
            )
            if passed is not None:
                return self._refuse(asking, "cap", passed)
            call = f"model_call/{new_id()}"
            taken = _write(asking, day_stream(asking.day), ModelMoneyTaken(call=call))
            reserved = _write(asking, call, self._reservation(asking, cost_text(cost), turn))
            with suppress(VersionConflict):
                self._company.append([reserved, taken], expected={**versions, call: NEW_STREAM})
                return call
        return NoModel(
            cause="busy", reason="too many calls are being reserved at the same moment", transient=True
        )

    def _reservation(self, asking: _Asking[In, Out], cost: str, turn: int) -> ModelCallReserved:
        remote = not asking.route.local
        return ModelCallReserved(
            turn=turn,
            at_most=cost,
            currency=self._settings.currency,
            disclosed=fields_given(asking.inputs) if remote else (),
            remote=remote,
            **asking.asked,
        )

    def _spent(self, asking: _Asking[In, Out]) -> tuple[Spent, dict[str, int]]:
        around = {
            name: day_stream(asking.day + timedelta(days=days))
            for name, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1))
        }
        row = self._company.query(
            load_sql("opc_kernel.models", "spent"),
            task=asking.use.task,
            day=asking.day,
            currency=self._settings.currency,
            capability=asking.use.capability,
            customer=asking.use.customer,
            story=asking.use.correlation_id,
            **around,
        ).one()
        assert row is not None, "an aggregate has one row"
        versions = {stream: row.pop(f"{name}_version") for name, stream in around.items()}
        return Spent(**row), versions

    def _refuse(self, asking: _Asking[In, Out], cause: Cause, reason: str) -> NoModel:
        """Record a refusal, once a day for a prompt of a task: who asks again and again does not fill the log."""
        whose = asking.use.task or asking.use.capability
        stream = f"model_call/{derived_id(whose, asking.prompt.name, cause, str(asking.day))}"
        refused = ModelCallRefused(cause=cause, reason=reason, **asking.asked)
        write = msgspec.structs.replace(
            _write(asking, stream, refused), event_id=derived_id(stream, "refused")
        )
        with suppress(VersionConflict, EventIdTaken):
            self._company.append([write], expected={stream: NEW_STREAM})
        return NoModel(cause=cause, reason=reason)

    def _record(self, asking: _Asking[In, Out], call: str, event: EventData) -> None:
        self._company.append([_write(asking, call, event)], expected={call: 1})

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()


def _write(asking: _Asking[In, Out], stream: str, data: EventData) -> Write:
    return Write(
        stream=stream,
        data=data,
        actor=asking.use.actor,
        correlation_id=asking.use.correlation_id,
        causation_id=asking.use.causation_id,
    )


def _with_complaint(rendered: Rendered, complaint: str) -> Rendered:
    if not complaint:
        return rendered
    words = "\n\n".join((rendered.words, AGAIN, tagged("problem", complaint)))
    return Rendered(
        instructions=rendered.instructions, words=words, schema=rendered.schema, digest=rendered.digest
    )


def _read(asking: _Asking[In, Out], reply: ModelReply) -> tuple[Out, str]:
    if reply.cut:
        raise AnswerUnreadable(f"it was cut off at {asking.route.tier.max_output_tokens} tokens")
    return asking.prompt.read(reply.text)


def _bill(asking: _Asking[In, Out], sent: Rendered, reply: ModelReply, duration_ms: int) -> dict[str, Any]:
    """Say what a reply cost; where the endpoint does not say, all that was reserved."""
    most = Tokens(sent=most_tokens(sent), received=asking.route.tier.max_output_tokens)
    tokens = reply.tokens or most
    return {
        "sent_tokens": tokens.sent,
        "received_tokens": tokens.received,
        "cost": cost_text(cost_of(tokens.sent, tokens.received, asking.route.tier.prices)),
        "stated": reply.tokens is not None,
        "duration_ms": duration_ms,
    }


def _failed(
    asking: _Asking[In, Out], sent: Rendered, failure: EndpointFailed, duration_ms: int
) -> ModelCallFailed:
    tier, took = asking.route.tier, failure.tokens
    cost = at_most(sent, tier) if took is None else cost_of(took.sent, took.received, tier.prices)
    return ModelCallFailed(
        reason=failure.reason, transient=failure.transient, cost=cost_text(cost), duration_ms=duration_ms
    )


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _came(answer: Answer[Any] | NoModel) -> str:
    return answer.cause if isinstance(answer, NoModel) else "reused" if answer.reused else "answered"
