"""The forgetter: shows whom a policy would forget and what would go; it erases nothing, the operator decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Proposal
from opc_kernel.event import EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Cancel, Done, Outcome, Propose
from opc_kernel.ids import derived_id
from opc_kernel.log.erase import NothingToErase
from workbench.memory.forgetting_events import ForgettingApproved, ForgettingDropped, ForgettingDue
from workbench.memory.forgetting_policy import ACTOR, Due, Proposed, proposed_by, still_due

if TYPE_CHECKING:
    from workbench.erasure.erasing import Preview

PROPOSE = "memory.propose_forgetting"
ACTION = "memory.forget"
MAX_FACTS = 20
MAX_NAMES = 20
REACTIONS = (Reaction(event=ForgettingDue.event_type, kind=PROPOSE, agent=ACTOR),)


def forgetter(folder: Path) -> Agent:
    """Return the agent of the company in this folder."""
    return Agent(
        name=ACTOR,
        role="proposes to forget whom your policies find, with everything that would go",
        capability="memory",
        steps={PROPOSE: lambda context: propose(context, folder)},
        may_read=(
            "apart",
            "bank_statement",
            "contradiction",
            "entity",
            "entity_now",
            "event",
            "event_now",
            "fact",
            "fact_history",
            "forgetting",
            "memory_item",
            "sheet_row",
        ),
        may_write=(ForgettingApproved.event_type, ForgettingDropped.event_type),
    )


def propose(context: Context, folder: Path) -> Outcome:
    """Propose what is due, or do as the operator said of it."""
    found, row = proposed_by(context.company, context.task.trigger), context.row
    if found is None or found.state != "due":
        return Cancel(reason="it is not due any more")
    if row is not None and row.state == "rejected":
        return _said(found, ForgettingDropped(row=row.key), "it stays, as you said")
    due = still_due(context.company, found, now=context.now)
    if due is None:
        return _said(found, ForgettingDropped(), "something was heard again, or it is gone")
    if row is not None and row.state == "approved":
        shown = shown_hash_of(row.content or "")
        approved = ForgettingApproved(shown=shown, row=row.key, account=row.account or "")
        return _said(found, approved, "you said yes; it is forgotten at once")
    if row is not None and row.state == "open":
        return Propose(proposal=_as_it_stands(row))  # to look through every file at each turn is too much
    return _proposal(context, due, folder, found.reason)


def shown_hash_of(content: str) -> str:
    """Return the hash of what a proposal shows: its last word."""
    return content.rpartition(" ")[2]


def _said(found: Proposed, data: EventData, result: str) -> Done:
    event_id = derived_id(found.stream, str(found.version), "said")
    write = Write(stream=found.stream, event_id=event_id, data=data, actor=ACTOR)
    return Done(result=result, writes=(write,), expected={found.stream: found.version})


def _proposal(context: Context, due: Due, folder: Path, again: str) -> Outcome:
    from workbench.erasure.erasing import look, substance

    try:
        preview = look(context.company, folder, due.wanted)
    except NothingToErase:
        return Cancel(reason="it is gone already")
    more = f"{again} " if again else ""
    return Propose(
        proposal=Proposal(
            action=ACTION,
            summary=_summary(due),
            content="\n".join(_told(due, preview, substance(context.company, preview))),
            reason=f"{more}{due.policy} = {due.days} in workbench.toml; nothing was heard since {due.last_on}. "
            "What is forgotten is gone from every file for good. Rejected, it stays.",
            facts=tuple(each.event_id for each in preview.events[:MAX_FACTS]),
            risk="high",
            undo="none",
        )
    )


def _summary(due: Due) -> str:
    if due.events:
        return f"Forget {len(due.events)} mails that are {due.days} days old"
    return f"Forget {', '.join(due.names)}: nothing was heard since {due.last_on}"


def _told(due: Due, preview: Preview, shown: str) -> Iterator[str]:
    counts = Counter(each.type for each in preview.events)
    yield f"Forget: {'; '.join(due.names[:MAX_NAMES])}"
    if len(due.names) > MAX_NAMES:
        yield f"and {len(due.names) - MAX_NAMES} more"
    yield f"Events that lose their data: {len(preview.events)}"
    yield from (f"  {count} {kind}" for kind, count in sorted(counts.items()))
    if preview.files:
        yield f"Files that go whole: {', '.join(each.path for each in preview.files[:MAX_NAMES])}"
    if preview.stays:
        yield f"Events that name them and stay: {len(preview.stays)}"
    yield f"What was shown is {shown}"


def _as_it_stands(row: QueueRow) -> Proposal:
    return Proposal(
        action=ACTION,
        summary=row.summary,
        content=row.content or "",
        reason=row.reason,
        facts=row.facts,
        risk="high",
        undo="none",
    )
