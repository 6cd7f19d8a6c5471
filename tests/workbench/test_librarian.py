"""The librarian: contradictions, likeness and lessons become rows of the queue; what follows can be taken back."""

import pytest

from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.memory.entity import EntityFound, entity_stream
from opc_kernel.memory.fact import FactAsserted, fact_stream
from opc_kernel.memory.judging import ContradictionFound, contradiction_stream
from opc_kernel.memory.merging import unmerged
from opc_kernel.memory.profile import find_entity, profile

BILLS = """
RE-1, out, Sandtor GmbH,    2026-09-01, 2026-10-15, 1190.00, EUR
RE-2, out, Elbe Papier AG,  2026-10-01, 2026-11-15, 500.00,  EUR
"""


class Library:
    """Things said of persons and firms, as captures would store them."""

    def __init__(self, shop):
        self.shop, self.company = shop, shop.company

    def append(self, stream, data: EventData, expected=NEW_STREAM):
        self.company.append([Write(stream=stream, data=data, actor="memory")], expected={stream: expected})
        return stream

    def meets(self, kind, name, **known):
        stream = self.append(entity_stream(kind, name), EntityFound(kind=kind, name=name))
        for predicate, value in known.items():
            self.says(stream, predicate, value)
        return stream

    def says(self, subject, predicate, value, origin="document"):
        data = FactAsserted(subject=subject, predicate=predicate, value=value, origin=origin, sources=())
        return self.append(fact_stream(subject, predicate, value), data)

    def disagrees(self, subject, predicate, stands, value):
        fact = fact_stream(subject, predicate, stands)
        found = ContradictionFound(
            fact=fact,
            subject=subject,
            predicate=predicate,
            stands=stands,
            value=value,
            origin="document",
            sources=(),
        )
        self.append(contradiction_stream(fact, value), found)
        self.shop.work()

    def value(self, subject, predicate):
        sql = "SELECT value, origin FROM fact WHERE subject = $subject AND predicate = $predicate AND stands"
        return self.shop.ask(sql, subject=subject, predicate=predicate)

    def root(self, stream):
        return self.shop.ask("SELECT root FROM entity_now WHERE stream = $stream", stream=stream)[0][0]


@pytest.fixture
def library(shop):
    return Library(shop)


# contradictions


@pytest.fixture
def renewal(library):
    """Return a contract of which two papers say different days."""
    contract = library.meets("contract", "Hosting", renews_on="2027-01-31")
    library.disagrees(contract, "renews_on", "2027-01-31", "2027-03-31")
    return contract


def test_a_contradiction_is_one_question_with_both_sides(shop, renewal):
    row = shop.row()

    assert row.summary == "Renews on of Hosting: is it 2027-01-31 or 2027-03-31?"
    assert shop.labels(row) == ["2027-01-31", "2027-03-31", "Neither"]
    assert row.typed == "what is so instead: a day as 2027-01-31"


@pytest.mark.parametrize(
    ("given", "stands"),
    [
        ({"choice": "2027-03-31"}, [("2027-03-31", "operator")]),
        ({"choice": "2027-01-31"}, [("2027-01-31", "operator")]),
        ({"choice": "Neither"}, []),
        ({"content": "2027-06-30"}, [("2027-06-30", "operator")]),
    ],
)
def test_the_answer_is_so_from_then_on(shop, library, renewal, given, stands):
    shop.decide(shop.row(), "answer", **given)

    assert library.value(renewal, "renews_on") == stands
    assert shop.queue() == []
    assert shop.ask("SELECT settled_as IS NOT NULL FROM contradiction") == [(True,)]


def test_an_answer_that_is_no_day_is_asked_again_and_says_so(shop, library, renewal):
    shop.decide(shop.row(), "answer", content="next spring")

    assert shop.row().reason.startswith("'next spring' is not a day as 2027-01-31")
    assert library.value(renewal, "renews_on") == [("2027-01-31", "document")]


def test_rejected_what_stood_goes_on_standing(shop, library, renewal):
    shop.decide(shop.row(), "reject")

    assert library.value(renewal, "renews_on") == [("2027-01-31", "document")]
    assert shop.queue() == []


def test_a_question_that_something_newer_has_answered_goes_away(shop, library, renewal):
    newer = FactAsserted(
        subject=renewal, predicate="renews_on", value="2028-01-31", origin="operator", sources=()
    )
    library.append(fact_stream(renewal, "renews_on", ""), newer, expected=1)
    shop.work()

    assert shop.queue() == []
    assert shop.ask("SELECT settled_as FROM contradiction") == [("2028-01-31",)]


