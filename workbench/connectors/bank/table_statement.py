"""Tables of a bank as statements: read in the one way that fits, or Ambiguous with every way that does."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, chain, pairwise, product
from typing import TYPE_CHECKING

from workbench.connectors.bank import fields
from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.layout import Ambiguous, Choice, Layout
from workbench.connectors.bank.reading import Line, Reading, Statement
from workbench.connectors.bank.table_entry import Entries, Entry, Ways, day_cells, entries_of, money_cells
from workbench.connectors.bank.table_values import Way, amounts_in, days_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from workbench.connectors.bank.table_rows import Table

APART = "Save each sheet as a file of its own and hand them in one by one."
MIN_IBAN_CHARS = 15

_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Tables of one header, read in one way."""

    numbers: Way[Decimal]
    days: Way[date]
    statements: tuple[Statement, ...]
    proven: bool
    """Whether balances of the file confirm every amount."""


def read_tables(tables: Sequence[Table], layouts: Mapping[str, Layout], *, kind: str) -> Reading:
    """Read every account and currency of every table, or refuse the file whole.

    `currency` is empty where the file names none. Opening and closing come from rows that state them, else from
    the balances beside the entries. Tables with the same header are written in the same way.
    """
    alike: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        alike[table.header.fingerprint].append(table)
    read = {header: _ways_to_read(group, layouts.get(header)) for header, group in alike.items()}
    open_ones = [header for header, ways in read.items() if len(ways) > 1]
    if len(open_ones) > 1:
        raise Refused("its sheets leave open in several ways how they are meant", todo=APART)

    def reading(chosen: _Read) -> Reading:
        each = (chosen if len(ways) > 1 else ways[0] for ways in read.values())
        return Reading(format=kind, statements=tuple(chain.from_iterable(one.statements for one in each)))

    if open_ones:
        header = open_ones[0]
        raise _ambiguous(read[header], layouts.get(header, Layout(header=header)), reading)
    return reading(next(iter(read.values()))[0])


def _ways_to_read(tables: Sequence[Table], kept: Layout | None) -> list[_Read]:
    """One way where cells, balances or the operator decide; else all that fit, the most probable first."""
    numbers = amounts_in(chain.from_iterable(map(money_cells, tables)), kept=kept.numbers if kept else "")
    days = days_in(chain.from_iterable(map(day_cells, tables)), kept=kept.days if kept else "")
    pairs = sorted(product(numbers, days), key=lambda pair: (_thousandths(pair[0]), _spread(pair[1])))
    read = [_read(tables, *pair) for pair in pairs]
    proven = {way.numbers.name for way in read if way.proven}
    return [way for way in read if way.numbers.name in proven] if len(proven) == 1 else read


def _thousandths(way: Way[Decimal]) -> int:
    """How many amounts have three places, which few currencies have."""
    return sum(int(value.as_tuple().exponent) == -3 for value in way.values.values())


def _spread(way: Way[date]) -> int:
    """Over how many days the entries are spread: most exports are of a month or a quarter."""
    return (max(way.values.values()) - min(way.values.values())).days if way.values else 0


def _read(tables: Sequence[Table], numbers: Way[Decimal], days: Way[date]) -> _Read:
    ways = Ways(numbers=numbers.values, days=days.values)
    statements: list[Statement] = []
    proven = True
    for table in tables:
        entries = entries_of(table, ways)
        found = _statements(table, entries.all, ways.numbers)
        table_proven = _proven(table, entries, found)
        if entries.doubt and not table_proven:
            raise entries.doubt
        proven &= table_proven
        statements += found
    return _Read(numbers=numbers, days=days, statements=tuple(statements), proven=proven)


def _proven(table: Table, entries: Entries, statements: Iterable[Statement]) -> bool:
    """Whether opening, entries and closing agree, and are more than one entry with the balance it came to."""
    stated = bool(table.openings and table.closings)
    witnesses = sum(one.balance is not None for one in entries.all)
    return (stated or witnesses > 1) and all(one.difference == 0 for one in statements)


