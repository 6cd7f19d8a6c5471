"""What recall answers, for a terminal and for scripts: each item with its score, its reasons and its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.recall.recalled import Packed, Recalled, Recollection
from opc_kernel.text import visible

POSITIONS = "SELECT event_id, position FROM event WHERE list_contains($ids::VARCHAR[], event_id)"
NOTHING = "Nothing in memory fits."
SHORT_TEXT = 300
SHOWN_SOURCES = 3


def positions(company: Queryable, found: Recollection) -> dict[str, int]:
    """Return where the events stand that the items come from."""
    ids = sorted({event for each in found for event in each.sources})
    return dict(company.query(POSITIONS, ids=ids).rows) if ids else {}


def text(found: Recollection, places: Mapping[str, int]) -> str:
    """Return the items, the best first."""
    return "\n".join(line for each in found for line in _lines(each, places)) or NOTHING


def record(found: Recollection, places: Mapping[str, int], packed: Packed | None = None) -> dict[str, Any]:
    """Return what was found as plain data; packed into a context, only what that holds."""
    context = {"context": packed.text, "tokens": packed.tokens} if packed else {}
    told = packed.items if packed else found.items
    return {**context, "items": [_record(each, places) for each in told], "notes": found.notes}


def _record(each: Recalled, places: Mapping[str, int]) -> dict[str, Any]:
    item = each.item
    return {
        "stream": item.stream,
        "kind": item.kind,
        "text": item.text,
        "entities": item.entities,
        "conversation": item.conversation,
        "occurred_at": item.occurred_at,
        "score": round(each.score, 4),
        "why": each.why,
        "sources": each.sources,
        "positions": [places[event] for event in each.sources if event in places],
    }


def _lines(each: Recalled, places: Mapping[str, int]) -> Iterator[str]:
    item = each.item
    day = f"{item.occurred_at:%Y-%m-%d}" if item.occurred_at else "no day"
    words = visible(" ".join(item.text.split()))
    yield f"{each.score:.2f}  {day}  {item.kind}  {words if len(words) <= SHORT_TEXT else f'{words[:SHORT_TEXT]} …'}"
    stands = [str(places[event]) for event in each.sources if event in places]
    more = f" +{len(stands) - SHOWN_SOURCES}" if len(stands) > SHOWN_SOURCES else ""
    why = visible("; ".join(each.why)) or "nothing nearer"
    yield f"      {why}  [{', '.join(stands[:SHOWN_SOURCES])}{more}]"
