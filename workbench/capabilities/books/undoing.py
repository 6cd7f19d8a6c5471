"""Taking a booking back: what it had settled is open again, and the transaction is asked about anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.event import EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.money import Money
from opc_kernel.sql import load_sql
from workbench.capabilities.books.events import PACKAGE, BookingUndone, InvoiceReopened, TransactionRefunded
from workbench.capabilities.books.months.lock import Months, in_words, load_months, name


class NoBooking(KernelError):
    """No transaction, or more than one, begins so."""

    def __init__(self, key: str, count: int) -> None:
        super().__init__(
            f"{'More than one transaction begins' if count else 'No transaction begins'} with {key!r}.",
            "See the column stream of 'workbench sql \"SELECT * FROM ledger\"'.",
        )


class NotBooked(KernelError):
    """There is nothing to take back."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is not booked.", "It waits in the queue: 'workbench queue list'.")


Undoing = tuple[str, list[Write], dict[str, int]]
"""In words what happens, the writes, and the versions they rely on."""


def undoing(company: Queryable, key: str, reason: str, actor: str) -> Undoing:
    """Return what takes back the booking of the transaction whose id begins so.

    Raises NoBooking, NotBooked.
    """
    booking = _booking(company, key.removeprefix("bank_transaction/"))
    if booking["state"] == "open":
        raise NotBooked(key)
    both = [booking, *_linked(company, booking)]
    writes = [_write(each, BookingUndone(reason=reason), actor) for each in both]
    days, months = (each["booked_on"] for each in both), load_months(company)
    expected = {each["stream"]: each["version"] for each in both} | months.guard(*days)
    for stream, version, data in (*_reopened(company, booking), *not_given_back(company, booking["stream"])):
        writes.append(_write({**booking, "stream": stream, "version": version}, data, actor))
        expected[stream] = version
    return _told(booking, months), writes, expected


def released(company: Queryable, stream: str) -> list[dict[str, Any]]:
    """Return the documents that a transaction has paid, each with how much of it, None for all."""
    return company.query(load_sql(PACKAGE, "paid_by"), stream=stream).dicts()


def reopened(paid: Mapping[str, Any], transaction: str) -> InvoiceReopened:
    """Return the fact that a document is open again by what the transaction had paid of it."""
    money = Money(amount=paid["amount"], currency=paid["currency"]) if paid["amount"] else None
    return InvoiceReopened(transaction=transaction, money=money)


def not_given_back(company: Queryable, transaction: str) -> Iterator[tuple[str, int, EventData]]:
    """Yield the fact, its stream and the version of that, that a transaction gives nothing back any more."""
    for given in company.query(load_sql(PACKAGE, "gives_back"), stream=transaction).dicts():
        money = Money.of(-given["amount"], given["currency"])
        data = TransactionRefunded(by=transaction, money=money, decided_by="operator")
        yield given["stream"], given["version"], data


def _told(booking: Mapping[str, Any], months: Months) -> str:
    day = booking["booked_on"]
    said = (
        f"The booking of {booking['amount']:+,.2f} {booking['currency']} of {day:%d %b %Y} is taken back; "
        "the transaction waits in the queue."
    )
    month, posted = name(day), months.posts_in(day)
    if posted == month:
        return said
    return (
        f"{said} {in_words(month)} is closed and stays as it is: the change is posted in {in_words(posted)}."
    )


def _booking(company: Queryable, key: str) -> dict[str, Any]:
    found = _bookings(company, key)
    if len(found) != 1:
        raise NoBooking(key, len(found))
    return found[0]


def _linked(company: Queryable, booking: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the other side of a transfer, if the bank has not withdrawn it meanwhile."""
    other = booking["other_side"]
    return _bookings(company, other.removeprefix("bank_transaction/")) if other else []


def _bookings(company: Queryable, key: str) -> list[dict[str, Any]]:
    return company.query(load_sql(PACKAGE, "booking"), key=key).dicts()


def _reopened(company: Queryable, booking: Mapping[str, Any]) -> Iterator[tuple[str, int, EventData]]:
    for paid in released(company, booking["stream"]):
        yield paid["stream"], paid["version"], reopened(paid, booking["stream"])


def _write(of: Mapping[str, Any], data: EventData, actor: str) -> Write:
    return Write(
        stream=of["stream"],
        event_id=derived_id(of["stream"], data.event_type, "undone", str(of["version"])),
        data=data,
        actor=actor,
        correlation_id=of["correlation_id"],
    )
