"""Generated months of a small service firm: what its banks and its invoice list show, and apart from it the truth.

`months(seed, n)` and `year(seed)` give the same for the same seed. Parties, number style, accounts and the places where
money is spent every month stay; a matcher may learn them.
"""

import calendar
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

import books_expenses
import books_income
from books_firm import OWNER, Case, Firm, working_day
from books_parties import iban
from books_records import Explanation, Shown, Transaction, Truth, in_cents
from books_shapes import Kind, Mix

FIRST = date(2026, 1, 1)
WARM_UP = 3
"""So many months are made before the first, for what is paid in it was issued before."""
DECK_MONTHS = 6
USUAL = Mix(income=books_income.USUAL, expenses=books_expenses.USUAL)
HARD = Mix(income=books_income.HARD, expenses=books_expenses.HARD)
RULES = (
    ("rent", "out", ("miete",)), ("health-insurance", "out", ("krankenkasse",)), ("tax", "out", ("finanzkasse",)),
    ("salaries", "out", ("gehalt",)), ("social-security", "out", ("minijob-zentrale",)),
    ("software", "out", ("hetzner",)), ("phone", "out", ("elbfunk",)),
    ("travel", "out", ("db vertrieb", "hotel", "taxi")),
    ("meals", "out", ("kantine am dock",)), ("bank-fees", "out", ("rechnungsabschluss", "wire fee")),
    ("interest", "in", ("habenzinsen",)), ("private-draw", "out", ("privatentnahme",)),
)  # fmt: skip
"""Category, direction and words: the operator's rules. Some software and most meals are covered by none."""
MONTHLY = (
    (1, "rent", "-620.00", "Kontorhaus Brooktor GbR", "Miete Buero 3.14"),
    (1, "health-insurance", "-487.35", "Nordlicht Krankenkasse", "Beitrag KV/PV Mitgl.-Nr. 4471902208"),
    (12, "software", "-29.00", "Tintenfass Software GmbH", "Abo Texte Team"),
    (15, "software", "-38.56", "Hetzner Online GmbH", "R0029941877 K0771046218"),
    (18, "phone", "-44.99", "Elbfunk Telecom GmbH", "Rechnung Kundenkonto 6610428"),
    (20, "software", "-61.88", "Karteikasten Cloud SE", "Lizenz 3 Plaetze"),
    (25, "private-draw", "-2800.00", OWNER, "Privatentnahme"),
    (27, "social-security", "-171.44", "Minijob-Zentrale", "Beitrag 55501237"),
    (28, "salaries", "-520.00", "Jonas Petersen", "Gehalt"),
    (28, "bank-fees", "-14.90", "", "Rechnungsabschluss Kontoführung"),
)
"""What leaves the main account each month: day, category, amount, name, text."""


def year(seed: int, *, mix: Mix = USUAL) -> tuple[Shown, Truth]:
    """Return twelve months with the same parties and their habits: what can be learned shows in it."""
    return months(seed, 12, mix=mix)


def months(seed: int, count: int, *, first: date = FIRST, mix: Mix = USUAL) -> tuple[Shown, Truth]:
    """Return `count` months from `first` on. A mix's numbers are cards: each kind is dealt so often in half a year."""
    last = month_after(first, count) - timedelta(days=1)
    firm = Firm(seed, first, last)
    begins = [month_after(first, number) for number in range(-WARM_UP, count)]
    cases = [
        *_dealt(firm, begins, mix.income),
        *_dealt(firm, begins, mix.expenses),
        *(case for begin in begins for case in _every_month(firm, begin)),
    ]
    return _told(firm, first, last, [case for case in cases if _begins_after(case, first)])


def month_after(first: date, count: int) -> date:
    """Return the first day of a month some months later, or earlier."""
    number = first.year * 12 + first.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def _dealt(firm: Firm, begins: list[date], kinds: Mapping[Kind, int]) -> Iterator[Case]:
    """Deal kinds from shuffled decks of half a year, so that each kind comes; the warm-up has a deck of its own."""
    for deck_of in [begins[:WARM_UP], *_in_half_years(begins[WARM_UP:])]:
        deck = _shuffled(firm.chance, kinds)
        assert len(deck) % DECK_MONTHS == 0, "a month's hand is a sixth of the deck"
        a_month = len(deck) // DECK_MONTHS
        for number, begin in enumerate(deck_of):
            hand = deck[number * a_month : (number + 1) * a_month]
            for day, kind in zip(sorted(_days(firm.chance, begin, len(hand))), hand, strict=True):
                yield kind(firm, day)


def _in_half_years(begins: list[date]) -> list[list[date]]:
    return [begins[start : start + DECK_MONTHS] for start in range(0, len(begins), DECK_MONTHS)]


