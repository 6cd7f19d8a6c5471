"""Invoices and rates as files: CSV or XLSX lists read whole or refused whole, and what of them is new."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice

from pydantic import ValidationError

from opc_kernel.event import EventData, first_problem
from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from workbench.capabilities.books.events import InvoiceIssued, RateRecorded
from workbench.refusal import Refused
from workbench.workbook import kind_of, open_workbook

INVOICE_COLUMNS = {"number", "direction", "customer", "issued_on", "due_on", "amount", "currency"}
RATE_COLUMNS = {"date", "base", "quote", "rate"}
MAX_ROWS = 50_000
CORRECT = "Correct that line and try again; nothing was taken."

Facts = list[tuple[str, EventData]]
"""Streams with the first event each would have."""


def read_list(content: bytes) -> tuple[str, Facts] | None:
    """Return the kind of list (`invoices`, `rates`) and its facts; None when the content is neither.

    Raises Refused, naming the line, when it is one of them but holds a line that can't be right.
    """
    rows, error = _sheet_rows(content) if kind_of(content) else (_csv_rows(content), "")
    if not rows:
        return None
    header = [cell.strip().lower() for cell in rows[0]]
    for kind, columns, build in KINDS:
        if columns <= set(header):
            if error:
                raise Refused(
                    f"it holds an error such as #REF! ({error})", todo="Correct that cell and try again."
                )
            return kind, _facts(kind, header, rows[1:], build)
    return None


def invoice_stream(direction: str, number: str, party: str) -> str:
    """Return an invoice's stream: our own numbers are unique, a supplier's only with its name."""
    return f"invoice/{derived_id(direction, number, party if direction == 'in' else '')}"


def rate_stream(base: str, quote: str, on: date) -> str:
    """Return the stream of one pair of currencies on one day."""
    return f"rate/{base}-{quote}-{on.isoformat()}"


def invoice_from(fields: dict[str, str]) -> tuple[str, EventData]:
    """Build an invoice from named texts. Raises ValueError or ValidationError."""
    amount = Decimal(fields["amount"])
    if amount <= 0:
        raise ValueError(
            "the amount must be positive; 'direction' says whether it is ours (out) or a bill (in)"
        )
    invoice = InvoiceIssued(
        number=fields["number"],
        direction=fields["direction"],
        party=fields["customer"],
        issued_on=date.fromisoformat(fields["issued_on"]),
        due_on=date.fromisoformat(fields["due_on"] or fields["issued_on"]),
        money=Money.of(amount, fields["currency"].upper()),
        note=fields.get("note", ""),
        kind=fields.get("kind") or "invoice",
        corrects=fields.get("corrects", ""),
        tax_rate=fields.get("tax_rate") or None,
        category=fields.get("category", ""),
        email=fields.get("email", ""),
    )
    if not invoice.number or not invoice.party:
        raise ValueError("number and customer must not be empty")
    return invoice_stream(invoice.direction, invoice.number, invoice.party), invoice


def rate_from(fields: dict[str, str]) -> tuple[str, EventData]:
    """Build a rate from named texts. Raises ValueError or ValidationError."""
    rate = Decimal(fields["rate"])
    if not rate.is_finite() or not 0 < rate < 10**9:
        raise ValueError(f"{fields['rate']!r} is no rate")
    recorded = RateRecorded(
        base=fields["base"].upper(),
        quote=fields["quote"].upper(),
        rate=str(rate),
        on=date.fromisoformat(fields["date"]),
    )
    return rate_stream(recorded.base, recorded.quote, recorded.on), recorded


Build = Callable[[dict[str, str]], tuple[str, EventData]]
KINDS: tuple[tuple[str, set[str], Build], ...] = (
    ("invoices", INVOICE_COLUMNS, invoice_from),
    ("rates", RATE_COLUMNS, rate_from),
)


def _facts(kind: str, header: Sequence[str], rows: Sequence[Sequence[str]], build: Build) -> Facts:
    if len(rows) > MAX_ROWS:
        raise Refused(
            f"a list of {kind} with {len(rows):,} lines is longer than {MAX_ROWS:,}", todo="Split it."
        )
    facts: Facts = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            stream, data = _built(f"line {number} of the {kind}", header, row, build)
            if stream in seen:
                raise Refused(
                    f"it repeats line {seen[stream]}",
                    where=f"line {number} of the {kind}",
                    todo="Remove one.",
                )
            seen[stream] = number
            facts.append((stream, data))
    return facts


def _built(where: str, header: Sequence[str], row: Sequence[str], build: Build) -> tuple[str, EventData]:
    if len(row) != len(header):
        raise Refused(f"it has {len(row)} fields, the header {len(header)}", where=where, todo=CORRECT)
    try:
        return build(dict(zip(header, (cell.strip() for cell in row), strict=True)))
    except ValidationError as error:
        raise Refused(first_problem(error), where=where, todo=CORRECT) from error
    except InvalidOperation as error:
        raise Refused("a number can't be read", where=where, todo=CORRECT) from error
    except ValueError as error:
        raise Refused(str(error), where=where, todo=CORRECT) from error


def _csv_rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return []
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return []


def _sheet_rows(content: bytes) -> tuple[list[list[str]], str]:
    """The rows of the first sheet, no more than a list may have, and where a cell of the workbook holds an error."""
    workbook = open_workbook(content)
    rows = workbook.sheets[0].rows if workbook.sheets else ()
    return list(islice(rows, MAX_ROWS + 2)), workbook.error
