"""The controller: closes a month when everything is there and the operator approves what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pydantic import BaseModel, Field

from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.approvals.row import Option, Proposal, content_hash
from opc_kernel.event import Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Block, Cancel, Done, Outcome, Propose
from opc_kernel.flow.workflow import Step as Stage
from opc_kernel.flow.workflow import Workflow
from opc_kernel.ids import derived_id
from workbench.capabilities.books.months.events import (
    LinesPosted,
    MonthClosed,
    MonthCloseRequested,
    MonthReopened,
    MonthReopenRequested,
)
from workbench.capabilities.books.months.facts import Facts, load_facts
from workbench.capabilities.books.months.late import TELL, tell_late
from workbench.capabilities.books.months.line import lines_hash
from workbench.capabilities.books.months.lock import in_words, load_months, stream
from workbench.capabilities.books.months.plan import Step, blocking, plan, some
from workbench.capabilities.books.months.words import headline, summary_text
from workbench.settings import Settings

NAME = "controller"
CLOSING = "books.close"
CHECK = "books.check_month"
APPROVE = "books.approve_month"
CLOSE = "books.close_month"
REOPEN = "books.reopen_month"
FORGIVE = "forgive"
LINES_AT_ONCE = 1_000
"""So many lines stand in one event, which keeps it under the limit of an event's size."""
AGAIN = Option(id="retry", label="Look again")
DROP = Option(id="cancel", label="Leave it open")


class MonthAsked(BaseModel):
    """What closing a month is asked with."""

    subject: str = Field(pattern=r"^month/", description="The stream of the month, such as month/2026-10.")
    event: str = Field(description="Id of the event that asked for it.")


CLOSE_MONTH = Workflow(
    name=CLOSING,
    title="Close a month",
    steps=(
        Stage(name="check", agent=NAME, kind=CHECK),
        Stage(name="approve", agent=NAME, kind=APPROVE),
        Stage(name="post", agent=NAME, kind=CLOSE, rollback="Reopen the month."),
    ),
    inputs=MonthAsked,
)
"""What is missing stops the first step; what comes meanwhile is shown before anything is posted."""
WORKFLOWS = (CLOSE_MONTH,)
REACTIONS = (
    Reaction(event=MonthCloseRequested.event_type, workflow=CLOSING),
    Reaction(event=MonthReopenRequested.event_type, kind=REOPEN, agent=NAME),
    Reaction(event="bank.statement_imported", kind=TELL, agent=NAME),
    Reaction(event="bank.transaction_withdrawn", kind=TELL, agent=NAME),
)


def controller(settings: Settings) -> Agent:
    """Return the agent with this company's accounts and limits."""
    return Agent(
        name=NAME,
        role="closes months, and tells what comes late for a closed one",
        capability="books",
        steps={
            CHECK: lambda context: check(context, settings),
            APPROVE: lambda context: approve(context, settings),
            CLOSE: lambda context: close(context, settings),
            REOPEN: reopen,
            TELL: tell_late,
        },
        may_read=(
            "bank_statement",
            "bank_transaction",
            "cash",
            "event",
            "event_now",
            "file",
            "invoice",
            "ledger_line",
            "month",
            "queue",
            "read_model",
            "settlement",
            "task",
        ),
        may_write=(
            LinesPosted.event_type,
            MonthClosed.event_type,
            MonthReopened.event_type,
            MonthReopenRequested.event_type,
        ),
    )


def check(context: Context, settings: Settings) -> Outcome:
    """Work through the plan; what is missing blocks."""
    facts = load_facts(context.company, settings, month_of(context))
    left = () if facts.is_closed else _left(context, facts, settings)
    if left:
        return _block(facts.month, left)
    return Done(result=f"{in_words(facts.month)} is whole", output={"forgiven": _is_forgiven(context)})


def approve(context: Context, settings: Settings) -> Outcome:
    """Ask the operator to approve what the month comes to."""

    def approved(_: Facts, row: QueueRow) -> Done:
        return Done(result="you approved it", output={"row": row.key, "forgiven": _is_forgiven(context)})

    return _shown(context, settings, approved)


def close(context: Context, settings: Settings) -> Outcome:
    """Post what was approved; what has changed since is shown first, as the step before did."""
    return _shown(
        context, settings, lambda facts, row: _closed(facts, _steps(context, facts, settings), row.key)
    )


def _shown(context: Context, settings: Settings, then: Callable[[Facts, QueueRow], Done]) -> Outcome:
    """Go on once exactly what the month comes to now is approved."""
    facts = load_facts(context.company, settings, month_of(context))
    if facts.is_closed:
        return Done(result="it is closed")
    if context.row is not None and context.row.state == "rejected":
        return Cancel(reason="you rejected the closing: the month stays open")
    left = _left(context, facts, settings)
    if left:
        return _block(facts.month, left)
    proposal = closing(facts, _steps(context, facts, settings), settings, context)
    row = context.row
    if row is None:
        before = _approved_before(context)
        return (
            then(facts, before)
            if before and before.content == proposal.content
            else Propose(proposal=proposal)
        )
    if row.state == "approved" and row.hash == content_hash(proposal):
        return then(facts, row)
    return Propose(proposal=proposal)


def _approved_before(context: Context) -> QueueRow | None:
    """Return the row that the step before was approved on."""
    before = context.task.inputs.get("approve")
    key = before.get("row") if isinstance(before, dict) else None
    row = next(iter(rows_of(context.company, [str(key)])), None) if key else None
    return row if row is not None and row.state == "approved" else None


