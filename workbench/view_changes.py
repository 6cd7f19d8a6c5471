"""What memory did that the operator can take back on the page: merges, and words that are recalled no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opc_kernel.event import Write
from opc_kernel.memory.item import ItemRestored
from opc_kernel.memory.merging import unmerged
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company, account
from workbench.view_figures import day

LISTED = 50
SHORT = 160
SLEEPS = {"folded": "told by another item", "faded": "not used for long"}
DECIDED = {"operator": "by you", "automatic": "on its own"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that can be taken back: `id` is the stream it is taken back on."""

    id: str
    what: str
    why: str
    when: str

    def shown(self) -> dict[str, str]:
        """Return it as the widget lists it."""
        return {"id": self.id, "what": self.what, "why": self.why, "when": self.when}


def merges(company: Company) -> list[Change]:
    """Return the merges that stand, the newest first, each with the evidence it was made on."""
    rows = company.query(load_sql("workbench.memory", "merges"), entities=[], limit=LISTED).dicts()
    return [_merge(row, company) for row in rows if row["stands"]]


def _merge(row: Row, company: Company) -> Change:
    evidence = "; ".join(visible(each) for each in row["evidence"]) or "no evidence named"
    on = row["recorded_at"].astimezone(company.settings.tz).date()
    return Change(
        id=row["entity"],
        what=f"{visible(row['name'])} is {visible(row['other_name'])}",
        why=evidence,
        when=f"{day(on, year=True)}, {DECIDED.get(row['decided_by'], row['decided_by'])}, position {row['position']}",
    )


def take_back(company: Company, entity: str, reason: str) -> str:
    """Make a merged entity one of its own again; return what became of it. Raises NotMerged, VersionConflict."""
    change = unmerged(company, entity, reason=reason, account=account(), actor=account())
    company.append(change.writes, expected=change.expected)
    return "They are two again, each with all that hung on it."


def asleep(company: Company) -> list[Change]:
    """Return the words that are recalled no more, the newest first, and why."""
    rows = company.query(load_sql("workbench", "view_asleep"), limit=LISTED).dicts()
    return [_sleeper(row, company) for row in rows]


def _sleeper(row: Row, company: Company) -> Change:
    text = visible(" ".join(f"{row['title'] or ''} {row['text'] or ''}".split()))
    on = row["recorded_at"].astimezone(company.settings.tz).date()
    return Change(
        id=row["stream"],
        what=f"{row['kind'].title()}: {text if len(text) <= SHORT else f'{text[:SHORT]} …'}",
        why=visible(row["reason"] or SLEEPS[row["state"]]),
        when=f"{row['state']} {day(on, year=True)}, position {row['position']}",
    )


def bring_back(company: Company, item: str, reason: str) -> str:
    """Let an item be recalled again; return what became of it. Raises VersionConflict."""
    rows: Sequence[Row] = company.query(
        "SELECT version FROM memory_item WHERE stream = $item AND state <> 'kept'", item=item
    ).dicts()
    if not rows:
        return "It is recalled already."
    write = Write(stream=item, data=ItemRestored(reason=reason, account=account()), actor=account())
    company.append([write], expected={item: rows[0]["version"]})
    return "It is recalled again."
