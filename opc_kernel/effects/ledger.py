"""The effect ledger: does what was intended, each once; every step is written down before the next one is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from opc_kernel.clock import Clock
from opc_kernel.effects.connector import Pair
from opc_kernel.effects.effect import Effect, State, effects_of
from opc_kernel.effects.events import EffectIntended, EffectSettled
from opc_kernel.effects.intent import EffectKind, Intent, Mode, effect_key
from opc_kernel.effects.moves import EffectMoved, Moves
from opc_kernel.effects.progress import Intended, Progress, Stuck, Through
from opc_kernel.effects.traffic import Traffic
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.lease import Lease
from opc_kernel.flow.task import Task
from opc_kernel.log.protocol import Company

MAX_MOVES = 12
"""More steps of one effect in one go mean that something turns in a circle."""


class Ledger:
    """The only way to the outside. Several workers may use one at once."""

    def __init__(
        self,
        company: Company,
        pairs: Mapping[str, Pair],
        *,
        company_id: Callable[[], str],
        mode_of: Callable[[str], Mode],
        barred: Callable[[], str | None],
        traffic: Traffic,
        clock: Clock,
        worker: str,
    ) -> None:
        """`barred` says why nothing may leave from here, such as a folder that may be a copy; None lets it pass."""
        self._company, self._pairs, self._company_id, self._mode_of = company, pairs, company_id, mode_of
        self._moves = Moves(
            company, pairs, mode_of=mode_of, barred=barred, traffic=traffic, clock=clock, worker=worker
        )

    @property
    def kinds(self) -> dict[str, EffectKind]:
        """Every kind of effect that can be asked for here."""
        return {name: kind for pair in self._pairs.values() for name, kind in pair.sandbox.kinds.items()}

    def mode(self, intents: Sequence[Intent]) -> Mode:
        """Return the mode in which these would be done: sandbox as soon as one of them would."""
        modes = {self._mode_of(intent.connector) for intent in intents}
        return "production" if modes == {"production"} else "sandbox"

    def intend(self, task: Task, intents: Sequence[Intent], mode: Mode, approval: str | None) -> Intended:
        """Say what must be stored so that these shall happen. The same intent is one effect, whoever asks for it."""
        capability = task.kind.partition(".")[0]
        streams = {
            f"effect/{effect_key(self._company_id(), capability, intent, mode)}": intent for intent in intents
        }
        known = {effect.stream for effect in effects_of(self._company, [*streams])}
        writes = tuple(
            Write(
                stream=stream,
                data=EffectIntended(
                    task=task.stream,
                    capability=capability,
                    intent=intent,
                    mode=mode,
                    undo=self.kinds[intent.kind].undo,
                    account=self._account(intent, mode),
                    approval=approval,
                ),
                actor=task.agent,
                correlation_id=task.correlation_id,
                causation_id=task.trigger,
            )
            for stream, intent in streams.items()
            if stream not in known
        )
        return Intended(
            streams=tuple(streams), writes=writes, expected={write.stream: NEW_STREAM for write in writes}
        )

    def perform(self, streams: Sequence[str], lease: Lease) -> Progress:
        """Do what is intended, one after the other, from where it stands. Raises LeaseLost."""
        return self._each(streams, lease, self._moves.do)

    def take_back(self, streams: Sequence[str], lease: Lease) -> Progress:
        """Take back what happened, the last first. Raises LeaseLost."""
        return self._each([*reversed(streams)], lease, self._moves.undo)

    def settle(self, streams: Sequence[str], state: State, happened: bool, *, by: str, before: int) -> None:
        """Store a person's word about the effect they were asked about: the first that was in a state before that."""
        effect = next((each for each in effects_of(self._company, streams) if each.state == state), None)
        if effect is not None and effect.position < before:
            with suppress(EffectMoved):  # then they were asked about what was so before
                self._moves.record(effect, EffectSettled(happened=happened, account=by), actor=by)

    def read_back(self, streams: Sequence[str]) -> bool:
        """Ask the providers for what they took; True when every effect was read back for good."""
        for effect in effects_of(self._company, streams):
            if effect.state == "sent" or (effect.state == "confirmed" and effect.tentative):
                with suppress(EffectMoved):  # whoever was faster may have read it back too
                    self._moves.look(effect)
        return all(
            effect.state in ("confirmed", "compensated") and not effect.tentative
            for effect in effects_of(self._company, streams)
        )

    def _each(
        self, streams: Sequence[str], lease: Lease, move: Callable[[Effect, Lease], Progress | None]
    ) -> Progress:
        for stream in streams:
            for _ in range(MAX_MOVES):
                (effect,) = effects_of(self._company, [stream])
                lease.extend()
                try:
                    progress = move(effect, lease)
                except EffectMoved:  # another task that wants the same, or a newer holder of this one
                    lease.confirm()
                    continue
                if isinstance(progress, Through):
                    break
                if progress is not None:
                    return progress
            else:
                return Stuck(effect=effect, reason=f"{effect.says} gets nowhere: {effect.reason}")
        return Through()

    def _account(self, intent: Intent, mode: Mode) -> str:
        connector = self._pairs[intent.connector].in_mode(mode)
        return connector.account if connector else ""
