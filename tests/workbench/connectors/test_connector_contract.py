"""What every connector and its sandbox twin keep, as the world behind them saw it."""

from itertools import count

import pytest

from opc_kernel.effects.connector import Absent, CannotTell, Found, NotDone, Sent
from opc_kernel.effects.intent import Order

NUMBERS = count(1)


@pytest.fixture
def order(world):
    """Return an order that nobody gave before."""
    return world.order(next(NUMBERS))


def test_what_was_done_is_found_again_by_another_process(world, order):
    acted = world.connector().act(order)

    assert isinstance(acted, Sent), acted
    assert isinstance(world.connector().find(order), Found)
    assert world.effects()[order.key] == 1


def test_what_was_not_done_is_not_found_and_only_who_can_know_says_absent(world, order):
    found = world.connector().find(order)

    assert isinstance(found, Absent if world.sure else CannotTell), found
    assert world.effects()[order.key] == 0


def test_the_same_key_twice_is_one_effect_where_anybody_can_see_to_it(world, order):
    first, second = world.connector().act(order), world.connector().act(order)

    assert isinstance(second, Sent), second
    assert world.effects()[order.key] == (1 if world.once else 2)
    if world.once:
        assert first.reference == second.reference


def test_undoing_twice_is_no_fault_and_what_cannot_be_undone_says_so(world, order):
    connector = world.connector()
    reference = connector.act(order).reference

    first, second = connector.undo(order, reference), connector.undo(order, reference)

    if world.undoes:
        assert isinstance(first, Sent), first
        assert isinstance(second, Sent), second
    else:
        assert isinstance(first, NotDone)
        assert first.lasting
        assert world.effects()[order.key] == 1


def test_a_check_changes_nothing(world):
    before = world.effects()

    checked = world.connector().check()

    assert checked.ok, checked.told
    assert world.effects() == before


def test_it_says_what_it_offers(world, order):
    connector = world.connector()

    assert all(kind.name == name for name, kind in connector.kinds.items())
    assert all(name.startswith(f"{connector.name}.") for name in connector.kinds)
    to_others = [kind for kind in connector.kinds.values() if not kind.name.endswith(".note")]
    assert all(kind.gated or kind.undo == "none" for kind in to_others)  # a note goes to the operator alone
    assert order.intent.kind in connector.kinds


HOSTILE = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/passwd",
    "a/b",
    ".",
    "..",
    "",
    " ",
    "con",
    "x" * 300,
    "page\nBcc: eve@example.net",
    "eve@example.net, other@example.net",
    "<eve@example.net>",
    "a@b@c.example",
    "%2e%2e%2f",
    "….md",
    "ünïcode",
    "-x",
    "\u202egnp.exe",
    "=HYPERLINK(1)",
    "pi_../refunds",
    "pi_1?expand=x",
]


def test_a_target_that_is_none_is_refused_for_good_and_reaches_nobody(world, order):
    before = world.effects()

    for target in HOSTILE:
        hostile = order.intent.model_copy(update={"target": target})
        acted = world.connector().act(Order(key=order.key, intent=hostile))
        assert isinstance(acted, NotDone), (target, acted)
        assert acted.lasting, target

    assert world.effects() == before
