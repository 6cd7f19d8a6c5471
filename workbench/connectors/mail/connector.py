"""The connector for e-mail: the effect's key is the Message-ID, by which a letter is found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from opc_kernel.clock import Clock
from opc_kernel.effects.connector import Acted, CannotTell, Checked, Finding, NotDone
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.errors import KernelError
from workbench.connectors.mail.letter import LetterRefused, letter, message_id
from workbench.connectors.mail.post import Post

NAME = "mail"
NOTE = "mail.note"
"""Ungated: it goes to the operator's own address alone."""
KINDS: Mapping[str, EffectKind] = MappingProxyType(
    {
        # what was read can't be unread; a second letter can correct it, so it is not `none`, and always gated
        "mail.send": EffectKind(
            name="mail.send", undo="soften", does="Send an e-mail", editable=True, gated=True
        ),
        NOTE: EffectKind(name=NOTE, undo="soften", does="Send a note to yourself"),
    }
)


class Mail:
    """One e-mail account, over the real post or the sandbox's. `account` is its address."""

    def __init__(
        self,
        post: Post,
        *,
        account: str,
        raw: Callable[[str], bytes | None],
        clock: Clock,
        notes_to: str | None = None,
    ) -> None:
        """`notes_to` is the operator's own address, as the settings name it."""
        self._notes_to = notes_to
        self._post = post
        self._raw = raw
        self._clock = clock
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
        """Compose the letter and hand it in, once."""
        if order.intent.kind == NOTE and not self._is_note(order):
            return NotDone(
                reason="a note goes to your own address alone, with a subject and nothing else", lasting=True
            )
        try:
            return self._post.hand_in(
                letter(order, sender=self.account, sent_at=self._clock.now(), raw=self._raw)
            )
        except LetterRefused as refused:
            return NotDone(reason=str(refused), lasting=True)
        except KernelError as error:  # the password is not set
            return NotDone(reason=f"{error.happened} {error.todo}", lasting=True)

    def find(self, order: Order) -> Finding:
        """Look the letter up by its Message-ID."""
        try:
            return self._post.look_up(message_id(order.key, self.account))
        except KernelError as error:
            return CannotTell(reason=f"{error.happened} {error.todo}")

    def undo(self, order: Order, reference: str) -> Acted:  # noqa: ARG002 - the connector's shape
        """Say that it can't be taken back."""
        return NotDone(
            reason="an e-mail can't be taken back; a correction can be sent after it", lasting=True
        )

    def check(self) -> Checked:
        """See Connector.check."""
        try:
            return self._post.check()
        except KernelError as error:
            return Checked(ok=False, told=f"{error.happened} {error.todo}")

    def _is_note(self, order: Order) -> bool:
        return order.intent.target == self._notes_to and order.intent.fields.keys() == {"subject"}
