"""One profile an entity: a merge changes no row, unmerging gives back every one, and the past can be read as it was."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_shop import Shop

from opc_kernel.event import Write
from opc_kernel.memory.item import ItemFolded
from opc_kernel.memory.lines import NOW
from opc_kernel.memory.merging import CannotMerge, NotMerged, kept_apart, merged, unmerged
from opc_kernel.memory.profile import NotKnown, find_entity, profile

FIRMS = ("Acme GmbH", "Acme Holding AG", "Bolt KG")


@pytest.fixture
def shop(tmp_path):
    opened = Shop(tmp_path)
    yield opened
    opened.log.close()


@pytest.fixture
def three(shop):
    for number, firm in enumerate(FIRMS):
        shop.hears(firm, about={"contact": f"Person {number}", "email": f"p{number}@acme.example"})
    return shop


def test_a_profile_says_of_each_line_which_event_it_comes_from(shop):
    event = shop.hears("Acme GmbH", about={"contact": "Anna"}, words="They like blue.")

    page = profile(shop.log, shop.entity("Acme GmbH"))

    (contact,) = page.facts["contact"]
    assert (page.name, contact.value, contact.sources) == ("Acme GmbH", "Anna", (event,))
    assert [(item.text, item.sources) for item in page.items] == [("They like blue.", (event,))]


def test_what_was_folded_since_was_said_as_of_then(shop):
    shop.hears("Acme GmbH", words="They like blue.")
    then = shop.end()
    ((item, version),) = shop.log.query("SELECT stream, version FROM memory_item").rows
    fold = Write(stream=item, data=ItemFolded(into="item/summary", reason="the same"), actor="me")
    shop.log.append([fold], expected={item: version})

    found = [profile(shop.log, shop.entity("Acme GmbH"), position=at).items for at in (then, NOW)]

    assert [[said.text for said in items] for items in found] == [["They like blue."], []]


def test_merged_they_are_one_page_and_unmerged_they_are_two_as_before(three):
    first, second = three.entity("Acme GmbH"), three.entity("Acme Holding AG")
    before = [profile(three.log, each) for each in (first, second)]

    three.change(merged(three.log, second, first, evidence=("same door",), decided_by="operator", actor="me"))
    page = profile(three.log, second)
    assert (page.entity, page.members) == (first, (first, second))
    assert {line.value for line in page.facts["email"]} == {"p0@acme.example", "p1@acme.example"}

    three.change(unmerged(three.log, second, reason="they are two", account="me", actor="me"))
    assert [profile(three.log, each) for each in (first, second)] == before


def test_what_is_said_of_a_merged_name_belongs_to_the_one_that_speaks_for_it(three):
    first, second = three.entity("Acme GmbH"), three.entity("Acme Holding AG")
    three.change(merged(three.log, second, first, evidence=(), decided_by="operator", actor="me"))

    three.hears("Acme Holding AG", about={"currency": "CHF"})

    assert profile(three.log, first).facts["currency"][0].value == "CHF"


def test_what_can_not_be_one_is_not_merged(three):
    first, second, third = (three.entity(name) for name in FIRMS)
    how = {"evidence": (), "decided_by": "operator", "actor": "me"}
    three.change(kept_apart(three.log, first, third, reason="two firms", actor="me"))
    three.change(merged(three.log, second, first, **how))

    for entity, into in ((first, third), (third, first), (second, first), (second, third), (first, first)):
        with pytest.raises(CannotMerge):
            merged(three.log, entity, into, **how)
    with pytest.raises(NotMerged):
        unmerged(three.log, first, reason="", account="me", actor="me")


@pytest.mark.parametrize(
    "name", ["Acme GmbH", "acme gmbh", "p0@acme.example", "entity", "Acme G"], ids=lambda each: each
)
def test_somebody_is_found_as_a_person_would_name_them(three, name):
    wanted = three.entity("Acme GmbH")
    assert find_entity(three.log, wanted[:20] if name == "entity" else name) == wanted


def test_a_name_that_several_have_is_not_guessed(three):
    with pytest.raises(NotKnown) as caught:
        find_entity(three.log, "Acme")
    assert "Acme GmbH (firm" in str(caught.value)
    assert "Acme Holding AG (firm" in str(caught.value)


steps = st.one_of(
    st.tuples(st.just("hears"), st.sampled_from(FIRMS), st.sampled_from(["Anna", "Ben"]), st.integers(1, 28)),
    st.tuples(st.just("merges"), st.sampled_from(FIRMS), st.sampled_from(FIRMS), st.just(0)),
    st.tuples(st.just("unmerges"), st.sampled_from(FIRMS), st.just(""), st.just(0)),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(steps, min_size=1, max_size=8))
def test_what_was_known_then_is_what_was_read_then(history):
    """As-of reading equals the reading of the log when it ended there."""
    folder = Path(tempfile.mkdtemp())
    try:
        shop = Shop(folder)
        for firm in FIRMS:
            shop.hears(firm)
        read = []
        for verb, name, other, day in history:
            shop.clock.move(minutes=1)
            if verb == "hears":
                shop.hears(name, about={"contact": other}, on=date(2026, 1, day), words=f"{other} {day}")
            elif verb == "merges":
                shop.tries(merged, shop.entity(name), shop.entity(other), evidence=(), decided_by="operator")
            else:
                shop.tries(unmerged, shop.entity(name), reason="", account="me")
            read.append((shop.end(), shop.pages()))
        for position, pages in read:
            assert shop.pages(position) == pages
        shop.log.close()
    finally:
        shutil.rmtree(folder)


@settings(max_examples=12, deadline=None)
@given(st.lists(steps, min_size=2, max_size=8))
def test_every_merge_taken_back_it_is_as_if_there_had_been_none(history):
    """What was said of each meanwhile is theirs again, whoever spoke for them when it was said."""
    assert _lived(history, merging=True) == _lived(history, merging=False)


def _lived(history, *, merging):
    folder = Path(tempfile.mkdtemp())
    try:
        shop = Shop(folder)
        for firm in FIRMS:
            shop.hears(firm)
        for verb, name, other, day in history:
            if verb == "hears":
                shop.hears(name, about={"note": f"{other} {day}"}, words=f"{other} {day}")
            elif merging and verb == "merges":
                shop.tries(merged, shop.entity(name), shop.entity(other), evidence=(), decided_by="operator")
            elif merging:
                shop.tries(unmerged, shop.entity(name), reason="", account="me")
        for firm in FIRMS:
            shop.tries(unmerged, shop.entity(firm), reason="", account="me")
        facts = sorted(shop.facts("subject, predicate, value"))
        items = sorted(shop.log.query("SELECT entities[1], text FROM memory_item").rows)
        shop.log.close()
        return facts, items
    finally:
        shutil.rmtree(folder)
