"""Categories: by rule, by what the operator always says, else asked with a guess; rules are found and proposed."""

import json
import shutil
import subprocess
import sys
from itertools import count

import pytest
from shop import SETTINGS, Shop, sync_sheet
from test_cli import run  # noqa: F401 - a fixture

from opc_kernel.log.errors import VersionConflict
from workbench import composition
from workbench.capabilities.books.categories.scout import MAX_OPEN
from workbench.rules import drop_rule, rules_in_force

NUMBERS = count()
VENDORS = ("Papier Kontor", "Blumen Behn", "Kurier Nord", "Druck Eins", "Reinigung Sander", "Tischler Ohm")
CENTRAL = """
    2026-07-01, -18.00, Cafe Central, Karte, meals
    2026-08-01, -22.50, Cafe Central, Karte, meals
    2026-09-01, -20.00, Cafe Central, Karte, meals
"""
TWELVE = "\n".join(
    f"2026-0{month}-02, -{30 + at}.00, {name}, Rechnung, {name.split()[0].lower()}"
    for at, name in enumerate(VENDORS)
    for month in (4, 5)
)
"""Twelve decisions on six vendors, two each: enough to be calibrated, too few for a habit or a rule."""
PAPER = """
    2026-06-02, -31.00, Papier Kontor, Rechnung, papier
    2026-07-02, -32.00, Papier Kontor, Rechnung, papier
"""
LUNCH = "2026-10-05, -19.90, Cafe Central, Karte"


def book(shop, lines):
    """Pay them all, give each the category that stands last, and do the work that follows."""
    given = [line for line in lines.splitlines() if line.strip()]
    payments, categories = zip(*(line.rsplit(",", 1) for line in given), strict=True)
    ask(shop, "\n".join(payments))
    said = {
        payment.split(",")[2].strip(): category.strip()
        for payment, category in zip(payments, categories, strict=True)
    }
    for row in shop.queue():
        name = next((name for name in said if f" {name} on " in row.summary), None)
        if name is not None:
            assert shop.decide(row, "answer", content=said[name], work=False).accepted
    shop.work()


def ask(shop, lines):
    shop.pay(lines, name=f"giro-{next(NUMBERS)}.csv")
    shop.work()


def asked(shop, name):
    (row,) = [row for row in shop.queue() if row.kind == "question" and name in row.summary]
    return row


def proposals(shop):
    return [row for row in shop.queue() if row.kind == "proposal"]


def settled(shop, name):
    return shop.ask(
        "SELECT s.category, s.decided_by FROM settlement AS s JOIN bank_transaction AS t USING (stream) "
        "WHERE t.counterparty = $name ORDER BY t.booked_on DESC LIMIT 1",
        name=name,
    )[0]


# the question


def test_a_question_offers_the_likeliest_category_first_and_says_why(habitual):
    shop = habitual
    ask(shop, "2026-10-05, -90.00, Cafe Central, Karte")

    row = asked(shop, "Cafe Central")
    assert shop.labels(row)[0] == "no invoice: meals"
    guess = row.reason.splitlines()[-1]
    assert guess.startswith("My guess: meals, as you booked Cafe Central on 1 Sep 2026 (words: c")
    assert f"{row.confidence:.0%}, calibrated on 17 of your decisions, Brier score 0." in guess


def test_it_offers_every_category_that_rules_invoices_or_answers_ever_named(shop):
    line = "7,in,Alster Druck,2026-10-01,2026-10-15,90.00,EUR,printing"
    shop.take(f"number,direction,customer,issued_on,due_on,amount,currency,category\n{line}\n", "i.csv")
    book(shop, "2026-07-01, -18.00, Cafe Central, Karte, meals")
    ask(shop, "2026-10-05, -5.00, Kiosk, Kaffee")

    assert shop.labels(asked(shop, "Kiosk")) == [
        "no invoice: meals",
        "no invoice: software",
        "no invoice: printing",
        "no invoice: something else",
    ]


def test_a_category_nobody_named_before_is_typed(shop):
    ask(shop, "2026-10-05, -5.00, Post, Porto")

    assert shop.row().typed == "a category of your own"
    assert shop.decide(shop.row(), "answer", content="postage").accepted

    assert shop.books() == ["-5.00 postage operator"]


