"""The connector for payments: it looks before it pays, for a provider forgets a key after a day."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from opc_kernel.effects.connector import Absent, Acted, CannotTell, Checked, Finding, Found, NotDone, Sent
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.errors import KernelError
from opc_kernel.ids import derived_id
from workbench.connectors.payments.provider import Provider
from workbench.connectors.payments.request import Request, RequestRefused, request

NAME = "payments"
CAPTURE, REFUND = "payments.capture", "payments.refund"
KINDS: Mapping[str, EffectKind] = MappingProxyType(
    {
        CAPTURE: EffectKind(name=CAPTURE, undo="undo", does="Take a payment that was authorised", gated=True),
        REFUND: EffectKind(name=REFUND, undo="none", does="Pay money back"),
    }
)


class Payments:
    """One account at a payment provider, or the sandbox's till."""

    def __init__(self, provider: Provider, *, account: str) -> None:
        self._provider = provider
        self.account = account

    @property
    def name(self) -> str:
        """See Connector.name."""
        return NAME

    @property
    def kinds(self) -> Mapping[str, EffectKind]:
        """See Connector.kinds."""
        return KINDS

    def act(self, order: Order) -> Acted:
        """Capture or pay back, unless it is found to be done already."""
        try:
            wanted = request(order.intent)
            if order.intent.kind == CAPTURE:
                return self._capture(order.key, wanted)
            return self._refund(order.key, wanted)
        except RequestRefused as refused:
            return NotDone(reason=str(refused), lasting=True)
        except KernelError as error:  # the key to the account is not set
            return NotDone(reason=f"{error.happened} {error.todo}", lasting=True)

    def find(self, order: Order) -> Finding:
        """Look for the effect's key at the payment itself."""
        try:
            wanted = request(order.intent)
            if order.intent.kind == CAPTURE:
                return self._provider.captured(order.key, wanted)
            return self._provider.refunded(order.key, wanted)
        except RequestRefused as refused:
            return Absent(reason=str(refused))
        except KernelError as error:
            return CannotTell(reason=f"{error.happened} {error.todo}")

    def undo(self, order: Order, reference: str) -> Acted:  # noqa: ARG002 - the payment itself is named by the intent
        """Pay a capture back; a refund stays paid."""
        if order.intent.kind != CAPTURE:
            return NotDone(reason="what was paid back can't be fetched again", lasting=True)
        try:
            return self._refund(undo_key(order.key), request(order.intent))
        except RequestRefused as refused:
            return NotDone(reason=str(refused), lasting=True)
        except KernelError as error:
            return NotDone(reason=f"{error.happened} {error.todo}", lasting=True)

    def check(self) -> Checked:
        """See Connector.check."""
        try:
            return self._provider.check()
        except KernelError as error:
            return Checked(ok=False, told=f"{error.happened} {error.todo}")

    def _capture(self, key: str, wanted: Request) -> Acted:
        return _known(self._provider.captured(key, wanted)) or self._provider.capture(key, wanted)

    def _refund(self, key: str, wanted: Request) -> Acted:
        return _known(self._provider.refunded(key, wanted)) or self._provider.refund(key, wanted)


def undo_key(key: str) -> str:
    """Return the key under which an effect is taken back: always the same one."""
    return derived_id("undo", key)


def _known(finding: Finding) -> Acted | None:
    """Return what looking has settled: done before, or not to be tried blindly; None when it may be done now."""
    match finding:
        case Found(reference=reference, tentative=tentative):
            return Sent(reference=reference, tentative=tentative)
        case CannotTell(reason=reason, after=after):
            return NotDone(reason=f"it could not be looked up before: {reason}", after=after)
        case Absent():
            return None
