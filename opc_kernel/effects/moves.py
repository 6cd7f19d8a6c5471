"""The next step of one effect: claimed, called, asked about, read back or taken back.

What a crash leaves is one of these states, and each says by itself how to go on: an attempt that nobody ended is asked
about before it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from opc_kernel.clock import Clock
from opc_kernel.effects.connector import (
    Absent,
    Acted,
    CannotTell,
    Connector,
    Found,
    NotDone,
    Pair,
    Sent,
    Unclear,
)
from opc_kernel.effects.effect import HAPPENED, Effect, effects_of
from opc_kernel.effects.events import (
    EffectAttempted,
    EffectClaimed,
    EffectCompensated,
    EffectConfirmed,
    EffectFailed,
    EffectSent,
    EffectUndoAttempted,
    EffectUndoClaimed,
    EffectUnknown,
)
from opc_kernel.effects.hold import HOLD, held
from opc_kernel.effects.intent import Mode, Order
from opc_kernel.effects.progress import Later, Progress, Refused, Stuck, Through
from opc_kernel.effects.traffic import Traffic
from opc_kernel.errors import KernelError
from opc_kernel.event import EventData, Write
from opc_kernel.flow.lease import Lease
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company

ASK_AGAIN = timedelta(minutes=10)
"""So long an answer that may still come is asked for before a person is."""
TOGETHER = timedelta(seconds=2)
NOT_TOLD = "whoever began it did not say what came of it"
HOLDER = (
    "SELECT 1 FROM task WHERE stream = $stream AND state = 'in-progress' AND lease_until > $now::TIMESTAMPTZ"
)


class EffectMoved(KernelError):
    """Somebody else recorded something about an effect meanwhile."""

    def __init__(self, effect: Effect) -> None:
        super().__init__(f"{effect.says} went on elsewhere.", "Look at it again.")


class Moves:
    """Makes one step of an effect at a time; several workers may use one at once."""

    def __init__(
        self,
        company: Company,
        pairs: Mapping[str, Pair],
        *,
        mode_of: Callable[[str], Mode],
        barred: Callable[[], str | None],
        traffic: Traffic,
        clock: Clock,
        worker: str,
    ) -> None:
        self._company, self._pairs, self._clock, self._worker = company, pairs, clock, worker
        self._mode_of, self._barred, self._traffic = mode_of, barred, traffic

    def do(self, effect: Effect, lease: Lease) -> Progress | None:
        """Make the next step of an effect; None when there is another one."""
        match effect.state:
            case "intended":
                return self._act(effect, lease)
            case "claimed":
                return self._begun_elsewhere(effect, lease) or self._ask(effect, NOT_TOLD, effect.attempts)
            case "sent":
                self.look(effect)
                return Through() if effects_of(self._company, [effect.stream])[0].state in HAPPENED else None
            case "confirmed":
                return Through()
            case "unknown":
                return Stuck(effect=effect, reason=effect.reason or "")
            case _:
                return Refused(effect=effect, reason=effect.reason or effect.state)

    def _begun_elsewhere(self, effect: Effect, lease: Lease) -> Later | None:
        """Wait for another task that is doing the same right now: what is on its way can't be asked for yet."""
        if effect.claimed_by in (None, lease.stream):
            return None
        row = self._company.query(HOLDER, stream=effect.claimed_by, now=self._clock.now()).one()
        return Later(reason="another task is doing the same", after=TOGETHER) if row else None

    def _act(self, effect: Effect, lease: Lease) -> Progress | None:
        connector = self._passed(effect)
        if isinstance(connector, Later):
            return connector
        attempt = effect.attempts + 1
        claimed = self._claim(
            effect,
            connector,
            lease,
            EffectClaimed(worker=self._worker, token=lease.token, attempt=attempt, task=lease.stream),
        )
        if claimed is not None:
            return claimed
        acted = _answer(connector.act, self._order(effect, lease), lease)
        self._tell(effect, connector, acted)
        return self._acted(_after(effect), acted, connector, attempt)

    def _claim(self, effect: Effect, connector: Connector, lease: Lease, claim: EventData) -> Later | None:
        """Write down that an attempt begins now, unless effects are held or the connector must not be called."""
        is_held, why, hold_version = held(self._company)
        if is_held:
            told = f"all effects were held: {why}" if why else "all effects were held"
            return Later(reason=told, after=timedelta(0))  # it is not due before the release
        wait = self._traffic.admit(connector) if effect.mode == "production" else None
        if wait is not None:
            return Later(reason=wait.reason, after=wait.after)
        try:
            lease.store([], [self._write(effect, claim)], {effect.stream: effect.version, HOLD: hold_version})
        except VersionConflict:  # held at this moment, or somebody recorded something: look again
            self._tell(effect, connector, None)
            return Later(reason="something changed meanwhile", after=timedelta(0))
        return None

    def _tell(self, effect: Effect, connector: Connector, acted: Acted | None) -> None:
        """Report a call; a rehearsal is no traffic."""
        if effect.mode == "production":
            self._traffic.told(connector, acted)

    def _passed(self, effect: Effect) -> Connector | Later:
        """Return the connector to go through, or why not now."""
        if effect.not_before is not None and effect.not_before > self._clock.now():
            return Later(reason=effect.reason or "", after=effect.not_before - self._clock.now())
        barred = self._barred() if effect.mode == "production" else None
        if barred is not None:
            return Later(reason=barred, after=ASK_AGAIN)
        connector = self._connector(effect)
        if connector is None:
            return Later(reason=f"{effect.intent.connector} is not set up for {effect.mode}", after=ASK_AGAIN)
        if effect.mode == "production" and self._mode_of(effect.intent.connector) != "production":
            return Later(
                reason=f"{effect.intent.connector} was switched back to the sandbox", after=ASK_AGAIN
            )
        return connector

    def _acted(self, effect: Effect, acted: Acted, connector: Connector, attempt: int) -> Progress | None:
        match acted:
            case Sent(reference=reference, tentative=tentative):
                self.record(effect, EffectSent(reference=reference, tentative=tentative))
                return None
            case NotDone(reason=reason, lasting=True):
                self.record(effect, EffectFailed(reason=reason))
                return Refused(effect=effect, reason=reason)
            case NotDone(reason=reason, after=after):
                pause = self._traffic.pause(connector, attempt, after)
                if pause is None:
                    self.record(effect, EffectFailed(reason=f"{reason} (tried {attempt} times)"))
                    return Refused(effect=effect, reason=f"{reason} (tried {attempt} times)")
                again = EffectAttempted(attempt=attempt, reason=reason, not_before=self._clock.now() + pause)
                self.record(effect, again)
                return Later(reason=reason, after=pause)
            case Unclear(reason=reason, after=after):
                if after is not None:
                    return Later(reason=reason, after=after)
                return self._ask(effect, reason, attempt)

    def _ask(self, effect: Effect, reason: str, attempt: int) -> Progress | None:
        """Ask the provider whether it happened, before anything is repeated: at once the first time, then later."""
        connector = self._connector(effect)
        if connector is None:
            return Later(
                reason=f"{effect.intent.connector} is not set up, so it can't be asked", after=ASK_AGAIN
            )
        match _found(connector, self._order(effect)):
            case Found(reference=reference, tentative=tentative):
                self.record(effect, EffectSent(reference=reference, tentative=tentative))
                return None
            case Absent(reason=absent):
                told = f"{reason}; asked, the provider says that it did not happen: {absent}"
                if attempt > 1:
                    return self._acted(effect, NotDone(reason=told), connector, attempt)
                self.record(effect, EffectAttempted(attempt=max(effect.attempts, attempt), reason=told))
                return None
            case CannotTell(reason=told, after=after):
                if after is not None and self._is_young(effect.claimed_at):
                    return Later(reason=told, after=after)
                self.record(effect, EffectUnknown(reason=f"{reason}; {told}"))
                return None

    def look(self, effect: Effect) -> None:
        """Read back what the provider took. What can't be read stays its word; what is not there is unknown.

        Raises EffectMoved.
        """
        connector = self._connector(effect)
        if connector is None:
            return
        match _found(connector, self._order(effect)):
            case Found(reference=reference, tentative=tentative):
                if effect.state == "sent" or not tentative:
                    self.record(effect, EffectConfirmed(reference=reference, tentative=tentative))
            case Absent(reason=reason):
                self.record(
                    effect, EffectUnknown(reason=f"the provider took it and does not have it now: {reason}")
                )
            case CannotTell():
                return

    def undo(self, effect: Effect, lease: Lease) -> Progress | None:
        """Make the next step of taking an effect back; None when there is another one."""
        match effect.state:
            case "compensated" | "failed":
                return Through()
            case "intended":
                self.record(effect, EffectFailed(reason="what it belongs to was given up"))
                return Through()
            case "claimed":
                return self._begun_elsewhere(effect, lease) or self._ask(effect, NOT_TOLD, effect.attempts)
            case "unknown":
                return Stuck(effect=effect, reason=effect.reason or "")
            case _ if effect.undo != "undo":
                return Stuck(
                    effect=effect, reason=f"{effect.says} happened and can't be taken back by itself"
                )
            case _:
                return self._take_back(effect, lease)

    def _take_back(self, effect: Effect, lease: Lease) -> Progress | None:
        connector = self._passed(effect)
        if isinstance(connector, Later):
            return connector
        attempt = effect.undo_attempts + 1
        claimed = self._claim(
            effect,
            connector,
            lease,
            EffectUndoClaimed(worker=self._worker, token=lease.token, attempt=attempt),
        )
        if claimed is not None:
            return claimed
        order = self._order(effect, lease)
        acted = _answer(lambda order: connector.undo(order, effect.reference or ""), order, lease)
        self._tell(effect, connector, acted)
        if isinstance(acted, Sent):
            self.record(_after(effect), EffectCompensated(reference=acted.reference))
            return Through()
        after = acted.after if isinstance(acted, NotDone) else None
        lasting = isinstance(acted, NotDone) and acted.lasting
        pause = None if lasting else self._traffic.pause(connector, attempt, after)
        not_before = None if pause is None else self._clock.now() + pause
        self.record(
            _after(effect), EffectUndoAttempted(attempt=attempt, reason=acted.reason, not_before=not_before)
        )
        if pause is None:
            return Stuck(effect=effect, reason=f"{effect.says} could not be taken back: {acted.reason}")
        return Later(reason=acted.reason, after=pause)

    def record(self, effect: Effect, event: EventData, *, actor: str | None = None) -> None:
        """Store what is so now; raises EffectMoved where somebody else stored something meanwhile.

        It depends on the effect alone: what happened is recorded, whoever holds the task.
        """
        try:
            self._company.append(
                [self._write(effect, event, actor=actor)], expected={effect.stream: effect.version}
            )
        except VersionConflict as conflict:
            raise EffectMoved(effect) from conflict

    def _write(self, effect: Effect, event: EventData, *, actor: str | None = None) -> Write:
        return Write(
            stream=effect.stream,
            data=event,
            actor=actor or self._worker,
            correlation_id=effect.correlation_id,
        )

    def _order(self, effect: Effect, lease: Lease | None = None) -> Order:
        return Order(
            key=effect.key,
            intent=effect.intent,
            token=lease.token if lease else 0,
            reference=effect.reference,
        )

    def _connector(self, effect: Effect) -> Connector | None:
        pair = self._pairs.get(effect.intent.connector)
        return pair.in_mode(effect.mode) if pair else None

    def _is_young(self, since: datetime | None) -> bool:
        return since is None or self._clock.now() - since < ASK_AGAIN


def _after(effect: Effect) -> Effect:
    """Return the effect one event later: what is recorded next goes on from there."""
    return replace(effect, version=effect.version + 1)


def _answer(act: Callable[[Order], Acted], order: Order, lease: Lease) -> Acted:
    """Act, if the lease still stands; a connector that fails in its own way leaves open what happened."""
    lease.require()
    try:
        return act(order)
    except Exception as error:  # noqa: BLE001 - the border to connectors: nobody knows how far it came
        return Unclear(reason=f"the connector failed: {type(error).__name__}")


def _found(connector: Connector, order: Order) -> Found | Absent | CannotTell:
    try:
        return connector.find(order)
    except Exception as error:  # noqa: BLE001 - the border to connectors: asking changes nothing
        return CannotTell(reason=f"the connector failed: {type(error).__name__}")
