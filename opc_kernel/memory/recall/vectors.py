"""The index of meaning: vectors in FAISS under the positions of their items, exact while they are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opc_kernel.memory.recall.embedding import Matrix
from opc_kernel.memory.recall.words import held

EXACT_ITEMS = 50_000
"""So many vectors are all compared; beyond that, those in the cells nearest to the question."""
RECENT_ITEMS, RECENT_SHARE = 2_000, 0.1
"""So many vectors, or such a share of all, may lie beside the cells and be compared exactly."""
CELLS_LOOKED_INTO = 48
TRAINING_A_CELL = 40
READ_BYTES = 1 << 20
FEW_AMONG = 20_000
"""So few items are compared one by one; more are left to the index, with a filter."""

Positions = NDArray[np.int64]
Floats = NDArray[np.float32]


class VectorIndex:
    """Vectors of one dimension, each under one position: `settled` ones and a few `recent` ones beside them."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._settled = _flat(dimension)
        self._recent = _flat(dimension)
        self.settled, self.recent = _none(), _none()

    def __len__(self) -> int:
        return len(self.settled) + len(self.recent)

    @property
    def positions(self) -> Positions:
        """Return every position, in order."""
        return np.sort(np.concatenate([self.settled, self.recent]))

    def add(self, positions: Positions, vectors: Matrix) -> None:
        """Add vectors; one that is there under its position is replaced, as FAISS would keep both."""
        assert vectors.shape == (len(positions), self.dimension), f"{vectors.shape} for {len(positions)}"
        self.remove(positions)
        self._recent.add_with_ids(np.ascontiguousarray(vectors), positions)
        self.recent = np.sort(np.concatenate([self.recent, positions]))

    def remove(self, positions: Positions) -> Positions:
        """Let vectors go; return the positions of those that were settled."""
        recent = self.recent[_within(self.recent, positions)]
        if len(recent):
            self._recent.remove_ids(recent)
            self.recent = np.setdiff1d(self.recent, recent, assume_unique=True)
        settled = self.settled[_within(self.settled, positions)]
        if len(settled):
            _remove(self._settled, settled)
            self.settled = np.setdiff1d(self.settled, settled, assume_unique=True)
        return settled

    @property
    def is_due(self) -> bool:
        """Whether so many lie beside that they should be settled."""
        return len(self.recent) > max(RECENT_ITEMS, RECENT_SHARE * len(self))

    @property
    def is_outgrown(self) -> bool:
        """Whether exact search, or the cells, were laid out for fewer."""
        return _wants_cells(self._settled, len(self))

    def settle(self) -> None:
        """Put what lies beside into the index proper."""
        if len(self.recent):
            self._settled.add_with_ids(self._recent.reconstruct_batch(self.recent), self.recent)
            self.settled = self.positions
            self._recent, self.recent = _flat(self.dimension), _none()

    def everything(self) -> tuple[Positions, Matrix]:
        """Return every position with its vector."""
        vectors = [_vectors(self._settled, self.settled), _vectors(self._recent, self.recent)]
        return np.concatenate([self.settled, self.recent]), np.concatenate(vectors)

    @classmethod
    def in_cells(cls, positions: Positions, vectors: Matrix) -> VectorIndex:
        """Lay vectors out in cells, which takes its time."""
        index = cls(vectors.shape[1])
        index._settled = _cells(index.dimension, vectors)
        index._settled.add_with_ids(vectors, positions)
        index.settled = np.sort(positions)
        return index

    def follow(self, other: VectorIndex) -> None:
        """Take over what has changed in another since its vectors were copied."""
        self.remove(np.setdiff1d(self.positions, other.positions, assume_unique=True))
        positions, vectors = other.everything()
        late = ~np.isin(positions, self.settled)
        self.add(positions[late], vectors[late])

    def search(self, question: Floats, k: int, among: Positions | None = None) -> tuple[Positions, Floats]:
        """Return the positions nearest to a vector of length one, and their cosines."""
        if among is not None and len(among) <= FEW_AMONG:
            return _best(*self.cosines(question, among), k)
        found = [
            _search(index, question, k, among) for index in (self._settled, self._recent) if index.ntotal
        ]
        if not found:
            return _none(), np.empty(0, np.float32)
        return _best(
            np.concatenate([ids for ids, _ in found]), np.concatenate([near for _, near in found]), k
        )

    def cosines(self, question: Floats, positions: Positions) -> tuple[Positions, Floats]:
        """Return those of the positions that have a vector, and how near each is."""
        settled = positions[held(self.settled, positions)[0]]
        recent = positions[held(self.recent, positions)[0]]
        with _one_thread():
            vectors = np.concatenate([_vectors(self._settled, settled), _vectors(self._recent, recent)])
        return np.concatenate([settled, recent]), vectors @ question

    def packed(self) -> memoryview:
        """Return the settled part as FAISS writes it."""
        faiss = _faiss()
        return memoryview(faiss.serialize_index(self._settled))

    def packed_recent(self) -> tuple[Positions, Matrix]:
        """Return what lies beside."""
        return self.recent, _vectors(self._recent, self.recent)

    @classmethod
    def unpacked(cls, payload: memoryview, dimension: int) -> VectorIndex:
        """Take up what `packed` returned: bytes of ours, checked before. Raises ValueError for another shape."""
        faiss = _faiss()
        index = cls(dimension)
        index._settled = faiss.read_index(faiss.PyCallbackIOReader(_reader(payload), READ_BYTES))
        if index._settled.d != dimension:
            raise ValueError(f"it holds vectors of {index._settled.d} numbers")
        index.settled = np.sort(_ids(index._settled))
        return index


