"""Traces: which events repeat what is to be erased, and in which words; nothing here writes.

An event that came from outside is *original*; what this program wrote because of another event is *derived*. The
words of the chosen originals are searched for everywhere. Words that no other original holds are *their own*: whatever
repeats them goes too. Words that others hold as well stay with those, and go only where something speaks of what goes.
What memory knows of others stays with them: that it was heard from somebody who goes is no reason to forget it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from opc_kernel.log.erase import NothingToErase
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.entity import EntityFound
from workbench.capabilities.books.months.events import LinesPosted

LEAST_CHARS = 6
"""Shorter words are too likely to stand anywhere."""
LEAST_WANTED_CHARS = 3
MAX_HOLDERS = 5_000
"""Words that more originals hold are nobody's own."""
ENTITY, FACT, TASK, ITEM = "entity/", "fact/", "task/", "item"
MET = EntityFound.event_type
AT_ONCE = 200
"""So many words or ids are looked for in one question."""
ROWS = ("proposal", "question")
"""Categories whose streams go whole: what was decided can't be told without the decision."""
OF_SOMEBODY = ("entity", "fact", "contradiction", "apart", "likeness")
"""Categories of what memory knows of one entity, or of two."""
RECORDS = ("bank", "billing", "books")
"""Areas of events that are kept by law for years, whomever they name."""
WORKBENCH = "workbench"
OF_MANY = (LinesPosted.event_type,)
"""These hold amounts, days and ids of many things: they stay, unless they repeat the own words of what goes."""
ANSWERED = "a model was asked about what goes"
WHOLE = "its stream can't be read without what goes"

COLUMNS = (
    "position, event_id, stream, version, type, correlation_id, causation_id, source, data::VARCHAR AS data"
)
EVENTS = (
    f"SELECT {COLUMNS} FROM event WHERE data IS NOT NULL "
    "AND NOT starts_with(type, 'log.') AND NOT starts_with(type, 'memory.forgetting_') AND "
)
"""What the log and the policies say of an erasure are ids and days: it stays."""
ORDER = " ORDER BY position"
HOLDERS = (
    "WITH original AS (SELECT lower(data::VARCHAR) AS text FROM event WHERE data IS NOT NULL "
    f"AND NOT (source = '{WORKBENCH}' AND causation_id IS NOT NULL) AND NOT starts_with(type, 'log.')) "
    "SELECT word, count(*) FROM original, unnest($words::VARCHAR[]) AS wanted(word) "
    "WHERE contains(text, word) GROUP BY word"
)
HOLDS = "regexp_matches(lower(data::VARCHAR), $words)"
BESIDE = "(causation_id IN (SELECT unnest($ids::VARCHAR[])) OR correlation_id IN (SELECT unnest($stories::VARCHAR[])))"
NAMES = "regexp_matches(data::VARCHAR, $names)"
CALLS = (
    "version > 1 AND stream IN (SELECT stream FROM event WHERE starts_with(stream, 'model_call/') "
    "AND (regexp_matches(data::VARCHAR, $names) OR causation_id IN (SELECT unnest($ids::VARCHAR[]))))"
)
"""What a model was asked because of these, or names them: its answer may say the same in words of its own."""

