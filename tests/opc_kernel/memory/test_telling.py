"""Telling: the operator's word is so at once and above every source; what stood before stays readable."""

from datetime import date

import pytest
from memory_shop import Shop

from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.profile import NotKnown, profile
from opc_kernel.memory.telling import (
    WANTED,
    NoKind,
    NoPredicate,
    NothingStands,
    NotOfKind,
    Speaker,
    beside,
    standing,
    taken_back,
    told,
    whom,
)

ME = Speaker(account="me")


@pytest.fixture
def shop(tmp_path):
    with (shop := Shop(tmp_path)).log:
        shop.hears("Acme GmbH", about={"currency": "EUR"})
        yield shop


def tell(shop, predicate, value, **more):
    change = told(shop.log, shop.entity("Acme GmbH"), predicate, value, ME, region="DE", **more)
    shop.change(change) if change.writes else None
    return change


def test_it_is_so_from_then_on_and_what_stood_stays_readable(shop):
    tell(shop, "currency", " chf", valid_from=date(2027, 1, 1))

    assert shop.facts("predicate, value, origin, valid_from") == [
        ("currency", "CHF", "operator", date(2027, 1, 1))
    ]
    history = shop.log.query("SELECT value, ended_by FROM fact_history ORDER BY position").rows
    assert history == [("EUR", "superseded"), ("CHF", None)]


TODAY, NEXT_YEAR = date(2026, 6, 1), date(2027, 1, 1)


def known(shop, day):
    return profile(shop.log, shop.entity("Acme GmbH"), day=day)


def values(facts, predicate="currency"):
    return [(line.value, line.valid_from) for line in facts.get(predicate, ())]


def test_told_of_a_day_to_come_it_holds_from_that_day_on(shop):
    tell(shop, "currency", "CHF", valid_from=NEXT_YEAR)

    before, then = known(shop, TODAY), known(shop, NEXT_YEAR)

    assert (values(before.facts), values(before.coming)) == ([("EUR", None)], [("CHF", NEXT_YEAR)])
    assert (values(then.facts), values(then.coming)) == ([("CHF", NEXT_YEAR)], [])


def test_of_several_to_come_each_has_its_day(shop):
    tell(shop, "currency", "CHF", valid_from=NEXT_YEAR)
    tell(shop, "currency", "USD", valid_from=date(2028, 1, 1))

    assert [value for value, _ in values(known(shop, TODAY).coming)] == ["USD", "CHF"]
    assert values(known(shop, date(2027, 12, 31)).facts) == [("CHF", NEXT_YEAR)]

    tell(shop, "currency", "SEK")

    assert (values(known(shop, NEXT_YEAR).facts), known(shop, TODAY).coming) == ([("SEK", None)], {})


def test_told_until_a_day_what_stood_before_holds_again_after_it(shop):
    tell(shop, "currency", "CHF", valid_from=date(2026, 5, 1), valid_to=TODAY)

    assert values(known(shop, TODAY).facts) == [("CHF", date(2026, 5, 1))]
    assert values(known(shop, date(2026, 6, 2)).facts) == [("EUR", None)]


@pytest.mark.parametrize(("taken", "left"), [("CHF", (["EUR"], [])), ("EUR", ([], ["CHF"]))])
def test_of_what_holds_and_what_comes_either_is_taken_back_alone(shop, taken, left):
    tell(shop, "currency", "CHF", valid_from=NEXT_YEAR)
    page = known(shop, TODAY)
    line = standing(page, "currency", taken)

    shop.change(taken_back(shop.log, line.stream, ME, reason="", but=beside(page, "currency", line)))

    found = known(shop, TODAY)
    assert tuple([value for value, _ in values(facts)] for facts in (found.facts, found.coming)) == left


def test_what_is_so_until_then_said_again_is_no_contradiction(shop):
    tell(shop, "currency", "CHF", valid_from=NEXT_YEAR)
    shop.hears("Acme GmbH", about={"currency": "EUR"})

    assert shop.questions() == []

    shop.clock.move(days=365)
    shop.hears("Acme GmbH", about={"currency": "EUR"})

    assert shop.questions() == [("CHF", "EUR")]


def test_no_other_source_says_it_away(shop):
    tell(shop, "currency", "CHF")
    shop.hears("Acme GmbH", about={"currency": "USD"}, on=date(2028, 1, 1))

    assert [value for _, value in shop.facts()] == ["CHF"]
    assert shop.questions() == [("CHF", "USD")]


def test_said_twice_it_is_said_once(shop):
    tell(shop, "currency", "CHF")

    assert tell(shop, "currency", "CHF").writes == ()


def test_taken_back_only_the_operator_brings_it_back(shop):
    line = standing(shop.pages()[shop.entity("Acme GmbH")], "currency", "eur")
    shop.change(taken_back(shop.log, line.stream, ME, reason="a slip"))
    shop.hears("Acme GmbH", about={"currency": "EUR"})
    assert shop.facts() == []

    tell(shop, "currency", "EUR")
    assert shop.facts() == [("currency", "EUR")]


def test_what_does_not_stand_or_is_not_one_is_not_taken_back(shop):
    tell(shop, "phone", "030 1234567")
    tell(shop, "phone", "030 7654321")
    page = shop.pages()[shop.entity("Acme GmbH")]

    with pytest.raises(NothingStands, match="Say which"):
        standing(page, "phone", "")
    with pytest.raises(NothingStands):
        standing(page, "email", "")


@pytest.mark.parametrize(
    ("predicate", "value"),
    [("currency", "euros"), ("email", "nobody"), ("renews_on", "soon"), ("account", "DE00"), ("phone", "x")],
)
def test_what_is_not_of_its_kind_is_refused(shop, predicate, value):
    with pytest.raises(NotOfKind):
        tell(shop, predicate, value)


def test_a_word_for_nothing_is_refused(shop):
    with pytest.raises(NoPredicate):
        tell(shop, "horoscope", "lion")


def test_somebody_new_is_made_known_by_naming_the_kind(shop):
    with pytest.raises(NotKnown):
        whom(shop.log, "Hosting", "", ME)
    with pytest.raises(NoKind):
        whom(shop.log, "Hosting", "thing", ME)

    stream, change = whom(shop.log, "Hosting", "contract", ME)
    shop.change(change)

    assert whom(shop.log, "hosting", "contract", ME)[0] == stream


def test_every_kind_of_value_says_what_it_wants():
    assert {each.kind for each in PREDICATES.values()} <= {*WANTED}
