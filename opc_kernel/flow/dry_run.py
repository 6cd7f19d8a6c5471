"""A dry run: what would leave the machine now, word for word. It asks the agents, and stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.clock import Clock
from opc_kernel.effects.effect import Effect, effects_of
from opc_kernel.effects.events import EffectIntended
from opc_kernel.effects.intent import Intent, Mode
from opc_kernel.effects.ledger import Ledger
from opc_kernel.flow.agent import Agent
from opc_kernel.flow.asking import Asking, Begin, Seen
from opc_kernel.flow.gate import approved
from opc_kernel.flow.lease import LONGEST
from opc_kernel.flow.plan import UNDO
from opc_kernel.flow.task import Task, tasks_of
from opc_kernel.log.protocol import Company
from opc_kernel.sql import load_sql

MAX_TASKS = 500
GOES_ON = ("intended", "claimed")
"""Effects of these states are attempted, or asked about, when their task is taken up."""
TAKEN_BACK = ("sent", "confirmed", "undoing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One thing that would leave the machine."""

    task: str
    kind: str
    """Of the task."""
    agent: str
    intent: Intent
    mode: Mode
    account: str
    key: str
    approval: str | None
    """Key of the row that allows it; None where no approval is needed."""
    does: str = "do"
    """`do`, `go on` where it was begun before, `take back`."""
    certain: bool = True
    """False where the agent asks a model first and may say something else now; then nothing leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """A task that may ask for something outside, which nobody knows before a model is asked."""

    task: str
    kind: str
    agent: str


def dry_run(
    company: Company, agents: Sequence[Agent], ledger: Ledger, *, clock: Clock
) -> list[Leaving | Unsaid]:
    """Return what due tasks would let leave now, in the order in which they are taken up."""
    named = {agent.name: agent for agent in agents}
    asking = Asking(company, named, ledger, clock=clock, models=None)
    now = clock.now()
    due = company.query(
        load_sql("opc_kernel.flow", "due"), now=now, absurd=now + LONGEST, gone=[], limit=MAX_TASKS
    )
    tasks = tasks_of(due)
    keys = [task.waiting_on for task in tasks if task.waiting_on]
    rows = {row.key: row for row in rows_of(company, keys)} if keys else {}
    return [
        each
        for task in tasks
        for each in _leaving(company, asking, named, ledger, task, rows.get(task.waiting_on or ""))
    ]


def _leaving(
    company: Company,
    asking: Asking,
    agents: Mapping[str, Agent],
    ledger: Ledger,
    task: Task,
    row: QueueRow | None,
) -> Iterator[Leaving | Unsaid]:
    if task.kind == UNDO:
        yield from (_again(task, effect, "take back") for effect in _undone(company, task))
        return
    if task.effects:
        effects = effects_of(company, task.effects)
        yield from (_again(task, effect, "go on") for effect in effects if effect.state in GOES_ON)
        return
    agent = agents.get(task.agent)
    if agent is None or not agent.may_act:
        return  # what may not act is not asked: it takes time, and nothing would leave
    if agent.uses_models:
        yield from _unasked(company, ledger, task, row)
        return
    begin = asking.ask(Seen(task=task, row=row))
    if isinstance(begin, Begin):
        yield from _begun(company, ledger, task, begin)


def _unasked(
    company: Company, ledger: Ledger, task: Task, row: QueueRow | None
) -> Iterator[Leaving | Unsaid]:
    if row is None or row.state != "approved":
        yield Unsaid(task=task.stream, kind=task.kind, agent=task.agent)
        return
    intents = approved(row)
    begin = Begin(intents=intents, mode=ledger.mode(intents), approval=row.key)
    yield from _begun(company, ledger, task, begin, certain=False)


def _begun(
    company: Company, ledger: Ledger, task: Task, begin: Begin, *, certain: bool = True
) -> Iterator[Leaving]:
    """Say what a beginning leads to: what the same intent led to before is only gone on with."""
    intended = ledger.intend(task, begin.intents, begin.mode, begin.approval)
    for write in intended.writes:
        assert isinstance(write.data, EffectIntended), "that is what is stored first"
        yield Leaving(
            task=task.stream,
            kind=task.kind,
            agent=task.agent,
            intent=write.data.intent,
            mode=write.data.mode,
            account=write.data.account,
            key=write.stream.partition("/")[2],
            approval=begin.approval,
            certain=certain,
        )
    new = {write.stream for write in intended.writes}
    known = [stream for stream in intended.streams if stream not in new]
    effects = effects_of(company, known) if known else []
    yield from (_again(task, effect, "go on") for effect in effects if effect.state in GOES_ON)


def _undone(company: Company, task: Task) -> list[Effect]:
    rows = company.query("SELECT effects FROM task WHERE stream = $stream", stream=task.inputs["task"]).rows
    streams = [*reversed(rows[0][0] or ())] if rows else []
    found = effects_of(company, streams) if streams else []
    return [effect for effect in found if effect.undo == "undo" and effect.state in TAKEN_BACK]


def _again(task: Task, effect: Effect, does: str) -> Leaving:
    return Leaving(
        task=task.stream,
        kind=task.kind,
        agent=task.agent,
        intent=effect.intent,
        mode=effect.mode,
        account=effect.account,
        key=effect.key,
        approval=None,
        does=does,
    )
