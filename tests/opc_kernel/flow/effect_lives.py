"""Lives of a worker: each in a process of its own, with a person who approves; killed, frozen or left to its end.

Run: effect_lives.py LIFE_AS_JSON
"""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from effect_accounts import accounts, ask
from pydantic import BaseModel

from opc_kernel import contents
from opc_kernel.approvals.decide import Decided, decide
from opc_kernel.approvals.queue import open_rows
from opc_kernel.clock import SystemClock
from opc_kernel.effects.connector import Pair
from opc_kernel.effects.effect import effects_of
from opc_kernel.effects.intent import Intent
from opc_kernel.effects.ledger import Ledger
from opc_kernel.event import Registry
from opc_kernel.flow.agent import Agent
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.lease import LEASE
from opc_kernel.flow.outcome import Act, Done
from opc_kernel.flow.storing import compose_and_start
from opc_kernel.flow.worker import Worker
from opc_kernel.flow.workflow import Step, Workflow
from opc_kernel.log.crash import crash_at
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.errors import VersionConflict
from opc_kernel.testing.outside import OpenRoad

PLAN = "plan/1"
HAND = "hand"
ROUNDS = 20


class Nothing(BaseModel):
    """Any inputs."""


def step(name, *effects, **more):
    return Step(name=name, kind=f"studio.{name}", agent=HAND, effects=effects, **more)


def letter(name, **more):
    return step(name, "mail.send", gate=True, **more)


def flow(name, *steps):
    return Workflow(name=name, title=name, steps=steps, inputs=Nothing)


