"""Which columns the queue has as a spreadsheet, the same in every workbook."""

from __future__ import annotations

from sheets_sync.schema import CHOICE, DECISION, HASH, KEY, STATUS, Column, Schema

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
        Column("summary", "What", width=46, help="What shall be done, or what must be known."),
        Column("reason", "Why", width=70, help="The facts, what speaks for it and what against."),
        Column("content", "Content", width=22, help="Exactly what an approval lets happen."),
        Column("confidence", "Sure", kind="number", width=7, help="How sure the proposal is: 0 to 1."),
        Column(
            "risk",
            "Risk",
            width=10,
            tones=(("low", "calm"), ("medium", "warm"), ("high", "hot")),
            help="How much a mistake would cost.",
        ),
        Column(
            "asked_on",
            "Asked",
            kind="date",
            width=14,
            ages=(3, 7),
            help="Stands out after three days of waiting, more after seven; in Excel by ! and !!.",
        ),
        Column("undo", "Undo", width=9, help="Whether it can be taken back."),
        DECISION,
        CHOICE,
        Column(
            "edit",
            "edited content",
            owner="human",
            width=22,
            help="With the decision 'edit'; with 'answer' your own words, where a row takes them.",
        ),
        Column("note", "note", owner="human", width=26, help="A reason, or your question with 'ask'."),
        Column(
            "until", "until", owner="human", kind="date", width=11, help="The day a deferred row comes back."
        ),
        STATUS,
    ),
)
COLUMNS = tuple(column.name for column in SCHEMA.content)
"""The columns that show a row of the queue; which of them leave the machine is the operator's setting."""
SHOW_IT_WHOLE = {"proposal": {"summary", "content"}, "question": {"summary"}, "blocked": {"summary"}}
"""Without these a row of that kind is not shown whole, so nothing can be agreed to there."""