def _faiss() -> Any:  # noqa: ANN401 - its own types leave half of it out
    import faiss

    return faiss


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let this thread ask FAISS alone: for one question it only waits for the threads it wakes."""
    faiss = _faiss()
    usual = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(usual)


def _reader(payload: memoryview) -> Callable[[int], bytes]:
    """Return what hands out bytes part by part: FAISS' own way from memory copies everything first."""
    left = payload

    def read(size: int) -> bytes:
        nonlocal left
        part, left = left[:size], left[size:]
        return bytes(part)

    return read


def _flat(dimension: int) -> Any:  # noqa: ANN401 - FAISS is untyped
    faiss = _faiss()
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _cells(dimension: int, vectors: Matrix) -> Any:  # noqa: ANN401 - FAISS is untyped
    """Return trained cells, each vector in half the bytes; items can be removed from them, unlike from a graph."""
    faiss = _faiss()
    number = int(4 * np.sqrt(len(vectors)))
    cells = faiss.index_factory(dimension, f"IVF{number},SQfp16", faiss.METRIC_INNER_PRODUCT)
    cells.by_residual = False  # a vector is read back in two thirds of the time, as near to what it was
    cells.cp.seed = 1
    cells.cp.niter = 6
    cells.cp.max_points_per_centroid = TRAINING_A_CELL
    cells.train(vectors)
    cells.set_direct_map_type(faiss.DirectMap.Hashtable)
    cells.nprobe = min(CELLS_LOOKED_INTO, number)
    return cells


def _wants_cells(index: Any, number: int) -> bool:  # noqa: ANN401 - FAISS is untyped
    """Whether exact search is outgrown, or the cells are: they were laid out for a quarter of what they hold."""
    if not _has_cells(index):
        return number > EXACT_ITEMS
    return bool(number > 4 * (index.nlist / 4) ** 2)


def _has_cells(index: Any) -> bool:  # noqa: ANN401 - FAISS is untyped
    return hasattr(index, "nlist")


def _remove(index: Any, positions: Positions) -> None:  # noqa: ANN401 - FAISS is untyped
    faiss = _faiss()
    if _has_cells(index):  # a hashed map takes no other selector
        index.remove_ids(faiss.IDSelectorArray(len(positions), faiss.swig_ptr(positions)))
    else:
        index.remove_ids(positions)


def _search(
    index: Any,  # noqa: ANN401 - FAISS is untyped
    question: Floats,
    k: int,
    among: Positions | None,
) -> tuple[Positions, Floats]:
    faiss = _faiss()
    parameters = None
    if among is not None:
        selector = faiss.IDSelectorBatch(among)
        parameters = (
            faiss.SearchParametersIVF(sel=selector, nprobe=index.nprobe)
            if _has_cells(index)
            else faiss.SearchParameters(sel=selector)
        )
    with _one_thread():
        near, ids = index.search(question[None, :], k, params=parameters)
    return ids[0][ids[0] >= 0], near[0][ids[0] >= 0]


def _best(positions: Positions, cosines: Floats, k: int) -> tuple[Positions, Floats]:
    order = np.lexsort((positions, -cosines))[:k]
    return positions[order], cosines[order]


def _vectors(index: Any, positions: Positions) -> Matrix:  # noqa: ANN401 - FAISS is untyped
    if not len(positions):
        return np.empty((0, index.d), np.float32)
    return index.reconstruct_batch(positions)  # type: ignore[no-any-return] # a matrix


def _ids(index: Any) -> Positions:  # noqa: ANN401 - FAISS is untyped
    faiss = _faiss()
    if not _has_cells(index):
        return np.array(faiss.vector_to_array(index.id_map), np.int64)
    lists = index.invlists
    return np.concatenate(
        [
            _none(),
            *(
                faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy()
                for cell in range(index.nlist)
                if lists.list_size(cell)
            ),
        ]
    )


def _within(ordered: Positions, wanted: Positions) -> NDArray[np.bool_]:
    """Say of each position whether it is wanted; the shorter list is looked up in the longer."""
    if len(wanted) * 8 > len(ordered):
        return np.isin(ordered, wanted)
    found = np.zeros(len(ordered), np.bool_)
    at = np.searchsorted(ordered, wanted)
    at = at[at < len(ordered)] if len(ordered) else at[:0]
    found[at] = np.isin(ordered[at], wanted)
    return found


def _none() -> Positions:
    return np.empty(0, np.int64)
