"""Exports of a company: written by whoever holds it, put in their place by whoever asked; and lines taken in again."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, Registry, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.append import draft
from opc_kernel.log.database import EXPORTS
from opc_kernel.log.export import Export, Form
from opc_kernel.log.files import sync_folder
from workbench import composition
from workbench.company import Company, account
from workbench.maintenance import maintained

REPLICA = "replica.duckdb"
READ_ONLY = 0o444
BATCH = 2_000
MAX_LINE_BYTES = 4 * 2**20
STORED = "SELECT event_id FROM event WHERE event_id IN (SELECT unnest($ids::VARCHAR[]))"


class LineRefused(KernelError):
    """A line that can't be imported."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(
            f"Line {number} can't be imported: {reason}", "Nothing was imported; correct it and try again."
        )
        self.number, self.reason = number, reason


class NoPlaceForExport(KernelError):
    """An export was to replace a folder, or a file that the company lives on."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"No export was written to {path}: {reason}.",
            f"Name a file outside the company's folder, or in its {EXPORTS}/.",
        )
        self.path, self.reason = path, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A finished export in its place."""

    path: Path | None
    """None: it went to standard output."""
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the lines of a file: `erased` had no data any more, `known` were stored before."""

    lines: int
    new: int
    known: int
    erased: int


def export(company: Company, form: Form, target: Path | None = None) -> Exported:
    """Write every event, or with "replica" a copy of the database, to a file; "-" is standard output.

    Raises NoPlaceForExport.
    """
    to_stdout = target == Path("-")
    if target is not None and not to_stdout:
        _check_place(company.folder, target)
    made = maintained(company).export(form)
    if to_stdout:
        _to_stdout(made.path)
        return Exported(path=None, position=made.position)
    place = target or _usual_place(company.folder, made)
    _put(made.path, place, mode=READ_ONLY if form == "replica" else 0o600)
    return Exported(path=place, position=made.position)


def _check_place(folder: Path, target: Path) -> None:
    """Refuse what would replace the journal, the database or another file of the company."""
    place = target.parent.resolve() / target.name
    if target.is_dir():
        raise NoPlaceForExport(target, "it is a folder")
    if (
        place.is_relative_to(folder)
        and not place.is_relative_to(folder / EXPORTS)
        and place != folder / REPLICA
    ):
        raise NoPlaceForExport(target, "it would lie among the company's own files")


def _usual_place(folder: Path, made: Export) -> Path:
    if made.form == "replica":
        return folder / REPLICA
    return folder / EXPORTS / f"log-{made.position}.{made.form}"


def _put(made: Path, place: Path, *, mode: int) -> None:
    """Move a file so that nobody ever sees half of it, to another disk too."""
    aside = place.with_name(f".{place.name}.{made.name}")
    try:
        shutil.move(made, aside)
        aside.chmod(mode)
        aside.replace(place)
    except BaseException:
        aside.unlink(missing_ok=True)
        made.unlink(missing_ok=True)
        raise
    sync_folder(place.parent)


def _to_stdout(made: Path) -> None:
    try:
        with made.open("rb") as file:
            sys.stdout.flush()
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    finally:
        made.unlink()


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a line to import may say; whatever else stands in it (position, hashes) is not taken."""

    stream: str
    type: str
    data: msgspec.Raw
    schema_version: int | None = None
    event_id: str | None = None
    actor: str | None = None
    source: str = "import"
    source_id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    consent: str | None = None
    occurred_at: datetime | None = None


_decode = msgspec.json.Decoder(_Line).decode


def import_lines(company: Company, path: Path, *, dry_run: bool = False) -> Imported:
    """Append the events in a file of JSON lines, as `export` writes them or with stream, type and data alone.

    Every line is checked before the first is stored; what is stored already adds nothing.
    Raises LineRefused, EventIdTaken.
    """
    types = composition.registry()
    lines, erased, ids = 0, 0, set[str]()
    for number, write in _writes(path, types):
        lines += 1
        erased += write is None
        if write is not None and write.event_id in ids:
            raise LineRefused(number, f"the event id {write.event_id} stands in an earlier line too.")
        ids |= {write.event_id} if write is not None else set()
    known = _stored(company, path, types)
    new = lines - erased - len(known)
    if new and not dry_run:
        for batch in _batches(path, types):
            _append(company, [write for write in batch if write.event_id not in known])
    return Imported(lines=lines, new=new, known=len(known), erased=erased)


def _stored(company: Company, path: Path, types: Registry) -> set[str]:
    """Return which events are stored already; the log itself says whether with the same content."""
    known: set[str] = set()
    for batch in _batches(path, types):
        ids = [write.event_id for write in batch]
        stored = {event_id for (event_id,) in company.query(STORED, ids=ids).rows}
        _append(company, [write for write in batch if write.event_id in stored])
        known |= stored
    return known


def _append(company: Company, writes: Sequence[Write]) -> None:
    if writes:
        company.append(writes, expected={write.stream: ANY_VERSION for write in writes})


def _batches(path: Path, types: Registry) -> Iterator[list[Write]]:
    writes = (write for _, write in _writes(path, types) if write is not None)
    while batch := list(islice(writes, BATCH)):
        yield batch


def _writes(path: Path, types: Registry) -> Iterator[tuple[int, Write | None]]:
    """Yield each line's number and what it writes: nothing where the data was erased."""
    seen: Counter[bytes] = Counter()
    actor = account()
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES), b""), start=1):
            line = raw.strip()
            if line:
                seen[line] += 1
                yield number, _write(number, line, seen[line], types, actor)


def _write(number: int, raw: bytes, time: int, types: Registry, actor: str) -> Write | None:
    try:
        line = _decode(raw)
        if bytes(line.data) == b"null":
            return None
        write = _as_write(line, raw, time, types, actor)
        draft([write], {write.stream: ANY_VERSION}, types)
    except KernelError as error:
        raise LineRefused(number, error.happened) from error
    except RecursionError as error:
        raise LineRefused(number, "it is too deeply nested.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise LineRefused(number, f"it is no event: {error}.") from error
    return write


def _as_write(line: _Line, raw: bytes, time: int, types: Registry, actor: str) -> Write:
    data = types.parse(line.type, bytes(line.data))
    if line.schema_version not in (None, data.schema_version):
        raise ValueError(f"it is of schema {line.schema_version}, this release writes {data.schema_version}")
    return Write(
        stream=line.stream,
        data=data,
        actor=line.actor or actor,
        source=line.source,
        source_id=line.source_id,
        event_id=line.event_id or derived_id("import", raw.decode(), str(time)),
        correlation_id=line.correlation_id,
        causation_id=line.causation_id,
        consent=line.consent,
        occurred_at=line.occurred_at,
    )
