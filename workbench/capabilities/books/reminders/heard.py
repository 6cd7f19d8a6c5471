"""What memory says of a customer before they are reminded: what they promised, what is preferred, what was noted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from opc_kernel.memory.port import Known, Memory
from opc_kernel.text import visible

SHOWN = {"promised": "promised", "prefers": "preferred", "note": "noted"}
MAX_SHOWN = 6
"""A row is read in a minute: the newest are enough."""
LONGEST = timedelta(days=60)
"""What is promised for later than this defers nothing."""
DAY = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something promised for a day."""

    day: date
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known, the newest first."""

    facts: Sequence[Known]

    @property
    def lines(self) -> list[str]:
        """Each in a line."""
        return [
            f"Known of {visible(fact.said_of)}, {SHOWN[fact.predicate]}: {visible(fact.value)}"
            for fact in self.facts
        ]

    @property
    def streams(self) -> tuple[str, ...] | None:
        """What was used."""
        return tuple(fact.stream for fact in self.facts) or None

    def promise(self, today: date) -> Promise | None:
        """Return what was promised for today or a later day, the latest of it.

        What a mail says is shown to the operator and defers nothing: only what they took as said themselves does.
        """
        promises = [
            Promise(day=day, told=f"they promised: {visible(fact.value)}")
            for fact in self.facts
            if (fact.predicate, fact.origin) == ("promised", "operator")
            and (day := _day(fact)) is not None
            and today <= day <= today + LONGEST
        ]
        return max(promises, key=lambda promise: promise.day, default=None)


NOTHING_HEARD = Heard(facts=())


def heard_of(memory: Memory | None, party: str) -> Heard:
    """Ask memory about a customer."""
    known = memory.about("firm", party) if memory else ()
    return Heard(facts=[fact for fact in known if fact.predicate in SHOWN][:MAX_SHOWN])


def _day(fact: Known) -> date | None:
    """Return the day that a promise names, else until when it is said to hold."""
    for found in DAY.finditer(fact.value):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            continue  # the 31st of February
    return fact.valid_to
