"""The grown demo company: its papers add up where they are meant to, and every answer refers to what is there."""

import re
import shutil
from collections import Counter
from decimal import Decimal
from email import message_from_bytes, policy
from itertools import pairwise

import pytest
from books_demo import DEMO, demo, statements, table
from books_operator import Operator, figures
from books_parties import is_iban
from books_records import in_cents

from workbench.closing import look_at
from workbench.settings import load_settings

GAP = Decimal("10.00")
RECEIPTS = table(DEMO / "receipts.csv")
ANSWERS = table(DEMO / "answers.csv")
SHOWN, TRUTH = demo()
MOVES = {each.key: each for each in SHOWN.transactions}
LISTED = {each.number: each for each in SHOWN.invoices}


def ids(**wanted):
    """Return the ids of the answers that have these columns."""
    return [each["id"] for each in ANSWERS if all(each[name] == value for name, value in wanted.items())]


def at(day, amount):
    """Return the one transaction of a day over an amount."""
    (found,) = ids(booked_on=day, amount=amount)
    return found


def words(key):
    return f"{MOVES[key].text} {MOVES[key].reference}"


def test_it_has_120_transactions_and_40_invoices_and_three_credit_notes():
    assert len(SHOWN.transactions) == len(ANSWERS) == 120
    assert Counter(each.kind for each in SHOWN.invoices) == {"invoice": 40, "credit_note": 3}


def test_the_answers_stand_in_the_order_of_the_statements():
    for answer in ANSWERS:
        move = MOVES[answer["id"]]
        stated = (answer["account"], answer["booked_on"], Decimal(answer["amount"]), answer["currency"])
        assert stated == (move.account, str(move.booked_on), move.amount, move.currency)
        assert answer["counterparty"] in (move.counterparty, move.text)


def test_every_statement_adds_up_but_the_one_that_lacks_a_line():
    main = [each for each in statements() if each.number in {"9", "10"}]
    assert [each.difference for each in main] == [0, 0]
    assert main[0].closing == main[1].opening


def test_the_card_account_lacks_ten_euros_and_no_more():
    text = next((DEMO / "inputs").glob("Umsaetze*")).read_text("utf-8-sig")
    rows = [line.split(";") for line in text.splitlines()[1:]][::-1]
    moved = [(row[4], number(row[11]), number(row[13])) for row in rows]

    gaps = [
        (day, before + amount - after)
        for (_, _, before), (day, amount, after) in pairwise(moved)
        if before + amount != after
    ]
    assert gaps == [("22.10.2026", GAP)]


def number(written):
    return Decimal(written.replace(",", "."))


def test_every_answer_says_one_thing_and_refers_to_what_exists():
    for answer in ANSWERS:
        said = {
            "invoice": "invoices",
            "category": "category",
            "transfer": "other_side",
            "refund": "refund_of",
        }
        filled = {name for name in said.values() if answer[name]}
        assert filled == {said[answer["answer"]]} if answer["answer"] in said else not filled
        explained = TRUTH.explained[answer["id"]]
        assert all(part.number in LISTED for part in explained.parts)
        assert answer["why"]
    categories = {rule.category for rule in load_settings(DEMO).books.rule}
    assert {answer["category"] for answer in ANSWERS if answer["category"]} <= categories


def test_invoices_and_difference_make_what_was_paid():
    for key, explained in TRUTH.explained.items():
        if explained.parts:
            directions = {LISTED[part.number].direction for part in explained.parts}
            sign = {"out": 1, "in": -1}[directions.pop()]
            off = explained.difference.amount if explained.difference else 0
            assert not directions
            assert (
                sign * MOVES[key].amount == sum(worth(part, MOVES[key]) for part in explained.parts) + off
            ), key


def worth(part, move):
    if LISTED[part.number].currency == move.currency:
        return part.amount
    return in_cents(part.amount * SHOWN.rate_on(move.booked_on))


def test_what_is_still_open_at_the_end_is_what_the_readme_says():
    left = {each.number: each.amount for each in SHOWN.invoices}
    for explained in TRUTH.explained.values():
        for part in explained.parts:
            left[part.number] -= abs(part.amount)

    assert {number: amount for number, amount in left.items() if amount} == {
        "RE-2026-081": Decimal("773.50"),
        "RE-2026-089": Decimal("509.00"),
    }


def test_both_sides_of_a_transfer_name_each_other_and_a_refund_gives_back_no_more():
    for key, explained in TRUTH.explained.items():
        if explained.transfer:
            assert TRUTH.explained[explained.transfer].transfer == key
            assert MOVES[explained.transfer].account != MOVES[key].account
        if explained.refund_of:
            assert 0 < -MOVES[key].amount / MOVES[explained.refund_of].amount <= 1


def test_credit_notes_correct_what_is_listed_for_the_same_party():
    for note in SHOWN.invoices:
        if note.kind == "credit_note":
            before = LISTED[note.corrects]
            assert (before.party, before.direction) == (note.party, note.direction)


@pytest.mark.parametrize("category", ["bank-fees", "payment-fees", "exchange", "discount", "rounding"])
def test_each_kind_of_difference_is_there(category):
    assert ids(difference_category=category)


