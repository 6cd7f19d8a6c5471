"""What a bank and an invoice list show of a generated company, and, apart from it, what is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One of the company's own accounts; `opening` is what lay there before the first month."""

    id: str
    name: str
    currency: str
    opening: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A line of the invoice list. The amount is positive, also that of a credit note."""

    number: str
    direction: str
    party: str
    issued_on: date
    due_on: date
    amount: Decimal
    currency: str
    kind: str = "invoice"
    corrects: str = ""
    tax_rate: str = "19"
    category: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A line of a statement; `key` is ours alone and says nothing. The amount is signed."""

    key: str
    account: str
    booked_on: date
    amount: Decimal
    currency: str
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one dollar was worth in euros."""

    on: date
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that a matcher may see. Transactions stand in the order of their days, invoices of theirs."""

    name: str
    first: date
    last: date
    accounts: tuple[Account, ...]
    transactions: tuple[Transaction, ...]
    invoices: tuple[Invoice, ...]
    rates: tuple[Rate, ...]

    def rate_on(self, day: date) -> Decimal:
        """Return the last weekly rate up to a day."""
        return rate_on(self.rates, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How much of an invoice a transaction pays, in the invoice's currency; a credit note counts negative."""

    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was paid less (negative) or more (positive) than the parts ask, in the transaction's currency."""

    amount: Decimal
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The truth of one transaction: parts, or a category, or a transfer, or a refund, or (nothing set) other.

    `transfer` and `refund_of` are keys of transactions. `case` says which of the generated kinds it is.
    """

    case: str
    parts: tuple[Part, ...] = ()
    difference: Difference | None = None
    category: str = ""
    transfer: str = ""
    refund_of: str = ""

    @property
    def is_other(self) -> bool:
        """Whether nothing explains it: a receipt to ask for, private money, a payment to send back."""
        return not (self.parts or self.category or self.transfer or self.refund_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true, by the transactions' keys; and every kind of case that there is, also of invoices never paid."""

    explained: Mapping[str, Explanation]
    cases: tuple[str, ...]


def rate_on(rates: tuple[Rate, ...], day: date) -> Decimal:
    """Return the last rate up to a day."""
    return max((each for each in rates if each.on <= day), key=lambda each: each.on).rate


def in_cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to cents."""
    return amount.quantize(CENT)
