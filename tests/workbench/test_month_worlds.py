"""Random histories of months: lines, payments, withdrawals, closings and reopenings in any order.

Each closed month is the sum of its lines to the cent, its lines and its summary never change whatever comes after, all
months together are what the bank's statements say, and every line names the event that maps it.
"""

import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shop import IBAN, SETTINGS, Shop

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.money import Money
from workbench.capabilities.books.events import (
    Applied,
    InvoiceIssued,
    InvoicePaid,
    InvoiceReopened,
    PaymentMatched,
    TransactionCategorised,
)
from workbench.capabilities.books.months import controller
from workbench.capabilities.books.months.events import MonthReopened
from workbench.capabilities.books.months.facts import load_facts
from workbench.capabilities.books.months.line import lines_hash
from workbench.capabilities.books.months.lock import load_months, name
from workbench.connectors.bank.events import TransactionBooked, TransactionWithdrawn

QUICK, SOAK = 6, 200
MONTHS = ("2026-08", "2026-09", "2026-10")
DAYS = st.dates(date(2026, 8, 1), date(2026, 10, 31))
CENTS = st.integers(-500_000, 500_000).filter(bool)
CATEGORIES = st.sampled_from(["software", "own-transfer", "private-draw", "interest"])
SHORT = st.sampled_from([0, 0, 250, -130])
"""By how many cents a payment is short of its invoice."""

BOOK = st.tuples(st.just("book"), DAYS, CENTS, CATEGORIES)
PAY = st.tuples(st.just("pay"), DAYS, CENTS.map(abs), SHORT)
WITHDRAW = st.tuples(st.just("withdraw"), st.integers(0, 50))
CLOSE = st.tuples(st.just("close"), st.sampled_from(MONTHS))
REOPEN = st.tuples(st.just("reopen"), st.sampled_from(MONTHS))
REBUILD = st.tuples(st.just("rebuild"))
HISTORIES = st.lists(
    st.one_of(BOOK, BOOK, PAY, PAY, WITHDRAW, CLOSE, CLOSE, REOPEN, REBUILD), min_size=6, max_size=18
)

TAKEN_BACK = [
    ("book", date(2026, 8, 3), -100, "software"),
    ("pay", date(2026, 9, 3), 119_00, 250),
    ("close", "2026-08"),
    ("withdraw", 0),
    ("close", "2026-09"),
]
"""A line of a closed month is taken back in the next, which is closed too."""
REOPENED = [
    *TAKEN_BACK,
    ("reopen", "2026-08"),
    ("book", date(2026, 8, 4), -7, "interest"),
    ("close", "2026-08"),
]
"""Then the first is reopened and closed anew, with what the other one takes back."""


