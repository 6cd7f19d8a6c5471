"""The matcher: how well a payment fits an invoice, in parts that a person can check; pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from rapidfuzz import fuzz

WEIGHTS = {"amount": 0.40, "reference": 0.35, "name": 0.15, "date": 0.10}
LATE_DAYS = 60
"""A payment more than this after the due date needs a person's look."""
CLEAR_NAME = 0.85
ODD_NAME = 0.50
ONE_WORD = 0.80
LEAD = 0.15
"""By how much the best candidate must lead over the second."""
FEE_SHARE = Decimal("0.01")
FEE_LIMIT = Decimal(10)
"""A payment short by at most this share, and this amount, looks like a bank's fee."""
MIN_NUMBER = 4
"""An invoice number of fewer letters and digits stands in too many texts by accident."""
LEGAL_FORMS = frozenset(
    {
        "ag",
        "and",
        "bv",
        "co",
        "ek",
        "ev",
        "gbr",
        "gmbh",
        "haftungsbeschraenkt",
        "inc",
        "kg",
        "llc",
        "ltd",
        "mbb",
        "mbh",
        "nv",
        "ohg",
        "partg",
        "plc",
        "sa",
        "sarl",
        "srl",
        "u",
        "ug",
        "und",
    }
)
FOLD = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue", "æ": "ae", "ø": "o"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A booked transaction, as the matcher sees it. The amount is signed."""

    stream: str
    version: int
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str
    text: str
    reference: str
    event_id: str
    account: str = ""
    counterparty_account: str = ""

    @property
    def words(self) -> str:
        """Everything the payer wrote."""
        return f"{self.text} {self.reference}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An open invoice in the payment's direction and currency; the amount is positive."""

    stream: str
    version: int
    number: str
    party: str
    issued_on: date
    due_on: date
    amount: Decimal
    currency: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One invoice with its score (0 to 1), the parts of it (each 0 to 1) and what speaks against it."""

    invoice: Invoice
    score: float
    evidence: dict[str, float]
    against: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the amounts are equal."""
        return self.evidence["amount"] == 1

    @property
    def named(self) -> bool:
        """Whether the payment names the invoice."""
        return self.evidence["reference"] == 1


def rank(payment: Payment, invoices: Sequence[Invoice], numbers: Sequence[str]) -> list[Candidate]:
    """Return the invoices that fit at all, best first. `numbers` are all numbers known in this direction."""
    named = {number for number in numbers if names(payment.words, number)}
    candidates = (_candidate(payment, invoice, named) for invoice in invoices)
    fitting = [each for each in candidates if each.evidence["amount"] or each.evidence["reference"]]
    return sorted(fitting, key=lambda each: (-each.score, each.invoice.issued_on, each.invoice.number))


def is_certain(ranked: Sequence[Candidate], rivals: Sequence[Payment]) -> bool:
    """Whether the best candidate needs no question: strong evidence, a clear lead, nothing against it."""
    return bool(ranked) and not doubts(ranked, rivals)


def doubts(ranked: Sequence[Candidate], rivals: Sequence[Payment]) -> list[str]:
    """Say in words why the best candidate is not certain."""
    best = ranked[0]
    found = list(best.against)
    if not best.exact:
        found.append("the amount differs")
    if not best.named and best.evidence["name"] < CLEAR_NAME:
        found.append("the payment names no invoice and the name is not clearly the same")
    second = ranked[1] if len(ranked) > 1 else None
    if second is not None and best.score - second.score < LEAD:
        found.append(f"{second.invoice.number} fits nearly as well")
    if not best.named and second is not None and second.exact:
        found.append("another open invoice has the same amount")
    if any(_claims(rival, best.invoice) for rival in rivals):
        found.append("an earlier payment, still undecided, may be for the same invoice")
    return found


def is_short_by_fee(candidate: Candidate, payment: Payment) -> bool:
    """Whether a named invoice was paid short by no more than a bank's fee, and nothing else is odd."""
    short = candidate.invoice.amount - abs(payment.amount)
    return (
        candidate.named
        and not candidate.against
        and 0 < short <= min(FEE_LIMIT, candidate.invoice.amount * FEE_SHARE)
    )


