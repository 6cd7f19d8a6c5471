"""Payouts of payment processors: several invoices in one sum, less the processor's fees, and none of them named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, islice

from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.document import Document, Payment

WORDS = re.compile(
    r"pay[ -]?out|auszahlung|settlement|stripe|paypal|sumup|mollie|adyen|klarna|zettle|shopify|square|gocardless",
    re.IGNORECASE,
)
SHARE, FIXED = Decimal("0.04"), Decimal("0.50")
"""No processor keeps more than this share, and this much for each payment."""
AGE = timedelta(days=60)
MAX_DOCUMENTS, MAX_TOGETHER, MAX_SETS = 40, 4, 100_000
CENT = Decimal("0.01")
USUAL_SHARE = Decimal("0.025")
"""Before anything is known of a processor, sets whose fee is nearest to this stand first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """What a payout was once confirmed to be: so many invoices of this total, less this fee."""

    payer: str
    total: Decimal
    count: int
    fee: Decimal

    @classmethod
    def of(cls, payer: str, paid: Decimal, count: int, fee: Decimal) -> Payout:
        """Return what a payer's payment of so much was confirmed to be."""
        return cls(payer=names.plain(payer), total=paid + fee, count=count, fee=fee)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What a processor keeps: a share of each payment, and a fixed amount."""

    share: Decimal
    fixed: Decimal

    def fee(self, total: Decimal, count: int) -> Decimal:
        """Return what it keeps of a payout."""
        return (total * self.share + self.fixed * count).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Invoices that a payout may be for; `is_by_tariff` where the fee is what this processor is known to keep."""

    documents: tuple[Document, ...]
    fee: Decimal
    is_by_tariff: bool = False


def is_payout(payment: Payment) -> bool:
    """Whether the payment says that it comes from a processor."""
    return payment.flow > 0 and WORDS.search(f"{payment.counterparty} {payment.words}") is not None


def tariff(past: Sequence[Payout]) -> Tariff | None:
    """Return the tariff that explains two confirmed payouts of different kind, the newest ones first."""
    for one, other in combinations(reversed(past), 2):
        turn = one.total * other.count - other.total * one.count
        if not turn:
            continue
        share = ((one.fee * other.count - other.fee * one.count) / turn).quantize(Decimal("0.0001"))
        fixed = ((one.fee - share * one.total) / one.count).quantize(CENT)
        found = Tariff(share=share, fixed=fixed)
        if 0 <= share <= SHARE and 0 <= fixed <= FIXED:
            return found
    return None


def collected(payment: Payment, documents: Sequence[Document], known: Tariff | None) -> list[Collected]:
    """Return the sets of invoices that a payout may be for: by the known tariff, else the usual fee first."""
    found = [Collected(documents=each, fee=_fee(payment, each)) for each in _sets(payment, documents)]
    by_tariff = [
        replace(each, is_by_tariff=True) for each in found if known is not None and _fits(known, each)
    ]
    return by_tariff or sorted(found, key=lambda each: abs(each.fee / _total(each.documents) - USUAL_SHARE))


def _fits(known: Tariff, found: Collected) -> bool:
    count = len(found.documents)
    return abs(known.fee(_total(found.documents), count) - found.fee) <= CENT * count


def _sets(payment: Payment, documents: Sequence[Document]) -> Iterator[tuple[Document, ...]]:
    near = [each for each in documents if payment.booked_on - AGE <= each.issued_on <= payment.booked_on]
    near = sorted(near, key=lambda each: (each.issued_on, each.number), reverse=True)[:MAX_DOCUMENTS]
    every = (chosen for count in range(1, MAX_TOGETHER + 1) for chosen in combinations(near, count))
    for chosen in islice(every, MAX_SETS):
        if 0 < _fee(payment, chosen) <= _total(chosen) * SHARE + FIXED * len(chosen):
            yield chosen[::-1]


def _total(documents: Sequence[Document]) -> Decimal:
    return sum((each.open for each in documents), Decimal(0))


def _fee(payment: Payment, documents: Sequence[Document]) -> Decimal:
    return _total(documents) - payment.amount