FLOWS = {
    each.name: each
    for each in (
        flow(
            "campaign",
            step("gather"),
            step("outline"),
            step("write"),
            step("check"),
            step("page", "site.publish"),
            letter("announce", after=("check",)),
            step("count", after=("page", "announce")),
            step("deposit", "pay.capture"),
            step("receipt", "site.publish"),
            step("bill"),
            letter("thank"),
            step("close"),
        ),
        flow(
            "content",
            step("research"),
            step("draft"),
            step("edit"),
            step("publish", "site.publish"),
            letter("announce"),
            step("note"),
        ),
        flow(
            "lead",
            step("qualify"),
            step("research"),
            step("draft"),
            letter("first"),
            step("page", "site.publish"),
            letter("second"),
            step("close"),
        ),
        flow(
            "books",
            step("read"),
            step("match"),
            step("sum"),
            step("invoice", "site.publish"),
            step("capture", "pay.capture"),
            step("book"),
            letter("thank"),
            step("report", "site.publish"),
            step("close"),
        ),
        flow(
            "short",
            step("write"),
            step("page", "site.publish"),
            step("capture", "pay.capture"),
            letter("tell"),
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Life:
    """What a worker is told when it begins."""

    folder: str
    world: str
    place: str
    flow: str
    crash: str = ""
    killed: str = ""
    """When it is killed: `after effect.claimed:3`, the third append with such an event, or `before` it."""
    answers: bool = True
    """Whether the person looks what became of an effect that nobody knows about."""
    lease_s: float = LEASE.total_seconds()
    reads: bool = True
    """Whether the agent may read: what rests on its inputs alone is stored together with what follows on it."""


def intent_of(place, kind, name, plan):
    """Return what a step wants done."""
    money = {"amount": "10.00", "currency": "EUR"} if kind == "pay.capture" else None
    return Intent(
        kind=kind, target=f"{name}@{place}", action=f"{name} of {plan}", content=f"About {name}.", money=money
    )


def nothing(_step):
    """A step that needs no thinking."""


def doing(place, each, think=nothing):
    """Return what does a step: an effect of its kind, or a few words for the later ones."""

    def do(context):
        think(each.name)
        intents = tuple(intent_of(place, kind, each.name, context.task.plan) for kind in each.effects)
        return (
            Act(summary=each.name, intents=intents, result="done")
            if intents
            else Done(result="done", output={"said": each.name})
        )

    return do


def ledger_of(company, pairs, worker):
    """Return a ledger in production."""
    return Ledger(
        company,
        {name: Pair(production=each, sandbox=each) for name, each in pairs.items()},
        company_id=lambda: "c1",
        mode_of=lambda _: "production",
        barred=lambda: None,
        traffic=OpenRoad(),
        clock=SystemClock(),
        worker=worker,
    )


def worker_of(company, life, pairs, workflow, *, think=nothing):
    """Return a worker whose only agent does every step of a workflow; the first one of each takes its time."""
    agent = Agent(
        name=HAND,
        role="does as it is told",
        capability="studio",
        steps={each.kind: doing(life.place, each, think) for each in workflow.steps},
        may_read=("task",) if life.reads else (),
        may_write=(),
        may_act=("site.publish", "mail.send", "pay.capture"),
        long=(workflow.steps[0].kind,),
    )
    return Worker(
        company,
        [agent],
        [],
        clock=SystemClock(),
        workflows={workflow.name: workflow},
        ledger=partial(ledger_of, company, pairs),
        lease=timedelta(seconds=life.lease_s),
    )


class Heard:
    """A log whose every acknowledgement is told to somebody outside; `killed` as in Life."""

    def __init__(self, log, tell, killed=""):
        self._log, self._tell = log, tell
        self._moment, _, which = killed.partition(" ")
        self._type, _, left = which.partition(":")
        self._left = int(left or 0)

    def append(self, writes, *, expected):
        writes = list(writes)
        self._left -= any(write.data.event_type == self._type for write in writes)
        is_it = self._type in {write.data.event_type for write in writes} and self._left == 0
        if is_it and self._moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = self._log.append(writes, expected=expected)
        if is_it and self._moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        self._tell("stored", max(done.positions))
        return done

    def query(self, sql, /, **parameters):
        return self._log.query(sql, **parameters)

    def read(self, **how):
        return self._log.read(**how)


def live(life, tell):
    """Ask for a plan, as often as it takes, and work on it until nothing moves any more."""
    log = DurableLog(
        Path(life.folder),
        Registry(contents.EVENTS),
        read_models=contents.READ_MODELS,
        views=contents.VIEWS,
        crash=crash_at(life.crash),
        wait_s=30.0,
    )
    with log:
        tell("opened", {"tail": log.tail.position, "begun": begun(log)})
        company = Heard(log, tell, life.killed)
        request(company, FLOWS[life.flow])
        tell("asked", 0)
        worker = worker_of(company, life, accounts(life.world, life.place), FLOWS[life.flow])
        for _ in range(ROUNDS):
            worker.run_until_idle()
            if not sum(seen_to(company, life, row) for row in rows(company)):
                break
        worker.close()
        tell("idle", standing(log))


def begun(log):
    """Return the keys of what was begun outside and is not known to be done."""
    sql = "SELECT stream FROM effect WHERE state IN ('claimed', 'undoing') ORDER BY stream"
    return [stream.partition("/")[2] for (stream,) in log.query(sql).rows]


def standing(log):
    """Return how everything stands."""
    effects = log.query("SELECT target, state, undo FROM effect ORDER BY intended_at, stream").rows
    return {
        "tail": log.tail.position,
        "plan": log.query("SELECT state FROM plan").rows[0][0],
        "effects": {target.partition("@")[0]: state for target, state, _ in effects},
        "questions": [row.summary for row in rows(log)],
        "open": log.query("SELECT count(*) FROM task WHERE state IN ('requested', 'in-progress')").rows[0][0],
    }


def request(company, workflow, plan=PLAN):
    """Ask for the plan; once more changes nothing."""
    begun = compose_and_start(plan, composed(workflow, inputs={}), "story")
    try:
        company.append(begun.writes, expected=begun.expected)
    except VersionConflict as conflict:
        raise AssertionError("a retry with the same ids is no conflict") from conflict


def rows(company):
    return open_rows(company, today=SystemClock().now().date())


def seen_to(company, life, row):
    """Decide as the person would; return whether they did."""
    if row.kind == "proposal":
        said = {"decision": "approve"}
    elif life.answers and "Nobody knows" in row.summary:
        said = {"decision": "answer", "choice": "happened" if happened(company, life, row) else "again"}
    else:
        return False
    decided = Decided(key=row.key, hash=row.hash, channel="cli", account="mareike", **said)
    verdict = decide(company, decided, now=SystemClock().now())
    assert verdict.accepted, verdict
    return True


def happened(company, life, row):
    """Ask the recipient of a letter."""
    streams = company.query("SELECT effects FROM task WHERE stream = $task", task=row.key).rows[0][0]
    (effect,) = effects_of(company, streams)
    return ask(life.world, verb="recipient", place=life.place, key=effect.key)["found"] > 0


def told_by(pipe):
    """Return what tells somebody at the other end."""

    def tell(word, what):
        pipe.send((word, what))

    return tell


def in_child(life, pipe):
    """Live in a process that somebody else began."""
    live(life, told_by(pipe))


def as_words(life):
    """Return a life as one argument."""
    return json.dumps(asdict(life))


if __name__ == "__main__":
    live(Life(**json.loads(sys.argv[1])), lambda *told: print(json.dumps(told), flush=True))  # noqa: T201
