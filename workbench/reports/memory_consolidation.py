"""Consolidation as a report: what was folded, summed up and put to sleep, and what is proposed to be forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from opc_kernel.memory.consolidating import Change
from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench import composition
from workbench.company import Company
from workbench.memory.consolidation import Consolidation
from workbench.memory.forgetting_policy import due_now, propose_forgetting
from workbench.reports.part import part, titled
from workbench.view_figures import Cell, day, figures
from workbench.view_page import Markup, counted, element, soft

MAX_TOLD = 20
DONE = {"fold": "folded", "sum up": "summed up", "fade": "faded", "restore": "brought back"}
SIZES = {
    "items": "Items that are recalled",
    "asleep": "Items that sleep",
    "entities": "People, firms and things",
    "facts": "Facts that stand",
    "past_facts": "Facts of before",
}
PROPOSED = "SELECT state, count(*) FROM forgetting GROUP BY state"


class MemoryConsolidation:
    """One night's work on memory, and what of it is due where nothing may be changed."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def consolidate(self) -> dict[str, Any]:
        """Remember what happened, make memory smaller, propose what the policies find due; return what was done."""
        company = self._company
        company.remember()
        before = self._sizes()
        changes = [*self._consolidation().daily()]
        proposed = propose_forgetting(company, company.settings.memory.forget, now=company.now)
        return {**_told(changes), "proposed": proposed, "before": before, "after": self._sizes()}

    def preview(self) -> dict[str, Any]:
        """Return what would be done now; nothing is stored, and what was not yet remembered is not looked at."""
        sizes = self._sizes()
        return {**_told(self._consolidation().preview()), "before": sizes, "after": None}

    @part
    def changes(self, done: dict[str, Any]) -> Markup:
        """Return what was done, or would be."""
        title = "What would be done" if done["after"] is None else "What was done"
        counts = done["counts"]
        if not counts:
            return titled(
                title,
                soft("Nothing says the same twice, no talk is over, and nothing was left unused too long."),
            )
        said = ", ".join(f"{counted(count, 'item')} {DONE[does]}" for does, count in counts.items())
        rows = [(DONE[each["does"]], f"{each['items']:,}", visible(each["why"])) for each in done["told"]]
        more = done["changes"] - len(rows)
        return titled(
            title,
            element("p", f"{said}.", class_="wb-big"),
            figures(("What", "Items", "Why"), rows),
            soft(f"… and {counted(more, 'change')} more." if more > 0 else ""),
            soft("Nothing of it is lost: 'workbench memory restore ITEM' brings any of it back."),
        )

    @part
    def forgetting(self) -> Markup:
        """Return what the policies propose to forget for good; it is forgotten once the operator approves it."""
        settings = self._company.settings.memory.forget
        title = "To be forgotten for good"
        if not settings.is_on:
            return titled(title, soft("No policy is set ([memory.forget]): nothing is ever proposed."))
        states = dict(self._company.query(PROPOSED).rows)
        found = due_now(self._company, settings, now=self._company.now)
        rows = [
            (visible(", ".join(each.names)), each.policy, day(each.last_on, year=True))
            for each in found[:MAX_TOLD]
        ]
        count = states.get("due", 0)
        said = f"{counted(count, 'proposal')} under way; each waits in the queue for you." if count else ""
        table = figures(("Who or what", "Policy", "Last heard of"), rows) if rows else soft("Nothing is due.")
        return titled(title, soft(said), table)

    @part
    def sizes(self, done: dict[str, Any]) -> Markup:
        """Return how large memory was before and after."""
        before, after = done["before"], done["after"]
        heads = ("", "Now") if after is None else ("", "Before", "After")
        rows: list[Sequence[Cell]] = [
            (
                name,
                *(element("span", f"{sizes[key]:,}", class_="wb-plus") for sizes in (before, after) if sizes),
            )
            for key, name in SIZES.items()
        ]
        return titled("Sizes", figures(heads, rows))

    def summary(self, done: dict[str, Any]) -> str:
        """The report in one line."""
        said = (
            ", ".join(f"{count:,} {DONE[does]}" for does, count in done["counts"].items())
            or "nothing to fold"
        )
        sizes = done["after"] or done["before"]
        return f"{'would be: ' if done['after'] is None else ''}{said}; {counted(sizes['items'], 'item')} recalled"

    def _consolidation(self) -> Consolidation:
        company = self._company
        return composition.consolidation(company, company.settings, company.folder, clock=company.clock)

    def _sizes(self) -> dict[str, int]:
        row = self._company.query(load_sql("workbench", "view_memory_sizes")).dicts()[0]
        return {name: int(row[name] or 0) for name in SIZES}


def _told(changes: Iterable[Change]) -> dict[str, Any]:
    """Return changes as a step keeps them: counts of items by kind, and the first of the changes."""
    counts: Counter[str] = Counter()
    told: list[dict[str, Any]] = []
    number = 0
    for change in changes:
        number += 1
        counts[change.does] += len(change.items)
        if len(told) < MAX_TOLD:
            told.append({"does": change.does, "items": len(change.items), "why": change.reason})
    return {"counts": dict(counts), "changes": number, "told": told}
