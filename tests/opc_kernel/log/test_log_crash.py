"""`kill -9` at any instant: nothing acknowledged is lost, no half append lives, a retry adds nothing twice."""

import os
import random
import time
from collections import Counter

import pytest
from log_examples import opened
from log_lives import Notes, one_life, random_notes

from opc_kernel.log.crash import STEPS, KillAt, UnknownCrash, crash_at, no_crash
from opc_kernel.testing.lives import IDLE, hold_against, retry

STORED = set(STEPS[STEPS.index("before sync") :])
"""Steps after which the record is in the file: a killed process leaves it there, synced or not."""
BEFORE_COMMIT = {"before journal", "half journal", "before sync"}
AFTER_COMMIT = {"after sync", "before database", "after database"}

QUICK_KILLS = 12
SOAK_KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
ACKNOWLEDGED_PER_KILL = 5
KILLS_PER_PHASE = 5
MOST_EVENTS = 5_000
"""A company of the kill loop grows up to so many events; then the lives go on in a new one."""
OPEN_AND_VERIFY_MS = 1_000


@pytest.mark.parametrize(
    ("count", "threads"),
    [(1, 1), (3, 1), (700, 1), (3, 4)],
    ids=["one event", "three events", "a bulk", "four threads"],
)
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_step(folder, step, count, threads):
    plan = Notes("first", (1, 3, count, 1) * threads)
    life = one_life(folder, plan, crash=KillAt(step, 3), threads=threads)
    assert life.phase == step
    assert threads > 1 or list(life.acknowledged) == [0, 1], "the third append was to be killed"
    with opened(folder, wait_s=5.0) as log:
        silent = hold_against(log, plan, life.acknowledged, threads=threads)
        assert threads > 1 or silent == (step in STORED)
        assert silent or step not in STORED
        retry(log, plan, range(len(plan)))
        hold_against(log, plan, life.acknowledged, threads=len(plan))
        assert log.query("SELECT sum(events) FROM note").rows == [(sum(plan.sizes),)]
        assert log.differences() == {"note": 0, "account": 0}
        assert log.verify().findings == ()


def test_a_second_kill_right_after_the_first(folder):
    """The database was behind; the process that completed it is killed too."""
    first = Notes("first", (3, 3))
    life = one_life(folder, first, crash=KillAt("before database", 2))
    assert one_life(folder, Notes("second", (1,)), crash=KillAt("before journal")).acknowledged == {}
    with opened(folder, wait_s=5.0) as log:
        assert hold_against(log, first, life.acknowledged) == 1


class TestAWishForACrash:
    def test_names_a_step_and_its_number(self):
        hook = crash_at("before-sync:3")
        assert (hook.step, hook.left) == ("before sync", 3)

    def test_may_be_none(self):
        assert crash_at("") is no_crash

    @pytest.mark.parametrize("wish", ["before-sync", "before-sync:0", "before-sync:x", "sometimes:1", ":1"])
    def test_that_names_no_crash_is_refused(self, wish):
        with pytest.raises(UnknownCrash, match="such as before-sync:3"):
            crash_at(wish)


class KillLoop:
    """Many lives, each appending from some threads, and what happened to them."""

    def __init__(self, folder, chance):
        self.folder, self.chance = folder, chance
        self.happened, self.phases = Counter(), Counter()
        self.opening_s = []
        self._begin()

    def _begin(self):
        self.happened["companies"] += 1
        self.company = self.folder.with_name(f"{self.folder.name}-{self.happened['companies']}")
        self.tail = 0

    def run(self, kills):
        for number in range(kills):
            self._live(str(number))
            if self.tail > MOST_EVENTS:
                self._end()
                self._begin()
        self._end()
        self.happened["open_and_verify_p95_ms"] = self._p95_ms()
        return dict(self.happened)

    def _live(self, name):
        plan, threads = random_notes(self.chance, name, 4_000), self.chance.choice([1, 2, 4, 8])
        life = one_life(
            self.company,
            plan,
            options={"checkpoint_at": "1MB"},
            threads=threads,
            kill_after_s=self.chance.uniform(0, 0.15),
        )
        self.happened["in_a_checkpoint"] += self._in_a_checkpoint()
        self.phases[life.phase] += 1
        started = time.perf_counter()
        with opened(self.company, wait_s=5.0) as log:
            assert log.verify().findings == ()
            if log.tail.position <= MOST_EVENTS:
                self.opening_s.append(time.perf_counter() - started)
            self._hold_against(log, plan, life, threads)

    def _hold_against(self, log, plan, life, threads):
        self.happened["kills"] += 1
        self.happened["acknowledged"] += len(life.acknowledged)
        self.happened["silent"] += hold_against(
            log, plan, life.acknowledged, after=self.tail, threads=threads
        )
        self.happened["torn"] += any("never finished" in words for words in log.mended)
        self.happened["completed"] += any("put into the database" in words for words in log.mended)
        retry(log, plan, [*life.acknowledged, max(life.acknowledged) + 1])
        self.tail = log.tail.position

    def _in_a_checkpoint(self):
        """Whether the kill came within a checkpoint: it writes to the file, and then the write-ahead log goes."""
        database = self.company / "company.duckdb"
        ahead = self.company / "company.duckdb.wal"
        return ahead.exists() and database.stat().st_mtime_ns > ahead.stat().st_mtime_ns

    def _end(self):
        with opened(self.company, wait_s=5.0) as log:
            assert log.verify().findings == ()
            assert log.differences() == {"note": 0, "account": 0}
        self.happened["grouped_records"] += grouped_records(self.company)

    def _p95_ms(self):
        return round(1000 * sorted(self.opening_s)[int(0.95 * len(self.opening_s))])


def grouped_records(company):
    """How many records of the journal hold events of several appends."""
    grouped, ids = 0, set()
    for path in (company / "journal").glob("*.jsonl"):
        for line in path.read_bytes().splitlines()[1:]:
            if line.startswith(b'{"commit"'):
                grouped += len(ids) > 1
                ids = set()
            else:
                ids.add(line.split(b'"event_id":"')[1].split(b'"')[0].rsplit(b"-", 1)[0])
    return grouped


def test_kills_at_random_instants(folder):
    happened = KillLoop(folder, random.Random(20261102)).run(QUICK_KILLS)
    assert happened["acknowledged"] >= 2 * QUICK_KILLS, happened


@pytest.mark.soak
def test_d1_a_thousand_kills_at_random_instants(folder, told, fresh_seed):
    loop = KillLoop(folder, random.Random(fresh_seed))
    happened = loop.run(SOAK_KILLS)
    told(f"SOAK_KILLS={SOAK_KILLS}", happened, dict(loop.phases))
    assert happened["acknowledged"] >= ACKNOWLEDGED_PER_KILL * SOAK_KILLS, "too little happened"
    assert happened["silent"] >= 1, "no kill came between a commit and its acknowledgement"
    assert happened["torn"] + happened["completed"] >= 1, "no kill came within an append"
    for phase in (BEFORE_COMMIT, AFTER_COMMIT, {IDLE}):
        assert sum(loop.phases[step] for step in phase) >= KILLS_PER_PHASE, f"too few kills in {phase}"
    assert happened["in_a_checkpoint"] >= KILLS_PER_PHASE
    assert happened["grouped_records"] >= KILLS_PER_PHASE, "no appends were committed together"
    assert happened["open_and_verify_p95_ms"] <= OPEN_AND_VERIFY_MS
