"""Identity against labelled records of others: whole tables of people and firms, and pairs of products for comparison.

A folder of any of these, however deep:
- `febrl/*.csv`: tables of people whose `rec_id` tells who is who; all pairs of a table count, so whatever finding by
  keys misses is an error. Tables named …4a and …4b are one.
- `restaurants_full/*.csv`: two tables of firms and a list of the pairs that are the same.
- `pairs/*/*.jsonl.gz`: pairs of things with fields, each labelled; nothing is learned from the labels.

F1 takes whatever is more likely the same than not; "certain" is what would be linked without asking. Nothing here is
tuned to a data set: people and firms go through the product's defaults.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz

from opc_kernel.memory.identity.address import address_of
from opc_kernel.memory.identity.blocking import Index
from opc_kernel.memory.identity.comparing import compare
from opc_kernel.memory.identity.estimate import bits, estimate_given, patterns
from opc_kernel.memory.identity.field import Bearing, Field, levels
from opc_kernel.memory.identity.linkage import levels_of, link
from opc_kernel.memory.identity.name import Name, name_of
from opc_kernel.memory.identity.record import Record, read_record
from opc_kernel.memory.identity.weights import probability

Pairs = set[frozenset[str]]
LIKELY, CERTAIN = 0.5, 0.99

PUBLISHED = {
    "Structured_Beer": "Magellan 78.8, DeepMatcher 72.7, Ditto 94.4",
    "Structured_iTunes-Amazon": "Magellan 91.2, DeepMatcher 88.5, Ditto 97.1",
    "Structured_DBLP-ACM": "Magellan 98.4, DeepMatcher 98.4, Ditto 99.0, ZeroER (no labels) 96",
    "Structured_Amazon-Google": "Magellan 49.1, DeepMatcher 69.3, Ditto 75.6, ZeroER (no labels) 48",
    "Structured_Fodors-Zagats": "Magellan 100, DeepMatcher 100, ZeroER (no labels) 100",
    "Textual_Abt-Buy": "Magellan 43.6, DeepMatcher 62.8, Ditto 89.3, ZeroER (no labels) 52",
    "Dirty_DBLP-ACM": "Magellan 91.9, DeepMatcher 98.1, Ditto 99.0",
    "Dirty_iTunes-Amazon": "Magellan 46.8, DeepMatcher 79.4, Ditto 95.7",
}
"""F1 on the test split; all but ZeroER were trained on thousands of labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Pairwise, 0 to 1. `united` is the precision of the groups that certain links make."""

    f1: float
    precision: float
    recall: float
    certain_precision: float
    certain_recall: float
    united_precision: float
    united_recall: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.3f} ({self.precision:.3f}/{self.recall:.3f})"
            f" · certain {self.certain_precision:.4f}/{self.certain_recall:.3f}"
            f" · united {self.united_precision:.4f}/{self.united_recall:.3f} · {self.seconds:.1f} s"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Records of one kind, and the pairs that are truly the same."""

    name: str
    records: list[Record]
    truth: Pairs


def tables(folder: Path) -> Iterator[Table]:
    """Yield the tables of people and firms below a folder."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("febrl/*.csv")):
        groups[re.sub(r"(\d)[ab]$", r"\1", path.stem)].append(path)
    for name, paths in groups.items():
        yield _people(f"FEBRL {name}", [row for path in paths for row in _rows(path)])
    for place in sorted({path.parent for path in folder.rglob("restaurants_full/*.csv")}):
        yield _restaurants(place)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), skipinitialspace=True)
        return [
            {key.strip().lower(): (value or "").strip() for key, value in row.items() if key} for row in rows
        ]


def _people(name: str, rows: Sequence[dict[str, str]]) -> Table:
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row["rec_id"].split("-")[1]].append(row["rec_id"])
    return Table(name=name, records=[_person(row) for row in rows], truth=_pairs(groups.values()))


def _person(row: dict[str, str]) -> Record:
    named = name_of(row["given_name"], row["surname"])
    born = row["date_of_birth"]
    return read_record(
        row["rec_id"],
        "person",
        region="AU",
        names=[named] if isinstance(named, Name) else [],
        addresses=[
            address_of(
                row["address_1"], row["street_number"], row["address_2"], row["postcode"], row["suburb"]
            )
        ],
        birthday=f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else "",
        ids={"social": row["soc_sec_id"]} if row["soc_sec_id"] else {},
    )


def _restaurants(place: Path) -> Table:
    files = {path: _rows(path) for path in sorted(place.glob("*.csv"))}
    columns = {path: [name for name in rows[0] if name != "_id"] for path, rows in files.items()}
    listed = [path for path in files if not any("name" in column for column in columns[path])]
    firms = [path for path in files if path not in listed]
    sides = {path: number for number, path in enumerate(firms)}
    records = [_firm(f"{sides[path]}:{_own_id(row)}", row) for path in firms for row in files[path]]
    truth = {
        frozenset((f"0:{ids[0]}", f"1:{ids[1]}"))
        for path in listed
        for row in files[path]
        if len(ids := [row[column] for column in columns[path] if "id" in column]) > 1
    }
    return Table(name="restaurants", records=records, truth=truth)


def _own_id(row: dict[str, str]) -> str:
    return next(value for name, value in row.items() if name.endswith("id"))


def _firm(key: str, row: dict[str, str]) -> Record:
    street = row.get("addr") or row.get("address") or ""
    return read_record(
        key,
        "firm",
        region="US",
        firms=[row["name"]],
        phones=[row["phone"]] if row.get("phone") else [],
        addresses=[address_of(street, place=row.get("city", ""))],
    )


def _pairs(groups: Iterable[Sequence[str]]) -> Pairs:
    return {frozenset(pair) for group in groups for pair in combinations(group, 2)}


def measure(table: Table) -> Figures:
    """Link a table by the product's defaults, and compare with the truth."""
    begun = time.perf_counter()
    found = link(table.records, table.records[0].kind)
    seconds = time.perf_counter() - begun
    likely = {_pair(each) for each in found.comparisons if each.probability >= LIKELY}
    certain = {_pair(each) for each in found.comparisons if each.verdict == "same"}
    return figures(table.truth, likely, certain, _pairs(found.clusters.groups), seconds)


