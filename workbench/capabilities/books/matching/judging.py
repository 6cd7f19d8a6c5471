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
    best = ranked[0]
    return [*best.against, *_inexperience(best, past), *_competitors(ranked, payment, rivals, past)]


def is_clear(
    ranked: Sequence[Explanation], payment: Payment, rivals: Sequence[Payment], past: Experience
) -> bool:
    """Whether only experience is missing: what the operator says of such a one teaches what its pattern is worth."""
    return bool(ranked) and not (ranked[0].against or any(_competitors(ranked, payment, rivals, past)))


def _inexperience(best: Explanation, past: Experience) -> Iterator[str]:
    if best.is_partial:
        yield "only a part is paid"
    elif best.pattern not in SELF_EVIDENT and not past.knows(best.pattern):
        if best.difference:
            yield f"the amount differs by {best.difference:+.2f}"
        yield f"you have not confirmed enough of this kind yet ({best.pattern})"


def _competitors(
    ranked: Sequence[Explanation], payment: Payment, rivals: Sequence[Payment], past: Experience
) -> Iterator[str]:
    """Yield what else it may be: another explanation, another payer, another payment."""
    best, others = ranked[0], [each for each in ranked[1:] if _may_be(each, ranked[0], payment)]
    for party in dict.fromkeys(part.document.party for part in best.parts):
        if past.denies(payment.counterparty, party):
            yield f"you said that {payment.counterparty} does not pay for {party}"
    second = next((each for each in others if best.score - each.score < LEAD), None)
    if second is not None:
        yield f"{second.numbers} fits nearly as well"
    if not best.is_named and any(each.is_exact for each in others):
        yield "another open invoice has the same amount"
    if any(_claims(each, best) for each in rivals):
        yield "an earlier payment, still undecided, may be for the same invoice"


def _may_be(other: Explanation, best: Explanation, payment: Payment) -> bool:
    """Whether more than the amount speaks for it, or no more for the best; nobody pays what is not issued yet."""
    is_a_strangers = not other.evidence["reference"] and other.evidence["name"] < names.ODD
    was_issued = all(part.document.issued_on <= payment.booked_on for part in other.parts)
    return was_issued and not (is_a_strangers and best.evidence["name"] >= names.CLEAR)


def _claims(rival: Payment, best: Explanation) -> bool:
    """Whether a payment names one of the documents, or may mean one that the best does not name either."""
    keys = references.keys_in(rival.words)
    return any(
        references.key(part.document.number) in keys
        or (not best.is_named and names.alike(rival.counterparty, part.document.party) >= names.CLEAR)
        for part in best.parts
    )
