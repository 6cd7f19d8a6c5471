"""A generated firm while its months are made: it issues invoices, keeps accounts, and money moves."""

import random
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from books_parties import Party, as_the_bank_writes, customers, iban, suppliers
from books_records import Account, Explanation, Invoice, Part, Rate, Transaction, in_cents, rate_on

OWNER = "Mareike Osterkamp"
STYLES = ("RE-{year}-{serial:03d}", "{year}-{serial:04d}", "R{short}/{serial:04d}", "INV-{serial:05d}")
BILL_STYLES = ("D-{:06d}", "2026-{:05d}", "{:08d}", "RG{:06d}", "{:04d}/26")
HOURLY = (90, 95, 110, 120)
RATES_BEFORE_DAYS = 150
VAT = Decimal("1.19")
LATE = 0.06
HABITUAL = 3
"""So many customers share a habit: they pay privately, take discounts, or write numbers in their own way."""
NAMING = ("Rechnung {}", "{} vom {:%d.%m.%Y}", "{}", "Rg. {} vielen Dank", "RNR {} KDNR 118832", "Invoice {}")
NOT_NAMING = (
    "Beratung",
    "vielen Dank",
    "",
    "Dienstleistung laut Vereinbarung",
    "Honorar",
    "Beratungsleistung {:%m/%Y}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Invoices with the transactions that follow from them, and what is true of each."""

    kind: str
    invoices: tuple[Invoice, ...] = ()
    moves: tuple[tuple[Transaction, Explanation], ...] = ()


class Firm:
    """All that lasts from month to month; every choice is drawn from one seed."""

    def __init__(self, seed: int, first: date, last: date) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.customers = customers(self.chance)
        self.suppliers = suppliers(self.chance)
        self.style = self.chance.choice(STYLES)
        self.serial = self.chance.randint(1, 80)
        self.bill_numbers: set[int] = set()
        self.main, self.card, *rest = _accounts(self.chance)
        self.dollars = rest[0] if rest else None
        self.rates = _rates(self.chance, first, last)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return its own accounts: main and card, and mostly one in dollars."""
        return (self.main, self.card, *([self.dollars] if self.dollars else []))

    def customer(self, currency: str = "EUR", *, abroad: bool = False, habit: str = "") -> Party:
        """Draw a customer; for a habit always from the same few, for people pay as they are used to."""
        found = [
            each for each in self.customers if each.currency == currency and (each.country != "DE") >= abroad
        ]
        if habit:
            found = random.Random(f"{self.seed} {habit}").sample(found, min(HABITUAL, len(found)))
        return self.chance.choice(found)

    def supplier(self, currency: str = "EUR") -> Party:
        """Draw a supplier."""
        return self.chance.choice([each for each in self.suppliers if each.currency == currency])

    def price(self, party: Party) -> Decimal:
        """Draw what an invoice asks: a retainer, or hours; with tax where there is one."""
        hours = Decimal(self.chance.choices(range(4, 90), range(90, 4, -1))[0]) / 2
        net = Decimal(party.retainer) or hours * self.chance.choice(HOURLY)
        return in_cents(net * VAT if party.tax_rate == "19" else net)

    def issue(self, party: Party, on: date, amount: Decimal | None = None) -> Invoice:
        """Issue an invoice of ours."""
        self.serial += 1
        number = self.style.format(year=on.year, short=on.year % 100, serial=self.serial)
        return self._invoice(party, number, "out", on, amount)

    def bill(self, party: Party, on: date, amount: Decimal | None = None) -> Invoice:
        """Get a bill from a supplier, under a number of its own."""
        number = self._unused_number()
        drawn = in_cents(Decimal(self.chance.randint(2_500, 190_000)) / 100)
        return self._invoice(party, number, "in", on, amount or drawn)

    def credit_note(self, party: Party, invoice: Invoice, on: date, amount: Decimal) -> Invoice:
        """Correct an invoice, or get a bill corrected."""
        prefix = "GS" if invoice.direction == "out" else "GU"
        number = f"{prefix}-{on.year}-{self._unused_serial():04d}"
        return self._invoice(
            party, number, invoice.direction, on, amount, kind="credit_note", corrects=invoice.number
        )

    def paid_on(self, invoice: Invoice) -> date:
        """Draw when an invoice is paid: about when it is due, now and then a month late."""
        late = self.chance.randint(20, 45) if self.chance.random() < LATE else 0
        drawn = invoice.due_on + timedelta(days=self.chance.randint(-9, 8) + late)
        return working_day(max(drawn, invoice.issued_on + timedelta(days=1)))

    def after(self, day: date, least: int, most: int) -> date:
        """Draw a working day some days later."""
        return working_day(day + timedelta(days=self.chance.randint(least, most)))

    def moved(
        self,
        amount: Decimal,
        on: date,
        name: str = "",
        text: str = "",
        *,
        account: Account | None = None,
        number: str = "",
        reference: str = "",
    ) -> Transaction:
        """Book one transaction as the bank shows it: only the main account's bank tells references."""
        account = account or self.main
        return Transaction(
            key=f"{self.chance.getrandbits(48):012x}",
            account=account.id,
            booked_on=on,
            amount=in_cents(amount),
            currency=account.currency,
            counterparty=name,
            counterparty_account="" if account is self.dollars else number,
            text=text,
            reference=reference if account is self.main else "",
        )

    def from_customer(
        self,
        party: Party,
        on: date,
        amount: Decimal,
        text: str,
        *,
        account: Account | None = None,
        reference: str = "",
    ) -> Transaction:
        """Book money that comes from a customer's own account."""
        name = as_the_bank_writes(self.chance, party.name)
        return self.moved(amount, on, name, text, account=account, number=party.account, reference=reference)

    def naming(self, invoice: Invoice, number: str = "") -> str:
        """Draw a text that names an invoice, or another number in its place."""
        return self.chance.choice(NAMING).format(number or invoice.number, invoice.issued_on)

    def not_naming(self, invoice: Invoice) -> str:
        """Draw a text that names none."""
        return self.chance.choice(NOT_NAMING).format(invoice.issued_on)

    def respelled(self, number: str) -> str:
        """Write a number as people do: without dashes, with blanks, small, without its letters or zeros."""
        digits = re.sub(r"^[A-Za-z]+\W*", "", number)
        ways = {
            re.sub(r"\W", "", number),
            re.sub(r"\W", " ", number),
            number.lower().replace("-", "/"),
            re.sub(r"(\D)0+(\d)", r"\1\2", number),
            digits,
        }
        return self.chance.choice(sorted(ways - {number}))

    def rate_on(self, day: date) -> Decimal:
        """Return the recorded rate of a day."""
        return rate_on(self.rates, day)

    def _invoice(
        self, party: Party, number: str, direction: str, on: date, amount: Decimal | None, **more: str
    ) -> Invoice:
        return Invoice(
            number=number,
            direction=direction,
            party=party.name,
            issued_on=on,
            due_on=on + timedelta(days=party.terms_days),
            amount=amount or self.price(party),
            currency=party.currency,
            tax_rate=party.tax_rate,
            category=party.category,
            email=party.email,
            **more,
        )

    def _unused_number(self) -> str:
        return self.chance.choice(BILL_STYLES).format(self._unused_serial())

    def _unused_serial(self) -> int:
        beyond = 10_000 + 10 * len(self.bill_numbers)
        drawn = self.chance.randrange(1000, beyond)
        while drawn in self.bill_numbers:
            drawn = self.chance.randrange(1000, beyond)
        self.bill_numbers.add(drawn)
        return drawn


def whole(*invoices: Invoice) -> tuple[Part, ...]:
    """Return parts that take these invoices whole; a credit note counts negative."""
    return tuple(
        Part(number=each.number, amount=-each.amount if each.kind == "credit_note" else each.amount)
        for each in invoices
    )


def working_day(day: date) -> date:
    """Return the day, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _accounts(chance: random.Random) -> tuple[Account, ...]:
    main = Account(
        id=iban("DE", f"90050120{chance.randrange(10**9):010d}"),
        name="Main account",
        currency="EUR",
        opening=Decimal(chance.randint(800_000, 3_000_000)) / 100,
    )
    card = Account(
        id=iban("DE", f"90061433{chance.randrange(10**9):010d}"),
        name="Card account",
        currency="EUR",
        opening=Decimal(chance.randint(50_000, 400_000)) / 100,
    )
    dollars = Account(
        id=f"9{chance.randrange(10**9):09d}",
        name="Dollar account",
        currency="USD",
        opening=Decimal("5000.00"),
    )
    return (main, card, dollars) if chance.random() < 0.75 else (main, card)


def _rates(chance: random.Random, first: date, last: date) -> tuple[Rate, ...]:
    """One rate every Friday, from before the first invoice on."""
    friday = first - timedelta(days=RATES_BEFORE_DAYS + (first.weekday() - 4) % 7 - RATES_BEFORE_DAYS % 7)
    rates, worth = [], Decimal("0.8600")
    while friday <= last:
        rates.append(Rate(on=friday, rate=worth))
        friday += timedelta(days=7)
        worth += Decimal(chance.randint(-60, 60)) / 10_000
    return tuple(rates)