def _shuffled(chance: random.Random, kinds: Mapping[Kind, int]) -> list[Kind]:
    deck = [kind for kind, times in kinds.items() for _ in range(times)]
    chance.shuffle(deck)
    return deck


def _days(chance: random.Random, begin: date, count: int) -> list[date]:
    return [working_day(begin + timedelta(days=chance.randrange(27))) for _ in range(count)]


def _every_month(firm: Firm, begin: date) -> Iterator[Case]:
    for day, category, amount, name, text in MONTHLY:
        on = working_day(begin.replace(day=day))
        yield _category(
            firm.moved(Decimal(amount), on, name, f"{text} {begin:%m/%Y}", number=_number_of(name)), category
        )
    yield _vat(firm, begin)
    yield _transfer(firm, begin)
    if begin.month % 3 == 0:
        yield from _every_quarter(firm, begin)


def _every_quarter(firm: Firm, begin: date) -> Iterator[Case]:
    on = working_day(begin.replace(day=10))
    tax = firm.moved(Decimal("-2450.00"), on, "Finanzkasse Hamburg", "ESt-Vorauszahlung St.-Nr. 99/417/02338")
    yield _category(tax, "tax")
    end = begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
    earned = firm.moved(Decimal("3.17"), end, "", "Abschluss Habenzinsen", account=firm.card)
    yield _category(earned, "interest")
    if firm.dollars is not None:
        yield _exchange(firm, begin)


def _vat(firm: Firm, begin: date) -> Case:
    amount = -Decimal(firm.chance.randint(60_000, 210_000)) / 100
    text = f"USt-Voranmeldung {begin:%m.%Y} St.-Nr. 99/417/02338"
    return _category(
        firm.moved(amount, working_day(begin.replace(day=10)), "Finanzkasse Hamburg", text), "tax"
    )


def _transfer(firm: Firm, begin: date) -> Case:
    """Money for the card, arriving up to three days later; one bank in three does not show the account."""
    amount = Decimal(firm.chance.choice((800, 1000, 1200, 1500)))
    on = working_day(begin.replace(day=firm.chance.randint(2, 16)))
    shown = firm.chance.random() < 0.67
    left = firm.moved(-amount, on, OWNER, "Umbuchung", number=firm.card.id if shown else "")
    came = firm.moved(
        amount,
        firm.after(on, 0, 3),
        OWNER,
        "Umbuchung",
        account=firm.card,
        number=firm.main.id if shown else "",
    )
    return _sides("transfer", left, came)


def _exchange(firm: Firm, begin: date) -> Case:
    """Dollars brought home, at the bank's rate."""
    assert firm.dollars is not None
    on, amount = working_day(begin.replace(day=20)), Decimal(firm.chance.randint(10, 30) * 100)
    euros = in_cents(amount * firm.rate_on(on) * Decimal("0.994"))
    left = firm.moved(-amount, on, OWNER.upper(), "OUTGOING WIRE", account=firm.dollars)
    came = firm.moved(euros, firm.after(on, 1, 3), OWNER, f"USD {amount}", number=firm.dollars.id)
    return _sides("transfer_exchange", left, came)


def _sides(kind: str, left: Transaction, came: Transaction) -> Case:
    moves = (
        (left, Explanation(case=kind, transfer=came.key)),
        (came, Explanation(case=kind, transfer=left.key)),
    )
    return Case(kind=kind, moves=moves)


def _category(move: Transaction, category: str) -> Case:
    return Case(kind=category, moves=((move, Explanation(case=category, category=category)),))


def _number_of(name: str) -> str:
    """A payee's account: the same every month."""
    return iban("DE", f"90020030{random.Random(name).randrange(10**9):010d}") if name else ""


def _begins_after(case: Case, first: date) -> bool:
    return all(move.booked_on >= first for move, _ in case.moves)


def _told(firm: Firm, first: date, last: date, cases: list[Case]) -> tuple[Shown, Truth]:
    moves = [(move, told) for case in cases for move, told in case.moves if move.booked_on <= last]
    invoices = [each for case in cases for each in case.invoices if each.issued_on <= last]
    shown = Shown(
        name="Osterkamp Prozessberatung",
        first=first,
        last=last,
        accounts=firm.accounts,
        transactions=tuple(sorted((move for move, _ in moves), key=lambda move: (move.booked_on, move.key))),
        invoices=tuple(sorted(invoices, key=lambda each: (each.issued_on, each.direction, each.number))),
        rates=firm.rates,
    )
    return shown, Truth(
        explained={move.key: told for move, told in moves}, cases=tuple(case.kind for case in cases)
    )
