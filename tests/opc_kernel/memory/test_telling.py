"""Telling: the operator's word is so at once and above every source; what stood before stays readable."""

from datetime import date

import pytest
from memory_shop import Shop

from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.profile import NotKnown
from opc_kernel.memory.telling import (
    WANTED,
    NoKind,
    NoPredicate,
    NothingStands,
    NotOfKind,
    Speaker,
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