def test_each_hard_case_is_there():
    parts = {key: explained.parts for key, explained in TRUTH.explained.items() if explained.parts}
    paid = Counter(part.number for each in parts.values() for part in each)
    several = [key for key, each in parts.items() if len(each) > 1]
    notes = [key for key, each in parts.items() if any(part.amount < 0 for part in each)]
    amounts = Counter((each.party, each.amount) for each in SHOWN.invoices if each.direction == "out")

    assert any(
        each.amount < LISTED[each.number].amount for key in parts for each in parts[key] if each.amount > 0
    )
    assert [number for number, times in paid.items() if times > 1] == ["RE-2026-065"]
    assert (len(several), len(notes), len(set(several) & set(notes))) == (3, 3, 1)
    assert ("Nordhafen Logistik GmbH", Decimal("1785.00")) in [
        what for what, times in amounts.items() if times > 1
    ]
    assert [key for key in parts if LISTED[parts[key][0].number].currency != MOVES[key].currency] == [
        at("2026-09-15", "-277.55"),
        at("2026-10-22", "1279.40"),
    ]
    assert {each["answer"] for each in ANSWERS} == {"invoice", "category", "transfer", "refund", "other"}
    assert {"salaries", "tax", "rent", "software"} <= {each["category"] for each in ANSWERS}


def test_wrong_references_name_other_invoices():
    for key in (at("2026-10-15", "1650.00"), at("2026-10-26", "1428.00")):
        (part,) = TRUTH.explained[key].parts
        named = set(re.findall(r"RE-2026-\d{3}", words(key)))
        assert named
        assert named <= set(LISTED) - {part.number}


def test_every_account_number_is_valid_and_none_can_exist():
    texts = [
        path.read_text("utf-8", errors="replace") for path in (DEMO / "inputs").iterdir() if path.is_file()
    ]
    ibans = {
        found
        for text in texts
        for found in re.findall(r"\b(?:DE\d{20}|CH\d{19}|NL\d{2}[A-Z]{4}\d{10})\b", text)
    }
    creditors = {found for text in texts for found in re.findall(r"\bDE\d{2}ZZZ\d{11}\b", text)}

    assert len(ibans) > 30
    assert all(is_iban(each) for each in ibans)
    assert all(each[4] == "9" or each[4:8] == "ZWLB" for each in ibans)
    assert creditors
    assert all(is_iban(each[:4] + each[7:]) for each in creditors)


def test_every_receipt_is_there_and_belongs_to_what_it_says():
    assert {each["file"] for each in RECEIPTS} == {path.name for path in (DEMO / "inputs/receipts").iterdir()}
    for each in RECEIPTS:
        keys = [key for key in each["transaction"].split("|") if key]
        assert all(abs(MOVES[key].amount) == Decimal(each["amount"]) for key in keys), each
        assert not keys or each["amount"].replace(".", ",") in text_of(each["file"])
    assert [len(each["transaction"].split("|")) for each in RECEIPTS].count(2) == 1


def text_of(name):
    """The text of an e-mail, a text file, or a PDF whose page is not packed."""
    content = (DEMO / "inputs/receipts" / name).read_bytes()
    if name.endswith(".eml"):
        return message_from_bytes(content, policy=policy.default).get_content()
    return content.decode("ascii" if name.endswith(".pdf") else "utf-8")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grown") / "acme"
    folder.mkdir()
    shutil.copy(DEMO / "workbench.toml", folder)
    operator = Operator(SHOWN, TRUTH, folder, brought=inputs)
    yield operator, operator.play()
    operator.company.close()


def inputs(shown, begin, _inbox):
    """All papers at once, as the demo company gets them."""
    return (
        sorted(each for each in (DEMO / "inputs").iterdir() if each.is_file()) if begin == shown.first else []
    )


def test_it_is_ingested_whole_and_the_missing_line_alone_is_asked(played):
    operator, _ = played
    query = operator.company.query

    assert query("SELECT count(*) FROM bank_transaction WHERE state = 'booked'").rows == [(120,)]
    assert query("SELECT count(*) FROM invoice").rows == [(43,)]
    ((reason,),) = query("SELECT reason FROM queue WHERE capability = 'bank'").rows
    assert f"{GAP}" in reason


def test_what_is_settled_without_the_operator_is_right(played, told):
    operator, months_played = played
    told(figures(months_played))

    assert [each.wrong for each in months_played] == [(), ()]
    assert operator.company.queue() == []


def test_its_months_come_to_what_its_statements_say(played):
    operator, _ = played
    query = operator.company.query
    cash = query(
        "SELECT month, account, unexplained::DECIMAL(9, 2)::VARCHAR FROM cash WHERE unexplained <> 0"
    ).rows
    assert cash == [("2026-10", "DE56900614330052608105", f"-{GAP}")]
    for month in ("2026-09", "2026-10"):
        facts, steps = look_at(operator.company, month)
        assert {step.title for step in steps if step.missing} <= {
            "earlier months are closed", "statements reach its end", "costs have receipts"
        }  # fmt: skip
        moved = query(
            "SELECT currency, sum(amount) FROM bank_transaction WHERE state = 'booked' "
            "AND strftime(booked_on, '%Y-%m') = $month GROUP BY currency ORDER BY currency",
            month=month,
        ).rows
        assert [
            (each.currency, sum(map(Decimal, (each.result, each.neutral, each.transfers))))
            for each in facts.summary.totals
        ] == moved