def _statements(table: Table, entries: list[Entry], numbers: Mapping[str, Decimal]) -> list[Statement]:
    statements = [
        _statement(account, currency, group)
        for (account, currency), group in _grouped(table, entries).items()
    ]
    if table.never_happened:
        note = f"{table.never_happened} declined or reverted"
        statements[0] = replace(statements[0], left_out=note)
    if len(statements) == 1:
        return [_with_stated(statements[0], table, numbers)]
    return statements


def _grouped(table: Table, entries: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """Entries by account and currency. An entry without an account belongs to the only one there is."""
    accounts = {one.account for one in entries if one.account} or _ibans(table.preamble)
    only = accounts.pop() if len(accounts) == 1 else ""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        groups[one.account or only, one.line.currency].append(one)
    return groups or {(only, table.header.currency()): []}


def _ibans(text: str) -> set[str]:
    """IBANs in the text; a match may run on into the next word, so each of its beginnings is tried."""
    return {
        start for match in _IBAN.finditer(text) for start in accumulate(match[0].split()) if _is_iban(start)
    }


def _is_iban(text: str) -> bool:
    """Whether the check digits fit (ISO 13616): the rearranged number leaves 1 when divided by 97."""
    return (
        len(text) >= MIN_IBAN_CHARS
        and int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1
    )


def _statement(account: str, currency: str, entries: list[Entry]) -> Statement:
    booked = [(one.balance, one.line) for one in entries if one.line.state == "booked"]
    known = [(balance, line) for balance, line in booked if balance is not None]
    in_order = max(known, known[::-1], key=_links) if len(known) == len(booked) else []
    return Statement(
        account=account or None,
        currency=currency,
        opening=in_order[0][0] - in_order[0][1].amount if in_order else None,
        closing=in_order[-1][0] if in_order else None,
        closing_on=in_order[-1][1].booked_on if in_order else None,
        number="",
        lines=tuple(one.line for one in entries),
    )


def _links(entries: list[tuple[Decimal, Line]]) -> int:
    """How many balances follow from the one before: the right way round, oldest first, most of them do."""
    return sum(balance == before + line.amount for (before, _), (balance, line) in pairwise(entries))


def _with_stated(statement: Statement, table: Table, numbers: Mapping[str, Decimal]) -> Statement:
    """What rows state in words goes before what the balances of the entries say."""
    return replace(
        statement,
        opening=numbers[table.openings[0].raw] if table.openings else statement.opening,
        closing=numbers[table.closings[-1].raw] if table.closings else statement.closing,
    )


def _ambiguous(ways: list[_Read], kept: Layout, reading: Callable[[_Read], Reading]) -> Ambiguous:
    numbers_open = len({way.numbers.name for way in ways}) > 1
    days_open = len({way.days.name for way in ways}) > 1
    choices = tuple(
        Choice(
            words=_words(way, numbers_open=numbers_open, days_open=days_open),
            layout=replace(
                kept,
                numbers=way.numbers.name if numbers_open else kept.numbers,
                days=way.days.name if days_open else kept.days,
            ),
            reading=reading(way),
        )
        for way in ways
    )
    example = (ways[0].days if days_open else ways[0].numbers).example
    names = dict.fromkeys(way.days.name if days_open else way.numbers.name for way in ways)
    what = f"{fields.shown(example.raw)} leaves open whether it is written {' or '.join(names)}"
    return Ambiguous(what, choices=choices, where=f"line {example.line}")


def _words(way: _Read, *, numbers_open: bool, days_open: bool) -> str:
    """What the file's own example means in this way."""
    said = []
    if days_open:
        raw = way.days.example.raw
        day = way.days.values[raw]
        said.append(f"{raw} is {day.day} {day:%B %Y} ({way.days.name})")
    if numbers_open:
        raw = way.numbers.example.raw
        said.append(f"{raw} is {way.numbers.values[raw].normalize():f} ({way.numbers.name})")
    return "; ".join(said)
