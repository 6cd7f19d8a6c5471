"""Working memory holds little, the most useful first, and not for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.memory.recall.item import Item
from opc_kernel.memory.recall.recalled import Recalled, Recollection, tokens_at_most
from opc_kernel.memory.working import WorkingMemory
from opc_kernel.testing import FrozenClock


@pytest.fixture
def clock():
    return FrozenClock()


def keys(working):
    return [held.key for held in working.held]


def recalled(name, score):
    item = Item(
        stream=name, position=1, kind="note", text=f"text of {name}", entities=(), conversation=None, place=None,
        occurred_at=None,
    )  # fmt: skip
    return Recalled(item=item, score=score, why=(), sources=("e1",))


def test_the_most_useful_stands_first(clock):
    working = WorkingMemory(clock)
    working.take(Recollection(items=(recalled("a", 0.9), recalled("b", 0.5))))
    working.used("b")

    assert keys(working) == ["b", "a"]
    assert working.held[0].sources == ("e1",)


def test_what_is_recalled_again_was_used(clock):
    working = WorkingMemory(clock)
    working.take(Recollection(items=(recalled("a", 0.9), recalled("b", 0.5))))
    working.take(Recollection(items=(recalled("b", 0.5),)))

    assert keys(working) == ["b", "a"]


def test_the_least_useful_makes_room(clock):
    working = WorkingMemory(clock, max_items=2)
    for key, useful in (("a", 2), ("b", 1), ("c", 3)):
        working.put(key, key, useful=useful)

    assert keys(working) == ["c", "a"]


def test_what_nobody_used_for_long_is_gone(clock):
    working = WorkingMemory(clock, lasts=timedelta(hours=1))
    working.put("a", "old")
    working.put("b", "used")
    clock.move(minutes=50)
    working.used("b")
    clock.move(minutes=20)

    assert keys(working) == ["b"]


def test_the_profile_comes_first_and_the_budget_holds(clock):
    working = WorkingMemory(clock)
    working.put("long", "word " * 200, useful=2)
    working.put("short", "Anna likes blue.", useful=1)

    assert working.pack(20, profile="Acme, customer") == "Acme, customer\n\nAnna likes blue."


@given(
    texts=st.lists(st.tuples(st.sampled_from("abcdef"), st.text(max_size=300), st.floats(0, 5)), max_size=40),
    budget=st.integers(1, 300),
)
def test_it_never_holds_or_packs_more_than_its_bounds(texts, budget):
    working = WorkingMemory(FrozenClock(), max_tokens=100, max_items=4)
    for key, text, useful in texts:
        working.put(key, text, useful=useful)

        assert len(working.held) <= 4
        assert working.tokens <= 100
        assert tokens_at_most(working.pack(budget)) <= budget
