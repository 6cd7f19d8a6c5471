"""The step of consolidation: looks for the next thing to fold, sum up, let fade or bring back, and appends it.

Each step is one append that rests on the version of every item it touches: interrupted, it goes on with the next call;
of two at once one looks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from opc_kernel.clock import Clock
from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company, Queryable
from opc_kernel.memory.consolidating import (
    ACTOR,
    MAX_MEMBERS,
    Change,
    Episode,
    Kept,
    MemoryConsolidated,
    Told,
    faded,
    folded,
    in_order,
    restored,
    summary_stream,
    summed_up,
    taken_back,
    template,
)
from opc_kernel.memory.weighing import WEIGHS
from opc_kernel.sql import load_sql
from workbench.memory_settings import MemorySettings

SHORTEST_CHARS = 24
"""What is shorter and said again, such as a "Yes, please.", says something else each time."""
SMALL_CHARS = 1_000
"""A longer text without a conversation is not summed up with others."""
GROUPS_A_ROUND = 100
"""So many groups of each kind are found with one look through memory."""
MAX_ROUNDS = 1_000
"""A run ends after these; the next one goes on."""
MAX_SUMMARIES = 1_000
STREAM = "memory/consolidation"

Tell = Callable[[Episode], Told]


class NotAnItem(KernelError):
    """A stream that is no item of memory, or one that stands already."""

    def __init__(self, stream: str, reason: str) -> None:
        super().__init__(f"{stream} was not brought back: {reason}.", "Nothing was changed.")


class Consolidation:
    """Makes memory smaller without losing anything of it, as the policies of the settings say."""

    def __init__(
        self, company: Company, policy: MemorySettings, *, clock: Clock, tell: Tell = template
    ) -> None:
        """`tell` says what an episode comes to; it is asked once for each summary."""
        self._company, self._policy, self._clock, self._tell = company, policy, clock, tell
        self._untold: list[str] = []
        """Items whose episode nothing short could be said of."""

    def preview(self) -> Iterator[Change]:
        """Yield what `run` would do now, with summaries by rules; nothing is stored."""
        passed: list[str] = []
        for _ in range(MAX_ROUNDS):
            number = len(passed)
            for change in self._round(passed, template):
                passed += change.items
                yield change
            if len(passed) == number:
                return

    def steps(self) -> Iterator[Change]:
        """Do all that is due, and yield each change once it is stored."""
        for _ in range(MAX_ROUNDS):
            stored = 0
            for change in self._round([], self._tell):
                if self._stored(change):
                    stored += 1
                    yield change
            if not stored:
                return

    def run(self) -> Counter[str]:
        """Do all that is due; return how many items each kind of change touched."""
        done: Counter[str] = Counter()
        for change in self.steps():
            done[change.does] += len(change.items)
        return done

    def daily(self) -> Iterator[Change]:
        """Do all that is due as `steps` does, and note in the log what it came to, if to anything."""
        done: Counter[str] = Counter()
        for change in self.steps():
            done[change.does] += len(change.items)
            yield change
        if not done:
            return
        data = MemoryConsolidated(
            folded=done["fold"], summed_up=done["sum up"], faded=done["fade"], restored=done["restore"]
        )
        self._company.append([Write(stream=STREAM, data=data, actor=ACTOR)], expected={STREAM: ANY_VERSION})

    def _stored(self, change: Change) -> bool:
        """Append a change; False when somebody changed one of its items meanwhile: the next round sees that."""
        try:
            self._company.append(change.writes, expected=change.expected)
        except VersionConflict:
            return False
        return True

    def _round(self, passed: list[str], tell: Tell) -> Iterator[Change]:
        """Yield the next changes of each kind; what is `passed` is left as it is."""
        yield from self._orphans(passed)
        yield from self._alike(passed)
        yield from self._episodes(passed, tell)
        yield from self._unused(passed)

    def _orphans(self, passed: list[str]) -> Iterator[Change]:
        for (streams,) in self._found("consolidation_orphans", passed):
            yield restored(read_items(self._company, streams), reason="nobody speaks for it any more")

    def _alike(self, passed: list[str]) -> Iterator[Change]:
        for (streams,) in self._found(
            "consolidation_alike", passed, shortest=SHORTEST_CHARS, groups=GROUPS_A_ROUND
        ):
            items = [item for item in read_items(self._company, streams) if item.loose]
            if len(items) > 1:
                yield folded(items)

    def _episodes(self, passed: list[str], tell: Tell) -> Iterator[Change]:
        now, policy = self._clock.now(), self._policy
        due = self._found(
            "consolidation_episode",
            [*passed, *self._untold],
            before=now - timedelta(days=policy.sum_up_after_days),
            series_before=now - timedelta(days=policy.sum_up_series_after_days),
            small=SMALL_CHARS,
            least=policy.sum_up_items,
            groups=GROUPS_A_ROUND,
        )
        for name, streams in due:
            loose = [item for item in read_items(self._company, streams) if item.loose]
            episode = self._gathered(name, loose)
            if loose and (told := tell(episode)).text:
                yield summed_up(episode, told)
            else:
                self._untold += streams

    def _gathered(self, name: str, loose: list[Kept]) -> Episode:
        """Put items to the summary of their episode that has room for them, or to a new one."""
        for number in range(MAX_SUMMARIES):
            stream = summary_stream(name, number)
            sql = load_sql("workbench.memory", "consolidation_summary")
            ((version, stands, members),) = self._company.query(sql, stream=stream).rows
            if version is None:
                return Episode(members=tuple(loose), summary=stream)
            if stands and members < MAX_MEMBERS:
                before = read_items(self._company, [], summary=stream)
                all_of_it = sorted([*before, *loose[: MAX_MEMBERS - members]], key=in_order)
                return Episode(members=tuple(all_of_it), summary=stream, version=version)
        raise AssertionError(f"{name} has {MAX_SUMMARIES} summaries")

    def _unused(self, passed: list[str]) -> Iterator[Change]:
        days = self._policy.fade_after_days
        before = self._clock.now() - timedelta(days=days)
        policy, reason = f"fade_after_days = {days}", f"nobody used it for {days} days"
        for (streams,) in self._found("consolidation_unused", passed, before=before, weighs=WEIGHS):
            yield faded(read_items(self._company, streams), policy=policy, reason=reason)

    def _found(self, name: str, passed: list[str], **asked: object) -> list[tuple[Any, ...]]:
        """Return what a question finds: rows that end with the streams of the items it is about."""
        rows = self._company.query(
            load_sql("workbench.memory", name), passed=passed, most=MAX_MEMBERS, **asked
        ).rows
        return [row for row in rows if row[-1]]


def brought_back(company: Queryable, stream: str, *, reason: str, account: str) -> Change:
    """Return what brings an item back, or, of a summary, all it stands for. Raises NotAnItem."""
    row = company.query("SELECT kind, state FROM memory_item WHERE stream = $stream", stream=stream).one()
    if row is None:
        raise NotAnItem(stream, "it is no item of memory")
    if row["kind"] == "summary" and row["state"] == "kept":
        (summary,) = read_items(company, [stream])
        members = read_items(company, [], summary=stream)
        return taken_back(summary, members, reason=reason, account=account)
    if row["state"] == "kept":
        raise NotAnItem(stream, "it is recalled as it stands")
    return restored(read_items(company, [stream]), reason=reason, account=account)


def read_items(company: Queryable, streams: list[str], *, summary: str = "") -> list[Kept]:
    """Return items, and those a summary stands for, in the order in which they were said."""
    rows = company.query(
        load_sql("workbench.memory", "consolidation_items"), streams=streams, summary=summary
    ).dicts()
    return [
        Kept(**{**row, "entities": tuple(row["entities"] or ()), "sources": tuple(row["sources"] or ())})
        for row in rows
    ]
