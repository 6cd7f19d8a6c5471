"""A matcher against what a ledger importer's own tests state: which line of a bank belongs to which entry of the books.

The folder holds dev/reconcile/CASE/STEP/{pending.beancount, journal.beancount, candidates.diff}: lines from banks,
books, and what the peer proposes for the first pending line, best first; and dev/source/amazon/**/ID.json: orders with
the card charges that paid them. From these come cases of four kinds:

transfer         the best proposal joins the first pending line with another pending one
none             the only proposal is a new entry: nothing in the books fits (each card charge of an order by itself)
one for one      an order paid by one charge
several for one  an order paid by several charges, each a case of its own

Left out, and why: lines of securities (units of a fund, no money) and orders whose charges the peer could not read.
A matcher is a function from a line and the books to the keys of the entries it would propose.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from workbench.capabilities.books.matching.candidates import explanations
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.index import Documents
from workbench.capabilities.books.transfers import DAYS

MONEY = ("USD", "EUR")
BANKS = ("Assets", "Liabilities")

_ENTRY = re.compile(
    r'^(?P<day>\d{4}-\d\d-\d\d) \* "(?P<text>[^"]*)"[^\n]*\n(?P<postings>(?:[ \t]+[^\n]*\n?)+)', re.M
)
_POSTING = re.compile(
    r"^[ ]{2}(?P<account>[A-Z][\w:-]+)[ ]+(?P<amount>-?[\d.]+) (?P<currency>[A-Z]+)[^\n]*"
    r"(?:\n    amazon_credit_card_description: [^\n]*\n    transaction_date: (?P<charged_on>[\d-]+))?",
    re.M,
)
_PROPOSAL = re.compile(r"^<journal-dir>", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a bank; the amount is signed."""

    day: date
    amount: Decimal
    currency: str
    account: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something in the books that a line may belong to; the amount is what it asks of the bank, signed."""

    key: str
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A line, the books it stands before, and the keys stated for it."""

    name: str
    kind: str
    line: Line
    books: tuple[Entry, ...]
    stated: frozenset[str]


Matcher = Callable[[Line, Sequence[Entry]], Sequence[str]]


def cases(folder: Path) -> list[Case]:
    """Read every case of the corpus that can be compared."""
    return [*_reconciled(folder / "dev" / "reconcile"), *_ordered(folder / "dev" / "source" / "amazon")]


def differing(all_cases: Sequence[Case], match: Matcher) -> list[tuple[Case, frozenset[str]]]:
    """Return the cases where a matcher proposes other entries than stated, with what it proposed."""
    proposed = [(case, frozenset(match(case.line, case.books))) for case in all_cases]
    return [(case, keys) for case, keys in proposed if keys != case.stated]


def as_today(line: Line, books: Sequence[Entry]) -> list[str]:
    """Propose as the product does today: the other side of an own transfer, else the best of the matcher."""
    return _other_sides(line, books)[:1] or by_rank(line, books)


def by_rank(line: Line, books: Sequence[Entry]) -> list[str]:
    """Propose the best explanation, where nothing speaks against it."""
    ranked = explanations(_payment(line), Documents(map(_document, books)))
    return [part.document.number for part in ranked[0].parts] if ranked and not ranked[0].against else []


def _other_sides(line: Line, books: Sequence[Entry]) -> list[str]:
    """The rule of other_sides.sql: the same amount the other way on another account, a few days apart."""
    return [
        entry.key
        for entry in books
        if (entry.line.amount, entry.line.currency) == (-line.amount, line.currency)
        and entry.line.account != line.account
        and abs((entry.line.day - line.day).days) <= DAYS
    ]


def _payment(line: Line) -> Payment:
    return Payment(
        stream="line", version=1, booked_on=line.day, amount=line.amount, currency=line.currency,
        counterparty="", text=line.text, reference="", event_id="e",
    )  # fmt: skip


