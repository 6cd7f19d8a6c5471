"""Closing a month: by a plan that names what is missing, with a summary approved as shown, which never changes."""

import pytest
from shop import IBAN, INVOICES, SETTINGS, camt, statement, withdraw
from typer.testing import CliRunner

from opc_kernel.flow.agent import Context
from opc_kernel.flow.task import COLUMNS, Task
from opc_kernel.log.errors import VersionConflict
from workbench import composition
from workbench.capabilities.books.bookkeeper import settle
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.months.line import line_from, lines_hash
from workbench.capabilities.books.months.lock import Months, after, last_day
from workbench.cli.main import app
from workbench.closing import MonthIsOpen, NotAMonth, look_at, request_close, request_reopen

OCTOBER = "2026-10"
RULES = SETTINGS.replace("[books]", '[books]\nreceipt_limit = "100.00"')
SERVER = "2026-10-12, -38.56, Hetzner, server"
PAID = f"2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n{SERVER}"
UNTIL_THE_END = f"{PAID}\n2026-10-31, -1.00, Hetzner, domain"
INVOICE = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR\n"
LATE = "2026-10-20, -11.44, Hetzner, server"


@pytest.fixture
def shop(found):
    """Return a company whose October is all there; its bank states no balances."""
    shop = found(RULES)
    shop.take(INVOICES + INVOICE, "invoices.csv")
    shop.take(camt(UNTIL_THE_END), "october.xml")
    shop.work()
    return shop


@pytest.fixture
def balanced(found):
    """Return a company whose October is all there, with its balances."""
    shop = found(RULES)
    shop.take(INVOICES + INVOICE, "invoices.csv")
    shop.take(camt(PAID, opening="500.00", closing="1651.44"), "october.xml")
    shop.work()
    return shop


def close(shop, month=OCTOBER):
    return request_close(shop.company, month, channel="cli")


def closed(shop, month=OCTOBER):
    asked = close(shop, month)
    shop.decide(asked.row, "approve")
    assert states(shop)[month] == "closed"


def states(shop):
    return dict(shop.ask("SELECT month, state FROM month"))


def posted(shop):
    return [
        f"{month} {day} {amount:.2f}{' reverses' if reverses else ''}"
        for month, day, amount, reverses in shop.ask(
            "SELECT month, booked_on, amount, reverses FROM ledger_line ORDER BY month, booked_on, reverses, amount"
        )
    ]


def missing(shop, month=OCTOBER):
    return {step.title: step.missing for step in look_at(shop.company, month)[1] if step.missing}


def late_statement(shop, lines=LATE):
    """Bring a line of October that no balance speaks of."""
    shop.take(statement(lines), "late.csv")
    shop.work()


def test_a_month_that_is_whole_waits_for_its_approval_and_is_closed_by_it(balanced):
    asked = close(balanced)

    assert (asked.row.kind, asked.row.summary) == ("proposal", "Close October 2026: result 1,151.44 EUR")
    assert "Main account: from 500.00 to 1,651.44 EUR" in asked.row.content
    balanced.decide(asked.row, "approve")
    assert states(balanced) == {OCTOBER: "closed"}
    assert balanced.ask("SELECT summary->'base'->>'result', lines FROM month") == [("1151.44", 2)]
    assert balanced.queue() == []


def test_the_hash_is_over_the_lines_as_they_stand_in_the_log(shop):
    closed(shop)

    rows = shop.company.query("SELECT * FROM ledger_line ORDER BY booked_on, account, stream, part").dicts()
    assert shop.ask("SELECT lines_hash FROM month") == [(lines_hash(line_from(row) for row in rows),)]


def test_closing_it_again_adds_nothing(shop):
    closed(shop)
    before = shop.count()

    assert close(shop).is_closed
    assert shop.count() == before


def test_closing_is_a_plan_that_shows_its_steps(shop):
    closed(shop)

    ((plan,),) = shop.ask("SELECT stream FROM plan")
    shown = CliRunner().invoke(app, ["task", "show", plan, "--company", str(shop.folder)]).stdout
    assert "Close a month · completed · 3 of 3 steps done" in shown
    assert "│ post · controller  [reconciled]" in shown