def test_a_known_category_is_meant_however_it_is_typed(shop):
    ask(shop, "2026-10-05, -5.00, Host, Server")
    shop.decide(shop.row(), "answer", content=" Software ")

    assert shop.books() == ["-5.00 software operator"]


def test_what_is_typed_is_words_and_never_the_id_of_something(shop):
    ask(shop, "2026-10-05, -5.00, Post, Porto")
    shop.decide(shop.row(), "answer", content="transfer/bank_transaction/1")

    assert shop.books() == ["-5.00 transfer/bank_transaction/1 operator"]


def test_a_category_is_typed_in_the_shell(shop, run):  # noqa: F811
    ask(shop, "2026-10-05, -5.00, Post, Porto")
    row = shop.row()

    assert "or type a category of your own" in run("queue", "show", row.short, company=shop.folder).stdout
    wrong = run("queue", "answer", row.short, "--choice", "softwar", company=shop.folder)
    assert (wrong.exit_code, "or a category of your own" in wrong.stderr) == (1, True)
    assert run("queue", "answer", row.short, "--typed", "postage", company=shop.folder).exit_code == 0
    assert shop.books() == ["-5.00 postage operator"]


def test_a_category_is_typed_in_the_sheet(shop):
    ask(shop, "2026-10-05, -5.00, Post, Porto")
    sync_sheet(shop.company)
    enter(shop, {"decision": "answer", "edited content": "postage"})

    assert sync_sheet(shop.company).decisions
    assert shop.books() == ["-5.00 postage operator"]


def enter(shop, cells):
    """Write into the one row of the sheet."""
    import openpyxl

    path = shop.folder / "sheets" / "approvals.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    headers = {cell.value: cell.column for row in sheet.iter_rows(max_row=5) for cell in row if cell.value}
    line = next(row[0].row for row in sheet.iter_rows() if str(row[0].value or "").startswith("question/"))
    for title, value in cells.items():
        sheet.cell(line, headers[title], value)
    book.save(path)


def test_an_open_question_stays_as_it_is_whatever_is_learned_meanwhile(shop):
    ask(shop, LUNCH.replace("Karte", "Bar"))
    before = shop.row()

    book(shop, CENTRAL.replace("Cafe Central", "Cafe Nord"))

    assert shop.again(before).state == "open"


def test_starting_up_loads_no_learner():
    learner = "workbench.capabilities.books.categories.learner"
    code = f"import sys, workbench.composition; print({{'numpy', '{learner}'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


# without asking


@pytest.fixture(scope="module")
def habitual_folder(tmp_path_factory):
    """Return the folder of a company whose operator booked the cafe three times, and wants no rule for it."""
    shop = Shop(tmp_path_factory.mktemp("habitual") / "acme")
    book(shop, TWELVE + PAPER + CENTRAL)
    for row in proposals(shop):
        shop.decide(row, "reject", work=False)
    shop.work()
    shop.company.close()
    return shop.folder


@pytest.fixture
def habitual(habitual_folder, tmp_path, found):
    shutil.copytree(habitual_folder, tmp_path / "acme")
    return found()


def test_what_was_always_booked_alike_is_booked_without_asking_and_says_why(habitual):
    ask(habitual, LUNCH)

    assert settled(habitual, "Cafe Central") == ("meals", "automatic")
    sql = "SELECT reason, score, evidence FROM settlement WHERE decided_by = 'automatic'"
    ((reason, score, evidence),) = habitual.ask(sql)
    assert reason.startswith("as you booked Cafe Central on 1 Sep 2026 (words: ")
    assert "3 times alike" in reason
    assert json.loads(evidence) == {
        "probability": score,
        "confirmed": 3,
        "n": 17,
        "brier": json.loads(evidence)["brier"],
    }


def test_what_was_booked_alone_confirms_nothing(habitual):
    ask(habitual, f"{LUNCH}\n{LUNCH.replace('10-05', '10-06')}")

    reasons = habitual.ask("SELECT reason FROM settlement WHERE decided_by = 'automatic'")
    assert [("3 times alike" in reason, "17 of your decisions" in reason) for (reason,) in reasons] == [
        (True, True),
        (True, True),
    ]


