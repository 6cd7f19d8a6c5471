"""A month's summary in words: what the operator approves, to the letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from workbench.capabilities.books.months.lock import in_words
from workbench.capabilities.books.months.summary import AccountCash, OpenItems, Summary, TaxTotal

OWED = {"out": "Receivables", "in": "Payables"}


def headline(summary: Summary) -> str:
    """Return the month in one line."""
    base = summary.base
    unrated = f", {summary.unrated_words}" if base.unrated else ""
    return f"{in_words(summary.month)}: result {money(base.result, base.currency)}{unrated}"


def summary_text(summary: Summary, names: Mapping[str, str]) -> str:
    """Return the whole of a summary; `names` says how accounts are called."""
    parts = [
        ("In sum", _sums(summary)),
        ("Income and cost", (_category(each.side, each.category, each.amount, each.currency)
                             for each in summary.categories)),
        ("Cash", (_cash(each, names) for each in summary.cash)),
        *((words, _owed(summary.open_items, direction)) for direction, words in OWED.items()),
        ("Tax, by the rates the documents state", map(_tax, _stated(summary.tax))),
        ("Lines", _lines(summary)),
    ]  # fmt: skip
    blocks = ([title, *(f"  {line}" for line in lines)] for title, lines in parts)
    return "\n".join(line for block in blocks if len(block) > 1 for line in block)


def money(amount: str | Decimal, currency: str) -> str:
    """Return an amount as people write it."""
    return f"{Decimal(amount):,.2f} {currency}"


def _sums(summary: Summary) -> Iterator[str]:
    for each in summary.totals:
        yield (
            f"{each.currency}: income {each.income}, cost {each.cost}, result {each.result}; "
            f"neutral {each.neutral}, own transfers {each.transfers}"
        )
    base = summary.base
    yield (
        f"All in {base.currency}: income {base.income}, cost {base.cost}, result {base.result}"
        + (f"; without {summary.unrated_words}" if base.unrated else "")
    )


def _category(side: str, category: str, amount: str, currency: str) -> str:
    return f"{side}: {category} {money(amount, currency)}"


def _cash(cash: AccountCash, names: Mapping[str, str]) -> str:
    name = names.get(cash.account, cash.account)
    moved = f"{cash.money_in} in, {cash.money_out} out, {cash.transfers} own transfers"
    if cash.opening is None or cash.closing is None:
        return f"{name}: {moved} {cash.currency}; no balance is stated"
    off = f"; {cash.unexplained} unexplained" if cash.unexplained and Decimal(cash.unexplained) else ""
    return f"{name}: from {cash.opening} to {money(cash.closing, cash.currency)}; {moved}{off}"


def _owed(items: Iterable[OpenItems], direction: str) -> Iterator[str]:
    for each in items:
        if each.direction == direction:
            age = each.age if each.age == "not due" else f"{each.age} days overdue"
            yield f"{age}: {money(each.amount, each.currency)} ({each.documents})"


def _stated(taxes: Iterable[TaxTotal]) -> list[TaxTotal]:
    return [each for each in taxes if each.tax_rate is not None]


def _tax(tax: TaxTotal) -> str:
    return (
        f"{tax.side}: {tax.category} at {tax.tax_rate} %: net {tax.net}, tax {tax.tax}, "
        f"gross {money(tax.gross, tax.currency)}"
    )


def _lines(summary: Summary) -> Iterator[str]:
    yield f"{summary.lines} lines"
    if summary.late:
        yield f"{summary.late} of them came late, for closed months"
    if summary.reversed:
        yield f"{summary.reversed} of them take back lines of closed months"