def test_rejected_it_stays_open_and_may_be_closed_later(shop):
    shop.decide(close(shop).row, "reject")

    assert states(shop) == {OCTOBER: "open"}
    closed(shop)


def test_asked_back_it_answers_and_can_still_be_closed(shop):
    shop.decide(close(shop).row, "ask", note="is that all?")

    assert "You asked: “is that all?”" in shop.row().reason
    shop.decide(shop.row(), "approve")
    assert states(shop) == {OCTOBER: "closed"}


def test_what_was_shown_is_what_is_closed(shop):
    shown = close(shop).row
    late_statement(shop)

    assert not shop.decide(shown, "approve").accepted
    assert shop.row().hash != shown.hash
    assert "4 lines" in shop.row().content
    assert states(shop) == {OCTOBER: "open"}


def test_a_line_that_comes_after_the_approval_and_before_the_work_is_shown_first(shop):
    shop.decide(close(shop).row, "approve", work=False)
    shop.take(statement(LATE), "late.csv")
    shop.work()

    assert states(shop) == {OCTOBER: "open"}
    assert "4 lines" in close(shop).row.content


def test_what_is_open_blocks_and_no_option_lets_it_pass(shop):
    late_statement(shop, "2026-10-20, -77.00, Nobody knows, x")
    row = close(shop).row

    assert (row.kind, [option.id for option in row.options]) == ("blocked", ["retry", "cancel"])
    assert row.summary == "October 2026 can't be closed yet. It is not so that every transaction is settled"
    assert "20 Oct 2026 -77.00 EUR Nobody knows" in row.reason
    assert missing(shop) == {"every transaction is settled": ("20 Oct 2026 -77.00 EUR Nobody knows",)}


def test_what_does_not_balance_blocks_and_no_option_lets_it_pass(balanced):
    late_statement(balanced)
    row = close(balanced).row

    assert [option.id for option in row.options] == ["retry", "cancel"]
    assert "Main account: its balances and its lines are 11.44 EUR apart." in row.reason


def test_a_fault_that_the_operator_took_as_it_is_no_longer_blocks(found):
    shop = found()
    shop.take(camt(SERVER, opening="500.00", closing="451.44"), "october.xml")
    shop.work()
    assert set(missing(shop)) == {"no statement is in doubt", "balances agree"}
    (row,) = [row for row in shop.queue() if row.capability == "bank"]
    shop.decide(row, "answer", choice="accept")

    assert missing(shop) == {}
    assert "-10.00 EUR apart, which you took as it is" in close(shop).row.reason


def test_a_cost_without_a_receipt_may_be_let_pass_and_is_named_in_what_is_approved(found):
    shop = found(SETTINGS.replace("[books]", '[books]\nreceipt_limit = "38.55"'))
    shop.take(camt(SERVER, opening="500.00", closing="461.44"), "october.xml")
    shop.work()
    row = close(shop).row
    assert [option.id for option in row.options] == ["retry", "forgive", "cancel"]

    shop.decide(row, "answer", choice="forgive")

    assert "Closed although\n  12 Oct 2026 -38.56 EUR Hetzner" in shop.row().content
    shop.decide(shop.row(), "approve")
    assert states(shop) == {OCTOBER: "closed"}


@pytest.mark.parametrize(
    "settings",
    [RULES, SETTINGS.replace("[books]", '[books]\nreceipt_limit = "0"\nno_receipt = ["software"]')],
)
def test_small_costs_and_those_of_named_categories_want_no_receipt(found, settings):
    shop = found(settings)
    shop.take(camt(SERVER, opening="500.00", closing="461.44"), "october.xml")
    shop.work()

    assert missing(shop) == {}


def test_a_month_is_not_closed_before_it_ends_nor_before_the_one_before_it(shop):
    shop.take(statement("2026-11-01, -1.00, Hetzner, server"), "november.csv")
    shop.work()

    assert set(missing(shop, "2026-11")) == {
        "the month is over",
        "earlier months are closed",
        "statements reach its end",
    }


