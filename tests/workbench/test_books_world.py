"""Generated months hold what they promise: every kind, sums that add up, a truth that can be told from it."""

import re
from collections import Counter
from dataclasses import fields
from decimal import Decimal

import pytest
from books_files import balance, begins, founded, papers
from books_parties import UMLAUTS, is_iban
from books_records import Transaction, in_cents
from books_shapes import Mix
from books_world import HARD, RULES, USUAL, month_after, months, year
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.company import own_company

SEEDS = range(4)
MIXES = {"usual": USUAL, "hard": HARD}
RECURRING = {"rent", "salaries", "tax", "software", "phone", "transfer", "interest", "private-draw"}
DIFFERENCES = {"bank-fees", "payment-fees", "exchange", "discount", "rounding"}


@pytest.fixture(scope="module", params=[(seed, mix) for seed in SEEDS for mix in ("usual", "hard")])
def world(request):
    seed, mix = request.param
    return year(seed, mix=MIXES[mix])


def sign(invoice):
    return 1 if invoice.direction == "out" else -1


def test_the_same_seed_gives_the_same_months_and_another_seed_others():
    assert months(7, 2) == months(7, 2)
    assert months(7, 2) != months(8, 2)


def test_a_year_has_every_kind(world):
    _, truth = world

    kinds = {kind.__name__ for kind in (*USUAL.income, *USUAL.expenses)}
    assert kinds - set(truth.cases) <= {"dollars"}  # without a dollar account they arrive in euros
    assert {told.case for told in truth.explained.values()} >= RECURRING
    assert {told.difference.category for told in truth.explained.values() if told.difference} == DIFFERENCES


def test_a_mix_says_how_often_a_kind_comes():
    (plain,) = [kind for kind in USUAL.income if kind.__name__ == "named"]

    _, truth = months(3, 6, mix=Mix(income={plain: 60}, expenses={}))

    assert set(truth.cases) - {category for category, *_ in RULES} <= {
        "named",
        "transfer",
        "transfer_exchange",
    }


def test_every_transaction_is_explained_and_nothing_shown_says_how(world):
    shown, truth = world

    assert {each.key for each in shown.transactions} == set(truth.explained)
    assert {field.name for field in fields(Transaction)}.isdisjoint({"case", "parts", "category", "transfer"})


def test_parts_and_difference_make_what_was_moved(world):
    shown, truth = world
    listed = {each.number: each for each in shown.invoices}
    for move in shown.transactions:
        told = truth.explained[move.key]
        if told.parts:
            invoices = [listed[part.number] for part in told.parts]
            asked = sum(
                (worth(shown, part.amount, listed[part.number], move) for part in told.parts), Decimal(0)
            )
            off = told.difference.amount if told.difference else 0
            assert sign(invoices[0]) * move.amount == asked + off, (move, told)


def worth(shown, amount, invoice, move):
    return amount if invoice.currency == move.currency else in_cents(amount * shown.rate_on(move.booked_on))


def test_no_invoice_is_paid_more_than_it_asks(world):
    shown, truth = world
    paid = Counter()
    for told in truth.explained.values():
        for part in told.parts:
            paid[part.number] += abs(part.amount)

    asked = {each.number: each.amount for each in shown.invoices}
    assert len(asked) == len(shown.invoices)
    assert all(paid[number] <= asked[number] for number in paid)
    assert any(0 < paid[number] < asked[number] for number in asked)
    assert any(paid[number] == 0 for number in asked)


def test_transfers_have_both_sides_and_refunds_what_they_give_back(world):
    shown, truth = world
    moves = {each.key: each for each in shown.transactions}
    for key, told in truth.explained.items():
        if told.transfer in moves:
            assert truth.explained[told.transfer].transfer == key
            assert moves[told.transfer].account != moves[key].account
        if told.refund_of:
            assert 0 < -moves[key].amount / moves[told.refund_of].amount <= 1


def test_credit_notes_correct_an_invoice_of_the_same_party(world):
    shown, _ = world
    listed = {each.number: each for each in shown.invoices}
    notes = [each for each in shown.invoices if each.kind == "credit_note"]

    assert notes
    for note in notes:
        before = listed[note.corrects]
        assert (note.party, note.direction, note.amount < before.amount) == (
            before.party,
            before.direction,
            True,
        )


def test_nobody_is_misled_by_what_is_shown(world):
    """A payment of a party for the one open invoice that it can be for, is for it: else no matcher could be right."""
    shown, truth = world
    paid_on, judged = {}, 0
    for move in shown.transactions:
        for part in truth.explained[move.key].parts:
            paid_on.setdefault(part.number, move.booked_on)
    for move in shown.transactions:
        fits = [each for each in shown.invoices if could_be_for(move, each, paid_on)]
        named = [each for each in shown.invoices if names(move, each)]
        sure = {each.number for each in fits if each in named or not named}
        if len(sure) == 1 and len(named) <= 1:
            assert {part.number for part in truth.explained[move.key].parts} == sure, (move, fits)
            judged += 1
    assert judged > len(shown.transactions) / 5


def could_be_for(move, invoice, paid_on):
    is_open = invoice.issued_on <= move.booked_on <= paid_on.get(invoice.number, move.booked_on)
    same_money = (invoice.amount * sign(invoice), invoice.currency) == (move.amount, move.currency)
    party = invoice.party.translate(UMLAUTS).upper()
    return is_open and same_money and party.startswith(move.counterparty.translate(UMLAUTS).upper() or "?")


def names(move, invoice):
    return bare(invoice.number) in bare(f"{move.text} {move.reference}")


def bare(written):
    return re.sub(r"\W", "", written).casefold()


def test_account_numbers_are_valid_and_of_banks_that_do_not_exist(world):
    shown, _ = world
    numbers = {each.counterparty_account for each in shown.transactions} | {
        each.id for each in shown.accounts
    }
    ibans = [number for number in numbers if number[:2].isalpha()]

    assert ibans
    assert all(is_iban(number) and (number[4] == "9" or number[4:8] == "ZWLB") for number in ibans)


@pytest.fixture
def ingested(tmp_path):
    """The folder of a generated company after `workbench ingest` took all papers of two months."""
    shown, _ = months(2, 2)
    folder = founded(shown, tmp_path / "acme")
    for begin in begins(shown):
        papers(shown, begin, folder / "inputs")
    done = CliRunner().invoke(app, ["ingest", "--company", str(folder), str(folder / "inputs")])
    assert done.exit_code == 0, done.output
    return shown, folder


def test_a_generated_company_is_ingested_whole_and_all_statements_add_up(ingested):
    shown, folder = ingested
    with own_company(folder) as company:
        company.work()
        recorded, closings = Counter(company.query(RECORDED).rows), dict(company.query(CLOSINGS).rows)
        invoices = company.query("SELECT count(*) FROM invoice").rows
        asked = {row.capability for row in company.queue()} - {"memory"}

    after = month_after(shown.first, 2)
    assert recorded == Counter(seen(each) for each in shown.transactions)
    assert closings == {each.id: balance(shown, each, after) for each in shown.accounts}
    assert (invoices, asked) == ([(len(shown.invoices),)], {"books"})


RECORDED = (
    "SELECT account, booked_on, amount, counterparty, counterparty_account, text, reference "
    "FROM bank_transaction WHERE state = 'booked'"
)
CLOSINGS = "SELECT account, arg_max(closing, closing_on) FROM bank_statement GROUP BY account"


def seen(each):
    return (
        each.account,
        each.booked_on,
        each.amount,
        each.counterparty,
        each.counterparty_account,
        each.text,
        each.reference,
    )