def test_one_decision_against_it_ends_it_at_once(habitual):
    ask(habitual, "2026-10-05, -90.00, Cafe Central, Karte")
    habitual.decide(asked(habitual, "Cafe Central"), "answer", content="gifts")

    ask(habitual, LUNCH.replace("10-05", "10-06"))

    assert asked(habitual, "Cafe Central").state == "open"


@pytest.mark.parametrize(
    "payment",
    [
        "2026-10-05, 19.90, Cafe Central, Karte",
        "2026-10-05, -80.00, Cafe Central, Karte",
        "2026-10-05, -19.90, Cafe Central, Karte Gutschein",
        "2026-10-05, -19.90, Kiosk am Markt, Karte",
    ],
)
def test_what_is_not_quite_the_habit_is_asked(habitual, payment):
    ask(habitual, payment)

    assert asked(habitual, payment.split(",")[2].strip()).state == "open"


@pytest.mark.parametrize(
    "document",
    [
        "CC-7,in,Cafe Central,2026-10-01,2026-10-15,500.00,EUR",
        "X-7,in,Alster Druck,2026-10-01,2026-10-15,19.90,EUR",
    ],
    ids=["a bill of that name", "a bill over that amount"],
)
def test_a_habit_gives_way_to_a_document(habitual, document):
    habitual.invoices(document, name="bills.csv")
    ask(habitual, LUNCH)

    assert asked(habitual, "Cafe Central").state == "open"


def test_a_habit_gives_way_to_the_limit(habitual_folder, tmp_path, found):
    shutil.copytree(habitual_folder, tmp_path / "acme")
    careful = found(SETTINGS.replace("3000.00", "10.00"))
    ask(careful, LUNCH)

    assert asked(careful, "Cafe Central").state == "open"


# rules that are found


RULE = '[[books.rule]]\ncategory = "meals"\ncontains = ["cafe central"]\ndirection = "out"'


@pytest.fixture(scope="module")
def proposed_folder(tmp_path_factory):
    """Return the folder of a company in which a rule waits for the operator."""
    shop = Shop(tmp_path_factory.mktemp("proposed") / "acme")
    book(shop, TWELVE + CENTRAL)
    shop.company.close()
    return shop.folder


@pytest.fixture
def proposed(proposed_folder, tmp_path, found):
    shutil.copytree(proposed_folder, tmp_path / "acme")
    return found()


def test_a_rule_is_proposed_as_it_would_stand_in_the_settings_with_its_trial(proposed):
    (row,) = proposals(proposed)

    assert row.content == RULE
    assert row.editable
    assert row.reason.startswith(
        "you booked 3 of 3 payments with 'cafe central' as 'meals' (2026-07-01 to 2026-09-01); as a rule it saves "
        "about 1.0 questions a month; no payment that an invoice settled has these words"
    )
    facts = proposed.ask("SELECT type, data->>'category' FROM event WHERE event_id IN (SELECT unnest($ids))",
                         ids=list(row.facts))  # fmt: skip
    assert facts == [("books.transaction_categorised", "meals")] * 3


def test_an_approved_rule_books_at_once_and_the_next_ones(proposed):
    ask(proposed, "2026-10-05, -190.00, Cafe Central, Weihnachtsfeier")
    waiting = asked(proposed, "Cafe Central")

    proposed.decide(proposals(proposed)[0], "approve")

    assert proposed.again(waiting).state == "replaced"
    assert settled(proposed, "Cafe Central") == ("meals", "automatic")
    ask(proposed, "2026-10-06, -7.00, CAFE CENTRAL, Kuchen")
    assert settled(proposed, "CAFE CENTRAL") == ("meals", "automatic")
    assert proposed.queue() == []


