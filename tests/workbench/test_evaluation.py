"""The past judged once more: what was known then and no more, and whatever was booked otherwise is found and listed."""

import json
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from books_operator import Operator
from books_past import told
from books_world import months
from shop import SETTINGS
from test_undoing import key_of
from typer.testing import CliRunner

from opc_kernel.event import Write
from workbench.capabilities.books.categories.evaluation import evaluate_categories
from workbench.capabilities.books.categories.events import RuleAdopted, RuleDropped, RuleText
from workbench.capabilities.books.evaluation import VERDICTS, band, evaluate
from workbench.capabilities.books.matching.experience import Experience, experience
from workbench.capabilities.books.past import recorded_past
from workbench.cli.main import app
from workbench.recording import take_back

ASKING = SETTINGS.replace("3000.00", "0")
SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
SECOND = "RE-2026-002,out,Sandtor GmbH,2026-10-02,2026-10-16,1190.00,EUR"
PAID = "2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001"
PLANTED = 7


def evaluated(shop, limit="3000.00"):
    books = shop.company.settings.books.model_copy(update={"auto_limit": limit})
    return evaluate(recorded_past(shop.company), shop.company.settings.model_copy(update={"books": books}))


def verdicts(found):
    return [(each.verdict, each.said, each.booked) for each in found.judged]


def test_what_was_certain_is_said_to_be_right(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID + "\n2026-10-12, -38.56, Hetzner Online GmbH, server")
    shop.work()

    assert verdicts(evaluated(shop)) == [
        ("right", "RE-2026-001 1,190.00 EUR", "RE-2026-001 1,190.00 EUR"),
        ("right", "software", "software"),
    ]


def test_a_wrong_decision_on_what_is_certain_is_a_false_positive(found):
    shop = found(ASKING)
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()
    shop.decide(shop.row(), "answer", choice="no invoice: software")

    (wrong,) = evaluated(shop).of("wrong")

    assert (wrong.said, wrong.booked) == ("RE-2026-001 1,190.00 EUR", "software")
    assert wrong.settled.row is not None
    assert "its number stands in the payment" in wrong.because


def test_a_question_whose_best_answer_was_given_is_a_false_negative_until_its_kind_is_known(shop):
    shop.invoices(SANDTOR)
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thanks")
    shop.work()
    shop.decide(shop.row(), "answer", choice="RE-2026-001 · Sandtor GmbH · 1,190.00 EUR")

    (needless,) = evaluated(shop).of("needless")

    assert "you have not confirmed enough of this kind yet" in needless.because
    assert evaluated(shop).calibration.n == 1


