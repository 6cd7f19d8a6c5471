"""The ways in which a payment may be explained, best first; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice

from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.explanation import (
    AT_THE_RATE,
    NOTHING,
    Difference,
    Explanation,
    Part,
)
from workbench.capabilities.books.matching.index import Documents, Found
from workbench.capabilities.books.matching.payouts import Payout, collected, is_payout, tariff

WEIGHTS = {"amount": 0.40, "reference": 0.35, "name": 0.15, "date": 0.10}
LATE = timedelta(days=60)
"""A payment more than this after the due date needs a person's look."""
FEE_SHARE, FEE_LIMIT = Decimal("0.01"), Decimal(10)
"""A payment short by at most this share, and this amount, looks like the fee of a bank on its way."""
ROUNDING = Decimal("0.05")
"""Somebody added up or rounded otherwise."""
PROCESSOR_SHARE, PROCESSOR_FIXED = Decimal("0.04"), Decimal("0.50")
MAX_PAYOUTS = 6
"""Sets of invoices that one payout is shown for."""
DISCOUNTS = tuple(Decimal(share) / 100 for share in (1, 2, 3, 4, 5))
RATE_TOLERANCE = Decimal("0.03")
"""A payment in another currency may differ so far from what the recorded rate says."""
MAX_TOGETHER, MAX_ADDED = 6, 12
"""Documents that one payment may pay, of so many that are tried in every combination, the oldest first."""
CENT = Decimal("0.01")

Rate = Callable[[str, str], Decimal | None]
"""What one unit of a currency is worth in another on the payment's day, None where no recent rate says."""


def explanations(
    payment: Payment,
    documents: Documents,
    rate: Rate = lambda _from, _to: None,
    payouts: Sequence[Payout] = (),
) -> list[Explanation]:
    """Return every explanation that fits at all, best first. `payouts` are what processors paid out before."""
    found = documents.about(payment)
    ways = [
        *_single(payment, found, documents),
        *_together(payment, found),
        *_converted(payment, found, rate),
        *_paid_out(payment, documents, payouts),
    ]
    judged = {_streams(way): _judged(payment, found, documents, way) for way in ways}
    return sorted(
        (each for each in judged.values() if _is_possible(each, payment)),
        key=lambda each: (-each.score, each.parts[0].document.issued_on, each.numbers),
    )


def _is_possible(explanation: Explanation, payment: Payment) -> bool:
    """Whether more than chance speaks for it: nobody pays a stranger's invoice before it is issued."""
    was_issued = all(part.document.issued_on <= payment.booked_on for part in explanation.parts)
    is_related = explanation.evidence["reference"] or explanation.evidence["name"] >= names.ODD
    return was_issued or bool(is_related)


_Way = tuple[tuple[Part, ...], Decimal, Difference, float]
"""The parts, the difference and its kind, and how well the amounts fit."""


def _streams(way: _Way) -> frozenset[str]:
    return frozenset(part.document.stream for part in way[0])


def _single(payment: Payment, found: Found, documents: Documents) -> Iterator[_Way]:
    """Yield what one document alone may explain: paid whole, short by a fee or a discount, in part, or too much."""
    paid = abs(payment.amount)
    short = documents.short_of(payment, FEE_LIMIT)
    named = {document.stream for document in found.named}
    of_party = {document.stream for document in found.of_party}
    candidates = {each.stream: each for each in (*found.named, *found.same_amount, *found.of_party, *short)}
    for document in candidates.values():
        if (document.flow, document.currency) != (payment.flow, payment.currency):
            continue
        way = _fit(paid, document, known=document.stream in named, related=document.stream in of_party)
        if way is not None:
            yield way


def _fit(paid: Decimal, document: Document, *, known: bool, related: bool) -> _Way | None:
    """Say how a payment fits one document. Only a fee explains one by somebody not quite known who names nothing."""
    missing = document.open - paid
    whole = (Part(document=document, amount=document.open),)
    if not missing:
        return whole, NOTHING, "", 1.0
    if abs(missing) <= ROUNDING and (known or related):
        return whole, -missing, "rounding", 0.9
    if 0 < missing <= min(FEE_LIMIT, document.open * FEE_SHARE):
        return whole, -missing, "bank-fees", 0.5
    if not (known or related):
        return None
    if any(paid == _cents(document.open * (1 - share)) for share in DISCOUNTS):
        return whole, -missing, "discount", 0.5
    if known and 0 < missing <= document.open * PROCESSOR_SHARE + PROCESSOR_FIXED:
        return whole, -missing, "payment-fees", 0.4
    if missing > 0:
        return (Part(document=document, amount=paid),), NOTHING, "", 0.3 if known else 0.1
    return (whole, -missing, "overpaid", 0.2) if known else None