# likeness


def test_two_with_one_tax_number_are_merged_and_it_can_be_taken_back(shop, library):
    first = library.meets("firm", "Nordlicht GmbH", tax_id="DE136695976")
    second = library.meets("firm", "Nordlicht Studio GmbH", tax_id="DE136695976")
    shop.work()

    assert shop.queue() == []
    assert (library.root(second), library.root(first)) == (first, first)
    assert "DE136695976" in str(
        shop.ask("SELECT data->>'evidence' FROM event WHERE type = 'memory.entity_merged'")
    )
    change = unmerged(shop.company, second, reason="they are sisters", account="me", actor="me")
    shop.company.append(change.writes, expected=change.expected)
    shop.work()
    assert library.root(second) == second, "what was taken back is not merged again"


@pytest.fixture
def anna(library):
    """Return two that may be one: the same name, another firm's address."""
    first = library.meets("person", "Anna Kern", email="anna.kern@kern.example", phone="+4915112345678")
    second = library.meets("person", "Anna Kern-Vogt", email="anna.kern@vogt.example")
    library.shop.work()
    return first, second


def test_two_that_may_be_one_are_proposed_with_the_evidence(shop, anna):
    row = shop.row()

    assert row.summary == "Is the person Anna Kern-Vogt the same as Anna Kern?"
    assert "anna.kern@vogt.example | anna.kern@kern.example" in row.reason
    assert 0.2 <= row.confidence < 0.99


def test_approved_they_are_one(shop, library, anna):
    first, second = anna

    shop.decide(shop.row(), "approve")

    assert library.root(second) == first
    assert profile(shop.company, second).members == (first, second)
    assert shop.queue() == []


def test_rejected_they_are_never_proposed_again(shop, library, anna):
    shop.decide(shop.row(), "reject", note="mother and daughter")
    library.says(anna[1], "phone", "+4915112345679")
    library.says(anna[0], "phone", "+4915112345679")
    shop.work()

    assert library.root(anna[1]) == anna[1]
    assert shop.queue() == []
    assert shop.ask("SELECT reason FROM apart") == [("mother and daughter",)]


def test_strangers_are_not_asked_about(shop, library):
    library.meets("person", "Anna Kern", email="anna@kern.example")
    library.meets("person", "Bernd Halm", email="bernd@kern.example")
    shop.work()

    assert shop.ask("SELECT count(*) FROM likeness") == [(0,)]


def test_what_can_not_be_so_of_both_is_asked_when_they_become_one(shop, library):
    first = library.meets("firm", "Nordlicht GmbH", tax_id="DE136695976", currency="EUR")
    library.meets("firm", "Nordlicht Studio GmbH", tax_id="DE136695976", currency="CHF")
    shop.work()

    assert shop.row().summary == "Currency of Nordlicht GmbH: is it EUR or CHF?"
    shop.decide(shop.row(), "answer", choice="CHF")
    (line,) = profile(shop.company, first).facts["currency"]
    assert (line.value, line.origin) == ("CHF", "operator")


# lessons


def reject_first(shop, note):
    shop.invoices(BILLS)
    shop.pay("2026-11-01, 1000.00, Sandtor GmbH, part of RE-1")
    shop.work()
    shop.decide(shop.row(), "reject", note=note)
    (row,) = (row for row in shop.queue() if row.capability == "memory")
    return row


def test_the_reason_of_a_rejection_is_kept_when_you_say_so(shop):
    row = reject_first(shop, "they always pay in two parts")

    assert row.summary == "Remember of Sandtor GmbH: they always pay in two parts"
    assert "prefers" not in profile(shop.company, find_entity(shop.company, "Sandtor GmbH")).facts
    shop.decide(row, "approve")

    (kept,) = profile(shop.company, find_entity(shop.company, "Sandtor GmbH")).facts["prefers"]
    assert (kept.value, kept.origin) == ("they always pay in two parts", "operator")


def test_a_lesson_said_otherwise_is_kept_in_those_words(shop):
    row = reject_first(shop, "pay in two parts")

    shop.decide(row, "edit", content="Pays in two parts, the second a week later")

    (kept,) = profile(shop.company, find_entity(shop.company, "Sandtor GmbH")).facts["prefers"]
    assert kept.value == "Pays in two parts, the second a week later"


def test_a_lesson_that_held_once_is_not_asked_about_again(shop):
    row = reject_first(shop, "not today")

    shop.decide(row, "reject")

    assert shop.ask("SELECT state FROM lesson") == [("dropped",)]
    assert [row for row in shop.queue() if row.capability == "memory"] == []
