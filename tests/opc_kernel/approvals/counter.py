"""A company with rows in its queue and nobody who works on them: what deciding can be watched in."""

from datetime import date

from opc_kernel import contents
from opc_kernel.approvals.decide import Decided, decide, record_shown, withdrawal
from opc_kernel.approvals.queue import find_row, open_rows, rows_of
from opc_kernel.approvals.row import (
    Option,
    Proposal,
    ProposalMade,
    Question,
    QuestionAsked,
    content_hash,
)
from opc_kernel.event import ANY_VERSION, Registry, Write
from opc_kernel.flow.outcome import BLOCKED_OPTIONS
from opc_kernel.flow.task import TaskBlocked, TaskRequested
from opc_kernel.log.durable import DurableLog
from opc_kernel.money import Money
from opc_kernel.testing import FrozenClock


class Counter:
    """The queue on its counter. One log serves the tests of a file: `begin` leaves behind what was before."""

    def __init__(self, folder):
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry(contents.EVENTS),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )

    def begin(self):
        self.clock.move(seconds=(FrozenClock().now() - self.clock.now()).total_seconds())
        self.start = self.log.tail.position
        return self

    def propose(self, name="pay", content="1190.00 to Sandtor", **more):
        told = {"summary": name, "reason": "", "facts": (), "action": "pay", "editable": True, **more}
        proposal = Proposal(content=content, **_with_money(told))
        made = ProposalMade(task="task/1", capability="books", hash=content_hash(proposal), proposal=proposal)
        return self._put(self._key("proposal", name), made)

    def ask(self, name="which", options=("left", "right"), **more):
        told = {"summary": name, "reason": "", "facts": (), **more}
        question = Question(
            options=tuple(Option(id=each, label=each) for each in options), **_with_money(told)
        )
        asked = QuestionAsked(
            task="task/1", capability="books", hash=content_hash(question), question=question
        )
        return self._put(self._key("question", name), asked)

    def block(self, name="stuck", digest="h1"):
        asked = TaskRequested(kind="books.pay", agent="clerk", subject="letter/1", trigger="e1")
        blocked = TaskBlocked(reason=name, tried="twice", options=BLOCKED_OPTIONS, hash=digest)
        return self._put(self._key("task", name), asked, blocked)

    def put(self, kind):
        return {"proposal": self.propose, "question": self.ask, "blocked": self.block}[kind]()

    def withdraw(self, row, by=None):
        writes, expected = withdrawal(row, by=by, reason="changed")
        self.log.append(writes, expected=expected)

    def decide(self, row, word, **more):
        return decide(self.log, decision(row, word, **more), now=self.clock.now())

    def show(self, *rows, channel="cli", account="mareike"):
        record_shown(self.log, rows, channel=channel, account=account)

    def again(self, row):
        return rows_of(self.log, [row.key])[0]

    def names(self, today=None):
        rows = open_rows(self.log, today=today or self.clock.now().date())
        return [row.summary for row in rows if row.asked_position > self.start]

    def found(self, name):
        return [row.summary for row in find_row(self.log, name) if row.asked_position > self.start]

    def all_events(self):
        return list(self.log.read(after=self.start))

    def events(self, row):
        sql = "SELECT type FROM event WHERE stream = $stream ORDER BY position"
        return [kind.partition(".")[2] for (kind,) in self.log.query(sql, stream=row.key)]

    def _key(self, kind, name):
        return f"{kind}/{name.replace(' ', '-')}-{self.start}"

    def _put(self, key, *events):
        writes = [Write(stream=key, data=event, actor="clerk") for event in events]
        self.log.append(writes, expected={key: ANY_VERSION})
        return rows_of(self.log, [key])[0]


def decision(row, word, **more):
    return Decided(
        **{"key": row.key, "hash": row.hash, "decision": word, "channel": "cli", "account": "mareike", **more}
    )


def day(text):
    return date.fromisoformat(text)


def _with_money(told):
    if isinstance(told.get("money"), str):
        amount, currency = told["money"].split()
        told["money"] = Money.of(amount, currency)
    return told
