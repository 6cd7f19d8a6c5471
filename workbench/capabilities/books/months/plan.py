"""The plan to close a month: what has to hold, step by step, and what is missing of it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from workbench.capabilities.books.months.facts import Facts
from workbench.capabilities.books.months.lock import in_words, last_day
from workbench.capabilities.books.months.summary import AccountCash
from workbench.settings import Settings

MAX_NAMED = 8
"""More missing things of one kind are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that has to hold: `missing` names what does not, and what to do; `note` what is good to know.

    What is `forgivable` the operator may let pass; what does not balance or is open, never.
    """

    title: str
    missing: tuple[str, ...] = ()
    todo: str = ""
    note: str = ""
    forgivable: bool = False

    @property
    def state(self) -> Literal["done", "missing"]:
        """Whether it holds."""
        return "missing" if self.missing else "done"


def plan(facts: Facts, settings: Settings, today: date) -> tuple[Step, ...]:
    """Return the steps in the order they are looked at."""
    return (
        _is_over(facts, today),
        _earlier(facts),
        _statements(facts, settings),
        _undoubted(facts),
        _settled(facts),
        _receipts(facts, settings),
        _balanced(facts, settings),
        _added_up(facts),
        _documents(facts),
    )


def blocking(steps: Iterable[Step], *, forgiven: bool) -> tuple[Step, ...]:
    """Return the steps that still stand in the way; `forgiven` lets pass what the operator may let pass."""
    return tuple(step for step in steps if step.missing and not (forgiven and step.forgivable))


def _is_over(facts: Facts, today: date) -> Step:
    last = last_day(facts.month)
    missing = () if today > last else (f"It ends on {last:%d %b %Y}.",)
    return Step(title="the month is over", missing=missing, todo="Wait until it has ended.")


def _earlier(facts: Facts) -> Step:
    missing = tuple(f"{in_words(month)} is not closed." for month in facts.earlier_open)
    first = facts.earlier_open[0] if missing else ""
    return Step(
        title="earlier months are closed",
        missing=missing,
        todo=f"Close them first: workbench month close {first}",
    )


def _statements(facts: Facts, settings: Settings) -> Step:
    last = last_day(facts.month)
    accounts = {each.id: each.name for each in settings.account}
    accounts |= {line.account: line.account for line in facts.lines if line.account not in accounts}
    return Step(
        title="statements reach its end",
        missing=tuple(
            f"{name} has statements up to {reach:%d %b %Y}." if reach else f"{name} has no statement."
            for account, name in accounts.items()
            if (reach := facts.reaches.get(account)) is None or reach < last
        ),
        todo="Download what is missing and ingest it.",
        forgivable=True,
    )


def _undoubted(facts: Facts) -> Step:
    return Step(
        title="no statement is in doubt", missing=facts.doubts, todo="Decide these rows: workbench queue list"
    )


def _settled(facts: Facts) -> Step:
    return Step(
        title="every transaction is settled",
        missing=tuple(_named(row) for row in facts.rows if row["side"] == "open"),
        todo="Answer what is asked about them: workbench queue list",
        note=f"{len({line.stream for line in facts.lines})} transactions",
    )


def without_receipt(facts: Facts, settings: Settings) -> Iterator[Mapping[str, Any]]:
    """Yield the costs above the limit that neither a bill nor a receipt stands for.

    What no recent rate gives a worth for counts as above.
    """
    documented = {row["stream"] for row in facts.rows if row["document"] is not None}
    documented |= {file["stream"] for file in facts.evidence if file["kind"] == "receipt"}
    for row in facts.rows:
        small = row["worth"] is not None and abs(row["worth"]) <= settings.books.smallest_receipt
        wanted = (
            row["side"] == "cost" and not row["reverses"] and row["category"] not in settings.books.no_receipt
        )
        if wanted and not small and row["stream"] not in documented:
            yield row


def _receipts(facts: Facts, settings: Settings) -> Step:
    limit = f"{settings.books.receipt_limit} {settings.base_currency}"
    return Step(
        title="costs have receipts",
        missing=tuple(_named(row) for row in without_receipt(facts, settings)),
        todo=f"Ingest the bills or receipts of what cost more than {limit}, or name their categories in no_receipt.",
        forgivable=True,
    )


def _balanced(facts: Facts, settings: Settings) -> Step:
    names = {each.id: each.name for each in settings.account}
    accepted = [
        each for each in facts.summary.cash if _is_off(each) and _is_accepted(each, facts.accepted_faults)
    ]
    off = [each for each in facts.summary.cash if _is_off(each) and each not in accepted]
    unstated = [names.get(each.account, each.account) for each in facts.summary.cash if each.closing is None]
    notes = [f"{_apart(each, names)}, which you took as it is" for each in accepted]
    notes += [f"no statement of {', '.join(unstated)} states a balance"] if unstated else []
    return Step(
        title="balances agree",
        missing=tuple(f"{_apart(each, names)}." for each in off),
        todo="Find the missing or doubled line: ingest the statement that has it.",
        note="; ".join(notes),
    )


def _is_off(cash: AccountCash) -> bool:
    return cash.unexplained is not None and Decimal(cash.unexplained) != 0


def _is_accepted(cash: AccountCash, faults: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the operator took a statement as it is that is off by just as much."""
    assert cash.unexplained is not None
    return any(
        (row["account"], row["currency"], row["amount"])
        == (cash.account, cash.currency, abs(Decimal(cash.unexplained)))
        for row in faults
    )


def _apart(cash: AccountCash, names: Mapping[str, str]) -> str:
    account = names.get(cash.account, cash.account)
    return f"{account}: its balances and its lines are {cash.unexplained} {cash.currency} apart"


def _added_up(facts: Facts) -> Step:
    return Step(
        title="lines add up to their transactions",
        missing=tuple(
            f"{row['booked_on']:%d %b %Y} {row['amount']:+,.2f} {row['currency']}: its lines are {row['lines']:+,.2f}."
            for row in facts.odd_transactions
        ),
        todo="Run 'workbench log rebuild --check': this is a fault of the program.",
        note=f"{len(facts.lines)} lines",
    )


def _documents(facts: Facts) -> Step:
    return Step(
        title="documents agree with their payments",
        missing=tuple(
            f"{row['number']}: {row['paid']:,.2f} {row['currency']} are noted as paid, its payments are "
            f"{row['parts']:,.2f}."
            for row in facts.odd_documents
        ),
        todo="Run 'workbench work', then look again.",
    )


def _named(row: Mapping[str, Any]) -> str:
    who = row["counterparty"] or row["text"] or "an unnamed party"
    return f"{row['booked_on']:%d %b %Y} {row['amount']:+,.2f} {row['currency']} {who}"


def some(lines: Sequence[str]) -> list[str]:
    """Return the first of many lines, and how many more there are."""
    more = len(lines) - MAX_NAMED
    return [*lines] if more <= 0 else [*lines[:MAX_NAMED], f"… and {more} more"]
