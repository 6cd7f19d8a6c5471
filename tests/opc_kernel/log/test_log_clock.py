"""C5: a clock that jumps changes no order and loses nothing; what it said is kept as it said it."""

from datetime import timedelta

import pytest
from log_examples import append, note, opened, texts

from opc_kernel.testing import FrozenClock

JUMPS = {
    "an hour back": timedelta(hours=-1),
    "a day ahead": timedelta(days=1),
    "400 days back": timedelta(days=-400),
    "summer time ends": timedelta(hours=-1),
    "not at all": timedelta(0),
}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_events_keep_their_order_through_a_jump(folder, jump):
    clock = FrozenClock()
    with opened(folder, clock=clock) as log:
        before = [append(log, note("a", str(n))).positions[0] for n in range(3)]
        clock.move(days=jump.days, seconds=jump.seconds)
        after = [append(log, note("a", str(n)), a=n).positions[0] for n in range(3, 6)]
        assert before + after == [1, 2, 3, 4, 5, 6]
        assert texts(log) == [f'{{"text":"{n}"}}' for n in range(6)]
        assert log.query("SELECT text, events FROM note").rows == [("5", 6)]
        first, *_, last = log.read()
        assert last.recorded_at - first.recorded_at == jump
        assert log.verify().findings == ()


def test_two_processes_whose_clocks_differ_write_one_order(folder):
    """The one that opens next is ten minutes behind: its events still come after."""
    ahead, behind = FrozenClock("2026-11-02T09:10:00+00:00"), FrozenClock("2026-11-02T09:00:00+00:00")
    for clock, name in ((ahead, "one"), (behind, "two"), (ahead, "three")):
        with opened(folder, clock=clock) as log:
            append(log, note("a", name))
    with opened(folder) as log:
        assert texts(log) == ['{"text":"one"}', '{"text":"two"}', '{"text":"three"}']
        assert log.verify().findings == ()
        assert log.differences() == {"note": 0, "account": 0}
