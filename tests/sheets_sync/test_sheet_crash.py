"""A crash between any two steps of a sync is repaired by the next sync."""

import pytest
from sheet_examples import SCHEMA, proposal
from sheet_worlds import ExcelWorld, TwinWorld

from sheets_sync.sync import synchronize

STEPS = 8  # more than a sync takes through its ports


class Crash(Exception):
    pass


class Fuse:
    """Lets a number of port calls through, then crashes before or after the next."""

    def __init__(self, calls, when):
        self.calls = calls
        self.when = when

    def wrap(self, port):
        return Fused(port, self)


class Fused:
    def __init__(self, port, fuse):
        self._port, self._fuse = port, fuse

    def __getattr__(self, name):
        def call(*arguments, **named):
            self._fuse.calls -= 1
            if self._fuse.calls < 0 and self._fuse.when == "before":
                raise Crash
            answer = getattr(self._port, name)(*arguments, **named)
            if self._fuse.calls < 0:
                raise Crash
            return answer

        return call


@pytest.mark.parametrize("kind", [TwinWorld, ExcelWorld])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("steps", range(STEPS + 1))
def test_the_next_sync_completes_what_a_crash_left(kind, when, steps, tmp_path):
    world = kind(proposal(1), proposal(2), proposal(3), folder=tmp_path)
    world.sync()
    world.enter("proposal/1", "approve")
    world.enter("proposal/2", "ask", Note="why?")
    world.queue.put(proposal(4))

    fuse = Fuse(steps, when)
    ports = [fuse.wrap(port) for port in (world.queue, world.workbook, world.base)]
    if steps < STEPS:
        with pytest.raises(Crash):
            synchronize(SCHEMA, *ports)
    else:
        synchronize(SCHEMA, *ports)  # eight calls are the whole sync
    report = world.sync()

    assert sorted(world.words()) == [("proposal/1", "approve"), ("proposal/2", "ask")]
    assert not report.conflicts
    assert [line["key"] for line in world.lines()] == [f"proposal/{number}" for number in (1, 2, 3, 4)]
    assert world.line("proposal/1")["Status"] == "settled (approve)"
    assert [key for key, _ in world.queue.first_shown] == [f"proposal/{number}" for number in (1, 2, 3, 4)]
    assert {entry.key for entry in world.base.base.written} == {
        f"proposal/{number}" for number in (1, 2, 3, 4)
    }
