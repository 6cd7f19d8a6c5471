"""Recall: one call that finds what memory holds for a question. The log's read model is the truth; indexes are a cache.

Every answer is held against the read model: what was erased or said otherwise since never comes back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.recall import item as reading
from opc_kernel.memory.recall.dates import named_spans
from opc_kernel.memory.recall.embedding import Embedding, EmbeddingFailed
from opc_kernel.memory.recall.index_file import (
    IndexRefused,
    Manifest,
    check,
    clear_leftovers,
    read_index,
    write_index,
)
from opc_kernel.memory.recall.item import Item
from opc_kernel.memory.recall.meaning import Meaning
from opc_kernel.memory.recall.recalled import Recalled, Recollection
from opc_kernel.memory.recall.scoring import USEFUL, Scored, scored, with_neighbours
from opc_kernel.memory.recall.shelf import Rows, Shelf
from opc_kernel.memory.recall.terms import LANGUAGES, Terms
from opc_kernel.memory.recall.words import from_bytes, to_bytes

INDEX = "index"
"""The company's folder of what can be rebuilt: no backup takes it, and an erasure removes its files."""
WORDS_FILE = "words.npz"
WORDS = "words"
CANDIDATES = 100
"""So many are taken from each index before they are looked at together."""
READ_AT_ONCE = 5_000
MAX_BUDGET = 20_000
"""So many vectors a step may make at most."""
EMBED_AT_ONCE = 16
"""So many new items get their vector before an answer; more wait for `catch_up`, and are found by words until then."""
KEEP_AFTER, KEEP_SHARE = 1_000, 0.05
"""The words are written again after so many new items, or such a share of all."""
MAX_K = 1_000
MAX_QUERY_CHARS = 10_000

Floats = NDArray[np.float32]
Usefulness = Callable[[Sequence[str]], Mapping[str, float]]
"""Says of items, by stream, how useful they were: -1 to 1, 0 or nothing where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the indexes are."""

    items: int
    embedded: int
    """How many got a vector in this step."""
    waiting: int
    """How many still wait for one."""


