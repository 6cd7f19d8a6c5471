"""The forms that all kinds of cases are made of: invoices, moves, and what is said of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from books_firm import Case, Firm, whole
from books_parties import Party
from books_records import Difference, Explanation, Invoice, Part, Transaction, in_cents

CASH_DISCOUNTS = (Decimal("0.02"), Decimal("0.03"))
BANK_SPREAD = (40, 150)
"""By how many ten-thousandths a bank's rate is worse than the recorded one."""

Kind = Callable[[Firm, date], Case]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How often each kind of case comes in half a year: of income, and of everything else; multiples of six in sum."""

    income: Mapping[Kind, int]
    expenses: Mapping[Kind, int]


def issued(
    firm: Firm, day: date, currency: str = "EUR", *, abroad: bool = False, habit: str = ""
) -> tuple[Invoice, Party]:
    """Draw a customer and issue an invoice."""
    party = firm.customer(currency, abroad=abroad, habit=habit)
    return firm.issue(party, day), party


def case_of(kind: str, invoices: Sequence[Invoice], *moves: tuple[Transaction, Explanation]) -> Case:
    """Return a case of these invoices and moves."""
    return Case(kind=kind, invoices=tuple(invoices), moves=moves)


def pays(case: str, *invoices: Invoice) -> Explanation:
    """Say that a transaction pays these invoices whole."""
    return Explanation(case=case, parts=whole(*invoices))


def pays_part(case: str, invoice: Invoice, amount: Decimal) -> Explanation:
    """Say that it pays a part of an invoice."""
    return Explanation(case=case, parts=(Part(number=invoice.number, amount=amount),))


def pays_short(case: str, amount: Decimal, category: str, *invoices: Invoice) -> Explanation:
    """Say that it pays these invoices whole but for a difference."""
    difference = Difference(amount=amount, category=category) if amount else None
    return Explanation(case=case, parts=whole(*invoices), difference=difference)


def exchanged(firm: Firm, dollars: Decimal, on: date, worse: int) -> tuple[Decimal, Decimal]:
    """Return what dollars are worth at the recorded rate, and what the bank makes of them."""
    rate = firm.rate_on(on)
    spread = 1 + worse * Decimal(firm.chance.randint(*BANK_SPREAD)) / 10_000
    return in_cents(dollars * rate), in_cents(dollars * rate * spread)


def share_of(firm: Firm, invoice: Invoice) -> Decimal:
    """Draw how much of an invoice a credit note takes back."""
    return in_cents(invoice.amount * firm.chance.choice((10, 20, 25)) / 100)
