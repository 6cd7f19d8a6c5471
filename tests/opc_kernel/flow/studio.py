"""A company with three outsides, one agent that asks for effects, and a way to look at all of it."""

from office import decision
from pydantic import BaseModel

from opc_kernel import contents
from opc_kernel.approvals.decide import decide
from opc_kernel.approvals.queue import open_rows
from opc_kernel.effects.connector import Pair
from opc_kernel.effects.intent import EffectKind, Intent
from opc_kernel.effects.ledger import Ledger
from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.flow.agent import Agent, Reaction
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.outcome import Act, Done
from opc_kernel.flow.storing import compose_and_start
from opc_kernel.flow.worker import Worker
from opc_kernel.flow.workflow import Step, Workflow
from opc_kernel.log.durable import DurableLog
from opc_kernel.testing import FrozenClock
from opc_kernel.testing.outside import FakeConnector, OpenRoad

PAGE = EffectKind(name="site.publish", undo="undo", does="Publish a page")
MAIL = EffectKind(name="mail.send", undo="none", does="Send an e-mail", editable=True)
MONEY = EffectKind(name="pay.capture", undo="undo", does="Capture a payment")


class Asked(EventData, type="studio.asked"):
    """What starts work here."""

    text: str = ""


class Noted(EventData, type="studio.noted"):
    """What the agent may write."""

    what: str = ""


class Nothing(BaseModel):
    """Any inputs."""

    subject: str = ""


class Studio:
    """`script` maps a kind of task to what the agent says of it."""

    def __init__(self, folder, *, production=True):
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry((*contents.EVENTS, Asked, Noted)),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )
        self.outside = {
            "site": FakeConnector(PAGE),
            "mail": FakeConnector(MAIL, can_tell=False),
            "pay": FakeConnector(MONEY),
        }
        self.rehearsal = {
            "site": FakeConnector(PAGE),
            "mail": FakeConnector(MAIL),
            "pay": FakeConnector(MONEY),
        }
        self.production = dict.fromkeys(self.outside, production)
        self.script = {}
        self.barred = None
        self.contexts = []
        self.road = OpenRoad()

    def ledger(self, worker):
        return Ledger(
            self.log,
            {
                name: Pair(production=self.outside[name], sandbox=self.rehearsal[name])
                for name in self.outside
            },
            company_id=lambda: "c1",
            mode_of=lambda name: "production" if self.production[name] else "sandbox",
            barred=lambda: self.barred,
            traffic=self.road,
            clock=self.clock,
            worker=worker,
        )

    def answer(self, context):
        self.contexts.append(context)
        said = self.script[context.task.kind]
        return said(context) if callable(said) else said

    def worker(self, *workflows, reactions=()):
        kinds = {step.kind for flow in workflows for step in flow.steps} | set(self.script)
        agent = Agent(
            name="hand",
            role="does as it is told",
            capability="studio",
            steps=dict.fromkeys(kinds, self.answer),
            may_read=("task",),
            may_write=("studio.noted",),
            may_act=("site.publish", "mail.send", "pay.capture"),
        )
        return Worker(
            self.log,
            [agent],
            [Reaction(event="studio.asked", kind="studio.do", agent="hand"), *reactions],
            clock=self.clock,
            workflows={flow.name: flow for flow in workflows},
            ledger=self.ledger,
        )

    def work(self, *workflows):
        worker = self.worker(*workflows)
        try:
            return worker.run_until_idle()
        finally:
            worker.close()

    def ask(self, name="1"):
        write = Write(stream=f"wish/{name}", data=Asked(), actor="me")
        self.log.append([write], expected={write.stream: ANY_VERSION})
        return self

    def start(self, workflow, name="1", **inputs):
        begun = compose_and_start(f"plan/{name}", composed(workflow, inputs=inputs), "story")
        self.log.append(begun.writes, expected=begun.expected)

    def task(self, kind="studio.do"):
        (task,) = self.log.query("SELECT * FROM task WHERE kind = $kind", kind=kind).dicts()
        return task

    def plan(self, name="1"):
        return self.log.query("SELECT * FROM plan WHERE stream = $stream", stream=f"plan/{name}").one()

    def effects(self):
        return self.log.query("SELECT * FROM effect ORDER BY intended_at, stream").dicts()

    def states(self):
        return {row["kind"]: row["state"] for row in self.effects()}

    def row(self):
        (row,) = open_rows(self.log, today=self.clock.now().date())
        return row

    def decide(self, word, row=None, **more):
        return decide(self.log, decision(row or self.row(), word, **more), now=self.clock.now())

    def types(self, stream):
        sql = "SELECT type FROM event WHERE starts_with(stream, $stream) ORDER BY position"
        return [kind for (kind,) in self.log.query(sql, stream=stream)]


def page(name="hello", content="Hello."):
    return Intent(kind="site.publish", target=name, action=f"publish {name}", content=content)


def mail(to="anna@example.com", content="Dear Anna.", action="letter 1"):
    return Intent(kind="mail.send", target=to, action=action, content=content, fields={"subject": "Hello"})


def capture(invoice="2026-1", amount="10.00"):
    return Intent(
        kind="pay.capture",
        target=invoice,
        action=f"capture {invoice}",
        money={"amount": amount, "currency": "EUR"},
    )


def act(*intents, **more):
    return Act(summary="Do it", intents=intents, result="done", **more)


def step(name, kind=None, **more):
    return Step(name=name, kind=kind or f"studio.{name}", agent="hand", **more)


def workflow(*steps, **more):
    return Workflow(name="show", title="Show", steps=steps, inputs=Nothing, **more)


def done(**output):
    return Done(result="done", output=output)
