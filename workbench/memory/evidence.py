"""Evidence in words: which events something rests on, as a person reads them in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.fact import Origin

MOST = 3
RESTS_ON = (
    "SELECT type, occurred_at::DATE, position FROM event WHERE list_contains($ids::VARCHAR[], event_id) "
    "ORDER BY position DESC"
)
SAYS: dict[Origin, str] = {
    "operator": "you said so",
    "document": "a document says so",
    "message": "they say so themselves",
    "inferred": "it was concluded",
}


def told_by(company: Queryable, origin: Origin, sources: Sequence[str], since: date | None) -> str:
    """Return who says something and where: `a document says so, of 3 Oct 2026 (books.invoice_issued, event 12)`."""
    rows = company.query(RESTS_ON, ids=list(sources)).rows
    places = [f"{day:%-d %b %Y} ({kind}, event {position})" for kind, day, position in rows[:MOST]]
    more = f" and {len(rows) - MOST} more" if len(rows) > MOST else ""
    of = f", of {'; '.join(places)}{more}" if places else ""
    return f"{SAYS[origin]}{of}" + (f", so since {since:%-d %b %Y}" if since else "")


def asked_back(asked: str | None, rests_on: str) -> list[str]:
    """Return the answer to what the operator asked back about a row."""
    return [f"You asked: “{asked}”. No model was used; it rests on {rests_on}."] if asked else []
