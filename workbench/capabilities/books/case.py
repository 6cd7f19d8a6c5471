"""Everything one transaction is judged on, asked of the company at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.flow.agent import Context
from opc_kernel.sql import load_sql
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching import references
from workbench.capabilities.books.matching.candidates import Rate, explanations
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.matching.explanation import Explanation
from workbench.capabilities.books.months.lock import Months, load_months
from workbench.capabilities.books.transfers import OtherSide, other_sides
from workbench.settings import Books, Rule, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One transaction; `at_stake` is its worth in the base currency, None where no recent rate says."""

    payment: Payment
    state: str
    at_stake: Decimal | None
    ranked: Sequence[Explanation]
    rivals: Sequence[Payment]
    rule: Rule | None
    paid_before: Mapping[str, date]
    """Invoices the payment names although another payment, of that day, took them."""
    others: list[OtherSide]
    """Transactions on other own accounts that may be its other side."""
    past: Experience
    months: Months
    """Which months are closed: where it is posted."""

    def explanation(self, choice: str) -> Explanation | None:
        """Return the explanation an option stands for, if it still fits."""
        return next((each for each in self.ranked if choice_of(each) == choice), None)


def choice_of(explanation: Explanation) -> str:
    """Name an explanation by its documents and how much of each, so that an answer means what was shown."""
    return "+".join(f"{part.document.stream}={part.amount.normalize():f}" for part in explanation.parts)


def load_case(context: Context, settings: Settings, desk: Desk) -> Case:
    """Ask the company for everything the transaction is judged on."""
    query = context.company.query
    row = query(load_sql(PACKAGE, "payment"), stream=context.task.subject, base=settings.base_currency).one()
    assert row is not None, f"{context.task.subject} has no transaction"
    payment = _payment(row)
    desk.update(context.company, context.now.astimezone(settings.tz).date())
    declined = {*row["declined"]}
    ranked = [
        each
        for each in explanations(payment, desk.documents, _rate(context, payment))
        if not declined & {part.document.stream for part in each.parts}
    ]
    return Case(
        payment=payment,
        state=row["state"],
        at_stake=row["at_stake"],
        ranked=ranked,
        rivals=_rivals(context, payment) if ranked else (),
        rule=None if desk.documents.comes_back(payment) else covering_rule(payment, settings.books),
        paid_before=_paid_before(context, payment),
        others=other_sides(context.company, payment),
        past=desk.past,
        months=load_months(context.company),
    )


def covering_rule(payment: Payment, books: Books) -> Rule | None:
    """Return the first rule of the operator that covers a transaction."""
    words = f"{payment.counterparty}\n{payment.text}".casefold()
    direction = "in" if payment.amount > 0 else "out"
    for rule in books.rule:
        if rule.direction == direction and any(word.casefold() in words for word in rule.contains):
            return rule
    return None


def _rivals(context: Context, payment: Payment) -> list[Payment]:
    rows = context.company.query(
        load_sql(PACKAGE, "rivals"),
        stream=payment.stream,
        amount=payment.amount,
        currency=payment.currency,
        booked_on=payment.booked_on,
    ).dicts()
    return [_payment(row) for row in rows]


def _paid_before(context: Context, payment: Payment) -> dict[str, date]:
    """Return the paid invoices that a payment names, with the day of their last payment."""
    keys = sorted(references.keys_in(payment.words))
    if not keys:
        return {}
    return dict(context.company.query(load_sql(PACKAGE, "paid_before"), keys=keys).rows)


def _rate(context: Context, payment: Payment) -> Rate:
    known: dict[tuple[str, str], Decimal | None] = {}

    def rate(base: str, quote: str) -> Decimal | None:
        if (base, quote) not in known:
            sql = load_sql(PACKAGE, "rate_on")
            rows = context.company.query(sql, base=base, quote=quote, day=payment.booked_on).rows
            known[base, quote] = rows[0][0]
        return known[base, quote]

    return rate


def _payment(row: Mapping[str, Any]) -> Payment:
    return Payment(**{field.name: row[field.name] for field in fields(Payment)})