def explain(candidate: Candidate, payment: Payment) -> str:
    """Say in one line how an invoice fits."""
    invoice, evidence = candidate.invoice, candidate.evidence
    difference = abs(payment.amount) - invoice.amount
    parts = [
        "same amount" if candidate.exact else f"amount differs by {difference:+.2f} {invoice.currency}",
        "its number stands in the payment" if candidate.named else "its number does not stand in the payment",
        f"name {evidence['name']:.0%} alike",
        f"issued {invoice.issued_on:%d %b}, due {invoice.due_on:%d %b}",
    ]
    return f"{invoice.number} ({invoice.party}): " + "; ".join([*parts, *candidate.against])


def names(words: str, number: str) -> bool:
    """Whether a text names an invoice number, however it is spaced: 'RE2026-074' names 'RE-2026-074'."""
    long_enough = sum(letter.isalnum() for letter in number) >= MIN_NUMBER
    return long_enough and _number_pattern(number).search(words) is not None


@lru_cache(maxsize=10_000)
def _number_pattern(number: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.findall(r"[^\W\d_]+|\d+", number)]
    return re.compile(r"(?<![^\W_])" + r"[\W_]{0,3}".join(parts) + r"(?!-?\d)", re.IGNORECASE)


def alike(left: str, right: str) -> float:
    """How alike two names are, 0 to 1: without umlauts, legal forms and order.

    One word out of several is never clearly the same: Hans Meier is not Meier GmbH.
    """
    if not left or not right:
        return 0.0
    one, other = _name(left), _name(right)
    fit = round(float(fuzz.token_set_ratio(one, other)) / 100, 2)
    return fit if one == other or (" " in one and " " in other) else min(fit, ONE_WORD)


@lru_cache(maxsize=10_000)
def _name(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(FOLD)).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return " ".join(word for word in words if word not in LEGAL_FORMS) or plain


def _candidate(payment: Payment, invoice: Invoice, named: set[str]) -> Candidate:
    evidence = {
        "amount": _amount_fit(abs(payment.amount), invoice.amount),
        "reference": 1.0 if invoice.number in named else 0.0,
        "name": alike(payment.counterparty, invoice.party),
        "date": _date_fit(payment.booked_on, invoice),
    }
    score = round(sum(WEIGHTS[part] * fit for part, fit in evidence.items()), 3)
    return Candidate(
        invoice=invoice,
        score=score,
        evidence=evidence,
        against=tuple(_against(payment, invoice, evidence, named)),
    )


def _amount_fit(paid: Decimal, asked: Decimal) -> float:
    if paid == asked:
        return 1.0
    return 0.5 if 0 < asked - paid <= min(FEE_LIMIT, asked * FEE_SHARE) else 0.0


def _date_fit(booked_on: date, invoice: Invoice) -> float:
    if booked_on < invoice.issued_on or _is_late(booked_on, invoice):
        return 0.0
    return round(1 - min(abs((booked_on - invoice.due_on).days), LATE_DAYS) / (2 * LATE_DAYS), 2)


def _is_late(booked_on: date, invoice: Invoice) -> bool:
    """Compare by the difference: lists say 9999-12-31 where nothing is ever due, and no day lies after that."""
    return (booked_on - invoice.due_on).days > LATE_DAYS


def _against(payment: Payment, invoice: Invoice, evidence: dict[str, float], named: set[str]) -> list[str]:
    found = []
    others = sorted(named - {invoice.number})
    if others:
        found.append(f"the payment names {', '.join(others)}")
    if payment.booked_on < invoice.issued_on:
        found.append("it was paid before it was issued")
    if _is_late(payment.booked_on, invoice):
        found.append(f"it was paid more than {LATE_DAYS} days after it was due")
    if payment.counterparty and evidence["name"] < ODD_NAME:
        found.append("the name is another one")
    return found


def _claims(rival: Payment, invoice: Invoice) -> bool:
    return names(rival.words, invoice.number) or alike(rival.counterparty, invoice.party) >= CLEAR_NAME