class World:
    """A company whose facts are appended as they would be, and what each month was closed with."""

    def __init__(self, shop):
        self.shop, self.company = shop, shop.company
        self.numbers = count(1)
        self.standing = []
        self.closed = {}

    def book(self, day, cents, category):
        stream = self.line(day, Decimal(cents) / 100)
        mapped = TransactionCategorised(category=category, decided_by="automatic", reason="a rule")
        self.append({stream: 1}, Write(stream=stream, data=mapped, actor="test"))
        self.standing.append((stream, None, None))

    def pay(self, day, cents, short):
        """An invoice is paid, short by a fee or with a little too much."""
        asked, number = Decimal(cents + 1_000) / 100, next(self.numbers)
        money = Money.of(asked, "EUR")
        invoice = f"invoice/{number}"
        issued = InvoiceIssued(
            number=f"RE-{number}",
            direction="out",
            party="Sandtor",
            issued_on=day,
            due_on=day,
            money=money,
            tax_rate="19",
        )
        self.append({invoice: NEW_STREAM}, Write(stream=invoice, data=issued, actor="test"))
        difference = Decimal(-short) / 100
        stream = self.line(day, asked + difference)
        matched = PaymentMatched(
            parts=(Applied(invoice=invoice, money=money),),
            decided_by="operator",
            score=1.0,
            evidence={},
            reason="you chose it",
            row="question/1",
            difference=Money.of(difference, "EUR") if short else None,
            difference_category=("bank-fees" if short > 0 else "overpaid") if short else None,
        )
        paid = InvoicePaid(transaction=stream, money=money)
        self.append(
            {stream: 1, invoice: 1},
            Write(stream=stream, data=matched, actor="test"),
            Write(stream=invoice, data=paid, actor="test"),
        )
        self.standing.append((stream, invoice, money))

    def line(self, day, amount):
        stream = f"bank_transaction/{next(self.numbers)}"
        booked = TransactionBooked(
            account=IBAN,
            money=Money.of(amount, "EUR"),
            ordinal=1,
            statement="bank_statement/1",
            booked_on=day,
        )
        self.append({stream: NEW_STREAM}, Write(stream=stream, data=booked, actor="test"))
        return stream

    def withdraw(self, which):
        if not self.standing:
            return
        stream, invoice, money = self.standing.pop(which % len(self.standing))
        gone = TransactionWithdrawn(reason="the bank says so", row="question/2")
        self.append({stream: 2}, Write(stream=stream, data=gone, actor="test"))
        if invoice:
            reopened = InvoiceReopened(transaction=stream, money=money)
            self.append({invoice: 2}, Write(stream=invoice, data=reopened, actor="test"))

    def close(self, month):
        """Close it, and each month before it, as the plan asks."""
        for each in MONTHS[: MONTHS.index(month) + 1]:
            facts = load_facts(self.company, self.company.settings, each)
            if not facts.is_closed and facts.lines:
                done = controller._closed(facts, (), f"proposal/{next(self.numbers)}")
                self.company.append(done.writes, expected=done.expected)
                self.check_sums(each, facts.summary)
                self.closed[each] = self.told()[each]

    def check_sums(self, month, summary):
        """The summary is the sum of its lines; where nothing is late, of the statement's lines of its days."""
        (totals,) = summary.totals
        told = sum(Decimal(part) for part in (totals.result, totals.neutral, totals.transfers))
        assert told == self.sum("SELECT sum(amount) FROM ledger_line WHERE month = $month", month=month)
        by_category = sum(Decimal(each.amount) for each in summary.categories)
        assert told == by_category + Decimal(totals.transfers)
        (cash,) = summary.cash or [None]
        if cash is not None and not self.shifted(month):
            assert told == sum(Decimal(part) for part in (cash.money_in, cash.money_out, cash.transfers))
            assert told == self.sum(
                "SELECT sum(amount) FROM bank_transaction WHERE state = 'booked' "
                "AND strftime(booked_on, '%Y-%m') = $month",
                month=month,
            )
        for each in summary.tax:
            assert each.net is None or Decimal(each.net) + Decimal(each.tax) == Decimal(each.gross)

    def shifted(self, month):
        """Whether a line is posted in another month than its own, to or from this one."""
        return self.shop.ask(
            "SELECT 1 FROM ledger_line WHERE month <> strftime(booked_on, '%Y-%m') "
            "AND $month IN (month, strftime(booked_on, '%Y-%m')) LIMIT 1",
            month=month,
        )

    def reopen(self, month):
        months = load_months(self.company)
        if month in months.closed:
            data = MonthReopened(reason="x", row="proposal/x")
            self.append(
                {f"month/{month}": months.versions[month]},
                Write(stream=f"month/{month}", data=data, actor="test"),
            )
            del self.closed[month]

    def rebuild(self):
        self.company.log.rebuild()

    def append(self, expected, *writes):
        self.company.append(writes, expected=expected)

    def sum(self, sql, **parameters):
        return self.shop.ask(sql, **parameters)[0][0] or Decimal(0)

    def told(self):
        """What each closed month says now: its summary, the hash it names, and the hash of the lines it shows."""
        found = self.shop.ask(
            "SELECT month, summary, lines_hash, closed_by FROM month WHERE state = 'closed'"
        )
        lines = {
            month: lines_hash(load_facts(self.company, self.company.settings, month).lines)
            for month, *_ in found
        }
        return {month: (*said, lines[month]) for month, *said in found}

    def check(self):
        told = self.told()
        assert told == self.closed
        assert all(named == shown for _, named, _, shown in told.values())
        banked = self.sum("SELECT sum(amount) FROM bank_transaction WHERE state = 'booked'")
        assert self.sum("SELECT sum(amount) FROM ledger_line") == banked
        assert (
            self.shop.ask("SELECT 1 FROM ledger_line AS l ANTI JOIN event AS e ON e.event_id = l.mapping")
            == []
        )
        self.check_days(load_months(self.company))

    def check_days(self, months):
        """What is not closed stands in its own month, or in the first open one after it."""
        rows = self.shop.ask("SELECT booked_on, month, amount FROM ledger_line WHERE NOT is_closed")
        assert all(month == months.posts_in(day) for day, month, _ in rows)
        per_month = defaultdict(Decimal)
        for day, _, amount in self.shop.ask("SELECT booked_on, month, amount FROM ledger_line"):
            per_month[name(day)] += amount
        banked = dict(
            self.shop.ask(
                "SELECT strftime(booked_on, '%Y-%m'), sum(amount) FROM bank_transaction "
                "WHERE state = 'booked' GROUP BY 1"
            )
        )
        assert {month: amount for month, amount in per_month.items() if amount} == {
            month: amount for month, amount in banked.items() if amount
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return where each world gets a company of its own, copied from one in which nothing happened yet."""
    folder = tmp_path_factory.mktemp("worlds")
    Shop(folder / "blank", SETTINGS).company.close()
    return folder


def always(worlds):
    """Hold so many random histories to all of it."""

    def holding(body):
        body = example(history=TAKEN_BACK)(example(history=REOPENED)(body))
        unhindered = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
        return settings(max_examples=worlds, **unhindered)(given(history=HISTORIES)(body))

    return holding


@always(QUICK)
def test_a_closed_month_is_the_sum_of_its_lines_and_never_changes(folder, history):
    live(folder / "acme", folder / "blank", history)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@always(SOAK)
def test_in_many_worlds_a_closed_month_never_changes(folder, history):
    live(folder / "acme", folder / "blank", history)


def live(place, blank, history):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(blank, place)
    shop = Shop(place, SETTINGS)
    try:
        world = World(shop)
        for what, *details in history:
            getattr(world, what)(*details)
        world.close(MONTHS[-1])
        world.check()
        before = world.told()
        world.rebuild()
        assert world.told() == before
        world.book(date(2026, 8, 3), -1, "software")
        world.withdraw(0)
        world.check()
    finally:
        shop.company.close()
