"""The facts of a month: asked to close, closed with these lines and this summary, reopened."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.text import Text
from workbench.capabilities.books.months.line import Line
from workbench.capabilities.books.months.summary import Summary

MonthName = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A month of a company: `2026-10`."""


class MonthCloseRequested(EventData, type="books.month_close_requested"):
    """Somebody wants the month closed."""

    month: MonthName


class LinesPosted(EventData, type="books.lines_posted"):
    """Some of the lines a month is closed with, in their order; written together with its closing."""

    lines: tuple[Line, ...]


class MonthClosed(EventData, type="books.month_closed"):
    """The operator approved the summary: the month's lines are these and never change.

    `lines_hash` is the SHA-256 of its `count` lines, see `lines_hash`; `position` is up to where the log had been read.
    """

    summary: Summary
    lines_hash: str
    count: int
    position: int
    accepted: tuple[Text, ...] = ()
    """What was missing, and the operator closed it nevertheless."""
    row: str
    """Key of the row the decision was made on."""


class MonthReopenRequested(EventData, type="books.month_reopen_requested"):
    """Somebody wants a closed month opened again."""

    month: MonthName
    reason: Text


class MonthReopened(EventData, type="books.month_reopened"):
    """The operator approved: what the month was closed with stays in the log and counts no more."""

    reason: Text
    row: str


EVENTS: tuple[type[EventData], ...] = (
    MonthCloseRequested,
    LinesPosted,
    MonthClosed,
    MonthReopenRequested,
    MonthReopened,
)
PACKAGE = "workbench.capabilities.books.months"
READ_MODELS = (ReadModel.load(PACKAGE, "month"),)
VIEWS = tuple(
    View.load(PACKAGE, name)
    for name in ("mapped_line", "ledger_line", "profit_and_loss", "tax", "stated_balance", "cash")
)
