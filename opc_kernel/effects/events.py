"""The events of an effect, on the stream `effect/<idempotency key>`: each step is written before the next is made."""

from __future__ import annotations

from datetime import datetime

from opc_kernel.effects.intent import Intent, Mode, Undo
from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text


class EffectIntended(EventData, type="effect.intended"):
    """It is decided that this shall happen, in these words."""

    task: str
    """The stream of the task it is part of."""
    capability: str
    intent: Intent
    mode: Mode
    undo: Undo
    account: str
    """The connector's account it goes through."""
    approval: str | None = None
    """Key of the row whose decision allows it."""


class EffectClaimed(EventData, type="effect.claimed"):
    """An attempt begins now: from here on it may have happened."""

    worker: str
    token: int
    attempt: int
    task: str = ""
    """The stream of the task under whose lease it is made."""


class EffectAttempted(EventData, type="effect.attempted"):
    """An attempt that surely did nothing."""

    attempt: int
    reason: Text
    not_before: datetime | None = None
    """When it is tried again."""


class EffectSent(EventData, type="effect.sent"):
    """The provider took it."""

    reference: Text
    tentative: bool = False


class EffectConfirmed(EventData, type="effect.confirmed"):
    """It was read back from outside."""

    reference: Text
    tentative: bool = False


class EffectUnknown(EventData, type="effect.unknown"):
    """Nobody knows whether it happened, and nothing is repeated until somebody does."""

    reason: Text


class EffectFailed(EventData, type="effect.failed"):
    """It did not happen, and won't."""

    reason: Text


class EffectSettled(EventData, type="effect.settled"):
    """A person said whether an unknown effect happened."""

    happened: bool
    account: str
    note: Text = ""


class EffectUndoClaimed(EventData, type="effect.undo_claimed"):
    """It is being taken back; undoing once more does no harm."""

    worker: str
    token: int
    attempt: int


class EffectUndoAttempted(EventData, type="effect.undo_attempted"):
    """Taking it back did not work yet."""

    attempt: int
    reason: Text
    not_before: datetime | None = None


class EffectCompensated(EventData, type="effect.compensated"):
    """It was taken back."""

    reference: Text = ""
    by_hand: bool = False


EVENTS: tuple[type[EventData], ...] = (
    EffectIntended,
    EffectClaimed,
    EffectAttempted,
    EffectSent,
    EffectConfirmed,
    EffectUnknown,
    EffectFailed,
    EffectSettled,
    EffectUndoClaimed,
    EffectUndoAttempted,
    EffectCompensated,
)
READ_MODELS = (ReadModel.load("opc_kernel.effects", "effect"),)
