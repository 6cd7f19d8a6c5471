"""The peer of the log's benchmarks: the `eventsourcing` library on a SQLite file, with events of the same content."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import JSONTranscoder, Transcoding

EVENTS_AN_AGGREGATE = 100


class DateAsText(Transcoding):
    type = date
    name = "date"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> date:
        return date.fromisoformat(data)


class Account(Aggregate):
    """An account as that library's users write it: it counts and remembers what was last booked."""

    @event("Opened")
    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    @event("Booked")
    def book(self, booked_on: date, amount: Decimal, currency: str, text: str, counterparty: str) -> None:
        self.count += 1
        self.last = (booked_on, amount, currency, text, counterparty)


class Accounts(Application):
    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(DateAsText())


class Peer:
    """A fresh database in `folder`."""

    def __init__(self, folder: Path) -> None:
        database = str(folder / f"peer-{time.time_ns()}.db")
        self._app = Accounts(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": database})

    def bulk(self, events: int) -> list[Account]:
        """Make and store that many events in one transaction."""
        accounts = []
        for number in range(events // EVENTS_AN_AGGREGATE):
            account = Account(name=f"account {number}")
            for _ in range(EVENTS_AN_AGGREGATE - 1):
                account.book(
                    booked_on=date(2026, 1, 1),
                    amount=Decimal("-12.34"),
                    currency="EUR",
                    text="Rechnung 2026-001 vielen Dank",
                    counterparty="Muster GmbH",
                )
            accounts.append(account)
        self._app.save(*accounts)
        return accounts

    def replay(self, events: int) -> float:
        """Return the seconds to read every aggregate of that many stored events back."""
        accounts = self.bulk(events)
        started = time.perf_counter()
        for account in accounts:
            self._app.repository.get(account.id)
        return time.perf_counter() - started
