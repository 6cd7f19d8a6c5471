"""Recall: one call that finds what memory holds for a question. The log's read model is the truth; indexes are a cache.

Every answer is held against the read model: what was erased or said otherwise since never comes back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.log.crash import Crash, no_crash
from opc_kernel.log.protocol import Queryable
from opc_kernel.memory.lines import position_at
from opc_kernel.memory.recall import item as reading
from opc_kernel.memory.recall.asked import MAX_K, MAX_QUERY_CHARS
from opc_kernel.memory.recall.condition import Condition, Progress
from opc_kernel.memory.recall.dates import named_spans
from opc_kernel.memory.recall.embedding import Embedding, EmbeddingFailed
from opc_kernel.memory.recall.excerpt import excerpts
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
from opc_kernel.memory.recall.past import past_of
from opc_kernel.memory.recall.recalled import Recalled, Recollection
from opc_kernel.memory.recall.scoring import USEFUL, Scored, leading, neighbours, scored
from opc_kernel.memory.recall.shelf import Rows, Shelf
from opc_kernel.memory.recall.terms import LANGUAGES, Terms
from opc_kernel.memory.recall.vectors import VectorIndex
from opc_kernel.memory.recall.words import from_bytes, held, to_bytes

INDEX = "index"
"""The company's folder of what can be rebuilt: no backup takes it, and an erasure removes its files."""
WORDS_FILE = "words.npz"
WORDS = "words 2"
"""Its number grows when words are counted another way: what was counted before is refused, and counted anew."""
CANDIDATES = 100
"""So many are taken from each index before they are looked at together."""
READ_AT_ONCE = 5_000
MAX_BUDGET = 20_000
"""So many vectors a step may make at most."""
EMBED_AT_ONCE = 16
"""So many new items get their vector before an answer; more wait for `catch_up`, and are found by words until then."""
KEEP_AFTER, KEEP_SHARE = 1_000, 0.05
"""The words are written again after so many new items, or such a share of all."""
LEADING = 150
"""The neighbours of so many are looked at: with a hundred, some evidence in LoCoMo was missed."""