_AMOUNT = re.compile(r"[-+]?\d{1,15}([.,]\d+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.+Z-]*)?")
_MACHINE = re.compile(r"[a-z0-9_.:-]+|[a-z0-9_]+/[0-9a-f]+|[0-9a-f]{20,}")
"""Single lower-case words, ids and streams: no words of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person names: streams, events, whole stories, a text, or whom memory knows."""

    streams: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    containing: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    """Streams of entities, each with all that are one with it; their records stay unless `also_records`."""
    also_records: bool = False
    words: tuple[str, ...] = ()
    """Words of what goes that may stand elsewhere in another spelling than in its events."""
    kept: tuple[str, ...] = ()
    """Ids of events that stay, whatever they name."""
    others_stay: bool = False
    """Whether what memory knows of others stays, even where it was met in what goes alone."""

    @property
    def keeps_records(self) -> bool:
        """Whether what the law wants kept stays, unless it was named itself."""
        return bool(self.entities) and not self.also_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An event that goes, and why."""

    position: int
    event_id: str
    stream: str
    version: int
    type: str
    correlation_id: str
    causation_id: str | None
    source: str
    data: str
    why: str = ""

    @property
    def derived(self) -> bool:
        """Whether this program wrote it because of another event."""
        return self.source == WORKBENCH and self.causation_id is not None

    @property
    def category(self) -> str:
        """The first part of its stream's name."""
        return self.stream.partition("/")[0]

    @property
    def is_record(self) -> bool:
        """Whether it is to be kept by law."""
        return self.type.partition(".")[0] in RECORDS

    @property
    def goes_whole(self) -> bool:
        """Whether its stream can't be read without it."""
        return self.version == 1 or self.category in ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Everything that goes, in order; the words that then stand nowhere any more, and those that others keep."""

    events: tuple[Trace, ...]
    words: tuple[str, ...]
    shared: tuple[str, ...]


def find_traces(log: Queryable, wanted: Wanted) -> Traces:
    """Return what is named and everything that repeats it.

    Raises NothingToErase.
    """
    search = _Search(log, wanted)
    search.begin()
    while search.go_on():
        pass
    return search.found()


@dataclass(slots=True)
class _Search:
    """One search, from what was named until nothing new is found."""

    log: Queryable
    wanted: Wanted
    chosen: dict[str, Trace] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """The words of what was named, by their spelling in JSON, in lower case."""
    stories: frozenset[str] = frozenset()
    holders: dict[str, list[Trace]] = field(default_factory=dict)
    """Who holds each word that may be their own."""
    new: list[Trace] = field(default_factory=list)

    def begin(self) -> None:
        """Choose what is named, and find who else holds its words."""
        for trace in _named(self.log, self.wanted):
            self._choose(trace, trace.why, named=True)
        if not self.chosen:
            raise NothingToErase("no event that still has its data is meant by this")
        self._choose_whole_streams(self.new)
        originals = [trace for trace in self.chosen.values() if not trace.derived]
        found = {word for trace in originals for word in words_of(trace.data)}
        found.update(word for word in self.wanted.words if len(word) >= LEAST_CHARS)
        self.words = {_in_json(word): word for word in sorted(found | set(self.wanted.containing))}
        self.stories = frozenset(trace.correlation_id for trace in originals)
        self.holders = self._held()

    def go_on(self) -> bool:
        """Follow what was chosen last; returns whether that led to more."""
        last, self.new = self.new, []
        for trace, why in self._related(last):
            self._choose(trace, why)
        for word in self._own():
            for trace in self.holders[word]:
                if not self._is_of_another(trace):
                    self._choose(trace, f"repeats {self.words[word]!r}")
        self._choose_whole_streams(self.new)
        return bool(self.new)

    def found(self) -> Traces:
        own = self._own()
        wanted = {_in_json(text) for text in self.wanted.containing}
        return Traces(
            events=tuple(sorted(self.chosen.values(), key=lambda trace: trace.position)),
            words=tuple(word for key, word in self.words.items() if key in own or key in wanted),
            shared=tuple(word for key, word in self.words.items() if key not in own and key not in wanted),
        )

    def _choose(self, trace: Trace, why: str, *, named: bool = False) -> None:
        if trace.event_id not in self.chosen and not self._stays(trace, named=named):
            self.chosen[trace.event_id] = _because(trace, why)
            self.new.append(trace)

    def _stays(self, trace: Trace, *, named: bool) -> bool:
        """Whether the law or somebody else wants it kept; what was named itself goes even so."""
        if trace.event_id in self.wanted.events or trace.stream in self.wanted.streams:
            return False
        if self.wanted.keeps_records and trace.is_record:
            return True
        return trace.event_id in self.wanted.kept and not named

    def _choose_whole_streams(self, last: Sequence[Trace]) -> None:
        streams = sorted({trace.stream for trace in last if trace.goes_whole})
        for some in _portions(streams):
            for trace in _ask(self.log, "stream IN (SELECT unnest($streams::VARCHAR[]))", streams=some):
                self._choose(trace, WHOLE)

    def _held(self) -> dict[str, list[Trace]]:
        """Return who holds each word that is not everywhere."""
        held: dict[str, list[Trace]] = {}
        for some in _portions(list(self.words)):
            counts = dict(self.log.query(HOLDERS, words=some).rows)
            rare = [word for word in some if counts.get(word, 0) <= MAX_HOLDERS]
            holders = _ask(self.log, HOLDS, words=_any_of(rare)) if rare else []
            lower = [(trace, trace.data.lower()) for trace in holders]
            held |= {word: [trace for trace, text in lower if word in text] for word in rare}
        return held

    def _own(self) -> set[str]:
        """Return the words that every original which holds them loses, and that nobody else is known by."""
        return {
            word
            for word, holders in self.holders.items()
            if all(
                trace.event_id in self.chosen or (trace.derived and not self._is_of_another(trace))
                for trace in holders
            )
        }

    def _related(self, last: Sequence[Trace]) -> Iterator[tuple[Trace, str]]:
        """Yield what speaks of the events chosen last."""
        for some in _portions(last):
            yield from self._naming(some)
            ids = [trace.event_id for trace in some]
            names = {*ids, *(trace.stream for trace in some if trace.goes_whole or trace.category == ITEM)}
            for trace in _ask(self.log, CALLS, names=_any_of(sorted(names)), ids=ids):
                yield trace, ANSWERED
            for trace in _ask(self.log, BESIDE, ids=ids, stories=sorted(self.stories)):
                if trace.derived and trace.category not in OF_SOMEBODY and self._repeats(trace):
                    yield trace, "follows from what goes and repeats its words"

    def _naming(self, some: Sequence[Trace]) -> Iterator[tuple[Trace, str]]:
        """Yield what names an event or a stream of these, and goes because of it."""
        position = {trace.event_id: trace.position for trace in some}
        whole = {trace.stream for trace in some if trace.goes_whole}
        names = [
            json.dumps(name, ensure_ascii=False) for name in (*position, *{trace.stream for trace in some})
        ]
        for trace in _ask(self.log, NAMES, names=_any_of(names)):
            if trace.type in OF_MANY:
                continue
            told = self._reason_to_forget if trace.category in OF_SOMEBODY else self._reason_to_go
            if why := told(trace, position, whole):
                yield trace, why

    def _reason_to_go(self, trace: Trace, position: Mapping[str, int], whole: Set[str]) -> str:
        """Say why what names something that goes must go too; nothing where it may stay."""
        named = next((each for each in position if f'"{each}"' in trace.data), None)
        if named is not None:
            return f"names the event at position {position[named]}"
        if trace.category == ITEM:
            return ""  # it says what its sources say, and they stay
        if self._repeats(trace):
            return "speaks of a stream that goes"
        tasks = (each for each in whole if each.startswith(TASK))
        is_asked = trace.category in ROWS and any(f'"{each}"' in trace.data for each in tasks)
        return "is asked for a task that goes" if is_asked else ""

    def _reason_to_forget(self, trace: Trace, _position: Mapping[str, int], whole: Set[str]) -> str:
        """Say why something that memory knows goes; nothing where it is of another, who stays."""
        if any(f'"{each}"' in trace.data for each in whole if each.startswith((ENTITY, FACT))):
            return "is about somebody or something that goes"
        if trace.category == "entity" or self._has_other_sources(trace):
            return ""
        text, names = trace.data.lower(), {_in_json(word) for word in self.wanted.words}
        is_told = any(word in text for word in self._own() | names)
        return "only what goes says so, and it repeats its words" if is_told else ""

    def _is_of_another(self, trace: Trace) -> bool:
        """Whether it is somebody's name, or a fact that others say as well: these stay with whom they are of."""
        if not self.wanted.others_stay:
            return False
        return trace.type == MET or (trace.category == "fact" and self._has_other_sources(trace))

    def _has_other_sources(self, trace: Trace) -> bool:
        sources = json.loads(trace.data).get("sources")
        return not sources or not self.chosen.keys() >= {*sources}

    def _repeats(self, trace: Trace) -> bool:
        text = trace.data.lower()
        return any(word in text for word in self.words)


