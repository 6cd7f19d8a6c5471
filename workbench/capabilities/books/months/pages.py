"""The pages of the accountant's package: what each says of a month, pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sheets_sync.report import Cell, Column, Page
from workbench.capabilities.books.months.facts import Facts
from workbench.capabilities.books.months.lock import in_words, name
from workbench.capabilities.books.months.summary import Summary
from workbench.capabilities.books.months.words import OWED, age_words, owed

Row = Mapping[str, Any]
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """All that the pages tell: a month, its documents by stream, and how company and accounts are called."""

    company: str
    facts: Facts
    documents: Sequence[Row]
    """What was paid in the month."""
    items: Mapping[str, Row]
    """Number, party and days of each document that was open at its end."""
    accounts: Mapping[str, str]
    head: str
    """Position and hash of the log it was made at."""

    @property
    def state(self) -> str:
        """Whether it may still change."""
        return "closed" if self.facts.is_closed else "DRAFT"

    @property
    def heading(self) -> str:
        """What stands above every page."""
        mark = "" if self.facts.is_closed else "DRAFT · "
        return f"{mark}{self.company} · {in_words(self.facts.month)}"

    def account(self, account: str) -> str:
        """Return how an account is called."""
        return self.accounts.get(account, account)


def pages(package: Package) -> tuple[Page, ...]:
    """Return every page, the summary first."""
    return (
        _summary(package),
        _lines(package),
        _documents(package),
        _receivables(package),
        _tax(package),
        _evidence(package),
    )


def _page(
    package: Package, title: str, note: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]
) -> Page:
    listed = [*rows]
    return Page(
        name=title,
        heading=f"{package.heading} · {title}",
        note=note,
        columns=columns,
        rows=listed,
        strong=frozenset(index for index, row in enumerate(listed) if _is_sum(row)),
    )


def _is_sum(row: Sequence[Cell]) -> bool:
    return row[1] == "result" or str(row[1]).endswith("closing balance")


SUMMARY = (
    Column(title="Section", width=22),
    Column(title="What", width=44),
    Column(title="Currency", width=11),
    Column(title="Amount", kind="money", width=18),
)


def _summary(package: Package) -> Page:
    summary = package.facts.summary
    rows = [*_sums(summary), *_categories(summary), *_cash(package), *_owed(summary), *_tax_sums(summary)]
    late = f"{summary.late} of them late, {summary.reversed} reversing"
    note = f"{package.state}; {summary.lines} lines, {late}. {package.head}"
    return _page(package, "Summary", note, SUMMARY, rows)


def _sums(summary: Summary) -> Iterator[Sequence[Cell]]:
    for each in summary.totals:
        for what in ("income", "cost", "result", "neutral", "transfers"):
            title = "own transfers" if what == "transfers" else what
            yield "Result", title, each.currency, Decimal(getattr(each, what))
    base = summary.base
    for what in ("income", "cost", "result"):
        yield f"All in {base.currency}", what, base.currency, Decimal(getattr(base, what))
    if base.unrated:
        yield f"All in {base.currency}", f"not in it: {summary.unrated_words}", "", None


def _categories(summary: Summary) -> Iterator[Sequence[Cell]]:
    titles = {"income": "Income", "cost": "Cost", "neutral": "Neither"}
    for side, title in titles.items():
        for each in summary.categories:
            if each.side == side:
                yield title, each.category, each.currency, Decimal(each.amount)


def _cash(package: Package) -> Iterator[Sequence[Cell]]:
    for each in package.facts.summary.cash:
        account = package.account(each.account)
        for what, amount in (
            ("opening balance", each.opening),
            ("in", each.money_in),
            ("out", each.money_out),
            ("own transfers", each.transfers),
            ("unexplained", each.unexplained),
            ("closing balance", each.closing),
        ):
            stated = None if amount is None else Decimal(amount)
            if what != "unexplained" or stated:
                yield "Cash", f"{account}: {what}", each.currency, stated


def _owed(summary: Summary) -> Iterator[Sequence[Cell]]:
    for direction, title in OWED.items():
        for currency, age, number, amount in owed(summary.open_items, direction):
            yield title, f"{age_words(age)} ({number})", currency, amount


def _tax_sums(summary: Summary) -> Iterator[Sequence[Cell]]:
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for each in summary.tax:
        if each.tax_rate is not None:
            sums[each.side, each.tax_rate, each.currency] += Decimal(each.tax or 0)
    for (side, rate, currency), amount in sorted(sums.items(), reverse=True):
        yield "Tax", f"in {side} at {rate} %", currency, amount


LINES = (
    Column(title="Day", kind="day", width=12),
    Column(title="Account", width=20),
    Column(title="Counterparty", width=30),
    Column(title="Text", width=44),
    Column(title="Document", width=16),
    Column(title="Category", width=18),
    Column(title="Side", width=10),
    Column(title="Amount", kind="money", width=14),
    Column(title="Currency", width=11),
    Column(title="Tax rate", kind="percent", width=10),
    Column(title="Net", kind="money", width=14),
    Column(title="Tax", kind="money", width=12),
    Column(title="In base currency", kind="money", width=18),
    Column(title="Remark", width=24),
)


def _lines(package: Package) -> Page:
    note = "Each line is how much of a transaction belongs to which document and category; amounts as the money moved."
    rows = [_line(package, row) for row in package.facts.rows]
    return _page(package, "Lines", note, LINES, rows)


def _line(package: Package, row: Row) -> Sequence[Cell]:
    return (
        row["booked_on"],
        package.account(row["account"]),
        row["counterparty"],
        row["text"],
        row["number"],
        row["category"],
        row["side"],
        row["amount"],
        row["currency"],
        row["tax_rate"],
        row["net"],
        row["tax"],
        row["worth"],
        _remark(row, package.facts.month),
    )


def _remark(row: Row, month: str) -> str:
    booked = name(row["booked_on"])
    if row["reverses"]:
        return f"takes back a line of {in_words(booked)}"
    return f"came late, for {in_words(booked)}" if booked != month else ""


DOCUMENTS = (
    Column(title="Number", width=18),
    Column(title="Kind", width=12),
    Column(title="Party", width=34),
    Column(title="Issued", kind="day", width=12),
    Column(title="Due", kind="day", width=12),
    Column(title="Gross", kind="money", width=14),
    Column(title="Currency", width=11),
    Column(title="Tax rate", kind="percent", width=10),
    Column(title="Category", width=18),
    Column(title="Corrects", width=16),
    Column(title="Moved this month", kind="money", width=18),
    Column(title="In", width=8),
    Column(title="Account", width=20),
)


def _documents(package: Package) -> Page:
    note = "The documents that this month's money belongs to; what moved has its own currency."
    return _page(
        package, "Documents", note, DOCUMENTS, (_document(package, row) for row in package.documents)
    )


def _document(package: Package, row: Row) -> Sequence[Cell]:
    kind = {"out": "invoice", "in": "bill"}[row["direction"]] if row["kind"] == "invoice" else "credit note"
    accounts = ", ".join(package.account(each) for each in row["on_account"].split(", "))
    return (
        row["number"], kind, row["party"], row["issued_on"], row["due_on"], row["amount"], row["currency"],
        row["tax_rate"], row["category"], row["corrects"], row["moved"], row["moved_currency"], accounts,
    )  # fmt: skip


RECEIVABLES = (
    Column(title="What", width=14),
    Column(title="Number", width=18),
    Column(title="Party", width=34),
    Column(title="Issued", kind="day", width=12),
    Column(title="Due", kind="day", width=12),
    Column(title="Age", width=22),
    Column(title="Days overdue", kind="number", width=14),
    Column(title="Open", kind="money", width=16),
    Column(title="Currency", width=11),
)


def _receivables(package: Package) -> Page:
    note = "What was owed to the company, and by it, at the end of the month."
    return _page(package, "Receivables", note, RECEIVABLES, _items(package))


def _items(package: Package) -> Iterator[Sequence[Cell]]:
    for each in package.facts.summary.open_items:
        document = package.items.get(each.document, {})
        issued: date | None = document.get("issued_on")
        yield (
            OWED[each.direction], document.get("number", each.document), document.get("party", ""), issued,
            document.get("due_on"), age_words(each.age), each.days_overdue, Decimal(each.open), each.currency,
        )  # fmt: skip


TAX = (
    Column(title="Side", width=10),
    Column(title="Category", width=24),
    Column(title="Rate", kind="percent", width=12),
    Column(title="Net", kind="money", width=16),
    Column(title="Tax", kind="money", width=16),
    Column(title="Gross", kind="money", width=16),
    Column(title="Currency", width=11),
)


def _tax(package: Package) -> Page:
    note = "By the rate each document states, on the day of payment; a rate that no document states is never assumed."
    return _page(package, "Tax", note, TAX, _taxes(package.facts.summary))


def _taxes(summary: Summary) -> Iterator[Sequence[Cell]]:
    for each in summary.tax:
        rate: Cell = NOT_STATED if each.tax_rate is None else Decimal(each.tax_rate)
        net, tax = (None if one is None else Decimal(one) for one in (each.net, each.tax))
        yield each.side, each.category, rate, net, tax, Decimal(each.gross), each.currency


EVIDENCE = (
    Column(title="Day", kind="day", width=12),
    Column(title="Amount", kind="money", width=14),
    Column(title="Currency", width=11),
    Column(title="Counterparty", width=28),
    Column(title="Document", width=16),
    Column(title="Category", width=18),
    Column(title="Decided by", width=13),
    Column(title="Reason", width=60),
    Column(title="Decision row", width=36),
    Column(title="Mapping event", width=30),
    Column(title="Transaction", width=46),
    Column(title="Part", kind="number", width=8),
    Column(title="Files", width=44),
)


def _evidence(package: Package) -> Page:
    files: dict[str, list[str]] = defaultdict(list)
    for each in package.facts.evidence:
        files[each["stream"]].append(file_name(each["digest"], each["name"]))
    note = "Why each line is what it is: the event that maps it, who decided, on which row, and the files in receipts/."
    rows = (_why(row, files.get(row["stream"], [])) for row in package.facts.rows)
    return _page(package, "Evidence", note, EVIDENCE, rows)


def _why(row: Row, files: Sequence[str]) -> Sequence[Cell]:
    return (
        row["booked_on"], row["amount"], row["currency"], row["counterparty"], row["number"], row["category"],
        row["decided_by"], row["reason"], row["decision_row"], row["mapping"], row["stream"], row["part"],
        "\n".join(files),
    )  # fmt: skip


def file_name(digest: str, given: str) -> str:
    """Return what a copy is called: by its content first, then as it came, with nothing that leads elsewhere."""
    safe = "".join(sign if sign.isalnum() or sign in "._- ()" else "_" for sign in given).lstrip(".")
    return f"{digest[:12]} {safe[-100:]}".rstrip()
