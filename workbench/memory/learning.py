"""Learning: a reason you gave when you changed or rejected something is kept as a preference, if you want it kept."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import ndiff
from typing import Any

from opc_kernel.approvals.row import Proposal
from opc_kernel.event import EventData, Write
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Done, Outcome, Propose
from opc_kernel.memory.lesson import LessonDropped, LessonLearned
from opc_kernel.memory.merging import Change
from opc_kernel.memory.telling import NOTHING, Speaker, met, told
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.memory.evidence import asked_back

ACTOR, ACTION, PREDICATE = "librarian", "memory.learn", "prefers"
LESSON = "SELECT version, words, row, sources, state FROM lesson WHERE stream = $stream"
DECIDED = (
    "SELECT queue.summary, queue.content, queue.answer, queue.decision, queue.note, queue.capability, "
    "proposal.shown->>'action' AS action FROM queue LEFT JOIN proposal ON proposal.stream = queue.key "
    "WHERE queue.key = $row"
)
ONCE = ("books.adopt_rule", "memory.merge", "memory.learn", "memory.forget", "plan.start")
"""Actions whose reason is kept where it belongs, or is about that one request."""
MAX_CHANGES = 3
"""Whoever changed more lines than this wrote something else: what of it holds again, nobody can say."""
MAX_WORDS = 500


def learn(context: Context, region: str) -> Outcome:
    """Propose to keep a reason as a fact about whom the decided row was about, else as a rule of its capability."""
    lesson = context.company.query(LESSON, stream=context.task.subject).one()
    if lesson is None or lesson["state"] != "found":
        return Done(result="it is erased" if lesson is None else f"it is {lesson['state']}")
    decided = context.company.query(DECIDED, row=lesson["row"]).one()
    if decided is None or decided["action"] in ONCE or not (words := _words(lesson, decided)):
        return _dropped(context, lesson, "what of it holds again, nobody can say")
    row = context.row
    if row is not None and row.state == "rejected":
        return _dropped(context, lesson, row.note or "you said that it held for that one time")
    if row is not None and row.state == "approved":
        return _learned(context, lesson, decided, row.answer or row.content or words, region)
    return Propose(proposal=_proposal(context, lesson, decided, words))


def _words(lesson: Mapping[str, Any], decided: Mapping[str, Any]) -> str:
    """Return what may hold again: the note, else the few lines that an edit changed; what is booked is no wording."""
    if decided["capability"] == "books" and not decided["note"]:
        return ""
    if decided["note"] or decided["decision"] != "edit":
        return str(lesson["words"])[:MAX_WORDS]
    lines = list(ndiff((decided["content"] or "").splitlines(), (decided["answer"] or "").splitlines()))
    gone, come = ([line[2:].strip() for line in lines if line.startswith(sign)] for sign in ("- ", "+ "))
    if not come or max(len(gone), len(come)) > MAX_CHANGES:
        return ""
    instead = f", not “{' / '.join(gone)}”" if gone else ""
    return f"“{' / '.join(come)}”{instead}"[:MAX_WORDS]


def _about(context: Context, decided: Mapping[str, Any], row: str) -> tuple[str, str, Change]:
    """Return whom it is about, their name, and what makes them known; a capability's own rule where it is nobody."""
    found = context.company.query(load_sql("workbench.memory", "about_row"), row=row).rows
    if len(found) == 1:
        root, name = found[0]
        return root, name, NOTHING
    name = f"{decided['capability']}: your preferences"
    stream, change = met(context.company, "rule", name, Speaker(account=ACTOR))
    return stream, name, change


def _proposal(
    context: Context, lesson: Mapping[str, Any], decided: Mapping[str, Any], words: str
) -> Proposal:
    _, name, _ = _about(context, decided, lesson["row"])
    done = "changed" if decided["decision"] == "edit" else "rejected"
    reason = (
        f"You {done}: {decided['summary']}",
        "Kept, whatever is proposed about them shows it. Edit it to say it otherwise; reject it if it held only once.",
        *asked_back(context.asked_back, "that decision of yours"),
    )
    return Proposal(
        action=ACTION,
        summary=f"Remember of {visible(name)}: {visible(' '.join(words.split()))[:120]}",
        content=words,
        editable=True,
        reason="\n".join(reason),
        facts=tuple(lesson["sources"]),
    )


def _learned(
    context: Context, lesson: Mapping[str, Any], decided: Mapping[str, Any], words: str, region: str
) -> Outcome:
    row = context.row
    assert row is not None, "it was approved"
    subject, _, found = _about(context, decided, lesson["row"])
    speaker = Speaker(account=ACTOR, row=row.key, sources=tuple(lesson["sources"]))
    fact = told(context.company, subject, PREDICATE, words, speaker, region=region)
    learned = LessonLearned(fact=fact.writes[0].stream if fact.writes else "", row=row.key)
    return _ended(context, lesson, learned, f"kept: {visible(words)}", found, fact)


def _dropped(context: Context, lesson: Mapping[str, Any], reason: str) -> Done:
    row = context.row.key if context.row else None
    return _ended(context, lesson, LessonDropped(reason=reason, row=row), reason)


def _ended(
    context: Context, lesson: Mapping[str, Any], event: EventData, result: str, *changes: Change
) -> Done:
    stream = context.task.subject
    writes = [write for change in changes for write in change.writes]
    expected = {name: version for change in changes for name, version in change.expected.items()}
    return Done(
        result=result,
        writes=(*writes, Write(stream=stream, data=event, actor=ACTOR)),
        expected={**expected, stream: lesson["version"]},
    )