def _together(payment: Payment, found: Found) -> Iterator[_Way]:
    """Yield the sets of documents that ask exactly what was paid; credit notes count against."""
    for group in (found.named, found.of_party):
        fitting = [
            each
            for each in group
            if each.currency == payment.currency
            and (each.issued_on <= payment.booked_on or group is found.named)
        ]
        for chosen in islice(_sums(fitting[:MAX_ADDED], abs(payment.amount), payment.flow), 3):
            yield tuple(Part(document=each, amount=each.open) for each in chosen), NOTHING, "", 1.0


def _sums(documents: Sequence[Document], total: Decimal, flow: int) -> Iterator[tuple[Document, ...]]:
    """Yield the sets of at least two documents that add up; the work grows with the different sums."""
    asked = [_whole(each.open) * each.flow * flow for each in documents]
    wanted = _whole(total)
    most = wanted - sum(amount for amount in asked if amount < 0)
    sums: dict[int, list[tuple[int, ...]]] = {0: [()]}
    for number, signed in enumerate(asked):
        longer = [
            (amount + signed, (*chosen, number))
            for amount, sets in sums.items()
            if amount + signed <= most
            for chosen in sets
            if len(chosen) < MAX_TOGETHER
        ]
        for amount, chosen in longer:
            if amount == wanted and len(chosen) > 1:
                yield tuple(documents[each] for each in chosen)
            if len(sums.setdefault(amount, [])) < 2:
                sums[amount].append(chosen)


def _whole(amount: Decimal) -> int:
    return int(amount.scaleb(4))


def _converted(payment: Payment, found: Found, rate: Rate) -> Iterator[_Way]:
    """Yield documents in another currency that were paid by what they were worth that day."""
    paid = abs(payment.amount)
    for document in dict.fromkeys((*found.named, *found.of_party)):
        if document.currency == payment.currency or document.flow != payment.flow:
            continue
        worth = rate(document.currency, payment.currency)
        if worth is None:
            continue
        asked = _cents(document.open * worth)
        if abs(paid - asked) <= asked * RATE_TOLERANCE:
            fit = AT_THE_RATE if abs(paid - asked) <= asked * RATE_TOLERANCE / 3 else 0.5
            yield (Part(document=document, amount=document.open),), paid - asked, "exchange", fit


def _paid_out(payment: Payment, documents: Documents, payouts: Sequence[Payout]) -> Iterator[_Way]:
    """Yield what a processor may have collected; whose names its payout does not bear."""
    if not is_payout(payment):
        return
    paid = payment.amount
    possible = documents.between(payment, CENT, paid + paid * PROCESSOR_SHARE * 2 + PROCESSOR_FIXED)
    known = tariff([each for each in payouts if each.payer == names.plain(payment.counterparty)])
    for each in islice(collected(payment, possible, known), MAX_PAYOUTS):
        parts = tuple(Part(document=document, amount=document.open) for document in each.documents)
        yield parts, -each.fee, "payout", 0.8 if each.is_by_tariff else 0.4


def _judged(payment: Payment, found: Found, documents: Documents, way: _Way) -> Explanation:
    parts, difference, kind, amount = way
    named = {document.stream for document in found.named}
    whole = [part.document for part in parts]
    evidence = {
        "amount": amount,
        "reference": round(sum(each.stream in named for each in whole) / len(whole), 2),
        "name": min(documents.likeness(payment, each.party) for each in whole),
        "date": min(_date_fit(payment, each) for each in whole),
    }
    score = round(sum(WEIGHTS[part] * fit for part, fit in evidence.items()), 3)
    return Explanation(
        parts=parts,
        difference=difference,
        difference_kind=kind,
        evidence=evidence,
        score=score,
        against=tuple(_against(payment, found, whole, None if kind == "payout" else evidence["name"])),
    )


def _date_fit(payment: Payment, document: Document) -> float:
    if not document.issued_on <= payment.booked_on <= document.due_on + LATE:
        return 0.0
    return round(1 - min(abs((payment.booked_on - document.due_on).days), 60) / 120, 2)


def _against(payment: Payment, found: Found, whole: Sequence[Document], name: float | None) -> Iterator[str]:
    chosen = {document.stream for document in whole}
    others = {each.number for each in found.named if each.stream not in chosen}
    others = others.union(found.elsewhere) - {document.corrects for document in whole}
    if others:
        yield f"the payment names {', '.join(sorted(others))}"
    if any(payment.booked_on < each.issued_on for each in whole):
        yield "it was paid before it was issued"
    if any(payment.booked_on > each.due_on + LATE for each in whole):
        yield f"it was paid more than {LATE.days} days after it was due"
    if payment.counterparty and name is not None and name < names.ODD:
        yield "the name is another one"


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