def words_of(data: str) -> set[str]:
    """Return the texts in an event's data that may say who or what it is about: no amounts, days or ids."""
    return {
        line.strip()
        for text in _texts(json.loads(data))
        for line in text.splitlines()
        if len(line.strip()) >= LEAST_CHARS and not _says_nothing(line.strip())
    }


def _says_nothing(text: str) -> bool:
    return any(kind.fullmatch(text) for kind in (_AMOUNT, _DAY, _MACHINE))


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON may be anything
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _named(log: Queryable, wanted: Wanted) -> Iterator[Trace]:
    by_key = (
        ("stream", wanted.streams, "its stream was named"),
        ("event_id", wanted.events, "it was named"),
        ("correlation_id", wanted.stories, "its story was named"),
    )
    for column, keys, why in by_key:
        for some in _portions(keys):
            for trace in _ask(log, f"{column} IN (SELECT unnest($keys::VARCHAR[]))", keys=some):
                yield _because(trace, why)
    for text in wanted.containing:
        if len(text.strip()) < LEAST_WANTED_CHARS:
            raise NothingToErase(f"{text!r} is too short to be looked for")
        for trace in _ask(log, HOLDS, words=_any_of([_in_json(text)])):
            yield _because(trace, f"holds {text!r}")


def _ask(log: Queryable, condition: str, **parameters: str | list[str]) -> list[Trace]:
    return [Trace(**row) for row in log.query(f"{EVENTS}{condition}{ORDER}", **parameters).dicts()]


def _any_of(words: Sequence[str]) -> str:
    """Return a pattern that finds any of some words: one look at a text for all of them."""
    quoted = (word.replace(r"\E", r"\E\\E\Q") for word in words)  # it would end the quotation
    return "|".join(rf"\Q{word}\E" for word in quoted)


def _because(trace: Trace, why: str) -> Trace:
    return replace(trace, why=why)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].lower()


def _portions(keys: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(keys)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
