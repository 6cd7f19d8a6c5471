"""Memory grows out of events alone: what is new is stored once, under whom it is about; what disagrees is asked."""

from datetime import date

import pytest
from memory_shop import Heard, Shop

from opc_kernel.event import ANY_VERSION, Write


@pytest.fixture
def shop(tmp_path):
    opened = Shop(tmp_path)
    yield opened
    opened.log.close()


def test_what_an_event_says_is_a_fact_that_names_the_event(shop):
    event = shop.hears("Acme GmbH", about={"currency": "eur"})

    assert shop.facts("predicate, value, sources") == [("currency", "EUR", [event])]
    assert shop.names() == ["Acme GmbH"]


def test_the_same_again_adds_nothing(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR"}, words="They like blue.")
    before = shop.memory_events()

    shop.hears("ACME  GmbH", about={"currency": "eur"})
    shop.remembering().catch_up()

    assert shop.memory_events() == before


def test_two_spellings_are_one_firm_and_another_legal_form_is_not(shop):
    for name in ("Müller & Söhne GmbH", "MUELLER UND SOEHNE GMBH", "Müller & Söhne KG"):
        shop.hears(name, about={"currency": "EUR"})

    assert shop.names() == ["Müller & Söhne GmbH", "Müller & Söhne KG"]


def test_an_account_number_names_its_firm_under_any_name(shop):
    account = "DE89 3704 0044 0532 0130 00"
    shop.hears("Acme GmbH", account=account)

    shop.hears("Acme Holding", account=account, about={"currency": "EUR"})

    assert shop.names() == ["Acme GmbH"]
    assert shop.facts() == [
        ("account", "DE89370400440532013000"),
        ("currency", "EUR"),
        ("name", "Acme Holding"),
    ]


def test_a_mailbox_that_two_firms_share_does_not_make_them_one(shop):
    for firm in ("Acme GmbH", "Bolt KG"):
        shop.hears(firm, about={"currency": "EUR"}, mailbox="office@house.example")

    assert shop.names() == ["Acme GmbH", "Bolt KG"]
    shop.hears("", words="To whom?", mailbox="office@house.example")
    assert shop.log.query("SELECT entities FROM memory_item").rows == [([],)]


def test_who_is_named_by_a_mailbox_alone_is_who_is_known_by_it(shop):
    shop.hears("Acme GmbH", mailbox="anna@acme.example")

    shop.hears("", words="Dear Anna", mailbox="anna@acme.example")

    assert shop.log.query("SELECT entities FROM memory_item").rows == [([shop.entity("Acme GmbH")],)]
    assert shop.names() == ["Acme GmbH"]


def test_what_is_newer_supersedes_and_what_was_so_stays_readable(shop):
    shop.hears("Acme GmbH", about={"contact": "Anna"}, on=date(2026, 1, 1))
    shop.clock.move(days=30)
    shop.hears("Acme GmbH", about={"contact": "Ben"}, on=date(2026, 3, 1))

    assert shop.facts() == [("contact", "Ben")]
    history = shop.log.query("SELECT value, ended_by FROM fact_history ORDER BY position").rows
    assert history == [("Anna", "superseded"), ("Ben", None)]


def test_what_is_older_says_nothing_against_what_is_so_now(shop):
    shop.hears("Acme GmbH", about={"contact": "Ben"}, on=date(2026, 3, 1))
    shop.hears("Acme GmbH", about={"contact": "Anna"}, on=date(2026, 1, 1))

    assert (shop.facts(), shop.questions()) == ([("contact", "Ben")], [])


def test_two_sources_of_one_day_that_disagree_are_a_question_asked_once(shop):
    shop.hears("Acme GmbH", about={"contact": "Anna"}, on=date(2026, 3, 1))
    for _ in range(2):
        shop.hears("Acme GmbH", about={"contact": "Ben"}, on=date(2026, 3, 1))

    assert (shop.facts(), shop.questions()) == ([("contact", "Anna")], [("Anna", "Ben")])


def test_values_that_may_be_many_stand_beside_each_other(shop):
    shop.hears("Acme GmbH", about={"email": "Anna@Acme.example"})
    shop.hears("Acme GmbH", about={"email": "ben@acme.example"})

    assert shop.facts() == [("email", "Anna@acme.example"), ("email", "ben@acme.example")]


def test_what_is_no_such_value_is_no_fact(shop):
    shop.hears("Acme GmbH", about={"email": "nobody", "currency": "money", "deadline": "soon"})

    assert shop.facts() == []


def test_words_are_kept_with_whom_they_are_about(shop):
    event = shop.hears("Acme GmbH", words="They like blue.")

    (item,) = shop.log.query("SELECT kind, text, entities, sources, state FROM memory_item").rows
    (entity,) = shop.log.query("SELECT stream FROM entity").rows[0]
    assert item == ("note", "They like blue.", [entity], [event], "kept")


def test_two_that_look_at_once_remember_once(shop):
    first, second = shop.remembering(), shop.remembering()
    write = Write(stream="test/1", data=Heard(firm="Acme GmbH", about={"contact": "Anna"}), actor="me")
    shop.log.append([write], expected={"test/1": ANY_VERSION})
    batch = first._remembered(first._sources(0, 10**6)[0])
    second.catch_up()

    assert len(batch.writes) == shop.memory_events()
    assert first.catch_up() == 0
