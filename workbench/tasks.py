"""What the operator may do with a task from any face: try again, take it as done, drop it."""

from __future__ import annotations

from dataclasses import replace

from opc_kernel.approvals.decide import Decided, Verdict, withdrawal
from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.event import Write
from opc_kernel.flow.plan import load_plan
from opc_kernel.flow.task import COLUMNS, Task, TaskDecided, after_choice, check_path, tasks_of
from workbench.company import Company, account

SAME = {"done": "happened"}
"""Where nobody knows whether an effect happened, having done it by hand means that it must not be done again."""


def go_on(company: Company, task: Task, choice: str, note: str, *, channel: str) -> Verdict:
    """Let a task go on as the operator says: `retry`, `done`, `skip` or `cancel`.

    A blocked task is decided as the row of the queue it is; any other state changes only where the lifecycle lets
    it (raises ImpossibleTransition).
    """
    row = next((each for each in rows_of(company, [task.stream]) if each.state == "open"), None)
    if choice == "skip":
        choice, note = _skipped(task, row, note)
    if row is not None:
        decided = Decided(
            key=row.key,
            hash=row.hash,
            decision="answer",
            choice=_as_offered(row, choice),
            note=note,
            channel=channel,
            account=account(),
        )
        return _with_plan(company, task, company.decide(decided))
    said = TaskDecided(choice=choice, hash="", channel=channel, account=account(), note=note)
    event = after_choice(choice, note)
    check_path(task.stream, task.state, (event,))
    writes = [
        Write(
            stream=task.stream, data=each, actor=account(), source=channel, correlation_id=task.correlation_id
        )
        for each in (said, event)
    ]
    waiting_on = rows_of(company, [task.waiting_on] if task.waiting_on else [])
    withdrawn, guard = withdrawal(next(iter(waiting_on), None), by=None, reason=f"the task: {choice}")
    company.append([*writes, *withdrawn], expected={task.stream: task.version, **guard})
    company.work()
    return _with_plan(company, task, Verdict(key=task.stream, accepted=True, message=f"{choice} recorded"))


def cancel_plan(company: Company, plan: str, note: str, *, channel: str) -> Verdict:
    """Drop a plan: its open steps are cancelled, and what it did outside is taken back as it says itself."""
    open_steps = company.query(
        f"SELECT {COLUMNS} FROM task WHERE plan = $plan AND state IN ('requested', 'in-progress', 'blocked')",
        plan=plan,
    )
    tasks = tasks_of(open_steps)
    for task in tasks:
        verdict = go_on(company, task, "cancel", note, channel=channel)
        if not verdict.accepted:
            return verdict
    if not tasks:
        return Verdict(key=plan, accepted=False, message="nothing of it is open any more")
    told = f"{len(tasks)} open step{'' if len(tasks) == 1 else 's'} cancelled"
    return Verdict(key=plan, accepted=True, message=f"{told}{_taken_back(company, plan)}")


def _skipped(task: Task, row: QueueRow | None, note: str) -> tuple[str, str]:
    """Return the choice and the note that skip a task; nobody skips what may have happened, or what nothing follows."""
    goes_on = task.plan is not None and (row is None or "done" in {option.id for option in row.options})
    return ("done", f"skipped: {note}" if note else "skipped") if goes_on else ("cancel", note or "skipped")


def _with_plan(company: Company, task: Task, verdict: Verdict) -> Verdict:
    """Say what a decision about a step comes to for its plan."""
    ended = _taken_back(company, task.plan) if task.plan and verdict.accepted else ""
    return replace(verdict, message=f"{verdict.message}{ended}")


def _taken_back(company: Company, plan: str) -> str:
    """Say that a plan ends, and what of it is taken back; nothing where it goes on."""
    found = load_plan(company, plan)
    if found is None or found.state not in ("compensating", "compensated", "failed"):
        return ""
    steps = f"; what was done outside is taken back: {', '.join(found.undoing)}" if found.undoing else ""
    return f"; the plan ends{steps}"


def _as_offered(row: QueueRow, choice: str) -> str:
    offered = {option.id for option in row.options}
    return choice if choice in offered else SAME.get(choice, choice)
