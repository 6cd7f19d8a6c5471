"""A month's summary in words: what the operator approves, to the letter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from workbench.capabilities.books.months.lock import in_words
from workbench.capabilities.books.months.summary import AGES, AccountCash, OpenItem, Summary, TaxTotal

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
    return f"{plain(amount)} {currency}"


def plain(amount: str | Decimal) -> str:
    """Return an amount as people write it where its currency stands elsewhere."""
    return f"{Decimal(amount):,.2f}"


def _sums(summary: Summary) -> Iterator[str]:
    for each in summary.totals:
        yield (
            f"{each.currency}: income {plain(each.income)}, cost {plain(each.cost)}, result {plain(each.result)}; "
            f"neutral {plain(each.neutral)}, own transfers {plain(each.transfers)}"
        )
    base = summary.base
    yield (
        f"All in {base.currency}: income {plain(base.income)}, cost {plain(base.cost)}, result {plain(base.result)}"
        + (f"; without {summary.unrated_words}" if base.unrated else "")
    )


def _category(side: str, category: str, amount: str, currency: str) -> str:
    return f"{side}: {category} {money(amount, currency)}"


def _cash(cash: AccountCash, names: Mapping[str, str]) -> str:
    name = names.get(cash.account, cash.account)
    moved = f"{plain(cash.money_in)} in, {plain(cash.money_out)} out, {plain(cash.transfers)} own transfers"
    if cash.opening is None or cash.closing is None:
        return f"{name}: {moved} {cash.currency}; no balance is stated"
    off = f"; {plain(cash.unexplained)} unexplained" if cash.unexplained and Decimal(cash.unexplained) else ""
    return f"{name}: from {plain(cash.opening)} to {money(cash.closing, cash.currency)}; {moved}{off}"


def owed(items: Iterable[OpenItem], direction: str) -> Iterator[tuple[str, str, int, Decimal]]:
    """Yield what is owed by currency and age: both, how many documents, and how much."""
    groups: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
    for each in items:
        if each.direction == direction:
            groups[each.currency, AGES.index(each.age)].append(Decimal(each.open))
    for (currency, age), amounts in sorted(groups.items()):
        yield currency, AGES[age], len(amounts), sum(amounts, Decimal(0))


def age_words(age: str) -> str:
    """Return how long something is overdue."""
    return age if age == AGES[0] else f"{age} days overdue"


def _owed(items: Iterable[OpenItem], direction: str) -> Iterator[str]:
    for currency, age, number, amount in owed(items, direction):
        yield f"{age_words(age)}: {money(amount, currency)} ({number})"


def _stated(taxes: Iterable[TaxTotal]) -> list[TaxTotal]:
    return [each for each in taxes if each.tax_rate is not None]


def _tax(tax: TaxTotal) -> str:
    return (
        f"{tax.side}: {tax.category} at {tax.tax_rate} %: net {plain(tax.net or '0')}, "
        f"tax {plain(tax.tax or '0')}, gross {money(tax.gross, tax.currency)}"
    )


def _lines(summary: Summary) -> Iterator[str]:
    yield f"{summary.lines} lines"
    if summary.late:
        yield f"{summary.late} of them came late, for closed months"
    if summary.reversed:
        yield f"{summary.reversed} of them take back lines of closed months"
