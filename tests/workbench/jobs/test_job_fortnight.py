"""A simulated fortnight: both changes of the clock, restarts, sleep, hangs, failures, kills, and two that look at once.

The truth is counted beside it, minute by minute on the wall: every run that was due happened once or was told, in the
order it was due, in the mode that was asked for, and never two of a job at once.
"""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from workbench.jobs import schedule
from workbench.jobs.finding import find_job
from workbench.jobs.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
JOBS = {
    # name: cron, the hours and minutes it names, whether both of a double hour count, what becomes of what is missed
    "brief": ("30 2 * * *", {(2, 30)}, False, "latest", "20h", "production"),
    "close": ("15 3 * * *", {(3, 15)}, False, "each", "5d", "sandbox"),
    "pulse": (
        "*/20 * * * *",
        {(h, m) for h in range(24) for m in (0, 20, 40)},
        True,
        "skip",
        "2h",
        "production",
    ),
    "hourly": ("5 * * * *", {(h, 5) for h in range(24)}, True, "latest", "6h", "sandbox"),
}


def truth(job, begin, end):
    """Every instant at which a job was due, from walking along the clock on the wall."""
    _, named, both, *_ = JOBS[job]
    found, at, last = [], begin + MINUTE, begin.astimezone(BERLIN).replace(tzinfo=None)
    while at <= end:
        wall = at.astimezone(BERLIN)
        plain = wall.replace(tzinfo=None)
        skipped = plain - last > MINUTE and not both  # the gap: what stood in it comes right after it
        gap = skipped and any(last < plain.replace(hour=h, minute=m) < plain for h, m in named)
        if gap or ((wall.hour, wall.minute) in named and (both or not wall.fold)):
            found.append(at)
        last, at = plain, at + MINUTE
    return found


class Fortnight:
    """A company that lives through it; `step` is how many minutes may pass between two looks."""

    def __init__(self, duty, monkeypatch, begin, seed, step):
        self.duty, self.patch, self.chance, self.step = duty, monkeypatch, random.Random(seed), step
        self.dead, self.going, self.counted = set(), {}, Counter()
        monkeypatch.setattr(schedule, "_is_gone", lambda worker: worker in self.dead)
        for name, (cron, _, _, missed, stale, mode) in JOBS.items():
            duty.write(name, rule={"cron": cron, "missed": missed, "stale_after": stale, "mode": mode})
        duty.clock.move(seconds=(begin - duty.clock.now()).total_seconds())
        duty.look()
        self.begin, self.end = duty.clock.now(), begin + timedelta(days=14)

    def live(self):
        while self.duty.clock.now() < self.end:
            asleep = self.chance.random() < 0.01
            self.duty.clock.move(
                minutes=self.chance.randint(60, 1_800) if asleep else self.chance.randint(1, self.step)
            )
            self.look()
            for name in list(self.going):
                self.become(name)
            if self.chance.random() < 0.05:
                self.duty.company.work()
        self.end = self.duty.clock.now()
        while begun := self.duty.look():
            self.duty.play(begun[0])

    def look(self):
        """Sometimes two servers, by mistake: each begins what the other has not."""
        for looking in [Schedule(self.duty.company) for _ in range(self.chance.choice([1, 1, 1, 1, 2]))]:
            self.patch.setattr(schedule, "present", lambda: f"machine:{self.chance.random()}:1")
            for begun in looking.look(places=4):
                assert begun.job not in self.going
                self.going[begun.job] = begun

    def become(self, name):
        """What becomes of a run: mostly it goes well; one that hangs is asked again until its time limit comes."""
        became = self.chance.choices(["well", "fails", "hangs", "killed"], [88, 5, 3, 4])[0]
        self.counted[became] += 1
        if became == "killed":
            self.dead.add(self.going.pop(name).data.worker)
        elif became != "hangs" or self.chance.random() < 0.3:
            said = "it took longer than its time limit" if became == "hangs" else ""
            self.duty.play(self.going.pop(name), failing=became == "fails", said=said)


BEGINS = [datetime(2026, 3, 22, 12, tzinfo=UTC), datetime(2026, 10, 18, 12, tzinfo=UTC)]


@pytest.mark.parametrize("begin", BEGINS, ids=["to summer", "to winter"])
def test_every_run_that_was_due_happened_once_or_was_told(duty, monkeypatch, begin):
    lived(Fortnight(duty, monkeypatch, begin, seed=1, step=100))


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("begin", BEGINS, ids=["to summer", "to winter"])
@pytest.mark.parametrize("number", range(5))
def test_fortnight_looked_at_every_few_minutes(duty, monkeypatch, begin, number, fresh_seed):
    lived(Fortnight(duty, monkeypatch, begin, seed=fresh_seed + number, step=15))


def lived(fortnight):
    fortnight.live()

    assert min(fortnight.counted.values()) >= 3, fortnight.counted
    for name in JOBS:
        check(fortnight.duty, name, truth(name, fortnight.begin, fortnight.end), fortnight.going)


def check(duty, name, due, going):
    runs = [row for row in duty.runs() if row["job"] == name]
    slots = [row["slot"] for row in runs if row["slot"] and row["attempt"] == 1]
    told = [slot for slot in due if any(first <= slot <= last for first, last in gaps(duty, name))]
    waiting = [going[name].data.slot] if name in going else []

    assert len(slots) == len(set(slots)), "nothing runs twice"
    assert slots == sorted(slots), "in the order it was due"
    assert not set(slots) & set(told)
    assert [slot for slot in due if slot not in {*slots, *told, *waiting}] == left_behind(duty, name, due)
    assert len(told) == sum(count for *_, count in counts(duty, name))
    assert {row["mode"] for row in runs} == {JOBS[name][-1]}
    assert sum(row["state"] == "running" for row in runs) <= 1
    for row, after in pairwise(runs):
        assert row["ended_at"] is not None
        assert row["ended_at"] <= after["started_at"], "never two at once"


def left_behind(duty, name, due):
    """What came due while the last run still goes on."""
    last = [row for row in duty.runs() if row["job"] == name][-1]
    return [] if last["state"] != "running" else [slot for slot in due if slot > last["slot"]]


def gaps(duty, name):
    return [
        (datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last, _ in counts(duty, name)
    ]


def counts(duty, name):
    sql = "SELECT data FROM event_now WHERE type = 'job.missed' AND stream = $stream ORDER BY position"
    found = [json.loads(data) for (data,) in duty.company.query(sql, stream=f"job/{name}").rows]
    return [(each["first"], each["last"], each["count"]) for each in found]


def test_the_truth_itself_knows_the_changes_of_the_clock():
    begin = datetime(2026, 3, 28, 12, tzinfo=UTC)
    told = [
        f"{slot.astimezone(BERLIN):%d %H:%M}" for slot in truth("brief", begin, begin + timedelta(days=2))
    ]
    assert told == ["29 03:00", "30 02:30"]
    begin = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert len(truth("brief", begin, begin + timedelta(days=1))) == 1
    assert len(truth("hourly", begin, begin + timedelta(days=1))) == 24


def test_a_job_of_the_fortnight_is_found(duty):
    duty.write("brief", rule={"cron": JOBS["brief"][0]})
    assert find_job(duty.folder, duty.company.settings, "brief").rule.missed == "latest"
