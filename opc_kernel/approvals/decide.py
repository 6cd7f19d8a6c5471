"""Deciding: a decision names the hash of what was shown, and is taken once or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime

from opc_kernel.approvals.queue import Kind, QueueRow, rows_of
from opc_kernel.approvals.row import (
    ProposalDecided,
    ProposalReplaced,
    ProposalShown,
    QuestionDecided,
    QuestionReplaced,
    QuestionShown,
)
from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.flow.task import TaskDecided, TaskShown, after_choice
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.text import canonical

ATTEMPTS = 5
MAX_TYPED = 60
"""Characters of an answer in words of one's own."""
SHOWN: dict[Kind, type[ProposalShown | QuestionShown | TaskShown]] = {
    "proposal": ProposalShown,
    "question": QuestionShown,
    "blocked": TaskShown,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person decided about one row: `hash` is the hash of what was shown.

    `content` is what they wrote: with `edit` what is approved, with `answer` what no option says.
    """

    key: str
    hash: str
    decision: str
    channel: str
    account: str
    choice: str = ""
    content: str = ""
    note: str = ""
    until: date | None = None
    entry: str = ""
    """What a face calls this entry, when it may deliver it twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a decision was taken. `repeated` is True when exactly it had been taken before."""

    key: str
    accepted: bool
    message: str
    repeated: bool = False


def decide(company: Company, decided: Decided, *, now: datetime) -> Verdict:
    """Record one decision, or say why not. Two faces at once: the first stands, the second is told so.

    `now` is in the company's zone: a row is put aside until a day there.
    """
    try:
        decided = replace(decided, content=canonical(decided.content), note=canonical(decided.note))
    except ValueError as error:
        return Verdict(key=decided.key, accepted=False, message=str(error))
    for _ in range(ATTEMPTS):
        row = next(iter(rows_of(company, [decided.key])), None)
        refusal = refuse(row, decided, now)
        if refusal is not None:
            return refusal
        assert row is not None
        writes = decision_writes(row, decided)
        try:
            done = company.append(writes, expected={row.key: row.version})
        except VersionConflict:
            continue
        return Verdict(
            key=row.key, accepted=True, message=f"{decided.decision} recorded", repeated=done.repeated
        )
    return Verdict(key=decided.key, accepted=False, message="the row keeps changing; try again")


def refuse(row: QueueRow | None, decided: Decided, now: datetime) -> Verdict | None:
    """Say why a decision can't be taken, or None."""
    if row is None:
        return Verdict(key=decided.key, accepted=False, message="there is no such row in the queue")
    if decided.entry in row.entries or _same(row, decided):
        return Verdict(
            key=row.key, accepted=True, repeated=True, message=f"{decided.decision} was recorded before"
        )
    problem = next((problem for check in CHECKS if (problem := check(row, decided, now))), None)
    return None if problem is None else Verdict(key=row.key, accepted=False, message=problem)


def _still_open(row: QueueRow, _decided: Decided, now: datetime) -> str | None:
    if row.state == "replaced":
        return (
            "the content has changed since; it is asked again"
            if row.replaced_by
            else "this is no longer asked"
        )
    if row.state == "asked":
        return "you asked back; the answer comes as a new row"
    if row.state != "open":
        answer = f"{row.decision or ''} {row.answer}".strip() or "elsewhere"
        return f"already decided: {answer}" + (f" (in {row.channel})" if row.channel else "")
    return (
        "it has expired; it is asked again" if row.expires_at is not None and row.expires_at <= now else None
    )


def _what_was_shown(row: QueueRow, decided: Decided, _now: datetime) -> str | None:
    return (
        None if decided.hash == row.hash else "the content has changed since it was shown; look at it again"
    )


def _known_word(row: QueueRow, decided: Decided, _now: datetime) -> str | None:
    if decided.decision in row.decisions:
        return None
    return f"{decided.decision!r} is no decision for this row; it takes {', '.join(row.decisions)}"


def _complete(row: QueueRow, decided: Decided, now: datetime) -> str | None:
    if decided.decision == "answer":
        return _answered(row, decided)
    if decided.decision == "edit" and not decided.content.strip():
        return "an edit needs the edited content"
    if decided.decision == "approve" and decided.content.strip():
        return "approve takes the content as it is shown; decide edit for what you wrote"
    if decided.decision == "defer" and (decided.until is None or decided.until <= now.date()):
        return "defer needs a day in the future, in until"
    return (
        "ask needs a question in the note" if decided.decision == "ask" and not decided.note.strip() else None
    )


def _answered(row: QueueRow, decided: Decided) -> str | None:
    if row.typed is not None and decided.content.strip() and not decided.choice:
        is_short = len(decided.content) <= MAX_TYPED and "\n" not in decided.content.strip()
        return None if is_short else f"type {row.typed} in one line of at most {MAX_TYPED} characters"
    if decided.choice not in {option.id for option in row.options}:
        typed = f", or {row.typed}" if row.typed is not None else ""
        return f"the answer must be one of {', '.join(option.id for option in row.options)}{typed}"
    return "an option is the whole answer; put more words into the note" if decided.content.strip() else None


Check = Callable[[QueueRow, Decided, datetime], str | None]
CHECKS: tuple[Check, ...] = (_still_open, _what_was_shown, _known_word, _complete)


def _same(row: QueueRow, decided: Decided) -> bool:
    typed = decided.content.strip()
    answer = {"answer": decided.choice or typed, "edit": decided.content}.get(decided.decision, "")
    until = decided.until if decided.decision == "defer" else None
    before = (row.decision, row.hash, row.answer, row.note, row.deferred_until)
    return before == (decided.decision, decided.hash, answer, decided.note, until)


def decision_writes(row: QueueRow, decided: Decided) -> list[Write]:
    """Return what records a decision; ids are derived, so a second delivery adds nothing."""
    parts = [str(part) for part in (row.version, *astuple(decided))]
    return [
        Write(
            stream=row.key,
            event_id=derived_id(*parts, data.event_type),
            data=data,
            actor=decided.account,
            source=decided.channel,
            source_id=decided.entry or None,
            correlation_id=row.correlation_id,
        )
        for data in _events(row, decided)
    ]


def _events(row: QueueRow, decided: Decided) -> list[EventData]:
    facts = {
        "hash": decided.hash,
        "channel": decided.channel,
        "account": decided.account,
        "note": decided.note,
    }
    word = decided.decision
    said = {"decision": word, "until": decided.until if word == "defer" else None}
    match row.kind:
        case "blocked":
            return [
                TaskDecided.model_validate({**facts, "choice": decided.choice}),
                after_choice(decided.choice, decided.note),
            ]
        case "question":
            answer = {"choice": decided.choice or None, "typed": decided.content.strip() or None}
            return [QuestionDecided.model_validate({**facts, **said, **(answer if word == "answer" else {})})]
        case "proposal":
            content = decided.content if word == "edit" else None
            return [ProposalDecided.model_validate({**facts, **said, "content": content})]


def withdrawal(row: QueueRow | None, *, by: str | None, reason: str) -> tuple[list[Write], dict[str, int]]:
    """Return what takes a row that still stands out of the queue, and its version: no decision is overtaken.

    `by` is the key of the row that takes its place.
    """
    if row is None or row.kind == "blocked" or row.state not in ("open", "asked"):
        return [], {}
    replaced = QuestionReplaced if row.kind == "question" else ProposalReplaced
    write = Write(
        stream=row.key,
        event_id=derived_id(row.key, "replaced"),
        data=replaced(by=by, reason=reason),
        actor="conductor",
        correlation_id=row.correlation_id,
    )
    return [write], {row.key: row.version}


def record_shown(company: Company, rows: Sequence[QueueRow], *, channel: str, account: str) -> None:
    """Record when rows were first shown; rows that were shown before are left alone."""
    for _ in range(ATTEMPTS):
        writes = [_shown(row, channel, account) for row in rows if row.first_shown_at is None]
        if not writes:
            return
        try:
            company.append(writes, expected={write.stream: ANY_VERSION for write in writes})
        except (EventIdTaken, PartlyStored):
            rows = rows_of(company, [row.key for row in rows])  # another face showed some of them first
        else:
            return


def _shown(row: QueueRow, channel: str, account: str) -> Write:
    return Write(
        stream=row.key,
        event_id=derived_id(row.key, row.hash, "shown"),
        data=SHOWN[row.kind](channel=channel, hash=row.hash),
        actor=account,
        source=channel,
        correlation_id=row.correlation_id,
    )
