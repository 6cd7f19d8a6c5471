"""Frozen workers: another goes on after the lease, and who wakes up late changes nothing any more (W2)."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from effect_accounts import Outside, accounts
from effect_lives import FLOWS, Life, as_words, request, rows, seen_to, worker_of
from frozen_life import AFTER, BEFORE, THINKING

from workbench.company import open_company
from workbench.founding import found

FLOW = "short"
LEASE_S = 0.5
FREEZES = int(os.environ.get("SOAK_FREEZES", "100"))
MOMENTS = [
    (THINKING, "write"),
    *((moment, step) for step in ("page", "capture", "tell") for moment in (BEFORE, AFTER)),
]
PATIENCE_S = 60
NUMBERS = count()
"""Every freeze has a place of its own in the world."""
SCRIPT = Path(__file__).with_name("frozen_life.py")


@pytest.fixture(scope="module")
def outside():
    with tempfile.TemporaryDirectory() as folder:
        world = Outside(Path(folder))
        yield world
        world.end()


class Company:
    """A served company, and a plan of its own for each freeze."""

    def __init__(self, folder, outside):
        self.folder, self.outside = folder, outside
        self.company = open_company(folder)
        self.place = str(folder)
        self.late = Counter()

    def freeze(self, moment, where):
        """Freeze one worker for three leases while another goes on; hold what came of it against the world."""
        number = next(NUMBERS)
        place = f"frozen-{number}"
        life = Life(folder=str(self.folder), world=self.outside.path, place=place, flow=FLOW, lease_s=LEASE_S)
        request(self.company, FLOWS[FLOW], f"plan/{number}")
        self.go_on_to(life, where)
        frozen = subprocess.Popen([sys.executable, SCRIPT, as_words(life), moment, where])
        wait_until_stopped(frozen.pid)
        time.sleep(3 * LEASE_S)  # the leases of a process that sleeps run out by the machine's clock
        self.go_on(life)
        before, tail = self.effects(place), self.tail()
        assert self.plan(number) == ("running" if self.unknown() else "completed")
        os.kill(frozen.pid, signal.SIGCONT)
        assert frozen.wait(PATIENCE_S) == 0
        self.late["events"] += self.tail() - tail
        self.late[f"{where} {moment}"] += len(self.effects(place)) - len(before)
        while sum(seen_to(self.company, life, row) for row in rows(self.company)):
            self.go_on(life)
        assert self.plan(number) == "completed"
        assert sorted(self.effects(place)) == ["capture", "page", "tell"]

    def go_on_to(self, life, where):
        """Where the worker shall stop at the letter, all before it is done and it is approved."""
        if where == "tell":
            worker = worker_of(self.company, life, accounts(life.world, life.place), FLOWS[FLOW])
            worker.run_until_idle()
            worker.close()
            (row,) = rows(self.company)
            seen_to(self.company, life, row)

    def go_on(self, life):
        worker = worker_of(self.company, life, accounts(life.world, life.place), FLOWS[FLOW])
        worker.run_until_idle()
        while not self.unknown() and sum(seen_to(self.company, life, row) for row in rows(self.company)):
            worker.run_until_idle()
        worker.close()

    def effects(self, place):
        return [each["name"].partition("@")[0] for each in self.outside.seen(place)]

    def unknown(self):
        return self.company.query("SELECT count(*) FROM effect WHERE state = 'unknown'").rows[0][0]

    def plan(self, number):
        return self.company.query("SELECT state FROM plan WHERE stream = $s", s=f"plan/{number}").rows[0][0]

    def tail(self):
        """Return the last position of work; where a conductor looks next is a bookmark of its own."""
        sql = "SELECT max(position) FROM event WHERE type <> 'conductor.caught_up'"
        return self.company.query(sql).rows[0][0]


def wait_until_stopped(number):
    ends = time.monotonic() + PATIENCE_S
    while (came := os.waitpid(number, os.WUNTRACED | os.WNOHANG))[0] != number:
        assert time.monotonic() < ends, "it does not come to where it stops"
        time.sleep(0.02)  # it is another process that gets there
    assert os.WIFSTOPPED(came[1]), "it came to its end without stopping"


@pytest.fixture(scope="module")
def served(tmp_path_factory, outside):
    """Return a company whose server is found by all tests here: it does not begin anew for each."""
    runtime = str(tmp_path_factory.mktemp("runtime"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", runtime)
        folder = tmp_path_factory.mktemp("frozen") / "acme"
        found(folder, demo=False)
        opened = Company(folder, outside)
    yield opened, runtime
    opened.company.close()


@pytest.fixture
def company(served, monkeypatch):
    opened, runtime = served
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    return opened


def test_a_worker_that_wakes_up_late_changes_nothing(company):
    late = Counter(company.late)
    for moment in ((THINKING, "write"), (BEFORE, "page"), (AFTER, "tell")):
        company.freeze(*moment)

    assert company.late - late == Counter()


def test_a_letter_that_goes_out_late_goes_out_once_and_a_person_was_asked(company):
    """SMTP knows no tokens: who froze between the last look at the lease and sending sends, but nobody sends again."""
    late = Counter(company.late)
    company.freeze(BEFORE, "tell")

    assert company.late - late == Counter({"tell before": 1})


def test_two_workers_at_once_do_each_step_once(company, outside):
    for number in range(4):
        request(company.company, FLOWS["books"], f"plan/two-{number}")
    gate = threading.Barrier(2)

    def run():
        gate.wait()
        with open_company(company.folder) as opened:
            life = Life(folder="", world=outside.path, place=company.place, flow="books")
            worker = worker_of(opened, life, accounts(life.world, life.place), FLOWS["books"])
            worker.run_until_idle()
            worker.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sql = (
        "SELECT e.stream, count(*) FROM event AS e JOIN task AS t USING (stream) "
        "WHERE e.type = 'task.completed' AND starts_with(t.plan, 'plan/two-') GROUP BY 1"
    )
    ends = company.company.query(sql).rows
    assert Counter(times for _, times in ends) == {1: 4 * 6}
    assert Counter(company.effects(company.place)) == {"invoice": 4, "capture": 4}


@pytest.mark.soak
def test_w2_frozen_workers(company, told, fresh_seed):
    chance, moments = random.Random(fresh_seed), Counter()
    for number in range(FREEZES):
        moment = MOMENTS[number] if number < len(MOMENTS) else chance.choice(MOMENTS)
        company.freeze(*moment)
        moments[moment] += 1
    told(f"SOAK_FREEZES={FREEZES}", {f"{step} {when}": times for (when, step), times in moments.items()})
    told("late:", dict(+company.late))
    assert set(+company.late) <= {"tell before"}
