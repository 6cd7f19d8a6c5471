"""An outside world in memory: a connector whose provider forgets nothing, and fails as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from opc_kernel.effects.connector import (
    Absent,
    Acted,
    CannotTell,
    Checked,
    Connector,
    Finding,
    Found,
    NotDone,
    Sent,
)
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.effects.traffic import Wait

Meanwhile = Callable[[Order], Acted | None]
"""What happens instead of an answer; None lets the provider do its work and answer."""


class FakeConnector:
    """One account at a provider that counts what reaches it. It does not tell two deliveries of one key apart."""

    def __init__(self, *kinds: EffectKind, can_tell: bool = True) -> None:
        assert len({kind.name.partition(".")[0] for kind in kinds}) == 1, "one connector has one name"
        self.kinds: Mapping[str, EffectKind] = {kind.name: kind for kind in kinds}
        self.name = next(iter(self.kinds)).partition(".")[0]
        self.account = f"{self.name}@example.com"
        self.can_tell = can_tell
        self.done: list[Order] = []
        """Every order that reached the provider, as often as it did."""
        self.undone: list[str] = []
        """Keys that were taken back."""
        self.instead: list[Meanwhile] = []
        """What the next calls of `act` come to, one after the other."""

    def act(self, order: Order) -> Acted:
        """See Connector.act."""
        answer = self.instead.pop(0)(order) if self.instead else None
        return answer if answer is not None else self.take(order)

    def take(self, order: Order) -> Sent:
        """Do what is ordered."""
        self.done.append(order)
        return Sent(reference=f"{self.name}-{len(self.done)}")

    def find(self, order: Order) -> Finding:
        """See Connector.find."""
        numbers = [number for number, each in enumerate(self.done, start=1) if each.key == order.key]
        if numbers and order.key not in self.undone:
            return Found(reference=f"{self.name}-{numbers[0]}")
        return Absent(reason="no such order") if self.can_tell else CannotTell(reason="nobody can say")

    def undo(self, order: Order, reference: str) -> Acted:
        """See Connector.undo."""
        if order.key not in self.undone:
            self.undone.append(order.key)
        return Sent(reference=f"undone {reference}")

    def check(self) -> Checked:
        """See Connector.check."""
        return Checked(ok=True, told=self.account)


class OpenRoad:
    """Traffic without limits: every call passes, a failed one is tried again after a minute, `tries` times in all."""

    def __init__(self, tries: int = 3) -> None:
        self._tries = tries

    def admit(self, connector: Connector) -> Wait | None:  # noqa: ARG002 - as the protocol has it
        """See Traffic.admit."""
        return None

    def told(self, connector: Connector, acted: Acted | None) -> None:
        """See Traffic.told."""

    def pause(self, connector: Connector, attempt: int, after: timedelta | None) -> timedelta | None:  # noqa: ARG002 - as the protocol has it
        """See Traffic.pause."""
        return None if attempt >= self._tries else max(after or timedelta(0), timedelta(minutes=1))


def never_reached(reason: str = "connection refused") -> Meanwhile:
    """Let a call fail before anything happened."""
    return lambda _: NotDone(reason=reason)


def refused(reason: str = "no such person") -> Meanwhile:
    """Let the provider say no for good."""
    return lambda _: NotDone(reason=reason, lasting=True)


def keys(orders: Sequence[Order]) -> list[str]:
    """Return the targets that were reached, in order."""
    return [order.intent.target for order in orders]
