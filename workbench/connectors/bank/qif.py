"""QIF of Quicken, and of banks: every account with cash, its days and amounts decided over the file, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from workbench.connectors.bank.encoding import decode, head_of
from workbench.connectors.bank.errors import SHORTER, Refused
from workbench.connectors.bank.fields import shown
from workbench.connectors.bank.layout import Ambiguous, Choice, Layout
from workbench.connectors.bank.limits import MAX_LINES
from workbench.connectors.bank.qif_account import (
    SECURITIES,
    Values,
    account_named,
    empty,
    plain_day,
    statement,
)
from workbench.connectors.bank.qif_records import ACCOUNT, CLEAR, Section, begins, sections
from workbench.connectors.bank.reading import Reading, Statement
from workbench.connectors.bank.table_values import Cell, Way, amounts_in, days_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

V = TypeVar("V")
_CASH = {"bank", "cash", "ccard", "oth a", "oth l", "oth s"}
_LISTS = {"cat", "class", "memorized", "security", "prices", "tag", "budget", "payee"}
"""Settings of the program that wrote the file: they say nothing of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    """The transactions of one section, and the account they are of."""

    account: str
    section: Section


def matches(content: bytes) -> bool:
    """Whether the content begins like QIF."""
    return begins(head_of(content))


def read(content: bytes, *, layouts: Mapping[str, Layout]) -> Reading:
    """Read every account of the file, or refuse it whole. `layouts` are what the operator said of such files before.

    Raises Ambiguous with every reading when day and month, or point and comma, may be either way round.
    """
    found = sections(decode(content))
    owned = list(_owned(found))
    if not owned:
        return Reading(format="qif", statements=tuple(_empty_accounts(found)))
    kept = layouts.get(header := _fingerprint(owned), Layout(header=header))
    days = _kept(days_in(_cells(owned, "D")), kept.days)
    numbers = _kept(amounts_in(_cells(owned, "T", "U", "$")), kept.numbers)
    _refuse_too_many(owned)
    choices = [
        Choice(
            words=", ".join(way.name for way, ways in ((day, days), (number, numbers)) if len(ways) > 1),
            layout=Layout(
                header=header,
                numbers=number.name if len(numbers) > 1 else "",
                days=day.name if len(days) > 1 else "",
            ),
            reading=_reading(owned, Values(days=day.values, amounts=number.values)),
        )
        for day, number in product(days, numbers)
    ]
    if len(choices) > 1:
        example = (days if len(days) > 1 else numbers)[0].example
        raise Ambiguous(
            f"{shown(example.raw)} can be read in {len(choices)} ways",
            where=f"line {example.line}",
            choices=tuple(choices),
        )
    return choices[0].reading


def _owned(found: Sequence[Section]) -> Iterator[_Owned]:
    """Each section of transactions with its account: that of the !Account block before it, which counts once."""
    named: list[str] = []
    for section in found:
        if section.kind == ACCOUNT:
            named = [account_named(record) for record in section.records]
        elif section.kind == CLEAR:
            named = named if len(named) == 1 else []
        elif section.kind in _CASH | SECURITIES:
            if len(named) > 1:
                raise Refused(
                    f"it names {len(named)} accounts for these records", where=f"line {section.line}"
                )
            yield _Owned(account=named[0] if named else "", section=section)
            named = []
        elif section.kind not in _LISTS:
            raise Refused(
                f"its section {section.name!r} is not one that is read", where=f"line {section.line}"
            )


def _empty_accounts(found: Sequence[Section]) -> Iterator[Statement]:
    """The accounts of a file without any transactions."""
    records = [record for section in found if section.kind == ACCOUNT for record in section.records]
    if not records:
        raise Refused("it is QIF, but holds no account and no transactions")
    for account in dict.fromkeys(account_named(record) for record in records):
        yield empty(account)


def _reading(owned: Sequence[_Owned], values: Values) -> Reading:
    statements = (statement(one.account, one.section.kind, one.section.records, values) for one in owned)
    return Reading(format="qif", statements=tuple(statements))


def _cells(owned: Sequence[_Owned], *codes: str) -> list[Cell]:
    """Every day, or every amount, of a transaction."""
    rows = (row for one in owned for record in one.section.records for row in record.rows)
    return [
        Cell(row.line, plain_day(row.value) if row.code == "D" else row.value)
        for row in rows
        if row.code in codes and row.value
    ]


def _kept(ways: list[Way[V]], name: str) -> list[Way[V]]:
    """The way the operator once said, where the file leaves it open."""
    return [way for way in ways if way.name == name] or ways


def _fingerprint(owned: Sequence[_Owned]) -> str:
    """What the next file of this account has in common: its type, its name and the marks in its dates."""
    first = owned[0]
    days = [row.value for record in first.section.records for row in record.all("D")]
    marks = re.sub(r"[\w\s]", "", days[0]) if days else ""
    return ":".join(("qif", first.section.kind, first.account, marks)).rstrip(":")


def _refuse_too_many(owned: Sequence[_Owned]) -> None:
    count = sum(len(one.section.records) for one in owned)
    if count > MAX_LINES:
        raise Refused(f"it holds {count} transactions, more than {MAX_LINES:,}", todo=SHORTER)
