"""The queue as a spreadsheet: which columns it has, how a row becomes cells, and how an entry becomes a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow, rows_of
from sheets_sync.merge import Decision
from sheets_sync.row import Row
from sheets_sync.schema import CHOICE, DECISION, HASH, KEY, STATUS, Column, Schema
from sheets_sync.sync import Report, Verdict, synchronize
from workbench.company import Company, account
from workbench.sheet_base import EventBase

CHANNEL = "excel"
FILE = Path("sheets") / "approvals.xlsx"

SCHEMA = Schema(
    sheet="Approvals",
    columns=(
        KEY,
        HASH,
        Column(
            "at_stake",
            "At stake",
            kind="number",
            width=12,
            help="In the base currency; empty: no recent rate.",
        ),
        Column("kind", "Kind", width=10, help="A proposal, a question, or a task that is blocked."),
        Column("summary", "What", width=46),
        Column("reason", "Why", width=70, help="The facts, what speaks for it and what against."),
        Column("content", "Content", width=22, help="Exactly what an approval lets happen."),
        Column("confidence", "Sure", kind="number", width=7, help="0 to 1."),
        Column("risk", "Risk", width=10, tones=(("low", "calm"), ("medium", "warm"), ("high", "hot"))),
        Column(
            "asked_on",
            "Asked",
            kind="date",
            width=14,
            ages=(3, 7),
            help="Marked ! when it has waited three days, !! after seven.",
        ),
        Column("undo", "Undo", width=9, help="Whether it can be taken back."),
        DECISION,
        CHOICE,
        Column("edit", "edited content", owner="human", width=22, help="With the decision 'edit'."),
        Column("note", "note", owner="human", width=26, help="A reason, or your question with 'ask'."),
        Column(
            "until", "until", owner="human", kind="date", width=11, help="The day a deferred row comes back."
        ),
        STATUS,
    ),
)


def sync_excel(company: Company, path: Path | None = None) -> Report:
    """Bring the queue and a workbook together once; see sheets_sync.sync.synchronize for the errors."""
    from sheets_sync.excel import ExcelWorkbook

    target = path or company.folder / FILE
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    base = EventBase(company, sheet=str(target.resolve()), actor=account())
    report = synchronize(SCHEMA, CompanyQueue(company, base), ExcelWorkbook(target), base)
    if report.decisions:
        company.work()
    return report


class CompanyQueue:
    """The company's queue as sheets_sync wants to see it."""

    def __init__(self, company: Company, base: EventBase) -> None:
        self._company = company
        self._base = base

    def rows(self) -> list[Row]:
        """See sheets_sync.sync.Queue: what is open, and what stands in the workbook."""
        waiting = self._company.queue()
        shown = {row.key for row in waiting}
        others = rows_of(self._company, sorted({entry.key for entry in self._base.load().written} - shown))
        return [_sheet_row(row, self._company.today) for row in (*waiting, *others)]

    def decide(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """See sheets_sync.sync.Queue."""
        rows = {row.key: row for row in rows_of(self._company, [decision.key for decision in decisions])}
        return [self._decide(decision, rows.get(decision.key)) for decision in decisions]

    def shown(self, rows: Sequence[Row]) -> None:
        """See sheets_sync.sync.Queue."""
        self._company.shown(rows_of(self._company, [row.key for row in rows]), channel=CHANNEL)

    def _decide(self, decision: Decision, row: QueueRow | None) -> Verdict:
        labels = {option.label: option.id for option in row.options} if row is not None else {}
        choice = _text(decision.values.get(CHOICE.name))
        until = decision.values.get("until")
        decided = Decided(
            key=decision.key,
            hash=decision.hash,
            decision=decision.word,
            channel=CHANNEL,
            account=account(),
            choice=labels.get(choice, choice),
            content=_text(decision.values.get("edit")),
            note=_text(decision.values.get("note")),
            until=until if isinstance(until, date) else None,
            entry=decision.id,
        )
        verdict = self._company.decide(decided, work=False)
        return Verdict(key=decision.key, accepted=verdict.accepted, message=verdict.message)


def _sheet_row(row: QueueRow, today: date) -> Row:
    cells: dict[str, Any] = {
        "at_stake": None if row.at_stake is None else abs(row.at_stake),
        "kind": row.kind,
        "summary": row.summary,
        "reason": row.reason,
        "content": row.content,
        "confidence": None if row.confidence is None else Decimal(f"{row.confidence:.2f}"),
        "risk": row.risk,
        "asked_on": row.asked_at.date(),
        "undo": row.undo,
    }
    return Row(
        key=row.key,
        hash=row.hash,
        cells=cells,
        status=_status(row, today),
        open=row.state == "open",
        decisions=row.decisions,
        choices=tuple(option.label for option in row.options),
        taken=frozenset(row.entries),
    )


def _status(row: QueueRow, today: date) -> str:
    if row.state == "open":
        deferred = row.deferred_until is not None and row.deferred_until > today
        return f"deferred until {row.deferred_until:%d %b %Y}" if deferred else "waits for you"
    if row.state == "replaced":
        return "asked anew in another row" if row.replaced_by else "settled without you"
    if row.state == "asked":
        return "asked back; the answer comes as a new row"
    return f"{row.decision} recorded ({row.channel}, {row.account})"


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
