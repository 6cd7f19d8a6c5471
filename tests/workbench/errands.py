"""A company whose courier runs errands outside: to a provider that answers as it is told, and remembers what it did."""

from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import BaseModel

from opc_kernel.effects.account_traffic import AccountTraffic
from opc_kernel.effects.connector import Absent, CannotTell, Checked, Found, Pair, Sent, Unclear
from opc_kernel.effects.intent import EffectKind, Intent
from opc_kernel.effects.ledger import Ledger
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.agent import Agent
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.outcome import Act, Done
from opc_kernel.flow.storing import compose_and_start
from opc_kernel.flow.task import TaskRequested
from opc_kernel.flow.worker import Worker
from opc_kernel.flow.workflow import Step, Workflow

ACCOUNT = "me@example.com"


@dataclass
class Post:
    """Answers the next of `script`, and takes everything once that is used up."""

    script: list = field(default_factory=list)
    taken: list = field(default_factory=list)
    name: str = "post"
    account: str = ACCOUNT
    kinds = MappingProxyType(
        {
            "post.card": EffectKind(name="post.card", undo="undo", does="Post a card"),
            "post.letter": EffectKind(name="post.letter", undo="none", does="Post a letter"),
        }
    )

    def act(self, order):
        answer = self.script.pop(0) if self.script else Sent(reference=f"card {len(self.taken) + 1}")
        if isinstance(answer, Sent):
            self.taken.append(order)
        return answer

    def find(self, order):
        if any(each.key == order.key for each in self.taken):
            return Found(reference=order.reference or "card")
        return CannotTell(reason="the post keeps no list") if self.blind else Absent(reason="not there")

    def undo(self, order, reference):
        return Sent(reference=reference)

    def check(self):
        return Checked(ok=True, told="the post is open")

    blind = False


class Wanted(BaseModel):
    """What an errand is asked with."""

    to: str = "ada"


def step(context):
    kind = context.task.kind.partition(".")[2]
    if kind == "think":
        return Done(result="thought", output={"words": "hello"})
    to = str(context.task.inputs.get("to", "ada"))
    intent = Intent(kind=f"post.{kind}", target=to, action=f"{kind} 1 to {to}", content="Hello, it is me.")
    return Act(summary=f"Post a {kind} to {to}", intents=(intent,), result="posted")


COURIER = Agent(
    name="courier",
    role="runs errands",
    capability="errand",
    steps={f"errand.{kind}": step for kind in ("think", "card", "letter")},
    may_read=(),
    may_write=(),
    may_act=("post.card", "post.letter"),
)
GREET = Workflow(
    name="greet",
    title="Greet somebody",
    steps=(
        Step(name="think", agent="courier", kind="errand.think"),
        Step(name="write", agent="courier", kind="errand.card", effects=("post.card",)),
    ),
    inputs=Wanted,
)


class Errands:
    """One shop with a courier."""

    def __init__(self, shop):
        self.shop, self.post, self.mode = shop, Post(), "sandbox"
        self.company, self.clock = shop.company, shop.clock

    def ledger(self, worker):
        return Ledger(
            self.company,
            {"post": Pair(production=self.post, sandbox=self.post)},
            company_id=lambda: "acme",
            mode_of=lambda _: self.mode,
            barred=lambda: None,
            traffic=AccountTraffic(self.company, clock=self.clock),
            clock=self.clock,
            worker=worker,
        )

    def work(self):
        worker = Worker(
            self.company, [COURIER], [], clock=self.clock, workflows={"greet": GREET}, ledger=self.ledger
        )
        worker.run_until_idle()
        worker.close()
        return self

    def request(self, kind="card", name="1", **more):
        asked = TaskRequested(kind=f"errand.{kind}", agent="courier", subject="x", trigger="y", **more)
        write = Write(stream=f"task/{name}", data=asked, actor="test", correlation_id=f"story-{name}")
        self.company.append([write], expected={write.stream: NEW_STREAM})
        return self

    def greet(self, name="1"):
        plan = compose_and_start(f"plan/{name}", composed(GREET, inputs={"to": "ada"}), f"story-{name}")
        self.company.append(plan.writes, expected=plan.expected)
        return self

    def lost(self):
        """Let the next answer be lost, by a post that keeps no list."""
        self.post.script.append(Unclear(reason="the line broke"))
        self.post.blind = True
        return self
