"""A company with rows in its queue and nobody who works on them: what deciding can be watched in."""

from datetime import date

from opc_kernel import contents
from opc_kernel.approvals.decide import Decided, decide, record_shown, withdrawal
from opc_kernel.approvals.queue import open_rows, rows_of
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
    """The queue on its counter: rows are put on it by their summary, and named by it."""

    def __init__(self, folder):
        self.clock = FrozenClock("2026-11-02T09:00:00+00:00")
        self.log = DurableLog(
            folder,
            Registry(contents.EVENTS),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )

    def propose(self, name="pay", content="1190.00 to Sandtor", **more):
        told = {"summary": name, "reason": "", "facts": (), "action": "pay", "editable": True, **more}
        proposal = Proposal(content=content, **_with_money(told))
        made = ProposalMade(task="task/1", capability="books", hash=content_hash(proposal), proposal=proposal)
        return self._put(f"proposal/{name.replace(" ", "-")}", made)

    def ask(self, name="which", options=("left", "right"), **more):
        told = {"summary": name, "reason": "", "facts": (), **more}
        question = Question(
            options=tuple(Option(id=each, label=each) for each in options), **_with_money(told)
        )
        asked = QuestionAsked(
            task="task/1", capability="books", hash=content_hash(question), question=question
        )
        return self._put(f"question/{name.replace(" ", "-")}", asked)

    def block(self, name="stuck", digest="h1"):
        asked = TaskRequested(kind="books.pay", agent="clerk", subject="letter/1", trigger="e1")
        blocked = TaskBlocked(reason=name, tried="twice", options=BLOCKED_OPTIONS, hash=digest)
        return self._put(f"task/{name}", asked, blocked)

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
        return [row.summary for row in open_rows(self.log, today=today or self.clock.now().date())]

    def events(self, row):
        sql = "SELECT type FROM event WHERE stream = $stream ORDER BY position"
        return [kind.partition(".")[2] for (kind,) in self.log.query(sql, stream=row.key)]

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
