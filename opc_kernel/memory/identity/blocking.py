"""Which records are worth comparing: those that share a key, so that nobody compares all with all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from opc_kernel.memory.identity.folding import sound
from opc_kernel.memory.identity.record import Kind, Record

MAX_BLOCK = 100
"""A key that more records share tells nobody apart, such as the word "Berlin"."""
MAX_CANDIDATES = 200
MIN_WORD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`rests_on` are the fields that agree wherever two share this key: it can say nothing about them."""

    name: str
    rests_on: frozenset[str]
    values: Callable[[Record], Iterable[str]]


def _names(record: Record) -> Iterator[str]:
    """Yield the sound of each of the two names with the other's initial, so that they may have changed places."""
    for name in record.names:
        words = [name.first, *name.core.split()]
        for word in words:
            yield from (f"{sound(word)} {other[:1]}" for other in words if other != word and word and other)


def _short_names(record: Record) -> Iterator[str]:
    for name in record.names:
        for address in record.addresses:
            yield from (f"{word[:3]} {address.postcode}" for word in (name.first, name.core) if word)


def _firms(record: Record) -> Iterator[str]:
    for firm in record.firms:
        yield from (f"{sound(word)}{len(word) // 3}" for word in firm.core.split() if len(word) >= MIN_WORD)
        yield firm.core


def _houses(record: Record) -> Iterator[str]:
    for address in record.addresses:
        yield from (f"{sound(line)} {address.number}" for line in address.lines if address.number)
        if address.number and address.postcode:
            yield f"{address.number} {address.postcode}"


def _lines(record: Record) -> Iterator[str]:
    for address in record.addresses:
        yield from (line for line in address.lines if len(line) >= MIN_WORD)


KEYS: Mapping[Kind, tuple[Key, ...]] = {
    "person": (
        Key(name="name", rests_on=frozenset({"name"}), values=_names),
        Key(name="birthday", rests_on=frozenset({"birthday"}), values=lambda record: (record.birthday,)),
        Key(name="name and postcode", rests_on=frozenset({"name", "place"}), values=_short_names),
    ),
    "firm": (Key(name="firm", rests_on=frozenset({"firm"}), values=_firms),),
}
COMMON_KEYS = (
    Key(
        name="mailbox",
        rests_on=frozenset({"mailbox"}),
        values=lambda record: (f"{each.local}@{each.domain}" for each in record.emails),
    ),
    Key(
        name="domain",
        rests_on=frozenset({"mailbox"}),
        values=lambda record: (each.domain for each in record.emails if each.is_private_domain),
    ),
    Key(
        name="phone",
        rests_on=frozenset({"phone"}),
        values=lambda record: (each.number for each in record.phones),
    ),
    Key(
        name="id",
        rests_on=frozenset({"id", "account"}),
        values=lambda record: (f"{each.kind} {each.value}" for each in record.ids),
    ),
    Key(name="house", rests_on=frozenset({"street", "place"}), values=_houses),
    Key(name="line", rests_on=frozenset({"street"}), values=_lines),
)


def keys_for(kind: Kind) -> tuple[Key, ...]:
    """Return the keys by which records of a kind are found."""
    return (*KEYS[kind], *COMMON_KEYS)


def pairs_by(key: Key, records: Sequence[Record]) -> set[tuple[int, int]]:
    """Return the pairs that share a value of one key, by their places in `records`."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        for value in {value for value in key.values(record) if value}:
            blocks[value].append(place)
    return {pair for block in blocks.values() if len(block) <= MAX_BLOCK for pair in combinations(block, 2)}


@dataclass(slots=True)
class Index:
    """The records known so far, each found by its keys: one new record is compared with few."""

    _records: dict[str, Record] = field(default_factory=dict)
    _blocks: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, record: Record) -> None:
        """Know a record; what was known under its key before is forgotten."""
        self.remove(record.key)
        self._records[record.key] = record
        for block in _blocks_of(record):
            self._blocks[block][record.key] = None

    def remove(self, key: str) -> None:
        """Forget a record, if it is known."""
        known = self._records.pop(key, None)
        for block in _blocks_of(known) if known else ():
            self._blocks[block].pop(key, None)

    def candidates(self, record: Record) -> list[Record]:
        """Return the records that may be the same one, those that share the rarest keys first."""
        blocks = [self._blocks.get(block, {}) for block in _blocks_of(record)]
        small = sorted((block for block in blocks if len(block) <= MAX_BLOCK), key=len)
        found = dict.fromkeys(key for block in small for key in block if key != record.key)
        return [self._records[key] for key in list(found)[:MAX_CANDIDATES]]


def _blocks_of(record: Record) -> set[tuple[str, str, str]]:
    return {
        (record.kind, key.name, value)
        for key in keys_for(record.kind)
        for value in key.values(record)
        if value
    }
