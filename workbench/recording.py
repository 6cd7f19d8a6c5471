"""Facts the operator types in: one invoice, one rate."""

from __future__ import annotations

from collections.abc import Callable
from decimal import InvalidOperation

from pydantic import ValidationError

from opc_kernel.event import NEW_STREAM, EventData, Write, first_problem
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, VersionConflict
from workbench.capabilities.books.invoices import invoice_from, rate_from
from workbench.capabilities.books.undoing import undoing
from workbench.company import Company, account
from workbench.refusal import Refused

Fields = dict[str, str]
ATTEMPTS = 5
"""Somebody else who decides at the same moment is the exception."""


def record_invoice(company: Company, fields: Fields) -> str:
    """Record one invoice; the same once more adds nothing. Raises Refused."""
    name = f"Invoice {fields['number']}"
    return _record(company, fields, invoice_from, name, listing="workbench invoice list --all")


def record_rate(company: Company, fields: Fields) -> str:
    """Record one rate; the same once more adds nothing. Raises Refused."""
    name = f"The rate of {fields['base']} on {fields['date']}"
    return _record(company, fields, rate_from, name, listing='workbench sql "FROM rate"')


def _record(
    company: Company,
    fields: Fields,
    build: Callable[[Fields], tuple[str, EventData]],
    name: str,
    *,
    listing: str,
) -> str:
    try:
        stream, data = build(fields)
    except (ValidationError, InvalidOperation, ValueError) as error:
        reason = (
            first_problem(error)
            if isinstance(error, ValidationError)
            else str(error) or "a number can't be read"
        )
        raise Refused(reason, name=name, todo="Correct it and try again; nothing was recorded.") from error
    write = Write(
        stream=stream, event_id=derived_id(stream, data.event_type), data=data, actor=account(), source="cli"
    )
    try:
        done = company.append([write], expected={stream: NEW_STREAM})
    except (EventIdTaken, VersionConflict) as error:
        raise Refused(
            "it is recorded already, with other content",
            name=name,
            todo=f"See '{listing}'.",
        ) from error
    if done.repeated:
        return f"{name} was recorded before; nothing was added."
    company.work()
    return f"{name} is recorded."


def take_back(company: Company, key: str, reason: str) -> str:
    """Take back how a transaction was booked; it is asked about anew. Raises NoBooking, NotBooked."""
    for left in reversed(range(ATTEMPTS)):
        said, writes, expected = undoing(company, key, reason, account())
        try:
            company.append(writes, expected=expected)
            break
        except (EventIdTaken, VersionConflict):  # somebody else was quicker: look again at what is so now
            if not left:
                raise
    company.work()
    return said