def _document(entry: Entry) -> Document:
    line = entry.line
    return Document(
        stream=entry.key, version=1, kind="invoice", direction="out" if line.amount > 0 else "in",
        number=entry.key, party=line.text, issued_on=line.day, due_on=line.day, amount=abs(line.amount),
        open=abs(line.amount), currency=line.currency, event_id="e",
    )  # fmt: skip


def _reconciled(folder: Path) -> Iterator[Case]:
    for step in sorted(path.parent for path in folder.rglob("candidates.diff")):
        first, *others = list(_ENTRY.finditer((step / "pending.beancount").read_text("utf-8"))) or [None]
        proposals = _PROPOSAL.split((step / "candidates.diff").read_text("utf-8"))[1:]
        if first is None or not proposals:
            continue
        journal = list(_ENTRY.finditer((step / "journal.beancount").read_text("utf-8")))
        books = tuple(
            Entry(key=f"{where}-{at}", line=line)
            for where, entries in (("pending", others), ("journal", journal))
            for at, line in enumerate(line for entry in entries for line in _lines(entry))
        )
        joined = {
            entry.key
            for entry in books
            if entry.line.account.startswith(BANKS)
            and all(found in proposals[0] for found in (f'"{entry.line.text}"', f" {entry.line.account} "))
        }
        for at, line in enumerate(_lines(first)):
            stated = frozenset(joined)
            kind = "transfer" if stated else "none"
            yield Case(
                name=f"{step.parent.name}/{step.name}/{at}", kind=kind, line=line, books=books, stated=stated
            )


def _lines(entry: re.Match[str]) -> Iterator[Line]:
    """What banks see of an entry: its first posting to an account of money, or the card charges it names."""
    day = date.fromisoformat(entry["day"])
    postings = [one for one in _POSTING.finditer(entry["postings"]) if one["currency"] in MONEY]
    at_banks = [one for one in postings if one["account"].startswith(BANKS)]
    charges = [one for one in postings if one["charged_on"]]
    for posting in at_banks[:1] or charges:
        yield Line(
            day=date.fromisoformat(posting["charged_on"]) if posting["charged_on"] else day,
            amount=Decimal(posting["amount"]),
            currency=posting["currency"],
            account=posting["account"],
            text=entry["text"],
        )


def _ordered(folder: Path) -> Iterator[Case]:
    found = [json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))]
    orders = [order for order in found if "order_id" in order]
    charged = {order["order_id"]: _charges(order) for order in orders}
    books = tuple(
        Entry(key=order["order_id"], line=_whole(order, charged[order["order_id"]]))
        for order in orders
        if charged[order["order_id"]]
    )
    for key, charges in charged.items():
        for at, charge in enumerate(charges):
            kind = "one for one" if len(charges) == 1 else "several for one"
            yield Case(name=f"{key}/{at}", kind=kind, line=charge, books=books, stated=frozenset({key}))


def _charges(order: dict) -> list[Line]:
    return [
        Line(
            day=date.fromisoformat(charge["date"]),
            amount=-Decimal(charge["amount"]["number"]),
            currency=charge["amount"]["currency"],
            account=charge["card_ending_in"],
            text=charge["card_description"],
        )
        for charge in order["credit_card_transactions"]
    ]


def _whole(order: dict, charges: Sequence[Line]) -> Line:
    return Line(
        day=date.fromisoformat(order["order_date"]),
        amount=sum((charge.amount for charge in charges), Decimal(0)),
        currency=charges[0].currency,
        account="",
        text="Amazon",
    )


def report(folder: Path, match: Matcher = as_today) -> Iterator[str]:
    """Yield the figures by kind, and every difference."""
    all_cases = cases(folder)
    wrong = differing(all_cases, match)
    counts, faults = Counter(case.kind for case in all_cases), Counter(case.kind for case, _ in wrong)
    yield from (f"{kind}: {counts[kind] - faults[kind]} of {counts[kind]} as stated" for kind in counts)
    for case, keys in wrong:
        yield f"  {case.name} ({case.kind}): {sorted(keys) or 'nothing'}, stated {sorted(case.stated) or 'nothing'}"


if __name__ == "__main__":
    print("\n".join(report(Path(sys.argv[1]))))  # noqa: T201