def test_a_rejected_rule_is_never_proposed_again(proposed):
    proposed.decide(proposals(proposed)[0], "reject", note="I want to see them")
    book(proposed, CENTRAL.replace("-20.00", "-99.00").replace("2026-0", "2026-1").replace("-17-", "-10-")
         .replace("-18-", "-11-").replace("-19-", "-12-").replace("Karte", "Abend mit Gast"))  # fmt: skip

    assert proposals(proposed) == []
    assert proposed.ask("SELECT state, reason FROM rule") == [("declined", "I want to see them")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("meals: cafe", "it is no TOML"),
        ("category = 'meals'", "it must be one [[books.rule]]"),
        (RULE + "\n" + RULE, "it must be one [[books.rule]]"),
        (RULE.replace('"out"', '"sideways"'), "direction"),
        (RULE.replace('"cafe central"', '""'), "'' is too short"),
        (RULE.replace('"cafe central"', ""), "contains"),
        (RULE.replace("meals", "own-transfer"), "no category that a rule can book"),
        ("books = 3", "it must be one [[books.rule]]"),
    ],
)
def test_an_edit_that_is_no_rule_is_asked_again_with_what_is_wrong(proposed, written, said):
    proposed.decide(proposals(proposed)[0], "edit", content=written)

    (again,) = proposals(proposed)
    assert "What you wrote can't be a rule" in again.reason
    assert said in again.reason
    assert again.content == RULE
    assert proposed.decide(again, "approve").accepted
    assert proposed.ask("SELECT state FROM rule") == [("adopted",)]


def test_an_edit_is_tried_anew_and_adopted_where_nothing_speaks_against_it(proposed):
    wider = RULE.replace('"cafe central"', '"cafe central", "gasthaus"')
    proposed.decide(proposals(proposed)[0], "edit", content=wider)

    ask(proposed, "2026-10-06, -7.00, Gasthaus Elbe, Mittag")
    assert settled(proposed, "Gasthaus Elbe") == ("meals", "automatic")
    assert proposals(proposed) == []


def test_an_edit_that_would_have_gone_against_decisions_is_shown_with_them_first(proposed):
    broad = RULE.replace("cafe central", "rechnung")
    proposed.decide(proposals(proposed)[0], "edit", content=broad)

    (again,) = proposals(proposed)
    assert again.content == broad
    assert "you booked 0 of 12 payments with 'rechnung' as 'meals'" in again.reason
    assert "on 2026-04-02 and 9 more" in again.reason
    assert proposed.ask("SELECT state FROM rule") == [("proposed",)]

    proposed.decide(again, "approve")
    assert proposed.ask("SELECT state, rule->'contains'->>0 FROM rule") == [("adopted", "rechnung")]


def test_a_proposal_stays_word_for_word_while_it_waits_and_goes_when_it_does_not_hold(proposed):
    (row,) = proposals(proposed)
    book(proposed, "2026-10-02, -70.00, Cafe Central, Karte, meals")
    assert proposed.again(row).state == "open"

    book(proposed, "2026-10-03, -800.00, Cafe Central, Karte, gifts")

    assert proposed.again(row).state == "replaced"
    assert proposals(proposed) == []
    ((state, reason),) = proposed.ask("SELECT state, reason FROM rule")
    assert (state, "you decided otherwise on Cafe Central on 2026-10-03" in reason) == ("dropped", True)


def test_a_proposal_goes_when_an_invoice_takes_what_it_would_have_booked(proposed):
    (row,) = proposals(proposed)
    proposed.invoices("AB-9,in,Albert Behrens,2026-10-01,2026-10-15,61.00,EUR", name="bills.csv")
    ask(proposed, "2026-10-05, -61.00, Albert Behrens, AB-9 Cafe Central")

    assert proposed.decide(asked(proposed, "Albert Behrens"), "answer", choice="1").accepted
    assert proposed.books()[-1] == "-61.00 AB-9 operator"
    assert proposed.again(row).state == "replaced"
    ((reason,),) = proposed.ask("SELECT reason FROM rule")
    assert "an invoice or another account settled Albert Behrens on 2026-10-05" in reason


def test_a_question_back_about_a_rule_is_answered_with_the_payments(proposed):
    proposed.decide(proposals(proposed)[0], "ask", note="Which ones?")

    (again,) = proposals(proposed)
    assert "You asked: “Which ones?”" in again.reason
    assert "2026-08-01 -22.50 EUR Cafe Central" in again.reason
    assert proposed.decide(again, "approve").accepted


