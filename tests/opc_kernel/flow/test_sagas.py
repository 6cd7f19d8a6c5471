"""Sagas: whichever step fails, however often taking back fails, wherever a worker is killed: no half state (W3)."""

from itertools import count, product

import pytest
from studio import Studio, act, page, step, workflow

from opc_kernel.effects.connector import NotDone
from opc_kernel.effects.effect import effects_of

NAMES = ("one", "two", "three", "four")
TRIES = 3
"""Of taking back, before a person is asked."""
KILLS = ("no kill", "before it is taken back", "after it is taken back")


class Killed(BaseException):
    """The worker is gone; nothing of it is caught."""


class Saga:
    """A studio in which plans of four pages are made to fail, one after the other."""

    def __init__(self, folder):
        self.studio, self.numbers = Studio(folder), count()
        self.site = self.studio.outside["site"]
        self.takes, self.takes_back = self.site.act, self.site.undo
        self.site.act, self.site.undo = self.act, self.undo
        self.studio.script = {f"studio.{name}": self.publish for name in NAMES}
        self.flow = workflow(*(step(name, effects=("site.publish",)) for name in NAMES))

    def publish(self, context):
        return act(page(f"{context.task.step}-{context.task.plan}"))

    def act(self, order):
        failing = self.failing is not None and order.intent.target == self.page(self.failing)
        return NotDone(reason="never", lasting=True) if failing else self.takes(order)

    def undo(self, order, reference):
        name = order.intent.target.partition("-")[0]
        kill, self.kill = (self.kill, "no kill") if name == self.kill_at else ("no kill", self.kill)
        if kill == "before it is taken back":
            raise Killed
        if self.failures.get(name, 0):
            self.failures[name] -= 1
            told = NotDone(reason="not now")
        else:
            told = self.takes_back(order, reference)
            self.undone.append(name)
        if kill == "after it is taken back":
            raise Killed
        return told

    def page(self, name):
        return f"{name}-plan/{self.number}"

    def run(self, failing, failures, kill):
        """Let one plan come to its end, or to where only a person can go on; return its state."""
        self.number, self.failing, self.kill = next(self.numbers), failing, kill
        before = NAMES[: NAMES.index(failing)] if failing else ()
        self.failures, self.undone = dict(zip(before, failures, strict=True)), []
        self.kill_at = before[-1] if before else None
        self.studio.start(self.flow, str(self.number))
        for _ in range(2 * TRIES * len(NAMES)):
            self.live()
            if self.studio.plan(str(self.number))["finished"] or self.rows():
                break
            self.studio.clock.move(minutes=2)
        return self.studio.plan(str(self.number))["state"]

    def live(self):
        worker = self.studio.worker(self.flow)
        try:
            worker.run_until_idle()
        except Killed:
            return  # its threads end with it; what it held runs out
        finally:
            worker.close()

    def rows(self):
        sql = "SELECT count(*) FROM task WHERE state = 'blocked' AND plan = $plan"
        return self.studio.log.query(sql, plan=f"plan/{self.number}").rows[0][0]

    def states(self):
        """Return the state of each effect of the plan, in the order of its steps."""
        sql = (
            "SELECT list(effects[1] ORDER BY position) FROM task "
            "WHERE plan = $plan AND kind <> 'effects.undo' AND effects IS NOT NULL"
        )
        (streams,) = self.studio.log.query(sql, plan=f"plan/{self.number}").rows[0]
        found = {each.intent.target: each.state for each in effects_of(self.studio.log, streams)}
        return [found[self.page(name)] for name in NAMES if self.page(name) in found]

    def hold(self, failing, failures, kill):
        """Run one line of the table and hold it against what may be."""
        state = self.run(failing, failures, kill)
        before = NAMES[: NAMES.index(failing)] if failing else ()
        tries = dict(zip(before, failures, strict=True))
        if kill == KILLS[1] and tries[self.kill_at]:
            tries[self.kill_at] += 1  # nobody knows what came of it: it counts
        stuck = next((name for name in reversed(before) if tries[name] >= TRIES), None)
        back = [name for name in reversed(before) if stuck is None or NAMES.index(name) > NAMES.index(stuck)]
        assert list(dict.fromkeys(self.undone)) == back, "the last is taken back first"
        if failing is None:
            assert (state, self.states()) == ("completed", ["confirmed"] * len(NAMES))
        elif stuck is None:
            assert (state, self.states()) == ("compensated", ["compensated"] * len(before) + ["failed"])
        else:
            assert (state, self.rows()) == ("compensating", 1), "a person is asked"
            self.answer(stuck)
        return state

    def answer(self, stuck):
        """A person goes on where nothing else can: tries again, or did it by hand."""
        choice = "retry" if self.number % 2 else "done"
        self.failures = {}
        self.studio.decide("answer", choice=choice)
        self.live()
        assert self.studio.plan(str(self.number))["state"] == "compensated"
        done_by_hand = self.states().count("undoing")
        assert done_by_hand == (choice == "done"), "what a person did is theirs; all else was taken back"
        assert self.states().count("confirmed") == 0


def table():
    """Every step that may fail, or none; every number of failures of each taking back; every kill."""
    yield None, (), KILLS[0]
    for failing in NAMES[1:]:
        for failures in product(range(TRIES + 1), repeat=NAMES.index(failing)):
            for kill in KILLS:
                yield failing, failures, kill


@pytest.fixture
def saga(tmp_path):
    opened = Saga(tmp_path)
    yield opened
    opened.studio.log.close()


@pytest.mark.parametrize(
    ("failing", "failures", "kill"),
    [
        (None, (), KILLS[0]),
        ("two", (1,), KILLS[0]),
        ("three", (3, 0), KILLS[0]),
        ("three", (0, 1), KILLS[1]),
        ("four", (0, 0, 0), KILLS[2]),
    ],
)
def test_a_saga_ends_whole(saga, failing, failures, kill):
    saga.hold(failing, failures, kill)


@pytest.mark.soak
def test_w3_every_saga_ends_whole(saga, told):
    ends = {}
    for line in table():
        state = saga.hold(*line)
        ends[state] = ends.get(state, 0) + 1
    told(
        f"{sum(ends.values())} sagas:",
        ends,
        "(compensating: a person was asked, and it was compensated then)",
    )
    assert set(ends) == {"completed", "compensated", "compensating"}
