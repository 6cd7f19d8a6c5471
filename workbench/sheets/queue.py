"""The company's queue as one workbook shows it: how a row becomes cells, and how an entry becomes a decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from opc_kernel.approvals.decide import Decided, record_shown
from opc_kernel.approvals.queue import QueueRow, rows_of
from sheets_sync.merge import Decision
from sheets_sync.row import UNSEEN, Row, Value
from sheets_sync.schema import CHOICE
from sheets_sync.sync import BaseStore, Verdict
from workbench.company import Company
from workbench.sheets.face import Face
from workbench.sheets.schema import SHOW_IT_WHOLE


class CompanyQueue:
    """The company's queue as sheets_sync wants to see it; `account` says who wrote what was read."""

    def __init__(self, company: Company, face: Face, base: BaseStore, account: Callable[[], str]) -> None:
        self._company = company
        self._face = face
        self._base = base
        self._account = account

    def rows(self) -> list[Row]:
        """See sheets_sync.sync.Queue: what is open, and what stands in the workbook."""
        waiting = self._company.queue()
        shown = {row.key for row in waiting}
        others = rows_of(self._company, sorted({entry.key for entry in self._base.load().written} - shown))
        return [_sheet_row(row, self._face, self._company.today) for row in (*waiting, *others)]

    def decide(self, decisions: Sequence[Decision]) -> list[Verdict]:
        """See sheets_sync.sync.Queue."""
        rows = {row.key: row for row in rows_of(self._company, [decision.key for decision in decisions])}
        return [self._decide(decision, rows.get(decision.key)) for decision in decisions]

    def shown(self, rows: Sequence[Row]) -> None:
        """See sheets_sync.sync.Queue."""
        standing = rows_of(self._company, [row.key for row in rows])
        record_shown(self._company, standing, channel=self._face.channel, account=self._account())

    def _decide(self, decision: Decision, row: QueueRow | None) -> Verdict:
        labels = {option.label: option.id for option in row.options} if row is not None else {}
        choice = _text(decision.values.get(CHOICE.name))
        until = decision.values.get("until")
        decided = Decided(
            key=decision.key,
            hash=decision.hash,
            decision=decision.word,
            channel=self._face.channel,
            account=self._account(),
            choice=labels.get(choice, choice),
            content=_text(decision.values.get("edit")),
            note=_text(decision.values.get("note")),
            until=until if isinstance(until, date) else None,
            entry=decision.id,
        )
        verdict = self._company.decide(decided, work=False)
        return Verdict(key=decision.key, accepted=verdict.accepted, message=verdict.message)


def _sheet_row(row: QueueRow, face: Face, today: date) -> Row:
    whole = _is_shown_whole(row, face)
    return Row(
        key=row.key,
        hash=row.hash,
        cells=_cells(row),
        status=_status(row, today),
        open=row.state == "open",
        decisions=row.decisions if whole else tuple(word for word in row.decisions if word in UNSEEN),
        choices=tuple(option.label for option in row.options) if whole else (),
        typed=row.typed is not None and whole,
        taken=frozenset(row.entries),
        tab=row.capability if face.tab_a_capability else "",
    )


def _cells(row: QueueRow) -> dict[str, Value]:
    return {
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


def _is_shown_whole(row: QueueRow, face: Face) -> bool:
    return {column.name for column in face.schema.content} >= SHOW_IT_WHOLE[row.kind]


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
