"""An intent: one thing to be done outside, word for word, before anybody did it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from opc_kernel.text import Text

Undo = Literal["undo", "soften", "none"]
Mode = Literal["sandbox", "production"]

MAX_INTENTS = 200
"""Of one task: more is several tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectKind:
    """A kind of effect that a connector offers, such as `mail.send`: before the dot stands the connector."""

    name: str
    undo: Undo
    """Whether it can really be taken back, softened by a correction, or neither."""
    does: str
    """What it does, as a person reads it in the queue: "Send an e-mail"."""
    editable: bool = False
    """Whether the operator may approve another `content` than the one that is shown."""
    gated: bool = False
    """Whether it waits for approval although it can be undone; what can't be undone always does."""


class Intent(BaseModel):
    """What is to be done outside. Its words are what is approved; nothing else of it is ever sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(pattern=r"^[a-z]+\.[a-z_]+$")
    target: Text
    """Whom or what it reaches: an address, a page's name, an invoice's number."""
    action: Text
    """The logical action with its occurrence, such as "reminder 2 of invoice/17": the same again is the same effect."""
    content: Text = ""
    """The words that go out."""
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    """What else the connector needs, such as a subject: shown, hashed and sent as it stands here."""
    money: Money | None = None

    @property
    def connector(self) -> str:
        """The connector that does it."""
        return self.kind.partition(".")[0]


def effect_key(company: str, capability: str, intent: Intent, mode: Mode) -> str:
    """Return the idempotency key: the same company, capability, target, action and mode are the same effect.

    What exactly it says is no part of it: other words for the same action never go out beside the first.
    """
    return derived_id("effect", company, capability, intent.kind, intent.target, intent.action, mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An intent on its way to a connector. The same key always means the same effect, however often it is ordered."""

    key: str
    intent: Intent
    token: int = 0
    """Fencing token: it rises with each worker that takes the task; providers that can refuse lower ones get it."""
    reference: str | None = None
    """What the provider called the effect, where that is known."""