def test_a_name_that_invoices_bear_is_never_proposed(shop):
    shop.invoices("CC-7,in,Cafe Central,2026-01-01,2026-01-15,500.00,EUR")
    book(shop, TWELVE + CENTRAL)

    assert proposals(shop) == []


def test_only_a_few_rules_wait_at_once_and_the_next_comes_after_a_decision(shop):
    many = "\n".join(line.replace("-04-", f"-0{month}-") for month in (4, 5, 6) for line in TWELVE.splitlines()
                     if "-04-" in line)  # fmt: skip
    book(shop, many)
    first = proposals(shop)
    assert len(first) == MAX_OPEN

    shop.decide(first[0], "reject")

    after = proposals(shop)
    assert len(after) == MAX_OPEN
    assert len({row.content for row in (*first, *after)}) == MAX_OPEN + 1


def test_rules_are_looked_for_now_and_then_not_with_each_decision(shop):
    book(shop, TWELVE + CENTRAL)

    assert shop.types().count("books.habit_seen") == 1


def test_rules_are_listed_with_where_they_come_from_and_how_often_they_were_used(proposed, run):  # noqa: F811
    proposed.decide(proposals(proposed)[0], "approve")
    ask(proposed, "2026-10-05, -38.56, Hetzner, server")
    ask(proposed, LUNCH)

    lines = run("rule", "list", company=proposed.folder).stdout.splitlines()
    assert [line.split("\t")[1:] for line in lines[1:]] == [
        ["software", "out", "hetzner", "workbench.toml", "1"],
        ["meals", "out", "cafe central", "adopted", "1"],
    ]


def test_an_adopted_rule_can_be_dropped_and_one_of_the_settings_not(proposed, run):  # noqa: F811
    proposed.decide(proposals(proposed)[0], "approve")
    own, adopted = rules_in_force(proposed.company)

    refused = run("rule", "drop", own.short, company=proposed.folder)
    assert (refused.exit_code, "stands in workbench.toml" in refused.stderr) == (1, True)
    assert run("rule", "drop", adopted.short, "--reason", "too broad", company=proposed.folder).exit_code == 0
    assert run("rule", "drop", adopted.short, company=proposed.folder).exit_code == 2

    ask(proposed, "2026-10-05, -190.00, Cafe Central, Weihnachtsfeier")
    assert asked(proposed, "Cafe Central").state == "open"
    assert proposed.ask("SELECT state, reason FROM rule") == [("dropped", "too broad")]


class Dropping:
    """A log in which the operator drops the rule between a step and its append."""

    def __init__(self, shop):
        self._shop, self._log = shop, shop.company.log

    def append(self, writes, *, expected):
        writes = list(writes)
        if any(write.data.event_type == "books.transaction_categorised" for write in writes):
            self._shop.company.log = self._log
            drop_rule(self._shop.company, rules_in_force(self._shop.company)[-1], "at the last moment")
        return self._log.append(writes, expected=expected)

    def __getattr__(self, name):
        return getattr(self._log, name)


def test_a_rule_that_is_dropped_at_the_last_moment_books_nothing(proposed):
    proposed.decide(proposals(proposed)[0], "approve")
    proposed.company.log = Dropping(proposed)
    ask(proposed, "2026-10-05, -190.00, Cafe Central, Weihnachtsfeier")

    assert asked(proposed, "Cafe Central").state == "open"


def test_two_workers_propose_a_rule_once(proposed):
    workers = [
        composition.worker(proposed.company, proposed.company.settings, proposed.folder, clock=proposed.clock)
        for _ in range(2)
    ]
    for worker in workers:
        worker.run_until_idle()

    assert proposed.types().count("books.rule_proposed") == 1


def test_the_same_work_again_changes_nothing(proposed):
    ask(proposed, LUNCH.replace("Karte", "Feier"))
    before = proposed.count()

    assert proposed.work().changed == 0
    assert proposed.count() == before


def test_dropping_what_was_dropped_elsewhere_is_refused(proposed):
    proposed.decide(proposals(proposed)[0], "approve")
    adopted = rules_in_force(proposed.company)[-1]
    drop_rule(proposed.company, adopted, "once")

    with pytest.raises(VersionConflict):
        drop_rule(proposed.company, adopted, "twice")