def test_what_was_booked_alone_and_taken_back_is_a_false_positive(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()
    take_back(shop.company, key_of(shop), "it was for another invoice")

    assert verdicts(evaluated(shop)) == [
        ("wrong", "RE-2026-001 1,190.00 EUR", "nothing: you took its booking back")
    ]
    shop.decide(shop.row(), "answer", choice="no invoice: software")
    assert verdicts(evaluated(shop)) == [("wrong", "RE-2026-001 1,190.00 EUR", "software")]


def test_what_was_taken_back_by_mistake_was_right(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()
    take_back(shop.company, key_of(shop), "a mistake")
    shop.decide(shop.row(), "answer", choice="RE-2026-001 · Sandtor GmbH · 1,190.00 EUR")

    assert [verdict for verdict, *_ in verdicts(evaluated(shop))] == ["right"]


def test_money_that_comes_back_is_judged_by_what_it_gives_back(shop):
    for number in (1, 2, 3):
        shop.pay(
            f"2026-10-0{number}, -10.{number}0, Hetzner, server\n2026-10-1{number}, 10.{number}0, Hetzner, sorry",
            name=f"{number}.csv",
        )
        shop.work()
        for row in shop.queue():
            shop.decide(
                row, "answer", choice=next(each.id for each in row.options if "gives back" in each.label)
            )

    given_back = [each for each in verdicts(evaluated(shop)) if "gives back" in each[2]]

    assert given_back == [
        ("needless", "gives back, -10.10 EUR of 01 Oct 2026", "gives back, -10.10 EUR of 01 Oct 2026"),
        ("needless", "gives back, -10.20 EUR of 02 Oct 2026", "gives back, -10.20 EUR of 02 Oct 2026"),
        ("right", "gives back, -10.30 EUR of 03 Oct 2026", "gives back, -10.30 EUR of 03 Oct 2026"),
    ]


def test_an_adopted_rule_counts_for_what_came_after_it_until_it_was_dropped(shop):
    flowers = RuleText(category="flowers", contains=("petersen",), direction="out")
    changes = (RuleAdopted(rule=flowers, reason="you approved it", row="r"), RuleDropped(reason="no more"))
    for version, month in enumerate(("07", "08", "09")):
        shop.pay(f"2026-{month}-05, -12.00, Blumen Petersen, Strauss", f"{month}.csv")
        shop.work()
        for row in shop.queue():
            shop.decide(row, "answer", content="flowers")
        for change in changes[version : version + 1]:
            told = Write(stream="rule/flowers", data=change, actor="mareike")
            shop.company.append([told], expected={"rule/flowers": version})

    assert verdicts(evaluated(shop)) == [
        ("asked", "nothing", "flowers"),
        ("right", "flowers", "flowers"),
        ("asked", "nothing", "flowers"),
    ]


def test_nothing_is_known_that_came_later(shop):
    shop.invoices(SANDTOR.replace("2026-10-01", "2026-10-11") + "\n" + SECOND)
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thanks")
    shop.work()
    shop.decide(shop.row(), "answer", choice="RE-2026-001 · Sandtor GmbH · 1,190.00 EUR")

    (asked,) = evaluated(shop).judged

    assert (asked.verdict, asked.said) == ("asked", "RE-2026-002 1,190.00 EUR")


def test_what_was_paid_before_is_no_longer_open(shop):
    shop.invoices(SANDTOR)
    shop.pay(PAID + "\n2026-10-20, 1190.00, Sandtor GmbH, RE-2026-001")
    shop.work()
    shop.decide(shop.row(), "answer", choice="no invoice: something else")

    first, again = evaluated(shop).judged

    assert (first.verdict, again.verdict, again.said) == ("right", "asked", "nothing")
    assert "which a payment of 10 Oct has settled" in again.because


@pytest.mark.parametrize("seed", range(3))
def test_decisions_planted_wrong_in_generated_months_are_all_listed(seed):
    past, settings = told(*months(seed, 4))
    honest = evaluate(past, settings)
    certain = [
        each.settled.payment.stream for each in honest.of("right") if each.settled.category != "own-transfer"
    ]
    planted = set(Random(seed).sample(certain, PLANTED))
    lied = tuple(
        replace(each, booking={"category": "planted"}) if each.payment.stream in planted else each
        for each in past.transactions
    )

    found = evaluate(replace(past, transactions=lied), settings)

    assert honest.of("wrong") == []
    assert planted <= {each.settled.payment.stream for each in found.of("wrong")}
    assert all(
        each.booked == "planted" for each in found.of("wrong") if each.settled.payment.stream in planted
    )


def test_every_transaction_is_counted_once_however_it_is_grouped():
    past, settings = told(*months(5, 3))
    seen = []

    found = evaluate(past, settings, seen.append)

    assert found.counts.all == len(found.judged) == len(past.transactions) == seen[-1]
    assert sum(each.all for each in found.by(lambda one: one.pattern).values()) == found.counts.all
    assert sum(each.all for each in found.by_band().values()) == found.counts.all
    assert sum(each.n for each in found.bins) == found.calibration.n
    assert sum(len(found.of(verdict)) for verdict in VERDICTS) == found.counts.all


def test_what_is_known_grows_day_by_day_into_what_all_of_it_says_at_once():
    lessons = told(*months(5, 3))[0].lessons
    known, today = Experience(), lessons[0].on
    for on in sorted({each.on for each in lessons}):
        known, today = known.later((on - today).days, [each for each in lessons if each.on == on], on), on

    at_once = experience(lessons, today)
    assert known.aliases == at_once.aliases
    assert {pair: weights.right for pair, weights in known.pairs.items()} == pytest.approx(
        {pair: weights.right for pair, weights in at_once.pairs.items()}
    )


def test_a_band_is_named_after_its_upper_edge_and_money_of_unknown_worth_has_its_own():
    assert [band(Decimal(each)) for each in ("-99.99", "100", "10000")] == [
        "under 100",
        "under 1,000",
        "10,000 and more",
    ]
    assert band(None) == "no recent rate"


def test_the_learner_is_asked_each_month_with_what_it_learned_before(shop):
    for month in ("07", "08", "09"):
        shop.pay(f"2026-{month}-05, -12.00, Blumen Petersen, Strauss", f"{month}.csv")
        shop.work()
        shop.decide(shop.row(), "answer", choice="no invoice: software")
    shop.pay("2026-10-05, -12.00, Blumen Petersen, Strauss", "10.csv")
    shop.work()
    shop.decide(shop.row(), "answer", choice="no invoice: something else")

    found = evaluate_categories(recorded_past(shop.company))

    assert [each.said for each in found.judged] == ["", "", "", "software"]
    assert [(each.said, each.booked) for each in found.wrong] == [("software", "other")]
    assert found.calibration.n == 4


def test_the_command_says_it_in_words_and_in_records_and_writes_nothing(found):
    shop = found(ASKING)
    shop.invoices(SANDTOR)
    shop.pay(PAID)
    shop.work()
    shop.decide(shop.row(), "answer", choice="no invoice: software")
    before = shop.count()
    shop.company.close()

    words = CliRunner().invoke(app, ["books", "evaluate", "--company", str(shop.folder)])
    records = CliRunner().invoke(app, ["books", "evaluate", "--json", "--company", str(shop.folder)])

    assert (words.exit_code, records.exit_code) == (0, 0)
    assert "1 settled transactions judged once more" in words.output
    sums, transaction, category = map(json.loads, records.output.splitlines())
    assert (sums["kind"], sums["asked"] + sums["needless"]) == ("sums", 1)
    assert (transaction["verdict"], transaction["booked"], category["said"]) == ("asked", "software", "")
    assert found(name=shop.folder.name).count() == before


def test_a_company_without_a_past_has_nothing_to_judge(shop):
    shop.company.close()

    said = CliRunner().invoke(app, ["books", "evaluate", "--company", str(shop.folder)])

    assert said.output == "Nothing is settled yet, so there is nothing to judge.\n"


def test_what_was_settled_alone_in_a_half_year_is_settled_alone_in_hindsight_unless_its_other_side_came_later(
    tmp_path,
):
    operator = Operator(*months(7, 6), tmp_path / "acme")
    with operator.company as company:
        operator.play()
        past = recorded_past(company)
        found = evaluate(past, company.settings)
    came = {each.payment.stream: at for at, each in enumerate(past.transactions)}

    alone = [each for each in found.judged if not each.settled.by_operator]
    asked = [each for each in alone if each.verdict != "right"]

    assert found.of("wrong") == []
    assert len(alone) > 150
    assert [each.verdict for each in asked] == ["asked"] * len(asked)
    assert all(
        came[each.settled.other] > came[each.settled.payment.stream] for each in asked if each.settled.other
    )
    assert len(asked) == len([each for each in asked if each.settled.other]) < 5
