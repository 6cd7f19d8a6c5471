"""What a new assertion is against what stands: nothing new, a successor, or a contradiction for a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.ids import derived_id
from opc_kernel.log.read_model import ReadModel
from opc_kernel.memory.fact import TRUST, Fact, FactAsserted, Origin, fact_stream
from opc_kernel.text import Text

Verdict = Literal["known", "assert", "contradiction"]


class ContradictionFound(EventData, type="memory.contradiction_found"):
    """Two sources disagree, and neither is newer or better: what stands goes on standing until a person says which."""

    fact: str
    subject: str
    predicate: str
    stands: Text
    value: Text
    valid_from: date | None = None
    origin: Origin
    sources: tuple[str, ...]


class ContradictionSettled(EventData, type="memory.contradiction_settled"):
    """A person said what is so."""

    value: Text
    row: str | None = None


EVENTS: tuple[type[EventData], ...] = (ContradictionFound, ContradictionSettled)
READ_MODELS = (ReadModel.load("opc_kernel.memory", "contradiction"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What a source says of an entity."""

    subject: str
    predicate: str
    value: str
    """In its normal form, so that the same thing is the same text."""
    valid_from: date | None = None
    origin: Origin
    sources: tuple[str, ...]
    confidence: float = 1.0
    reason: str = ""
    said_on: date | None = None

    @property
    def stream(self) -> str:
        """The stream of the fact it is about."""
        return fact_stream(self.subject, self.predicate, self.value)

    def event(self) -> FactAsserted:
        """Return it as what is stored."""
        return FactAsserted(
            subject=self.subject,
            predicate=self.predicate,
            value=self.value,
            valid_from=self.valid_from,
            origin=self.origin,
            sources=self.sources,
            confidence=self.confidence,
            reason=self.reason,
        )

    def as_fact(self, version: int) -> Fact:
        """Return the fact as it stands once this is stored."""
        return Fact(
            stream=self.stream,
            version=version,
            subject=self.subject,
            predicate=self.predicate,
            value=self.value,
            valid_from=self.valid_from,
            origin=self.origin,
            stands=True,
        )

    def against(self, stands: Fact) -> ContradictionFound:
        """Return it as the question of which is so."""
        return ContradictionFound(
            fact=stands.stream,
            subject=self.subject,
            predicate=self.predicate,
            stands=stands.value,
            value=self.value,
            valid_from=self.valid_from,
            origin=self.origin,
            sources=self.sources,
        )


def judge(stands: Fact | None, new: Assertion) -> Verdict:
    """Say what a new assertion comes to. What was retracted by a person is only said again by a person."""
    if stands is None:
        return "assert"
    if not stands.stands:
        return "assert" if new.origin == "operator" else "known"
    if stands.value == new.value:
        return "known"
    if TRUST[new.origin] > TRUST[stands.origin]:
        return "assert"
    if (
        _is_older(new.valid_from or new.said_on, stands.valid_from)
        and TRUST[new.origin] <= TRUST[stands.origin]
    ):
        return "known"  # what was so before says nothing against what is so now
    is_newer = _is_older(stands.valid_from, new.valid_from)
    return "assert" if is_newer and TRUST[new.origin] == TRUST[stands.origin] else "contradiction"


def contradiction_stream(fact: str, value: str) -> str:
    """Return the stream of the question whether a fact has this other value: it is asked once."""
    return f"contradiction/{derived_id(fact, value)}"


def _is_older(first: date | None, second: date | None) -> bool:
    return first is not None and second is not None and first < second
