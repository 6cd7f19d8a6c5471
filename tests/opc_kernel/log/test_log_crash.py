"""`kill -9` at any instant: nothing acknowledged is lost, no half append lives, a retry adds nothing twice."""

import os
import random
import time

import pytest
from log_examples import opened
from log_lives import KillAt, check, live, random_sizes, retry

STEPS = ["before journal", "half journal", "before sync", "after sync", "before database", "after database"]
STORED = {"before sync", "after sync", "before database", "after database"}
"""Steps after which the record is in the file: a killed process leaves it there, synced or not."""

QUICK_KILLS = 8
SOAK_KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
ACKNOWLEDGED_PER_KILL = 5


@pytest.mark.parametrize("count", [1, 3, 700], ids=["one event", "three events", "a bulk"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_step(folder, step, count):
    sizes = [1, 3, count, 1]
    acknowledged = live(folder, "first", sizes, crash=KillAt(step, append=3))
    assert list(acknowledged) == [0, 1], "the third append was to be killed"
    with opened(folder, wait_s=5.0) as log:
        silent = check(log, "first", sizes, acknowledged)
        assert silent == (step in STORED)
        retry(log, "first", sizes)
        check(log, "first", sizes, acknowledged)
        assert log.query("SELECT sum(events) FROM note").rows == [(sum(sizes),)]
        assert log.differences() == {"note": 0, "account": 0}
        assert log.verify().findings == ()


def test_a_second_kill_right_after_the_first(folder):
    """The database was behind; the process that completed it is killed too."""
    acknowledged = live(folder, "first", [3, 3], crash=KillAt("before database", append=2))
    again = live(folder, "second", [1], crash=KillAt("before journal", append=1))
    assert again == {}
    with opened(folder, wait_s=5.0) as log:
        assert check(log, "first", [3, 3], acknowledged) == 1


def kill_loop(folder, kills, chance):
    """One company, many lives; returns how much happened."""
    happened = {"kills": 0, "acknowledged": 0, "silent": 0, "torn": 0, "completed": 0}
    opening_s, tail = [], 0
    for life in range(kills):
        sizes = random_sizes(chance, 400)
        acknowledged = live(folder, str(life), sizes, kill_after_s=chance.uniform(0, 0.15))
        started = time.perf_counter()
        with opened(folder, wait_s=5.0) as log:
            opening_s.append(time.perf_counter() - started)
            happened["kills"] += 1
            happened["acknowledged"] += len(acknowledged)
            happened["silent"] += check(log, str(life), sizes, acknowledged, after=tail)
            happened["torn"] += any("never finished" in words for words in log.mended)
            happened["completed"] += any("put into the database" in words for words in log.mended)
            attempted = len(acknowledged) + 1
            retry(log, str(life), sizes[:attempted])
            tail = log.tail.position
            if life % 50 == 49:
                assert log.verify().findings == ()
                assert log.differences() == {"note": 0, "account": 0}
    with opened(folder, wait_s=5.0) as log:
        assert log.verify().findings == ()
        assert log.differences() == {"note": 0, "account": 0}
    happened["opening_p95_s"] = round(sorted(opening_s)[int(0.95 * len(opening_s))], 3)
    return happened


def test_kills_at_random_instants(folder):
    happened = kill_loop(folder, QUICK_KILLS, random.Random(20261102))
    assert happened["acknowledged"] >= 2 * QUICK_KILLS, happened


@pytest.mark.soak
def test_a_thousand_kills_at_random_instants(folder, capsys):
    seed = int(os.environ.get("SOAK_SEED", random.SystemRandom().randrange(10**9)))
    with capsys.disabled():
        print(f"\nSOAK_SEED={seed} SOAK_KILLS={SOAK_KILLS}")  # noqa: T201 - whoever runs it wants to run it again
        happened = kill_loop(folder, SOAK_KILLS, random.Random(seed))
        print(happened)  # noqa: T201 - the figures are the result
    assert happened["acknowledged"] >= ACKNOWLEDGED_PER_KILL * SOAK_KILLS, (
        "too little happened to prove anything"
    )
    assert happened["silent"] >= 1, "no kill came between a commit and its acknowledgement"
    assert happened["torn"] + happened["completed"] >= 1, "no kill came within an append"