def measure_arrivals(table: Table) -> Figures:
    """Compare each record with those that came before it, by the usual weights: as they arrive one by one."""
    begun = time.perf_counter()
    known, found = Index(), []
    for record in table.records:
        found += [compare(candidate, record) for candidate in known.candidates(record)]
        known.add(record)
    seconds = time.perf_counter() - begun
    likely = {_pair(each) for each in found if each.probability >= LIKELY}
    certain = {_pair(each) for each in found if each.verdict == "same"}
    return figures(table.truth, likely, certain, certain, seconds)


def _pair(comparison: object) -> frozenset[str]:
    return frozenset((comparison.left.key, comparison.right.key))  # type: ignore[attr-defined]


def figures(truth: Pairs, likely: Pairs, certain: Pairs, united: Pairs, seconds: float) -> Figures:
    """Return the figures of what was found."""
    precision, recall = _rates(truth, likely)
    certain_precision, certain_recall = _rates(truth, certain)
    united_precision, united_recall = _rates(truth, united)
    return Figures(
        f1=2 * precision * recall / max(precision + recall, 1e-9),
        precision=precision,
        recall=recall,
        certain_precision=certain_precision,
        certain_recall=certain_recall,
        united_precision=united_precision,
        united_recall=united_recall,
        seconds=seconds,
    )


def _rates(truth: Pairs, found: Pairs) -> tuple[float, float]:
    right = len(truth & found)
    return right / max(len(found), 1), right / max(len(truth), 1)


Thing = dict[str, str]


def things(folder: Path) -> Iterator[tuple[str, list[tuple[Thing, Thing, bool]]]]:
    """Yield the sets of labelled pairs below a folder."""
    for place in sorted({path.parent for path in folder.rglob("pairs/*/*.jsonl.gz")}):
        lines = [
            json.loads(line)
            for path in sorted(place.glob("*.jsonl.gz"))
            for line in gzip.decompress(path.read_bytes()).decode().splitlines()
        ]
        yield place.name, [(line["l"], line["r"], bool(line["match"])) for line in lines]


def measure_things(pairs: Sequence[tuple[Thing, Thing, bool]]) -> tuple[float, float, float]:
    """Return F1, and precision and recall of what is certain, of weights learned without the labels."""
    names = [name for name in pairs[0][0] if name != "class"]  # class is the answer, in one of the sets
    fields = [_text_field(name) for name in names]
    both = [thing for left, right, _ in pairs for thing in (left, right)]
    rows = levels_of(fields, both, [(at, at + 1) for at in range(0, len(both), 2)])
    weights = estimate_given(fields, patterns(rows))
    sure = np.array([probability(float(each), weights.odds) for each in bits(fields, rows, weights)])
    truth = np.array([is_same for *_, is_same in pairs])
    precision, recall = _hits(truth, sure >= LIKELY)
    return (2 * precision * recall / max(precision + recall, 1e-9), *_hits(truth, sure >= CERTAIN))


def _hits(truth: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    right = int((truth & found).sum())
    return right / max(int(found.sum()), 1), right / max(int(truth.sum()), 1)


def _text_field(name: str) -> Field[Thing]:
    def compare(left: Thing, right: Thing) -> int | None:
        one, other = left[name].lower(), right[name].lower()
        if not one or not other:
            return None
        fit = fuzz.token_sort_ratio(one, other)
        return next((level for level, least in enumerate((97, 85, 70, 50)) if fit >= least), 4)

    hints = Bearing.HINTS
    return Field(
        name=name,
        compare=compare,
        levels=levels(
            ("same", 0.5, 0.02, hints),
            ("nearly the same", 0.2, 0.03, hints),
            ("alike", 0.15, 0.1, hints),
            ("a little alike", 0.1, 0.25, hints),
            ("other", 0.05, 0.6, hints),
        ),
    )


def report(folder: Path) -> Iterator[str]:
    """Yield the figures, one line a data set."""
    for table in tables(folder):
        yield f"{table.name:28}{len(table.records):6} records {len(table.truth):5} pairs: {measure(table)}"
        yield f"{'  one by one':51}{measure_arrivals(table)}"
    for name, pairs in things(folder):
        f1, precision, recall = measure_things(pairs)
        found = f"F1 {f1:.3f} · certain {precision:.3f}/{recall:.3f}"
        yield f"{name:28}{len(pairs):6} pairs: {found} · published: {PUBLISHED.get(name, '')}"


if __name__ == "__main__":
    for line in report(Path(sys.argv[1])):
        print(line)  # noqa: T201
