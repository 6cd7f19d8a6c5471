"""Deciding: a decision names the hash of what was shown, and is taken once or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from opc_kernel.approvals.queue import Kind, QueueRow, rows_of
from opc_kernel.approvals.row import ProposalDecided, ProposalShown, QuestionDecided, QuestionShown
from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.flow.task import TaskDecided, TaskShown, after_choice
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.protocol import Company

ATTEMPTS = 5
SHOWN: dict[Kind, type[ProposalShown | QuestionShown | TaskShown]] = {
    "proposal": ProposalShown,
    "question": QuestionShown,
    "blocked": TaskShown,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a person decided about one row: `hash` is the hash of what was shown."""

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
    """Record one decision, or say why not. Two faces at once: the first stands, the second is told so."""
    for _ in range(ATTEMPTS):
        row = next(iter(rows_of(company, [decided.key])), None)
        refusal = refuse(row, decided, now)
        if refusal is not None:
            return refusal
        assert row is not None
        writes = decision_writes(row, decided)
        try:
            company.append(writes, expected={row.key: row.version})
        except VersionConflict:
            continue
        return Verdict(key=row.key, accepted=True, message=f"{decided.decision} recorded")
    return Verdict(key=decided.key, accepted=False, message="the row keeps changing; try again")


def refuse(row: QueueRow | None, decided: Decided, now: datetime) -> Verdict | None:
    """Say why a decision can't be taken, or None."""
    if row is None:
        return Verdict(key=decided.key, accepted=False, message="there is no such row in the queue")
    if decided.entry in row.entries or (row.state != "open" and _same(row, decided)):
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
        return f"already decided: {row.decision} {row.answer}".strip() + (
            f" (in {row.channel})" if row.channel else ""
        )
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
    if decided.decision == "answer" and decided.choice not in {option.id for option in row.options}:
        return f"the answer must be one of {', '.join(option.id for option in row.options)}"
    if decided.decision == "edit" and not decided.content.strip():
        return "an edit needs the edited content"
    if decided.decision == "defer" and (decided.until is None or decided.until <= now.date()):
        return "defer needs a day in the future"
    return (
        "ask needs a question in the note" if decided.decision == "ask" and not decided.note.strip() else None
    )


Check = Callable[[QueueRow, Decided, datetime], str | None]
CHECKS: tuple[Check, ...] = (_still_open, _what_was_shown, _known_word, _complete)


def _same(row: QueueRow, decided: Decided) -> bool:
    answer = {"answer": decided.choice, "edit": decided.content}.get(decided.decision, "")
    return (row.decision, row.hash, row.answer) == (decided.decision, decided.hash, answer)


def decision_writes(row: QueueRow, decided: Decided) -> list[Write]:
    """Return what records a decision; ids are derived, so a second delivery adds nothing."""
    parts = (
        row.key,
        row.hash,
        str(row.version),
        decided.decision,
        decided.choice,
        decided.content,
        decided.note,
    )
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
    match row.kind:
        case "blocked":
            return [
                TaskDecided.model_validate({**facts, "choice": decided.choice}),
                after_choice(decided.choice, decided.note),
            ]
        case "question":
            answer = {"decision": decided.decision, "until": decided.until, "choice": decided.choice or None}
            return [QuestionDecided.model_validate(facts | answer)]
        case "proposal":
            answer = {
                "decision": decided.decision,
                "until": decided.until,
                "content": decided.content or None,
            }
            return [ProposalDecided.model_validate(facts | answer)]


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
