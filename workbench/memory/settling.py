"""Settling a contradiction: two sources disagree, neither is newer or better, and the operator says what is so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opc_kernel.approvals.row import Option, Question
from opc_kernel.event import Write
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Ask, Done, Outcome
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.memory.judging import ContradictionSettled
from opc_kernel.memory.merging import Change
from opc_kernel.memory.normal import normal
from opc_kernel.memory.telling import NOTHING, WANTED, NotOfKind, Speaker, taken_back, told
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.memory.evidence import asked_back, told_by

ACTOR = "librarian"
STANDS, OTHER, NEITHER = "stands", "other", "neither"
ANSWERED = "SELECT answer FROM queue WHERE task = $task AND decision = 'answer' ORDER BY decided_at DESC, key LIMIT 1"


def settle(context: Context, region: str) -> Outcome:
    """Ask which is so; a newer source or the operator's own word may have said it meanwhile."""
    found = context.company.query(
        load_sql("workbench.memory", "disagreeing"), stream=context.task.subject
    ).one()
    if found is None or found["name"] is None:
        return Done(result="what it was about is erased")
    if not found["standing"] or found["value_now"] != found["stands"]:
        return _settled(context, found, found["value_now"] or "", NOTHING, "it is said anew")
    row, unfit = context.row, _unfit(context, found, region)
    if row is None or unfit or row.state not in {"answered", "rejected"}:
        return Ask(question=_question(context, found, unfit))
    if row.state == "rejected":
        return _settled(context, found, found["stands"], NOTHING, "you left it as it stands")
    return _answered(context, found, row.answer, region)


def _answered(context: Context, found: Mapping[str, Any], answer: str, region: str) -> Done:
    assert context.row is not None, "it was answered"
    sides = {STANDS: (found["stands"], found["stood_sources"]), OTHER: (found["value"], found["sources"])}
    value, sources = sides.get(answer, (answer, ()))
    speaker = Speaker(account=ACTOR, row=context.row.key, sources=tuple(sources))
    subject, predicate = found["subject"], found["predicate"]
    if answer == NEITHER:
        change = taken_back(context.company, found["fact"], speaker, reason="you said that neither is so")
        return _settled(context, found, "", change, "neither is so")
    change = told(
        context.company,
        subject,
        predicate,
        value,
        speaker,
        region=region,
        valid_from=found["valid_from"] if answer == OTHER else None,
        reason="you said so",
    )
    return _settled(context, found, value, change, f"{visible(value)} is so")


def _unfit(context: Context, found: Mapping[str, Any], region: str) -> str:
    """Return why what was typed can't be so; nothing where it can, or where nothing was typed."""
    answer = next((answer for (answer,) in context.company.query(ANSWERED, task=context.task.stream)), STANDS)
    fits = answer in {STANDS, OTHER, NEITHER} or normal(found["predicate"], answer, region)
    return "" if fits else NotOfKind(found["predicate"], answer).happened


def _question(context: Context, found: Mapping[str, Any], note: str) -> Question:
    predicate, company = PREDICATES[found["predicate"]], context.company
    stands, value = visible(found["stands"]), visible(found["value"])
    sides = (
        f"{stands}: {told_by(company, found['stood_origin'], found['stood_sources'], found['stood_from'])}",
        f"{value}: {told_by(company, found['origin'], found['sources'], found['valid_from'])}",
    )
    return Question(
        summary=f"{predicate.title} of {visible(found['name'])}: is it {stands} or {value}?",
        reason="\n".join((*([note] if note else []), *sides, *asked_back(context.asked_back, "these two"))),
        facts=tuple(dict.fromkeys((*found["stood_sources"], *found["sources"]))),
        options=(
            Option(id=STANDS, label=stands),
            Option(id=OTHER, label=value),
            Option(id=NEITHER, label="Neither"),
        ),
        typed=f"what is so instead: {WANTED[predicate.kind]}",
    )


def _settled(context: Context, found: Mapping[str, Any], value: str, change: Change, result: str) -> Done:
    row = context.row.key if context.row else None
    settled = Write(stream=context.task.subject, data=ContradictionSettled(value=value, row=row), actor=ACTOR)
    return Done(
        result=result,
        writes=(*change.writes, settled),
        expected={**change.expected, context.task.subject: found["version"]},
    )