def _steps(context: Context, facts: Facts, settings: Settings) -> tuple[Step, ...]:
    return plan(facts, settings, context.now.astimezone(settings.tz).date())


def _left(context: Context, facts: Facts, settings: Settings) -> tuple[Step, ...]:
    return blocking(_steps(context, facts, settings), forgiven=_is_forgiven(context))


def _is_forgiven(context: Context) -> bool:
    """Whether the operator let pass what may be missing, here or in a step before."""
    before = context.task.inputs.values()
    return context.task.choice == FORGIVE or any(
        isinstance(each, dict) and bool(each.get("forgiven")) for each in before
    )


def reopen(context: Context) -> Outcome:
    """Propose to open a closed month again, and do so when that is approved."""
    month, row = month_of(context), context.row
    months = load_months(context.company)
    if month not in months.closed:
        return Done(result="it is open")
    if row is not None and row.state == "rejected":
        return Cancel(reason="you rejected the reopening: the month stays closed")
    reason = _reason(context)
    proposal = _reopening(month, [each for each in sorted(months.closed) if each > month], reason, context)
    if row is None or row.state != "approved" or row.hash != content_hash(proposal):
        return Propose(proposal=proposal)
    event_id = derived_id(row.key, "reopened")
    reopened = MonthReopened(reason=reason, row=row.key)
    return Done(
        result="you approved: it is open again",
        writes=(Write(stream=stream(month), event_id=event_id, data=reopened, actor=NAME),),
        expected={stream(month): months.versions[month]},
    )


def month_of(context: Context) -> str:
    """Return the month a task is about."""
    return str(context.task.inputs.get("subject", context.task.subject)).partition("/")[2]


def _block(month: str, left: Sequence[Step]) -> Block:
    titles = [step.title for step in left]
    lines: list[str] = []
    for step in left:
        lines += [f"Not yet: {step.title}.", *(f"  {each}" for each in some(step.missing)), f"  {step.todo}"]
    forgivable = all(step.forgivable for step in left)
    forgive = Option(id=FORGIVE, label=f"Close it although it is not so that {' and '.join(titles)}")
    return Block(
        reason=f"{in_words(month)} can't be closed yet. It is not so that {' and '.join(titles)}",
        tried="\n".join(lines),
        options=(AGAIN, *([forgive] if forgivable else []), DROP),
    )


def closing(facts: Facts, steps: Sequence[Step], settings: Settings, context: Context) -> Proposal:
    """Return what the operator is asked to approve: the summary, and the hash of the lines it is of."""
    names = {each.id: each.name for each in settings.account}
    content = f"{summary_text(facts.summary, names)}\n  their SHA-256 is {lines_hash(facts.lines)}"
    forgiven = _forgiven(steps)
    if forgiven:
        content += "\n".join(("\nClosed although", *(f"  {each}" for each in forgiven)))
    return Proposal(
        action=CLOSE,
        summary=f"Close {headline(facts.summary)}",
        content=content,
        reason="\n".join(
            (*_told(steps), "Approved, its lines never change; what comes late is posted later.")
        )
        + _reply(context.asked_back),
        facts=(str(context.task.inputs.get("event", context.task.trigger)),),
        risk="medium",
        undo="undo",
    )


def _told(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        state = "missing, and you let it pass" if step.missing else step.note or "yes"
        yield f"{step.title}: {state}"


def _forgiven(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(each for step in steps for each in step.missing)


def _closed(facts: Facts, steps: Sequence[Step], row: str) -> Done:
    """Store the lines and the closing at once, or neither: a line that changed meanwhile has another version."""
    closed = MonthClosed(
        summary=facts.summary,
        lines_hash=lines_hash(facts.lines),
        count=len(facts.lines),
        position=facts.position,
        accepted=_forgiven(steps),
        row=row,
    )
    batches = [
        facts.lines[start : start + LINES_AT_ONCE] for start in range(0, len(facts.lines), LINES_AT_ONCE)
    ]
    posted = [LinesPosted(lines=batch) for batch in batches]
    return Done(
        result=f"{in_words(facts.month)} is closed with {len(facts.lines)} lines",
        writes=tuple(
            Write(
                stream=stream(facts.month),
                event_id=derived_id(row, "closed", str(number)),
                data=data,
                actor=NAME,
            )
            for number, data in enumerate((*posted, closed))
        ),
        expected=facts.versions,
    )


def _reopening(month: str, later: Sequence[str], reason: str, context: Context) -> Proposal:
    closed = ", ".join(in_words(each) for each in later)
    stays = f" What was closed later stays as it is: {closed}." if later else ""
    return Proposal(
        action=REOPEN,
        summary=f"Reopen {in_words(month)}",
        content=f"{in_words(month)} is open again: its lines follow what its transactions are mapped to, and it can be "
        f"closed anew. What it was closed with stays in the log.{stays}",
        reason=f"You gave as reason: “{reason}”." + _reply(context.asked_back),
        facts=(context.task.trigger,),
        risk="high",
        undo="undo",
    )


def _reply(asked_back: str | None) -> str:
    """Answer a question back: no model is asked, so all that is known stands above already."""
    return f"\nYou asked: “{asked_back}”. No model was used; all I know stands here." if asked_back else ""


def _reason(context: Context) -> str:
    found = context.company.query(
        "SELECT data->>'reason' FROM event_now WHERE event_id = $id", id=context.task.trigger
    )
    return str(found.rows[0][0] or "")
