"""Sampling: places of a journal held against their hashes, its end among them, in a moment and without opening it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from opc_kernel.log.chain import chain_hash, changed_data, envelope
from opc_kernel.log.files import disk_told
from opc_kernel.log.lines import COMMIT_MARK, as_written, decode_commit, decode_event, decode_header

SPOTS = 24
SPOT_BYTES = 2**18


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A line that is not what was written."""

    path: Path
    offset: int
    what: str


def sample(segments: Sequence[Path], *, seed: int | None = None) -> list[Spot]:
    """Look at the beginning and end of each segment and at SPOTS places anywhere; return what is wrong there.

    Bytes behind the last commit belong to an append that is under way, or is cut when the company is opened.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    sizes = {path: path.stat().st_size for path in segments}
    if not any(sizes.values()):
        return []
    anywhere = chance.choices(segments, weights=[*sizes.values()], k=SPOTS)
    places = [(path, chance.randrange(max(1, sizes[path]))) for path in anywhere]
    ends = [(path, offset) for path in segments for offset in (0, max(0, sizes[path] - SPOT_BYTES))]
    return sorted({spot for path, offset in (*ends, *places) for spot in _look(path, offset)})


def _look(path: Path, offset: int) -> Iterator[Spot]:
    with disk_told(path), path.open("rb") as file:
        file.seek(offset)
        if offset:
            offset += len(file.readline())
        content = file.read(SPOT_BYTES)
        ends_file = not file.read(1)
    lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True)
    if ends_file:
        lines = lines[: _committed(lines)]
    yield from _faults(path, offset, lines)


def _committed(lines: Sequence[bytes]) -> int:
    """Return how many lines there are up to the last commit."""
    return max((index for index, raw in enumerate(lines, start=1) if raw.startswith(COMMIT_MARK)), default=0)


def _faults(path: Path, offset: int, lines: Sequence[bytes]) -> Iterator[Spot]:
    previous: str | None = None
    for raw in lines:
        what, previous = (_header(raw), None) if offset == 0 else _fault(raw, previous)
        if what is not None:
            yield Spot(path, offset, what)
        offset += len(raw)


def _header(raw: bytes) -> str | None:
    return "the header can't be read" if decode_header(raw) is None else None


def _fault(raw: bytes, previous: str | None) -> tuple[str | None, str | None]:
    """Return what is wrong with a line, and the hash that the next event follows, where it is known."""
    if raw.startswith(COMMIT_MARK):
        return ("a commit can't be read" if decode_commit(raw) is None else None), previous
    event = decode_event(raw)
    if event is None:
        return "an event can't be read", None
    what = None
    if changed_data(event):
        what = f"the data of position {event.position} was changed"
    elif previous is not None and chain_hash(previous, envelope(event)) != event.chain_hash:
        what = f"the envelope of position {event.position} was changed, or one before it was removed"
    elif not as_written(event, raw):
        what = f"the bytes of position {event.position} were changed"
    return what, event.chain_hash
