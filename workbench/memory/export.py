"""Everything known about one entity, to hand to whoever asks: a page to read and the same as JSON, both complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.files import make_folder, write_whole
from opc_kernel.memory.fact import PREDICATES
from opc_kernel.sql import load_sql
from workbench.company import Company
from workbench.memory.lives import lives
from workbench.memory.page import invoices, page, parties_of

SCHEMA = "workbench.memory.dossier/1"
ITEMS_AT_ONCE = 2_000
MOST_MERGES = 1_000
EVENTS_AT_ONCE = 5_000
LONGEST_NAME = 60

Row = dict[str, Any]


class ExportThere(KernelError):
    """A file that is there was not to be replaced."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already.", "Name another folder, or replace it with --force.")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where an export lies."""

    page: Path
    json: Path


def dossier(company: Company, entity: str) -> Row:
    """Return everything known about an entity as one record. Raises NotKnown.

    `schema`, `made_at`, `read_to` (the position the log was read up to); `entity`, `name`, `kind`, `found_at`;
    `members`: streams that are this one too; `sections`: the page, each entry with its event ids in `sources`;
    `facts`: all that was ever said, `state` stands, coming, superseded or retracted, `valid_from` and
    `valid_to` the days it is so, `recorded_at` and `ended_at` when it stood in the log; `items`: words, whole,
    `state` kept, folded or faded; `contradictions`, with `settled_as`; `merges`: merged, taken apart, never the
    same; `invoices` and `money`; `sources`: every event named above, with `position`, `type`, `recorded_at` and
    where it came from. Amounts are text.
    """
    found = page(company, entity, today=company.today)
    known = found.profile
    members = [*known.members]
    facts = lives(company, known)
    record = {
        "schema": SCHEMA,
        "company": company.settings.name,
        "made_at": company.now,
        "read_to": found.read_to,
        "entity": known.entity,
        "name": known.name,
        "kind": known.kind,
        "found_at": known.found_at,
        "members": members,
        "sections": [asdict(section) for section in found.sections],
        "facts": [{**fact, "title": PREDICATES[fact["predicate"]].title} for fact in facts],
        "items": [*_items(company, members)],
        "contradictions": _rows(company, "disagreements", entities=members),
        "merges": _rows(company, "merges", entities=members, limit=MOST_MERGES),
        "invoices": list(invoices(company, parties_of(company, known))),
        "money": [asdict(each) for each in found.money],
    }
    named = {*known.sources, *_named(record)}
    return {**record, "sources": [*_events(company, sorted(named))]}


def write(company: Company, entity: str, folder: Path, *, force: bool = False) -> Written:
    """Write the page and the JSON of an entity into a folder, each whole or not at all. Raises ExportThere."""
    from workbench.memory.export_page import page_html

    record = dossier(company, entity)
    stem = file_name(record["name"])
    paths = Written(page=folder / f"{stem}.html", json=folder / f"{stem}.json")
    for path in (paths.page, paths.json):
        if path.exists() and not force:
            raise ExportThere(path)
    make_folder(folder)
    write_whole(paths.json, as_json(record))
    write_whole(paths.page, page_html(record).encode())
    return paths


def as_json(record: Mapping[str, Any]) -> bytes:
    """Return a record as JSON to be read by people too; days and instants are ISO texts, amounts plain decimals."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def file_name(name: str) -> str:
    """Return a name as a file can bear it everywhere."""
    plain = "".join(sign.lower() if sign.isalnum() else "-" for sign in name)
    return "-".join(part for part in plain.split("-") if part)[:LONGEST_NAME].strip("-") or "entity"


def _rows(company: Company, name: str, **asked: Any) -> list[Row]:  # noqa: ANN401 - SQL parameters
    return company.query(load_sql("workbench.memory", name), **asked).dicts()


def _items(company: Company, members: Sequence[str]) -> Iterator[Row]:
    """Yield every item part by part: one answer has a limit of rows."""
    after = 0
    while True:
        rows = _rows(company, "all_items", entities=[*members], after=after, limit=ITEMS_AT_ONCE)
        if not rows:
            return
        yield from rows
        after = rows[-1]["position"]


def _named(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the id of each event that a record names."""
    for part in ("facts", "items", "contradictions", "money"):
        yield from (event for row in record[part] for event in row["sources"] or ())
    for part in ("facts", "merges", "invoices"):
        yield from (row["event_id"] for row in record[part])
    yield from (
        event for part in record["sections"] for entry in part["entries"] for event in entry["sources"]
    )


def _events(company: Company, ids: Sequence[str]) -> Iterator[Row]:
    """Yield what these events are and where they stand; what they say is told above, and may be of others too."""
    for some in _parts(ids):
        for row in _rows(company, "named_events", ids=some):
            yield {name: row[name] for name in ("event_id", "position", "type", "source", "recorded_at")}


def _parts(ids: Sequence[str]) -> Iterable[list[str]]:
    return ([*ids[at : at + EVENTS_AT_ONCE]] for at in range(0, len(ids), EVENTS_AT_ONCE))