class Recall:
    """Finds items. One at a time uses it; it may be asked from several threads. Close it to keep what it learned."""

    def __init__(
        self,
        company: Queryable,
        folder: Path,
        *,
        embeddings: Sequence[Embedding] = (),
        languages: Sequence[str] = LANGUAGES,
        local_only: Iterable[str] = (),
        useful: Usefulness | None = None,
        zone: tzinfo = UTC,
        clock: Clock | None = None,
        crash: Crash = no_crash,
    ) -> None:
        """Make ready; nothing is read before the first question.

        `folder` is the company's. The first of `embeddings` is the wanted one; others may serve with the vectors they
        have until it has caught up. No embedding elsewhere is shown what is marked so, or of a kind in `local_only`.
        """
        self._company, self._folder, self._crash = company, folder / INDEX, crash
        self._terms = Terms(languages)
        self._shelf = Shelf(self._terms)
        self._meanings = [Meaning(self._folder, embedding, crash=crash) for embedding in embeddings]
        self._local_only = frozenset(local_only)
        self._useful, self._zone, self._clock = useful, zone, clock or SystemClock()
        self._turn = threading.RLock()
        self._is_open = False
        self._kept_at = 0
        self.refused: list[IndexRefused] = []
        """Files that did not fit and were made anew."""

    def recall(
        self,
        query: str,
        *,
        entity: str | None = None,
        kinds: Sequence[str] = (),
        as_of: datetime | None = None,
        k: int = 10,
    ) -> Recollection:
        """Return the `k` items that fit a question best; see Recollection for how it was looked for.

        `entity` and `kinds` leave all other items out; `as_of` leaves out what the log did not hold by then.
        """
        assert 0 < k <= MAX_K, f"{k} items"
        query = query[:MAX_QUERY_CHARS]
        with self._turn:
            self._read_new()
            meaning, notes = self._serving()
            until = None if as_of is None else reading.position_at(self._company, as_of)
            among = self._among(entity, kinds, until)
            notes += self._changed(until)
            found = self._scored(query, meaning, notes, among, k)
            return Recollection(items=tuple(self._told(query, found, k)), notes=tuple(notes))

    def catch_up(self, budget: int = 256) -> Progress:
        """Read what is new and give at most so many items their vector: a bounded step, to be called again and again.

        Raises EmbeddingFailed when the wanted model gives none now.
        """
        with self._turn:
            self._read_new()
            embedded = self._embed(self._meanings[0], min(budget, MAX_BUDGET)) if self._meanings else 0
            return Progress(items=len(self._shelf), embedded=embedded, waiting=self._waiting())

    def close(self) -> None:
        """Keep what was learned."""
        with self._turn:
            if self._is_open and self._kept_at != self._shelf.position:
                self._keep_words()

    def __enter__(self) -> Recall:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what is new

    def _read_new(self) -> None:
        """Take in every item that was kept since, and let go of what stands no longer."""
        standing = reading.standing(self._company)
        if not self._is_open:
            self._open()
        while self._shelf.position < standing.position:
            items = reading.items_after(self._company, self._shelf.position, READ_AT_ONCE)
            if not items:
                break
            replaced = self._shelf.put(items)
            for meaning in self._meanings:
                meaning.forget(replaced)
        if len(self._shelf) != standing.count:
            self._let_go()
        if self._shelf.position - self._kept_at > max(KEEP_AFTER, KEEP_SHARE * len(self._shelf)):
            self._keep_words()

    def _open(self) -> None:
        clear_leftovers(self._folder)
        path = self._folder / WORDS_FILE
        try:
            if (read := read_index(path)) is not None:
                manifest, payload = read
                check(path, manifest, self._manifest(0, 0, ""), self._hash_of)
                self._shelf = Shelf.unpacked(self._terms, from_bytes(payload), manifest.position)
        except IndexRefused as error:
            path.unlink(missing_ok=True)
            self.refused.append(error)
        self._kept_at = self._shelf.position
        for meaning in self._meanings:
            self.refused += meaning.take_up(self._hash_of)
        self._is_open = True

    def _let_go(self) -> None:
        """Drop what was erased or forgotten, from the files as well, now."""
        truth = np.array(reading.positions_standing(self._company), np.int64)
        gone = np.setdiff1d(self._shelf.standing(), truth)
        if len(truth) > len(self._shelf) - len(gone):  # something that stands was lost: begin anew
            self._shelf = Shelf(self._terms)
            return self._read_new()
        if len(gone):
            self._shelf.drop(gone)
            self._keep_words()
            for meaning in self._meanings:
                self._forget_gone(meaning, gone)
        return None

    def _forget_gone(self, meaning: Meaning, gone: NDArray[np.int64]) -> None:
        """Write every vector that is left anew, for what was written before holds those that went."""
        meaning.forget(np.union1d(gone, np.setdiff1d(meaning.index.positions, self._shelf.standing())))
        meaning.keep(*self._known(), wholly=True)

    def _keep_words(self) -> None:
        payload = to_bytes(self._shelf.packed())
        write_index(
            self._folder / WORDS_FILE, self._manifest(len(self._shelf), *self._known()), payload, self._crash
        )
        self._kept_at = self._shelf.position

    def _manifest(self, count: int, position: int, chain_hash: str) -> Manifest:
        model = ", ".join(self._terms.languages)
        return Manifest(kind=WORDS, model=model, count=count, position=position, chain_hash=chain_hash)

    def _known(self) -> tuple[int, str]:
        return self._shelf.position, self._hash_of(self._shelf.position)

    def _hash_of(self, position: int) -> str:
        return reading.chain_hash(self._company, position)

    # meaning

    def _serving(self) -> tuple[Meaning | None, list[str]]:
        """Return whose vectors serve now, and what is to be said of them."""
        if not self._meanings:
            return None, ["words only: no model of meaning is set up"]
        wanted, count = self._meanings[0], len(self._shelf)
        if 0 < wanted.waiting(count) <= EMBED_AT_ONCE:
            try:
                self._embed(wanted, EMBED_AT_ONCE)
            except EmbeddingFailed as error:
                return self._most_complete(), [f"not all by meaning: {error.reason}"]
        serving = wanted if not wanted.waiting(count) else self._most_complete()
        if serving is not wanted:
            return serving, [
                f"meaning by {serving.embedding.name} until {wanted.embedding.name} has read everything"
            ]
        waiting = wanted.waiting(count)
        return serving, [
            f"{waiting} items are found by words only until their meaning is read"
        ] if waiting else []

    def _most_complete(self) -> Meaning:
        return max(self._meanings, key=lambda each: len(each.index))

    def _waiting(self) -> int:
        return self._meanings[0].waiting(len(self._shelf)) if self._meanings else 0

    def _embed(self, meaning: Meaning, budget: int) -> int:
        positions = meaning.missing(self._shelf.standing())[:budget].tolist()
        items = reading.items_at(self._company, positions)
        shown = {at: item.text for at, item in items.items() if self._may_see(meaning.embedding, item)}
        meaning.withheld.update(at for at in items if at not in shown)
        if shown:
            meaning.learn(shown)
            meaning.keep(*self._known())
        if meaning is self._meanings[0] and not meaning.waiting(len(self._shelf)):
            self._end_others()
        return len(shown)

    def _may_see(self, embedding: Embedding, item: Item) -> bool:
        return embedding.local or not (item.local_only or item.kind in self._local_only)

    def _end_others(self) -> None:
        """Remove the vectors of former models: nobody compares with them any more."""
        for other in self._meanings[1:]:
            other.drop_files()
        del self._meanings[1:]

    # finding

    def _among(self, entity: str | None, kinds: Sequence[str], until: int | None) -> NDArray[np.int64] | None:
        """Return the positions that may be found, None for all."""
        if entity is None and not kinds and until is None:
            return None
        found = reading.positions_among(self._company, entity=entity, kinds=kinds, until=until)
        return np.array(found, np.int64)

    def _changed(self, until: int | None) -> list[str]:
        """Say what a look back leaves out: what an item said before it was said anew is not in the indexes."""
        changed = 0 if until is None else reading.said_anew(self._company, until)
        return [f"left out: {changed} said anew since"] if changed else []

    def _scored(
        self,
        query: str,
        meaning: Meaning | None,
        notes: list[str],
        among: NDArray[np.int64] | None,
        k: int,
    ) -> Scored:
        shelf, most = self._shelf, max(CANDIDATES, 2 * k)
        allowed = None
        if among is not None:
            allowed = np.zeros(len(shelf["positions"]), np.bool_)
            allowed[shelf.rows(among)] = True
        words = shelf.words.scores(self._terms.asked(query), allowed)
        question = self._question(query, meaning, notes)
        near = self._nearest(meaning, question, most, among)
        spans = named_spans(query, self._zone)
        rows = with_neighbours(shelf, np.union1d(_best(words, most), near))
        if allowed is not None:
            rows = rows[allowed[rows]]
        return scored(
            shelf,
            rows,
            words=words[rows].astype(np.float64),
            meaning=self._cosines(meaning, question, rows),
            spans=spans,
            now_s=self._clock.now().timestamp(),
        )

    def _question(self, query: str, meaning: Meaning | None, notes: list[str]) -> Floats | None:
        if meaning is None or not len(meaning.index) or not query.strip():
            return None
        try:
            return meaning.question(query)
        except EmbeddingFailed as error:
            notes.append(f"words only: {error.reason}")
            return None

    def _nearest(
        self,
        meaning: Meaning | None,
        question: Floats | None,
        most: int,
        among: NDArray[np.int64] | None,
    ) -> Rows:
        if meaning is None or question is None:
            return np.empty(0, np.int64)
        return self._shelf.rows(meaning.index.search(question, most, among)[0])

    def _cosines(self, meaning: Meaning | None, question: Floats | None, rows: Rows) -> NDArray[np.float64]:
        """Return how near each row is; what has no vector is not near."""
        cosines = np.zeros(len(rows))
        if meaning is not None and question is not None:
            positions, near = meaning.index.cosines(question, self._shelf["positions"][rows])
            cosines[np.searchsorted(self._shelf["positions"][rows], positions)] = near
        return cosines

    def _told(self, query: str, found: Scored, k: int) -> list[Recalled]:
        """Return the best of what still stands, with its reasons and its sources."""
        order = np.lexsort((found.rows, -found.total))[: 2 * k]
        positions = self._shelf["positions"][found.rows[order]].tolist()
        items = reading.items_at(self._company, positions)
        sources = reading.sources(self._company, positions)
        useful = self._useful([item.stream for item in items.values()]) if self._useful else {}
        told = [
            Recalled(
                item=item,
                score=float(found.total[at]) + USEFUL * min(max(useful.get(item.stream, 0.0), -1.0), 1.0),
                why=self._why(query, found, at, item),
                sources=sources[position],
            )
            for position, at in zip(positions, order.tolist(), strict=True)
            if (item := items.get(position)) is not None
        ]
        return sorted(told, key=lambda each: -each.score)[:k]

    def _why(self, query: str, found: Scored, at: int, item: Item) -> tuple[str, ...]:
        why = []
        if found.words[at] > 0:
            held = set(self._terms.of(item.text))
            words = self._terms.looked_for(query)
            why.append("words: " + ", ".join(word for word in words if held & {*self._terms.of_word(word)}))
        if found.meaning[at] > 0:
            why.append(f"meaning {found.meaning[at]:.2f}")
        if found.near[at] > found.total[at] / 2:
            why.append("stands beside what fits")
        if found.dated[at]:
            why.append(f"dated {item.occurred_at:%Y-%m-%d}")
        return tuple(why)


def _best(words: Floats, most: int) -> Rows:
    """Return the rows with the best scores, those without any left out."""
    rows = np.flatnonzero(words)
    if len(rows) <= most:
        return rows
    return rows[np.argpartition(words[rows], -most)[-most:]]
