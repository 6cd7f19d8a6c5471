"""Matching: who is surely the same is merged, which can be taken back; who may be is proposed, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from opc_kernel.approvals.row import Proposal
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Done, Outcome, Propose, Retry
from opc_kernel.memory.identity.comparing import Evidence
from opc_kernel.memory.linking import Likeness, Member, members, weigh
from opc_kernel.memory.merging import CannotMerge, Change, kept_apart, merged
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.memory.evidence import asked_back

ACTOR, ACTION = "librarian", "memory.merge"
MAX_OPEN = 20
"""So many of these proposals may wait for the operator at once."""
WAIT = timedelta(days=1)
OPEN = (
    "SELECT count(*) FROM queue WHERE capability = 'memory' AND kind = 'proposal' AND state = 'open' "
    "AND task <> $task"
)


def match(context: Context, region: str) -> Outcome:
    """Merge two that are surely one, ask about two that may be, and remember who is never the same."""
    pair = context.company.query(load_sql("workbench.memory", "pair"), stream=context.task.subject).rows
    roots = [root for (root,) in pair]
    if len(roots) < 2:
        return Done(result="they are one already" if roots else "what it was about is erased")
    known = members(context.company, region, roots=roots)
    into, absorbed = ([each for each in known if each.root == root] for root in roots)
    likeness = weigh(absorbed, into)
    try:
        return _decided(context, _root(absorbed), _root(into), likeness)
    except CannotMerge as error:
        return Done(result=error.happened)


def _decided(context: Context, absorbed: Member, into: Member, likeness: Likeness) -> Outcome:
    row, evidence = context.row, tuple(_lines(likeness))
    one = partial(merged, context.company, absorbed.stream, into.stream, evidence=evidence, actor=ACTOR)
    if row is not None and row.state == "rejected":
        reason = row.note or "you said that they are two"
        apart = kept_apart(
            context.company, absorbed.stream, into.stream, reason=reason, actor=ACTOR, row=row.key
        )
        return _done(apart, "two")
    if row is not None and row.state == "approved":
        return _done(one(decided_by="operator", row=row.key), "one, as you said")
    if likeness.verdict == "different":
        return Done(result="too little speaks for it by now")
    if likeness.verdict == "same" and row is None:
        return _done(one(decided_by="automatic"), "surely one")
    if row is None and context.company.query(OPEN, task=context.task.stream).rows[0][0] >= MAX_OPEN:
        return Retry(reason="enough such questions wait for you", after=WAIT)
    return Propose(proposal=_proposal(context, absorbed, into, likeness, evidence))


def _proposal(
    context: Context, absorbed: Member, into: Member, likeness: Likeness, evidence: tuple[str, ...]
) -> Proposal:
    kind, one, other = into.record.kind, visible(absorbed.name), visible(into.name)
    facts = [event for member in (into, absorbed) for event in member.sources]
    return Proposal(
        action=ACTION,
        summary=f"Is the {kind} {one} the same as {other}?",
        content=f"{other} speaks for {one} from here on. 'workbench memory unmerge' takes it back, whole. "
        "Rejected, they are never proposed again.",
        reason="\n".join((*evidence, *asked_back(context.asked_back, "what is written above"))),
        facts=tuple(dict.fromkeys(facts)),
        confidence=round(likeness.best.probability, 2),
    )


def _lines(likeness: Likeness) -> Iterator[str]:
    """Yield what speaks for and against it, the weightiest first, both sides beside each other."""
    for each in likeness.best.evidence:
        yield f"{each.words} ({each.weight}): {_sides(each)}"


def _sides(evidence: Evidence) -> str:
    left, right = visible(evidence.left), visible(evidence.right)
    return left if left == right else f"{left} | {right}"


def _root(group: list[Member]) -> Member:
    return next(each for each in group if each.stream == each.root)


def _done(change: Change, result: str) -> Done:
    return Done(result=result, writes=change.writes, expected=change.expected)
