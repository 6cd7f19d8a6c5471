"""What the operator may do with a task from any face: try again, take it as done, drop it."""

from __future__ import annotations

from opc_kernel.approvals.decide import Decided, Verdict, withdrawal
from opc_kernel.approvals.queue import rows_of
from opc_kernel.event import Write
from opc_kernel.flow.task import Task, after_choice, check_path
from workbench.company import Company, account


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
            choice=choice,
            note=note,
            channel=channel,
            account=account(),
        )
        return company.decide(decided)
    event = after_choice(choice, note)
    check_path(task.stream, task.state, (event,))
    write = Write(
        stream=task.stream, data=event, actor=account(), source=channel, correlation_id=task.correlation_id
    )
    waiting_on = rows_of(company, [task.waiting_on] if task.waiting_on else [])
    withdrawn, guard = withdrawal(next(iter(waiting_on), None), by=None, reason=f"the task: {choice}")
    company.append([write, *withdrawn], expected={task.stream: task.version, **guard})
    company.work()
    return Verdict(key=task.stream, accepted=True, message=f"{choice} recorded")