def test_once_what_was_missing_is_there_looking_again_closes_it(shop):
    late_statement(shop, "2026-10-20, -77.00, Nobody knows, x")
    blocked = close(shop).row
    (question,) = [row for row in shop.queue() if row.kind == "question"]
    shop.decide(question, "answer", choice="category/software")

    again = close(shop).row

    assert (blocked.kind, again.kind) == ("blocked", "proposal")
    assert shop.ask("SELECT workflow, state, finished_steps FROM plan") == [
        ("books.close", "running", ["check"])
    ]


def test_a_line_that_comes_late_is_posted_in_the_next_month_and_told(shop):
    closed(shop)
    before = shop.ask("SELECT summary, lines_hash FROM month")

    late_statement(shop)

    assert posted(shop) == [
        "2026-10 2026-10-05 1190.00",
        "2026-10 2026-10-12 -38.56",
        "2026-10 2026-10-31 -1.00",
        "2026-11 2026-10-20 -11.44",
    ]
    assert shop.ask("SELECT summary, lines_hash FROM month") == before
    assert shop.row().summary == (
        "1 transaction of October 2026, which is closed, came late or changed: posted in November 2026?"
    )
    assert shop.decide(shop.row(), "answer", choice="noted").accepted
    assert shop.queue() == []


def test_a_withdrawn_transaction_is_taken_back_by_a_line_of_the_next_month(shop):
    closed(shop)
    withdraw(shop, "-38.56")

    assert posted(shop) == [
        "2026-10 2026-10-05 1190.00",
        "2026-10 2026-10-12 -38.56",
        "2026-10 2026-10-31 -1.00",
        "2026-11 2026-10-12 38.56 reverses",
    ]
    assert "taken back in November 2026" in shop.row().reason


def test_the_operator_may_have_the_month_reopened_for_what_came_late(shop):
    closed(shop)
    late_statement(shop)
    shop.decide(shop.row(), "answer", choice="reopen/2026-10")

    (row,) = [row for row in shop.queue() if row.kind == "proposal"]
    assert row.summary == "Reopen October 2026"
    shop.decide(row, "approve")

    assert states(shop) == {OCTOBER: "open"}
    assert "2026-10 2026-10-20 -11.44" in posted(shop)


def test_reopened_and_closed_anew_both_closings_stay_in_the_log(shop):
    closed(shop)
    asked = request_reopen(shop.company, OCTOBER, "the adviser asked", channel="cli")
    assert "the adviser asked" in asked.row.reason
    shop.decide(asked.row, "approve")
    late_statement(shop)
    assert shop.queue() == []

    asked = close(shop)
    shop.decide(asked.row, "approve")

    assert shop.types().count("books.month_closed") == 2
    assert shop.types().count("books.month_reopened") == 1
    assert {line[:7] for line in posted(shop)} == {OCTOBER}


def test_a_month_in_which_something_late_was_posted_keeps_it_when_the_earlier_one_is_reopened(shop):
    shop.clock.move(days=31)
    closed(shop)
    withdraw(shop, "-38.56")
    shop.decide(shop.row(), "answer", choice="noted")
    shop.take(statement("2026-11-05, 10.00, Hetzner, back\n2026-12-01, -2.00, Hetzner, x"), "november.csv")
    shop.work()
    (row,) = shop.queue()
    shop.decide(row, "answer", choice="category/software")
    closed(shop, "2026-11")

    shop.decide(request_reopen(shop.company, OCTOBER, "x", channel="cli").row, "approve")

    assert posted(shop) == [
        "2026-10 2026-10-05 1190.00",
        "2026-10 2026-10-12 -38.56",
        "2026-10 2026-10-31 -1.00",
        "2026-11 2026-10-12 38.56 reverses",
        "2026-11 2026-11-05 10.00",
        "2026-12 2026-12-01 -2.00",
    ]


def test_only_a_closed_month_can_be_reopened_and_only_a_month_can_be_closed(shop):
    with pytest.raises(MonthIsOpen):
        request_reopen(shop.company, OCTOBER, "x", channel="cli")
    for name in ("October", "2026-13", "2026-1", "2026-10-01"):
        with pytest.raises(NotAMonth):
            close(shop, name)


