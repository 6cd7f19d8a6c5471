"""Facts about entities: asserted, superseded, retracted, never overwritten; each says which events it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text

Origin = Literal["operator", "document", "message", "inferred"]
"""Who says so: the operator; a paper, such as an invoice; somebody in their own words; a rule or a model."""
TRUST: dict[Origin, int] = {"operator": 3, "document": 2, "message": 1, "inferred": 0}
ValueKind = Literal["text", "date", "email", "phone", "iban", "tax_id", "currency", "language", "amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """What can be said of an entity. `many`: several values stand beside each other; else a newer one supersedes."""

    name: str
    title: str
    kind: ValueKind = "text"
    many: bool = False
    identifies: bool = False
    """Whether somebody who is named by nothing else is found by it."""
    proves: bool = False
    """Whether it is nobody else's: who bears it is the same, whatever the name. A mailbox may be a whole house's."""


PREDICATES = {
    each.name: each
    for each in (
        Predicate(name="name", title="Name", many=True),
        Predicate(name="role", title="Role", many=True),
        Predicate(name="email", title="E-mail", kind="email", many=True, identifies=True),
        Predicate(name="phone", title="Phone", kind="phone", many=True, identifies=True),
        Predicate(name="account", title="Bank account", kind="iban", many=True, identifies=True, proves=True),
        Predicate(name="tax_id", title="Tax number", kind="tax_id", identifies=True, proves=True),
        Predicate(name="works_at", title="Works at"),
        Predicate(name="position", title="Position"),
        Predicate(name="contact", title="Contact"),
        Predicate(name="address", title="Address"),
        Predicate(name="language", title="Language", kind="language"),
        Predicate(name="currency", title="Currency", kind="currency"),
        Predicate(name="status", title="Status"),
        Predicate(name="consent", title="Consent"),
        Predicate(name="party", title="With"),
        Predicate(name="amount", title="Amount", kind="amount"),
        Predicate(name="promised", title="Promised", many=True),
        Predicate(name="deadline", title="Deadline", kind="date"),
        Predicate(name="renews_on", title="Renews on", kind="date"),
        Predicate(name="notice_by", title="Notice by", kind="date"),
        Predicate(name="pays_after", title="Pays after (days)"),
        Predicate(name="prefers", title="Prefers", many=True),
        Predicate(name="note", title="Note", many=True),
    )
}


class FactAsserted(EventData, type="memory.fact_asserted"):
    """So it is, from a day on; what was asserted before under the same predicate is superseded, and stays readable."""

    subject: str
    predicate: str
    value: Text
    valid_from: date | None = None
    valid_to: date | None = None
    confidence: float = Field(default=1.0, ge=0, le=1)
    origin: Origin
    sources: tuple[str, ...]
    reason: Text = ""
    row: str | None = None


class FactRetracted(EventData, type="memory.fact_retracted"):
    """It is not so, and was not."""

    reason: Text
    account: str = ""
    row: str | None = None


EVENTS: tuple[type[EventData], ...] = (FactAsserted, FactRetracted)
READ_MODELS = (ReadModel.load("opc_kernel.memory", "fact"),)
VIEWS = (View.load("opc_kernel.memory", "fact_history"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact as it stands."""

    stream: str
    version: int
    subject: str
    predicate: str
    value: str
    valid_from: date | None
    origin: Origin
    stands: bool


def fact_stream(subject: str, predicate: str, value: str) -> str:
    """Return the stream of a fact: one a subject and predicate, or one a value where there may be many."""
    return f"fact/{derived_id(subject, predicate, *([value] if PREDICATES[predicate].many else []))}"