Floats = NDArray[np.float32]
Usefulness = Callable[[Sequence[str]], Mapping[str, float]]
"""Says of items, by stream, how useful they were: -1 to 1, 0 or nothing where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Rows, in order, with what words and meaning say of each."""

    rows: Rows
    words: NDArray[np.float64]
    meaning: NDArray[np.float64]

    def with_more(self, other: _Seen) -> _Seen:
        rows = np.concatenate([self.rows, other.rows])
        order = np.argsort(rows)
        return _Seen(
            rows=rows[order],
            words=np.concatenate([self.words, other.words])[order],
            meaning=np.concatenate([self.meaning, other.meaning])[order],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Where is looked: rows, the positions of those that may be found (None for all), and how their items are read."""

    shelf: Shelf
    among: NDArray[np.int64] | None
    items: Callable[[Sequence[int]], Mapping[int, Item]]


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
        newest: Callable[[], int] | None = None,
        crash: Crash = no_crash,
    ) -> None:
        """Make ready; nothing is read before the first question.

        `newest` says the position of the log's end, where that is known without asking the log.

        `folder` is the company's. The first of `embeddings` is the wanted one; others may serve with the vectors they
        have until it has caught up. No embedding elsewhere is shown what is marked so, or of a kind in `local_only`.
        """
        self._company, self._folder, self._crash = company, folder / INDEX, crash
        self._terms = Terms(languages)
        self._shelf = Shelf(self._terms)
        self._clock = clock or SystemClock()
        self._meanings = [Meaning(self._folder, each, clock=self._clock, crash=crash) for each in embeddings]
        self._local_only = frozenset(local_only)
        self._useful, self._zone = useful, zone
        self._newest, self._read_to = newest, -1
        self._turn, self._stepping = threading.RLock(), threading.Lock()
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

        `entity` and `kinds` leave all other items out; `as_of` asks what stood when the log ended then, in the words of
        then: what was said anew, folded or faded since is found by its words.
        """
        assert 0 < k <= MAX_K, f"{k} items"
        query = query[:MAX_QUERY_CHARS]
        with self._turn:
            self._read_new()
            meaning, notes = self._serving()
            field, back = self._field(entity, kinds, as_of)
            found = self._scored(query, field, meaning, notes, k)
            return Recollection(items=tuple(self._told(query, field, found, k)), notes=(*notes, *back))

    def catch_up(self, budget: int = 256) -> Progress:
        """Read what is new and give at most so many items their vector: a bounded step, to be called again and again.

        Questions are answered while the model reads. Raises EmbeddingFailed when the wanted model gives no vectors now.
        """
        with self._stepping:
            with self._turn:
                self._read_new()
                shown = self._lot(self._meanings[0], min(budget, MAX_BUDGET)) if self._meanings else {}
            embedded = self._learned(self._meanings[0], shown) if self._meanings else 0
            self._lay_out_anew()
            with self._turn:
                self._keep()
                return Progress(items=len(self._shelf), embedded=embedded, waiting=self._waiting())

    @property
    def has_model(self) -> bool:
        """Whether a model of meaning is set up."""
        return bool(self._meanings)

    def adopt(self, embedding: Embedding) -> None:
        """Go on with a model of meaning that came since there was none; what it learned before is taken up."""
        with self._stepping, self._turn:
            assert not self._meanings, "the wanted model is chosen where recall is made"
            meaning = Meaning(self._folder, embedding, clock=self._clock, crash=self._crash)
            self._meanings = [meaning]
            if self._is_open:
                self._read_new()
                self.refused += meaning.take_up(self._hash_of)
                self._forget_stale()

    def condition(self) -> Condition:
        """Return how the indexes are, read up to now."""
        with self._turn:
            self._read_new()
            wanted = self._meanings[0] if self._meanings else None
            serving = self._serving_now()
            return Condition(
                items=len(self._shelf),
                waiting=self._waiting(),
                model=wanted.embedding.name if wanted else None,
                serving=serving.embedding.name if serving else None,
                trouble=wanted.trouble if wanted else "",
                refused=tuple(error.happened for error in self.refused),
            )

    def close(self) -> None:
        """Keep what was learned."""
        with self._turn:
            if self._is_open and self._kept_at != self._shelf.position:
                self._read_new()  # what was erased since is not written again
                self._keep_words()
            for meaning in self._meanings:
                if not meaning.is_kept:
                    meaning.keep(*self._known())

    def __enter__(self) -> Recall:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what is new

    def _read_new(self) -> None:
        """Take in every item that was kept since, and let go of what stands no longer."""
        newest = self._newest() if self._newest else None
        if newest is not None and newest == self._read_to:
            return
        standing = reading.standing(self._company)
        is_first = not self._is_open
        if is_first:
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
        if is_first:
            self._forget_stale()
        self._read_to = -1 if newest is None else newest

    def _keep(self) -> None:
        """Write what was learned, where that is much or nothing more is to be learned now."""
        if self._shelf.position - self._kept_at > max(KEEP_AFTER, KEEP_SHARE * len(self._shelf)):
            self._keep_words()
        for meaning in self._meanings:
            if meaning.is_due or not (meaning.is_kept or meaning.waiting(len(self._shelf))):
                meaning.keep(*self._known())

    def _forget_stale(self) -> None:
        """Let go of vectors that were written before their item was said anew."""
        standing = self._shelf.standing()
        for meaning in self._meanings:
            positions = meaning.index.positions
            meaning.forget(positions[~held(standing, positions)[0]])

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
        wanted = self._meanings[0]
        if 0 < self._waiting() <= EMBED_AT_ONCE:
            try:
                self._learned(wanted, self._lot(wanted, EMBED_AT_ONCE))
            except EmbeddingFailed as error:
                return self._serving_now(), [f"not all by meaning: {error.reason}"]
        serving, waiting = self._serving_now(), self._waiting()
        if serving is not None and serving is not wanted:
            return serving, [
                f"meaning by {serving.embedding.name} until {wanted.embedding.name} has read everything"
            ]
        return serving, [
            f"{waiting} items are found by words only until their meaning is read"
        ] if waiting else []

    def _serving_now(self) -> Meaning | None:
        """Return the wanted model once it has read everything, until then whichever has read most."""
        if self._meanings and not self._waiting():
            return self._meanings[0]
        return max(self._meanings, key=lambda each: len(each.index), default=None)

    def _waiting(self) -> int:
        return self._meanings[0].waiting(len(self._shelf)) if self._meanings else 0

    def _lot(self, meaning: Meaning, budget: int) -> dict[int, str]:
        """Return the texts that a model reads next, by position; note those that it may not see."""
        positions = meaning.missing(self._shelf.standing())[:budget].tolist()
        items = reading.items_at(self._company, positions) if positions else {}
        shown = {at: item.text for at, item in items.items() if self._may_see(meaning.embedding, item)}
        meaning.withheld.update(at for at in items if at not in shown)
        return shown

    def _learned(self, meaning: Meaning, shown: Mapping[int, str]) -> int:
        """Let a model read texts; keep the vectors of what still stands. Returns how many."""
        if not shown:
            return 0
        vectors = meaning.vectors([*shown.values()])
        with self._turn:
            positions = np.fromiter(shown, np.int64, len(shown))
            stands = held(self._shelf.standing(), positions)[0]
            meaning.learn(positions[stands], vectors[stands])
            if meaning is self._meanings[0] and not self._waiting():
                self._end_others()
        return int(np.count_nonzero(stands))

    def _lay_out_anew(self) -> None:
        """Lay the vectors out for as many as there are by now, while the old layout serves."""
        for meaning in self._meanings[:1]:
            if meaning.index.is_outgrown:
                with self._turn:
                    copied = meaning.index.everything()
                laid_out = VectorIndex.in_cells(*copied)
                with self._turn:
                    laid_out.follow(meaning.index)
                    meaning.index = laid_out
                    meaning.keep(*self._known(), wholly=True)

    def _may_see(self, embedding: Embedding, item: Item) -> bool:
        return embedding.local or not (item.local_only or item.kind in self._local_only)

    def _end_others(self) -> None:
        """Remove the vectors of former models: nobody compares with them any more."""
        for other in self._meanings[1:]:
            other.drop_files()
        del self._meanings[1:]

    # finding

    def _field(
        self, entity: str | None, kinds: Sequence[str], as_of: datetime | None
    ) -> tuple[_Field, list[str]]:
        """Return where is looked, and what is to be said of a look back."""
        until = None if as_of is None else position_at(self._company, as_of)
        changed = 0 if until is None else reading.changed_since(self._company, until)
        told = f"{changed} said anew, folded or faded since"
        if until is not None and changed:
            past = past_of(self._company, self._terms, entity=entity, kinds=kinds, until=until)
            if past is not None:
                field = _Field(shelf=past.shelf, among=past.shelf.standing(), items=past.at)
                return field, [f"found by their words only: {told}"]
        items = partial(reading.items_at, self._company)
        field = _Field(shelf=self._shelf, among=self._among(entity, kinds, until), items=items)
        return field, [f"left out: {told}"] if changed else []

    def _among(self, entity: str | None, kinds: Sequence[str], until: int | None) -> NDArray[np.int64] | None:
        """Return the positions that may be found, None for all."""
        if entity is None and not kinds and until is None:
            return None
        found = reading.positions_among(self._company, entity=entity, kinds=kinds, until=until)
        return np.array(found, np.int64)

    def _scored(
        self,
        query: str,
        field: _Field,
        meaning: Meaning | None,
        notes: list[str],
        k: int,
    ) -> Scored:
        shelf, among, most = field.shelf, field.among, max(CANDIDATES, 2 * k)
        allowed = None if among is None else shelf.rows(among)
        words = shelf.words.ask(self._terms.asked(query), allowed)
        question = self._question(query, meaning, notes)
        near = shelf.rows(_nearest(meaning, question, most, among))

        def seen(rows: Rows) -> _Seen:
            cosines = _cosines(meaning, question, shelf["positions"][rows])
            return _Seen(rows=rows, words=words.scores(rows).astype(np.float64), meaning=cosines)

        found = seen(np.union1d(words.best(most), near))
        best = leading(found.rows, found.words, found.meaning, most=max(LEADING, 2 * k))
        beside = np.setdiff1d(neighbours(shelf, best), found.rows)
        if allowed is not None:
            beside = beside[held(allowed, beside)[0]]
        found = found.with_more(seen(beside))
        return scored(
            shelf,
            found.rows,
            words=found.words,
            meaning=found.meaning,
            spans=named_spans(query, self._zone),
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

    def _told(self, query: str, field: _Field, found: Scored, k: int) -> list[Recalled]:
        """Return the best of what still stands, with its reasons and its sources."""
        order = self._in_reach(found, k)
        positions = field.shelf["positions"][found.rows[order]].tolist()
        items = field.items(positions) if positions else {}
        useful = self._useful([item.stream for item in items.values()]) if self._useful else {}
        standing = [
            (float(found.total[at]) + USEFUL * _bounded(useful.get(item.stream, 0.0)), at, item)
            for position, at in zip(positions, order.tolist(), strict=True)
            if (item := items.get(position)) is not None
        ]
        best = sorted(standing, key=lambda each: -each[0])[:k]
        looked_for = {word: {*self._terms.of_word(word)} for word in self._terms.looked_for(query)}
        own = [item.position for _, _, item in best if not item.sources]
        events = reading.own_events(self._company, own) if own else {}
        summaries = [item for _, _, item in best if item.kind == "summary"]
        told = excerpts([item.text for item in summaries], looked_for, self._terms)
        excerpt = dict(zip((item.stream for item in summaries), told, strict=True))
        return [
            Recalled(
                item=item,
                score=score,
                why=self._why(looked_for, found, at, item),
                sources=item.sources or (events[item.position],),
                excerpt=excerpt.get(item.stream, ""),
            )
            for score, at, item in best
        ]

    def _in_reach(self, found: Scored, k: int) -> Rows:
        """Return where the best stand, with those after them that their use may bring among them."""
        order: Rows = np.lexsort((found.rows, -found.total))
        if self._useful is None or len(order) <= k:
            return order[:k]
        least = found.total[order[k - 1]] - 2 * USEFUL
        following = order[k : 2 * k]
        return np.concatenate([order[:k], following[found.total[following] >= least]])

    def _why(self, looked_for: Mapping[str, set[str]], found: Scored, at: int, item: Item) -> tuple[str, ...]:
        why = []
        if found.words[at] > 0:
            held = {*self._terms.of(item.text)}
            why.append("words: " + ", ".join(word for word, terms in looked_for.items() if held & terms))
        if found.meaning[at] > 0:
            why.append(f"meaning {found.meaning[at]:.2f}")
        if found.near[at] > found.total[at] / 2:
            why.append("stands beside what fits")
        if found.dated[at]:
            why.append(f"dated {item.occurred_at:%Y-%m-%d}")
        return tuple(why)


def _nearest(
    meaning: Meaning | None, question: Floats | None, most: int, among: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return the positions whose meaning is nearest."""
    if meaning is None or question is None:
        return np.empty(0, np.int64)
    return meaning.index.search(question, most, among)[0]


def _cosines(
    meaning: Meaning | None, question: Floats | None, positions: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how near each position is; what has no vector is not near."""
    cosines = np.zeros(len(positions))
    if meaning is not None and question is not None:
        here, near = meaning.index.cosines(question, positions)
        cosines[np.searchsorted(positions, here)] = near
    return cosines


def _bounded(useful: float) -> float:
    return min(max(useful, -1.0), 1.0)