class Interposed:
    """A company in which something happens just before the append that holds an event of a type."""

    def __init__(self, company, event_type, happens):
        self._company, self._event_type, self._happens = company, event_type, happens

    def __getattr__(self, name):
        return getattr(self._company, name)

    def append(self, writes, *, expected):
        writes = [*writes]
        if self._happens and any(write.data.event_type == self._event_type for write in writes):
            happens, self._happens = self._happens, None
            happens()
        return self._company.append(writes, expected=expected)


def worked(shop, event_type, happens):
    company = Interposed(shop.company, event_type, happens)
    composition.worker(company, shop.company.settings, shop.folder, clock=shop.clock).run_once()


def test_what_changes_while_the_month_is_being_closed_stops_the_closing(shop):
    shop.decide(close(shop).row, "approve", work=False)

    worked(shop, "books.month_closed", lambda: withdraw(shop, "-38.56"))

    shop.work()
    assert states(shop) == {OCTOBER: "open"}
    assert "2 lines" in shop.row().content


def test_nothing_is_booked_into_a_month_that_was_closed_meanwhile(shop):
    shop.decide(close(shop).row, "approve", work=False)
    outcomes = []

    def late():
        """A line comes, and is judged while October is still open."""
        shop.take(statement(LATE), "late.csv")
        task = shop.company.query(
            f"SELECT {COLUMNS} FROM task WHERE kind = 'books.settle_transaction' LIMIT 1"
        ).dicts()[0]
        ((subject,),) = shop.ask("SELECT stream FROM bank_transaction WHERE amount = -11.44")
        context = Context(
            task=Task(**{**task, "subject": subject}),
            row=None,
            asked_back=None,
            company=shop.company,
            now=shop.clock.now(),
        )
        outcomes.append(settle(context, shop.company.settings, Desk(shop.company.settings)))

    worked(shop, "books.month_closed", late)

    assert states(shop) == {OCTOBER: "closed"}
    (outcome,) = outcomes
    with pytest.raises(VersionConflict):
        shop.company.append(outcome.writes, expected=outcome.expected)
    shop.work()
    assert "2026-11 2026-10-20 -11.44" in posted(shop)
    assert shop.ask("SELECT category FROM ledger_line WHERE amount = -11.44") == [("software",)]


def test_a_line_is_posted_in_its_month_or_in_the_first_open_one_after_it():
    months = Months(versions={"2026-12": 3}, closed=frozenset({"2026-11", "2026-12", "2026-09"}))

    assert months.posts_in(last_day("2026-10")) == "2026-10"
    assert months.posts_in(last_day("2026-11")) == "2027-01"
    assert months.guard(last_day("2026-09")) == {"month/2026-10": 0}
    assert after("2026-12") == "2027-01"


def test_the_command_line_shows_the_plan_closes_and_reopens(shop):
    def run(*words):
        return CliRunner().invoke(app, [*words, "--company", str(shop.folder)])

    shown = run("month", "show", OCTOBER).stdout
    assert "✓ every transaction is settled: 3 transactions" in shown
    asked = run("month", "close", OCTOBER)
    assert (asked.exit_code, "It waits for you" in asked.stdout) == (3, True)
    assert run("queue", "approve", shop.row().short).exit_code == 0
    assert run("month", "close", OCTOBER).stdout == "October 2026 is closed.\n"
    assert '"state": "closed"' in run("month", "list", "--json").stdout
    assert run("month", "reopen", OCTOBER, "--reason", "x").exit_code == 3
    assert run("month", "reopen", "2026-09", "--reason", "x").exit_code == 1
    assert run("month", "show", "x").stderr.startswith("'x' is no month.")


def test_a_closed_month_is_shown_as_it_was_closed(balanced):
    shop = balanced
    closed(shop)
    before = look_at(shop.company, OCTOBER)[0].summary
    late_statement(shop)
    shop.take(
        "number,direction,customer,issued_on,due_on,amount,currency\nRE-9,out,X,2026-10-01,,5.00,EUR\n",
        "i.csv",
    )

    assert look_at(shop.company, OCTOBER)[0].summary == before
    assert IBAN in {each.account for each in before.cash}
