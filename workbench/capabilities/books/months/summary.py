"""What a month comes to: pure sums over its lines, within one currency each; and the words the operator approves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from opc_kernel.money import AmountText, Currency, format_amount
from opc_kernel.text import Text
from workbench.capabilities.books.months.line import Line, in_month, total

RESULT = ("income", "cost")
NO_CATEGORY = "without a category"
AGES = ("not due", "1-30", "31-60", "61-90", "over 90")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Totals(_Part):
    """One currency: result = income + cost; with neutral and transfers it is all that moved. Costs are negative."""

    currency: Currency
    income: AmountText
    cost: AmountText
    result: AmountText
    neutral: AmountText
    transfers: AmountText


class BaseTotals(_Part):
    """In the base currency, at the rate of each day; `unrated` lines had none and are not in it."""

    currency: Currency
    income: AmountText
    cost: AmountText
    result: AmountText
    unrated: int


class CategoryTotal(_Part):
    """What a category came to."""

    side: Literal["income", "cost", "neutral"]
    category: Text
    currency: Currency
    amount: AmountText


class TaxTotal(_Part):
    """What was paid at one rate; without a stated rate nothing is known of net and tax."""

    side: Literal["income", "cost"]
    category: Text
    tax_rate: str | None = None
    currency: Currency
    net: AmountText | None = None
    tax: AmountText | None = None
    gross: AmountText


class AccountCash(_Part):
    """An account by the bank's days; None where no balance is stated. `unexplained` is what no line explains."""

    account: str
    currency: Currency
    opening: AmountText | None = None
    money_in: AmountText
    money_out: AmountText
    transfers: AmountText
    closing: AmountText | None = None
    unexplained: AmountText | None = None


class OpenItem(_Part):
    """A document still open at the month's end: owed to us (`out`) or by us (`in`); a credit note is negative."""

    direction: Literal["out", "in"]
    document: str
    currency: Currency
    open: AmountText
    days_overdue: int
    age: Literal["not due", "1-30", "31-60", "61-90", "over 90"]


class Summary(_Part):
    """A month in numbers. `late` lines are of earlier days, `reversed` ones take back lines of closed months."""

    month: str
    lines: int
    late: int
    reversed: int
    totals: tuple[Totals, ...]
    base: BaseTotals
    categories: tuple[CategoryTotal, ...]
    tax: tuple[TaxTotal, ...]
    cash: tuple[AccountCash, ...]
    open_items: tuple[OpenItem, ...]

    @property
    def unrated_words(self) -> str:
        """What the sums in the base currency lack."""
        one = self.base.unrated == 1
        return f"{self.base.unrated} {'line' if one else 'lines'} without a recent rate"


def summarise(
    month: str,
    lines: Sequence[Line],
    *,
    base_currency: str,
    cash: Sequence[AccountCash],
    open_items: Sequence[OpenItem],
) -> Summary:
    """Add up the lines of a month."""
    return Summary(
        month=month,
        lines=len(lines),
        late=sum(not line.reverses and not in_month(line, month) for line in lines),
        reversed=sum(line.reverses for line in lines),
        totals=tuple(_totals(currency, of) for (currency,), of in _by(lines, lambda line: (line.currency,))),
        base=_base(base_currency, lines),
        categories=tuple(_categories(lines)),
        tax=tuple(_taxes(lines)),
        cash=tuple(cash),
        open_items=tuple(open_items),
    )


Key = TypeVar("Key", bound=Hashable)


def _by(lines: Iterable[Line], key: Callable[[Line], Key]) -> Iterator[tuple[Key, list[Line]]]:
    """Yield the groups of lines in the order of their keys; None comes last."""
    groups: dict[Key, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    yield from sorted(groups.items(), key=lambda each: repr(each[0]))


def _of(lines: Sequence[Line], *sides: str) -> list[Line]:
    return [line for line in lines if line.side in sides]


def _totals(currency: str, lines: Sequence[Line]) -> Totals:
    income, cost = total(_of(lines, "income")), total(_of(lines, "cost"))
    return Totals(
        currency=currency,
        income=format_amount(income),
        cost=format_amount(cost),
        result=format_amount(income + cost),
        neutral=format_amount(total(_of(lines, "neutral"))),
        transfers=format_amount(total(_of(lines, "transfer"))),
    )


def _base(currency: str, lines: Sequence[Line]) -> BaseTotals:
    income, cost = _worth(_of(lines, "income")), _worth(_of(lines, "cost"))
    return BaseTotals(
        currency=currency,
        income=format_amount(income),
        cost=format_amount(cost),
        result=format_amount(income + cost),
        unrated=sum(line.worth is None for line in _of(lines, *RESULT)),
    )


def _worth(lines: Iterable[Line]) -> Decimal:
    return sum((Decimal(line.worth) for line in lines if line.worth is not None), Decimal(0))


def _categories(lines: Sequence[Line]) -> Iterator[CategoryTotal]:
    grouped = _by(
        _of(lines, *RESULT, "neutral"),
        lambda line: (line.side, line.category or NO_CATEGORY, line.currency),
    )
    for (side, category, currency), of in grouped:
        yield CategoryTotal.model_validate(
            {"side": side, "category": category, "currency": currency, "amount": format_amount(total(of))}
        )


def _taxes(lines: Sequence[Line]) -> Iterator[TaxTotal]:
    grouped = _by(
        _of(lines, *RESULT),
        lambda line: (line.side, line.category or NO_CATEGORY, line.tax_rate, line.currency),
    )
    for (side, category, rate, currency), of in grouped:
        yield TaxTotal.model_validate(
            {
                "side": side,
                "category": category,
                "tax_rate": rate,
                "currency": currency,
                "net": _sum(line.net for line in of),
                "tax": _sum(line.tax for line in of),
                "gross": format_amount(total(of)),
            }
        )


def _sum(amounts: Iterable[str | None]) -> str | None:
    stated = [Decimal(amount) for amount in amounts if amount is not None]
    return format_amount(sum(stated, Decimal(0))) if stated else None
