"""What a question says about categories: a guess with its reasons, and which are offered, the likeliest first.

It is fixed while the question is open: what is learned meanwhile must not replace a row that somebody may be deciding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from opc_kernel.approvals.queue import QueueRow
from workbench.capabilities.books.categories.decision import OTHER
from workbench.capabilities.books.categories.precedents import Precedents
from workbench.capabilities.books.matching.document import Payment

CHOICE = "category/"
"""How the id of an option that names a category begins."""
GUESS = "My guess: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The known categories, the likeliest first; and `guess`, a line, with its probability, where there is one."""

    categories: tuple[str, ...] = ()
    guess: str = ""
    probability: float | None = None


def advise(payment: Payment, precedents: Precedents, known: Iterable[str]) -> Advice:
    """Guess from the operator's decisions; `known` are the categories that rules and invoices name."""
    if not precedents.decisions:
        return Advice(categories=_offered(known))
    from workbench.capabilities.books.categories.learner import Answer, answer, best_guesses

    learner = precedents.learner
    likely = [each.category for each in best_guesses(learner, payment)]
    offered = _offered([*likely, *known])
    found = answer(learner, payment)
    if not isinstance(found, Answer) or found.category == OTHER:
        return Advice(categories=offered)
    guess = f"{found.category}, {found.reason}, {found.probability:.0%}, {learner.calibration}"
    return Advice(categories=offered, guess=f"{GUESS}{guess}.", probability=found.probability)


def advised(row: QueueRow) -> Advice:
    """Return what an open question has advised already."""
    guesses = [line for line in row.reason.splitlines() if line.startswith(GUESS)]
    choices = [option.id for option in row.options if option.id.startswith(CHOICE)]
    return Advice(
        categories=_offered(choice.removeprefix(CHOICE) for choice in choices),
        guess=guesses[-1] if guesses else "",
        probability=row.confidence if guesses else None,
    )


def _offered(categories: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in categories if each != OTHER))
