"""The connector for notes by webhook: to the one address in the settings; it follows nothing and repeats nothing."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from opc_kernel.effects.connector import Acted, CannotTell, Checked, Finding, NotDone
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.errors import KernelError
from workbench.connectors.deadline import Deadline, connected
from workbench.connectors.webhook.call import CONNECT_S, post
from workbench.connectors.words import cause
from workbench.escalation.settings import SECRET, account_of

NAME = "webhook"
KINDS: Mapping[str, EffectKind] = MappingProxyType(
    {"webhook.note": EffectKind(name="webhook.note", undo="soften", does="Post a note to yourself")}
)
NOT_YOURS = "a note goes to the address in the settings alone, and says a subject and its words alone"


class Webhook:
    """One address. `key` is asked for when the address has a place for it."""

    def __init__(
        self,
        url: str,
        key: Callable[[], str],
        *,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._url, self._key, self._tls = url, key, tls

    @property
    def name(self) -> str:
        """See Connector.name."""
        return NAME

    @property
    def account(self) -> str:
        """See Connector.account."""
        return account_of(self._url)

    @property
    def kinds(self) -> Mapping[str, EffectKind]:
        """See Connector.kinds."""
        return KINDS

    def act(self, order: Order) -> Acted:
        """Post the note, once."""
        intent = order.intent
        if intent.target != self.account or intent.fields.keys() != {"subject"}:
            return NotDone(reason=NOT_YOURS, lasting=True)
        text = f"{intent.fields['subject']}\n\n{intent.content}"
        try:
            secret = self._key() if SECRET in self._url else ""
        except KernelError as error:
            return NotDone(reason=f"{error.happened} {error.todo}", lasting=True)
        return post(self._url.replace(SECRET, secret), text, key=order.key, secret=secret, tls=self._tls)

    def find(self, order: Order) -> Finding:  # noqa: ARG002 - the connector's shape
        """Say that a webhook can't be asked."""
        return CannotTell(reason="a webhook keeps no list of what it was told")

    def undo(self, order: Order, reference: str) -> Acted:  # noqa: ARG002 - the connector's shape
        """Say that it can't be taken back."""
        return NotDone(reason="a note can't be taken back", lasting=True)

    def check(self) -> Checked:
        """Connect and say who answers; nothing is posted."""
        parts = urlsplit(self._url)
        safe = parts.scheme == "https"
        port = parts.port or (443 if safe else 80)
        try:
            with Deadline(CONNECT_S) as deadline:
                tls = self._tls() if safe else None
                connected(deadline, self.account, port, timeout_s=CONNECT_S, tls=tls).close()
        except OSError as error:
            return Checked(ok=False, told=f"{self.account} can't be reached: {cause(error)}")
        return Checked(ok=True, told=f"{self.account} answers{', and is who it says' if safe else ''}.")
