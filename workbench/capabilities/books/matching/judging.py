"""Whether the best explanation needs no question: strong evidence, a pattern that was seen, nothing against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.capabilities.books.matching import names, references
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.matching.explanation import Explanation

LEAD = 0.15
"""By how much the best explanation must lead over the second."""
SELF_EVIDENT = frozenset(
    {
        f"{number}, exact, named, {name}"
        for number in ("one", "several")
        for name in ("same name", "like name")
    }
)
"""Patterns that need no experience: the payer names every document and pays exactly what they ask."""


def doubts(
    ranked: Sequence[Explanation], payment: Payment, rivals: Sequence[Payment], past: Experience
) -> list[str]:
    """Say in words why the best explanation is not certain; nothing where it is."""
    return list(_doubts(ranked[0], ranked[1:], payment, rivals, past))


def _doubts(
    best: Explanation,
    others: Sequence[Explanation],
    payment: Payment,
    rivals: Sequence[Payment],
    past: Experience,
) -> Iterator[str]:
    yield from best.against
    for party in dict.fromkeys(part.document.party for part in best.parts):
        if past.denies(payment.counterparty, party):
            yield f"you said that {payment.counterparty} does not pay for {party}"
    if not best.is_exact:
        yield _inexact(best)
    if best.pattern not in SELF_EVIDENT and not past.knows(best.pattern):
        yield f"you have not confirmed enough of this kind yet ({best.pattern})"
    second = next((each for each in others if best.score - each.score < LEAD), None)
    if second is not None:
        yield f"{second.numbers} fits nearly as well"
    if not best.is_named and any(each.is_exact for each in others):
        yield "another open invoice has the same amount"
    if any(_claims(each, best) for each in rivals):
        yield "an earlier payment, still undecided, may be for the same invoice"


def _inexact(best: Explanation) -> str:
    if not best.difference:
        return "only a part is paid"
    return f"the amount differs by {best.difference:+.2f}"


def _claims(rival: Payment, best: Explanation) -> bool:
    keys = references.keys_in(rival.words)
    return any(
        references.key(part.document.number) in keys
        or names.alike(rival.counterparty, part.document.party) >= names.CLEAR
        for part in best.parts
    )
