"""Appends that come at once are committed together, and each has the answer it would have had alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from errno import EIO

import pytest
from log_examples import append, booking, note, opened, segment, texts

from opc_kernel.log.append import Appended
from opc_kernel.log.errors import (
    EventIdTaken,
    JournalUnwritable,
    LogClosed,
    OutcomeUnknown,
    VersionConflict,
)
from opc_kernel.testing.disk import FaultyDisk

WAIT_S = 10


class Interrupt(KeyboardInterrupt):
    pass


class Gate:
    """A crash hook that holds the first record until more stand in line, and may interrupt the second at a step."""

    def __init__(self):
        self.records, self.interrupt_at = 0, None
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, step):
        self.records += step == "before journal"
        if self.records == 1:
            self.reached.set()
            assert self.opened.wait(WAIT_S)
        elif self.records == 2 and step == self.interrupt_at:
            self.interrupt_at = None
            raise Interrupt


class Crowd:
    """Appends from threads of their own, behind one that is held: they form one group."""

    def __init__(self, folder, **options):
        self.gate = Gate()
        self.log = opened(folder, crash=self.gate, **options)
        self.pool = ThreadPoolExecutor(32)
        self.first = self.pool.submit(append, self.log, note("first"))
        assert self.gate.reached.wait(WAIT_S)
        self.standing = 1

    def comes(self, *writes, **expected):
        future = self.pool.submit(append, self.log, *writes, **expected)
        self.standing += 1
        while len(self.log._line._waiting) < self.standing:
            pass
        return future

    def go(self):
        self.gate.opened.set()
        assert self.first.result(WAIT_S).positions == (1,)


@pytest.fixture
def crowd(folder):
    crowd = Crowd(folder)
    yield crowd
    crowd.gate.opened.set()
    crowd.pool.shutdown()
    crowd.log.close()


def commits(folder):
    return sum(line.startswith(b'{"commit"') for line in segment(folder).read_bytes().splitlines())


def test_those_who_wait_are_committed_as_one_record_in_the_order_they_came(crowd, folder):
    waiting = [crowd.comes(note(f"s{n}", str(n)), booking("x", "1.00")) for n in range(10)]
    crowd.go()
    assert [each.result(WAIT_S).positions for each in waiting] == [(2 * n + 2, 2 * n + 3) for n in range(10)]
    assert commits(folder) == 2
    assert crowd.log.query("SELECT bookings, balance FROM account").rows == [(10, 10)]
    assert crowd.log.verify().findings == ()


def test_of_two_that_expect_the_same_version_the_second_is_told_the_first_ones(crowd):
    won = crowd.comes(note("a", "won"), a=0)
    lost = crowd.comes(note("a", "lost"), a=0)
    next_one = crowd.comes(note("a", "next"), a=1)
    crowd.go()
    assert won.result(WAIT_S).positions == (2,)
    with pytest.raises(VersionConflict) as conflict:
        lost.result(WAIT_S)
    assert (conflict.value.expected, conflict.value.actual) == (0, 1)
    assert next_one.result(WAIT_S).positions == (3,)
    assert [event.version for event in crowd.log.read(after=1)] == [1, 2]


def test_a_guard_sees_what_the_group_writes_before_it(crowd):
    crowd.comes(note("a"))
    guarded = crowd.comes(note("b"), a=0)
    crowd.go()
    with pytest.raises(VersionConflict):
        guarded.result(WAIT_S)


def test_a_retry_beside_its_first_try_is_answered_with_its_positions(crowd):
    first = crowd.comes(note("a", "same", event_id="same"))
    again = crowd.comes(note("a", "same", event_id="same"))
    other = crowd.comes(note("a", "other", event_id="same"))
    crowd.go()
    assert first.result(WAIT_S) == Appended(positions=(2,))
    assert again.result(WAIT_S) == Appended(positions=(2,), repeated=True)
    with pytest.raises(EventIdTaken):
        other.result(WAIT_S)


def test_a_large_append_goes_alone(crowd, folder):
    small = crowd.comes(note("a"))
    large = crowd.comes(*(note("b", str(n)) for n in range(700)))
    after = crowd.comes(note("c"))
    crowd.go()
    assert small.result(WAIT_S).positions == (2,)
    assert large.result(WAIT_S).positions[-1] == 702
    assert after.result(WAIT_S).positions == (703,)
    assert commits(folder) == 4


def test_a_failing_sync_fails_the_group_and_whoever_lost_against_it_is_judged_anew(crowd, folder):
    won = crowd.comes(note("a", "won"), a=0)
    lost = crowd.comes(note("a", "lost"), a=0)
    with FaultyDisk(folder) as disk:
        disk.fail("fdatasync", EIO, at=2, times=1)
        crowd.go()
        with pytest.raises(JournalUnwritable):
            won.result(WAIT_S)
        assert lost.result(WAIT_S).positions == (2,)
    assert texts(crowd.log)[1:] == ['{"text":"lost"}']


def test_an_unknown_outcome_closes_the_log_for_those_behind(crowd, folder):
    waiting = [crowd.comes(note(f"s{n}", event_id=f"id-{n}")) for n in range(3)]
    with FaultyDisk(folder) as disk:
        disk.fail("fdatasync", EIO)
        disk.fail("ftruncate", EIO)
        crowd.gate.opened.set()
        with pytest.raises(OutcomeUnknown):
            crowd.first.result(WAIT_S)
        for each in waiting:
            with pytest.raises(LogClosed):
                each.result(WAIT_S)
    with opened(folder) as log:
        assert [append(log, note(f"s{n}", event_id=f"id-{n}")).repeated for n in range(3)] == [False] * 3


@pytest.mark.parametrize(
    "step",
    ["before journal", "half journal", "before sync", "after sync", "before database", "after database"],
)
def test_an_interrupted_leader_leaves_the_others_their_answers(crowd, step):
    waiting = [crowd.comes(note(f"s{n}", event_id=f"id-{n}")) for n in range(4)]
    crowd.gate.interrupt_at = step
    crowd.go()
    errors = [each.exception(WAIT_S) for each in waiting]
    assert [type(error) for error in errors if error] == [Interrupt]
    answers = {each.result().positions for each, error in zip(waiting, errors, strict=True) if not error}
    stored = [event.position for event in crowd.log.read(after=1)]
    assert len(answers) == 3
    assert answers <= {(position,) for position in stored}
    assert stored == list(range(2, len(stored) + 2))


def test_many_threads_many_streams_no_gap_and_no_double(durable):
    def work(name):
        return [append(durable, note(name, str(n)), **{name: n}).positions[0] for n in range(30)]

    with ThreadPoolExecutor(16) as pool:
        positions = list(pool.map(work, [f"s{n}" for n in range(16)]))
    assert sorted(position for each in positions for position in each) == list(range(1, 481))
    assert all(each == sorted(each) for each in positions)
    assert durable.verify().findings == ()
    assert durable.differences() == {"note": 0, "account": 0}
