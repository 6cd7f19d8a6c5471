"""A run that failed becomes a blocked task: where it failed, and what can be done; one answer goes on from there."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from opc_kernel.approvals.row import Option
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Block, Cancel, Done, Outcome
from opc_kernel.flow.task import TaskRetried
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import AppendRefused
from opc_kernel.log.protocol import Company
from opc_kernel.sql import load_sql
from workbench.jobs.events import JobFailed, JobRequested, stream_of

MEND = "jobs.mend"
ACTOR = "mender"
REACTIONS = (Reaction(event=JobFailed.event_type, kind=MEND, agent=ACTOR),)
GO_ON = Option(id="go-on", label="Go on from there: what was done is not done again")
ANEW = Option(id="anew", label="Run it anew from the beginning")
LEAVE = Option(id="done", label="Leave it: seen to")
WAITING = (
    "SELECT stream, version FROM task WHERE subject = $subject AND kind = $kind "
    " AND state = 'blocked' ORDER BY stream"
)


def mender() -> Agent:
    """Return the agent that asks what becomes of failed runs."""
    return Agent(
        name=ACTOR,
        role="asks what becomes of a scheduled notebook that failed, and lets it go on",
        capability="jobs",
        steps={MEND: mend},
        may_read=("event_now", "job", "job_run"),
        may_write=(JobRequested.event_type,),
    )


def mend(context: Context) -> Outcome:
    """Ask, then do as the operator said; a run that went well since needs no answer."""
    found = next(
        iter(
            context.company.query(load_sql("workbench.jobs", "failed_run"), id=context.task.trigger).dicts()
        ),
        None,
    )
    if found is None:
        return Cancel(reason="nothing is known of the run any more")
    if found["later"]:
        return Cancel(reason=f"run {found['later'][:12]} came after it")
    match context.task.choice:
        case "go-on":
            return _again(context, found, resumes=found["run"])
        case "anew":
            return _again(context, found, resumes=None)
    return Block(
        reason=f"The job {found['job']} failed: {found['reason']}",
        tried=_tried(found),
        options=(GO_ON, ANEW, LEAVE),
    )


def look_again(company: Company, job: str) -> None:
    """Let the questions about former runs of a job be looked at again: one that came after may have settled them."""
    rows = company.query(WAITING, subject=stream_of(job), kind=MEND).rows
    for stream, version in rows:
        again = TaskRetried(reason="another run ended", waits=True)
        with suppress(AppendRefused):  # it was decided meanwhile
            company.append([Write(stream=stream, data=again, actor=ACTOR)], expected={stream: version})


def _again(context: Context, found: dict[str, Any], *, resumes: str | None) -> Outcome:
    import msgspec

    stream = stream_of(found["job"])
    asked = JobRequested(
        run=derived_id(found["run"], context.task.stream, str(context.task.version)),
        mode=found["mode"],
        parameters=msgspec.json.decode(found["parameters"] or "{}"),
        resumes=resumes,
        account=context.task.account or "",
    )
    write = Write(
        stream=stream,
        data=asked,
        actor=ACTOR,
        event_id=derived_id(asked.run, "asked"),
        causation_id=context.task.trigger,
    )
    begins = "it begins at once while 'workbench up' runs, else with 'workbench job due'"
    return Done(result=f"asked for; {begins}", writes=(write,), expected={stream: ANY_VERSION})


def _tried(found: dict[str, Any]) -> str:
    """What a person needs to decide: when, how long, the cell, and where the whole of it can be read."""
    at = f"{found['started_at']:%Y-%m-%d %H:%M} UTC"
    lines = [f"Begun {at} ({found['trigger']}, {found['mode']}); it took {found['duration_s']:.0f} s."]
    if found["cell"]:
        lines.append(f"Cell {found['cell']}:\n{found['source']}")
    if found["error"]:
        lines.append(found["error"])
    if found["notebook"]:
        lines.append(f"Whole: {found['notebook']}; go on also with: workbench job resume {found['run'][:12]}")
    return "\n\n".join(lines)
