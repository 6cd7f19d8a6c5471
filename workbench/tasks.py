"""What the operator may do with a task from any face: try again, take it as done, drop it."""

from __future__ import annotations

from opc_kernel.approvals.decide import Decided, Verdict, withdrawal
from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.event import Write
from opc_kernel.flow.task import COLUMNS, Task, TaskDecided, after_choice, check_path, tasks_of
from workbench.company import Company, account

SAME = {"done": "happened"}
"""Where nobody knows whether an effect happened, having done it by hand means that it must not be done again."""


def go_on(company: Company, task: Task, choice: str, note: str, *, channel: str) -> Verdict:
    """Let a task go on as the operator says: `retry`, `done` or `cancel`.

    A blocked task is decided as the row of the queue it is; any other state changes only where the lifecycle lets
    it (raises ImpossibleTransition).
    """
    row = next((each for each in rows_of(company, [task.stream]) if each.state == "open"), None)
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
        return company.decide(decided)
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
    return Verdict(key=task.stream, accepted=True, message=f"{choice} recorded")


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
    told = f"{len(tasks)} open steps cancelled" if tasks else "nothing of it is open any more"
    return Verdict(key=plan, accepted=bool(tasks), message=told)


def _as_offered(row: QueueRow, choice: str) -> str:
    offered = {option.id for option in row.options}
    return choice if choice in offered else SAME.get(choice, choice)
