"""A small queue in the operator's own words, for all tests of the package."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sheets_sync.row import Row
from sheets_sync.schema import CHOICE, DECISION, HASH, KEY, STATUS, Column, Schema

SCHEMA = Schema(
    "Queue",
    (
        KEY,
        HASH,
        Column("title", "What", width=36, help="What waits for you."),
        Column("content", "Content", width=60, help="Exactly what will be done."),
        Column("amount", "Amount", kind="number", width=14, help="Money at stake."),
        Column("due", "Until", kind="date", width=12, help="After this day it is too late."),
        STATUS,
        DECISION,
        CHOICE,
        Column("note", "Note", owner="human", width=34, help="A reason, a change, a question back."),
    ),
)
PROPOSAL = ("approve", "edit", "reject", "defer", "ask")
QUESTION = ("answer", "defer", "ask")


def proposal(number: int, title: str = "", **change) -> Row:
    row = Row(
        key=f"proposal/{number}",
        hash=f"h{number}",
        cells={
            "title": title or f"Reminder {number} to Muster GmbH",
            "content": f"Dear Ms Muster,\ninvoice {number} is still open.",
            "amount": Decimal(f"{number}99.50"),
            "due": date(2026, 4, 30) + timedelta(number),
        },
        status="open",
        open=True,
        decisions=PROPOSAL,
    )
    return replace(row, **change)


def question(number: int, *choices: str, **change) -> Row:
    row = proposal(number, f"Which account is {number}?", decisions=QUESTION, choices=choices)
    return replace(row, key=f"question/{number}", **change)
