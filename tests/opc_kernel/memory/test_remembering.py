"""Memory grows out of events alone: what is new is stored once, under whom it is about; what disagrees is asked."""

from datetime import date

import pytest
from pydantic import Field

from opc_kernel import contents
from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.memory.capture import Capture, Keeps, Meets, Says, Who
from opc_kernel.memory.remembering import Remembering
from opc_kernel.testing import FrozenClock


class Heard(EventData, type="test.heard"):
    """Somebody said something."""

    firm: str
    about: dict[str, str] = Field(default_factory=dict)
    on: date | None = None
    account: str = ""
    words: str = ""


def observe(source):
    data = source.data
    who = Who(kind="firm", name=data.firm, identifiers={"account": data.account} if data.account else {})
    words = (Keeps(kind="note", text=data.words, about=(who,)),) if data.words else ()
    return (
        Meets(who=who),
        *(
            Says(who=who, predicate=predicate, value=value, valid_from=data.on)
            for predicate, value in data.about.items()
        ),
        *words,
    )


class Shop:
    def __init__(self, folder):
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry((*contents.EVENTS, Heard)),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )

    def remembering(self):
        return Remembering(self.log, [Capture(event=Heard, observe=observe)], region="DE")

    def hears(self, firm, **what):
        write = Write(stream="test/1", data=Heard(firm=firm, **what), actor="me")
        self.log.append([write], expected={"test/1": ANY_VERSION})
        self.remembering().catch_up()
        return write.event_id

    def facts(self, columns="predicate, value"):
        return self.log.query(f"SELECT {columns} FROM fact WHERE stands ORDER BY predicate, value").rows

    def names(self):
        return [name for (name,) in self.log.query("SELECT name FROM entity ORDER BY position").rows]

    def questions(self):
        return self.log.query("SELECT stands, value FROM contradiction").rows

    def memory_events(self):
        sql = "SELECT count(*) FROM event WHERE starts_with(type, 'memory.') AND type <> 'memory.caught_up'"
        return self.log.query(sql).rows[0][0]


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
