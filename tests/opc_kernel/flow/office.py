"""A company with one agent that does as it is told: the smallest one in which work can be watched."""

from opc_kernel import contents
from opc_kernel.approvals.decide import Decided, decide
from opc_kernel.approvals.queue import open_rows, rows_of
from opc_kernel.approvals.row import Option, Proposal, Question
from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.flow.agent import Agent, Reaction
from opc_kernel.flow.outcome import Ask, Propose
from opc_kernel.flow.worker import Worker
from opc_kernel.log.durable import DurableLog
from opc_kernel.testing import FrozenClock


class LetterCame(EventData, type="office.letter_came"):
    """What starts work here."""

    text: str = ""


class LetterFiled(EventData, type="office.letter_filed"):
    """What the clerk may write."""

    place: str = ""


class MoneySent(EventData, type="office.money_sent"):
    """What the clerk may not write."""


class Office:
    """`script` holds what the clerk answers, one after the other; the last answer is given again and again."""

    def __init__(self, folder, *script):
        self.start = 0
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry((*contents.EVENTS, LetterCame, LetterFiled, MoneySent)),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )
        self.script = list(script)
        self.seen = []

    def answer(self, context):
        self.seen.append(context)
        outcome = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(context) if callable(outcome) else outcome

    def worker(self, step=None):
        clerk = Agent(
            name="clerk",
            role="files letters",
            capability="office",
            steps={"office.file": step or self.answer},
            may_read=("task",),
            may_write=("office.letter_filed",),
        )
        reaction = Reaction(event="office.letter_came", kind="office.file", agent="clerk")
        return Worker(self.log, [clerk], [reaction], clock=self.clock)

    def work(self):
        return self.worker().run_until_idle()

    def letter(self, name="1", text=""):
        write = Write(stream=f"letter/{name}", data=LetterCame(text=text), actor="post")
        self.log.append([write], expected={write.stream: ANY_VERSION})
        return self

    def begin(self):
        """Leave behind what was before: streams get other names."""
        self.start = self.log.tail.position
        return self

    def record(self, stream, *events):
        stream = f"{stream}-{self.start}"
        writes = [Write(stream=stream, data=event, actor="test") for event in events]
        self.log.append(writes, expected={stream: ANY_VERSION})

    def tasks(self):
        sql = "SELECT * FROM task WHERE position > $start ORDER BY requested_at, stream"
        return self.log.query(sql, start=self.start).dicts()

    def task(self):
        (task,) = self.tasks()
        return task

    def queue(self):
        rows = open_rows(self.log, today=self.clock.now().date())
        return [row for row in rows if row.asked_position > self.start]

    def row(self):
        (row,) = self.queue()
        return row

    def again(self, row):
        return rows_of(self.log, [row.key])[0]

    def decide(self, row, word, **more):
        return decide(self.log, decision(row, word, **more), now=self.clock.now())

    def types(self, stream="task/"):
        sql = "SELECT type FROM event WHERE starts_with(stream, $stream) ORDER BY position"
        return [kind for (kind,) in self.log.query(sql, stream=stream)]


def decision(row, word, **more):
    given = {"channel": "cli", "account": "mareike", **more}
    return Decided(key=row.key, hash=row.hash, decision=word, **given)


def asking(summary="Which drawer?", *drawers, **more):
    options = tuple(Option(id=name, label=name.upper()) for name in drawers or ("left", "right"))
    return Ask(question=Question(summary=summary, reason="", facts=(), options=options, **more))


def proposing(content="left drawer", **more):
    told = {"summary": "File it", "reason": "", "facts": (), "action": "office.file", "editable": True}
    return Propose(proposal=Proposal(content=content, **{**told, **more}))


def filing(place="left", **more):
    return Write(stream=f"drawer/{place}", data=LetterFiled(place=place), actor="clerk", **more)
