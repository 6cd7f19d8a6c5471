"""Bank statements as plain CSV, whatever the bank calls its columns in five languages."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from workbench.connectors.bank.csv_entry import Entry, entry, ways_of
from workbench.connectors.bank.csv_header import find_header
from workbench.connectors.bank.csv_table import Table, table
from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.errors import at
from workbench.connectors.bank.reading import Line, Reading, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}\b")
MIN_IBAN_CHARS = 15


def matches(head: str) -> bool:
    """Whether one of the first rows is the header of a statement: a date, and an amount or debit and credit."""
    return find_header(head) is not None


def read(content: bytes) -> Reading:
    """Read every account and currency of the file, or refuse it whole.

    `currency` is empty where the file names none. Opening and closing come from rows that state them, else from
    the balances beside the entries.
    """
    found = table(decode(content))
    ways = ways_of(found)
    entries = []
    for row in found.entries:
        with at(f"line {row.line}"):
            entries.append(entry(found.header, row, ways))
    statements = [
        _statement(account, currency, group)
        for (account, currency), group in _grouped(found, entries).items()
    ]
    if len(statements) == 1:
        statements = [_with_stated(statements[0], found, ways.numbers)]
    return Reading(format="csv", statements=tuple(statements))


def _grouped(found: Table, entries: list[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """Entries by account and currency. An entry without an account belongs to the only one there is."""
    accounts = {one.account for one in entries if one.account} or _ibans(found.preamble)
    only = accounts.pop() if len(accounts) == 1 else ""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        groups[one.account or only, one.line.currency].append(one)
    return groups or {(only, found.header.currency()): []}


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


def _with_stated(statement: Statement, found: Table, numbers: Mapping[str, Decimal]) -> Statement:
    """What rows state in words goes before what the balances of the entries say."""
    return replace(
        statement,
        opening=numbers[found.openings[0].raw] if found.openings else statement.opening,
        closing=numbers[found.closings[-1].raw] if found.closings else statement.closing,
    )
