"""Address books of hundreds of thousands: Splink finds the pairs that may be one, in a DuckDB of its own.

The extra `linkage`. What a pair is worth is not Splink's word: the kernel compares each one found as if it had arrived
alone, so the same traps hold in every way of linking. How often values agree by chance Splink counts; how often they
agree among the same it is told, as its own way to learn that gives up where records are clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from opc_kernel.errors import KernelError
from opc_kernel.memory.identity.comparing import UNLIKELY
from opc_kernel.memory.identity.record import Kind, Record

if TYPE_CHECKING:
    from splink import Linker, SettingsCreator

CHANCE_PAIRS = 100_000
SEED = 1
FILLED = 0.02
"""A column that fewer of the records fill teaches nothing."""
MIN_RECORDS = 1_000
"""Fewer tell too little of how often things agree by chance; the kernel's own way serves them in seconds."""

COLUMNS: dict[Kind, tuple[str, ...]] = {
    "person": ("first", "family", "birthday", "own_id", "mailbox", "phone", "line", "house", "postcode"),
    "firm": ("firm", "own_id", "domain", "mailbox", "phone", "line", "house", "postcode"),
}
ALIKE = frozenset({"first", "family", "firm", "line"})
"""Columns of words; the others are compared sign by sign."""
WORDS_AMONG_SAME, SIGNS_AMONG_SAME = [0.80, 0.10, 0.04, 0.06], [0.85, 0.08, 0.07]
"""How often the values of one person or firm are equal, closer, close, other; equal, one sign off, other."""
KEYS: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "person": (("own_id",), ("mailbox",), ("phone",), ("first", "family"), ("birthday",), ("line", "house")),
    "firm": (("own_id",), ("mailbox",), ("phone",), ("firm",), ("domain",), ("line", "house")),
}


class NoLinkage(KernelError):
    """Many records are to be linked by Splink, and it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Splink, which links very many records, is not installed.",
            "Install the extra 'linkage', or link without it: that takes longer and finds the same.",
        )


def find_pairs(records: Sequence[Record], kind: Kind) -> list[tuple[int, int]]:
    """Return the pairs that may be one, by their places in `records`, which are at least MIN_RECORDS."""
    return [(left, right) for left, right, _ in weighed_pairs(records, kind)]


def weighed_pairs(records: Sequence[Record], kind: Kind) -> list[tuple[int, int, float]]:
    """Return those pairs with Splink's own word of how sure it is, 0 to 1: to compare it with the kernel's."""
    if len(records) < MIN_RECORDS:
        raise ValueError(f"Splink is for {MIN_RECORDS} records and more: {len(records)} were given")
    rows = [_row(place, record) for place, record in enumerate(records)]
    columns = [name for name in COLUMNS[kind] if _filled(rows, name) >= FILLED]
    keys = [key for key in KEYS[kind] if set(key) <= set(columns)]
    linker = _linker(rows, columns, keys)
    linker.training.estimate_u_using_random_sampling(max_pairs=CHANCE_PAIRS, seed=SEED)
    found = linker.inference.predict(threshold_match_probability=UNLIKELY).as_record_list()
    return [(int(pair["place_l"]), int(pair["place_r"]), float(pair["match_probability"])) for pair in found]


def _row(place: int, record: Record) -> dict[str, Any]:
    """Flatten a record: of several values the first, and what everybody may share is left out."""
    name, address = next(iter(record.names), None), next(iter(record.addresses), None)
    own = [f"{each.local}@{each.domain}" for each in record.emails if not each.is_shared]
    return {
        "place": place,
        "first": name.first if name else None,
        "family": name.core if name else None,
        "firm": _first(each.core for each in record.firms),
        "birthday": record.birthday,
        "own_id": _first(f"{each.kind} {each.value}" for each in record.ids),
        "mailbox": _first(own),
        "domain": _first(each.domain for each in record.emails if each.is_private_domain),
        "phone": _first(each.number for each in record.phones),
        "line": _first(address.lines) if address else None,
        "house": address.number if address else None,
        "postcode": address.postcode if address else None,
    }


def _first(values: Iterable[str]) -> str | None:
    return next(iter(values), None)


def _filled(rows: Sequence[dict[str, Any]], column: str) -> float:
    return sum(bool(row[column]) for row in rows) / len(rows)


def _linker(
    rows: Sequence[dict[str, Any]], columns: Sequence[str], keys: Sequence[tuple[str, ...]]
) -> Linker:
    """Open a database of Splink's own, in memory: the company's is never touched."""
    try:
        import pyarrow as pa
        from splink import DuckDBAPI, Linker
    except ImportError as error:
        raise NoLinkage from error
    table = pa.table({name: [row[name] or None for row in rows] for name in columns}).append_column(
        "place", pa.array([row["place"] for row in rows])
    )
    return Linker(DuckDBAPI().register(table), _settings(columns, keys, len(rows)), log_level="ERROR")


def _settings(columns: Sequence[str], keys: Sequence[tuple[str, ...]], records: int) -> SettingsCreator:
    import splink.comparison_library as comparisons
    from splink import SettingsCreator, block_on

    words = [
        comparisons.JaroWinklerAtThresholds(name, [0.92, 0.85]).configure(m_probabilities=WORDS_AMONG_SAME)
        for name in columns
        if name in ALIKE
    ]
    signs = [
        comparisons.DamerauLevenshteinAtThresholds(name, [1]).configure(m_probabilities=SIGNS_AMONG_SAME)
        for name in columns
        if name not in ALIKE
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="place",
        retain_matching_columns=False,
        probability_two_random_records_match=1 / records,
        comparisons=[*words, *signs],
        blocking_rules_to_generate_predictions=[block_on(*key) for key in keys],
    )
