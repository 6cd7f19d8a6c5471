"""A company as it stands: what it knows of a transaction, asked of its read models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from opc_kernel.flow.agent import Context
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.case import Case
from workbench.capabilities.books.categories.advice import Advice, advise, advised
from workbench.capabilities.books.categories.events import PACKAGE as CATEGORIES
from workbench.capabilities.books.categories.habit import LATELY
from workbench.capabilities.books.categories.precedents import payment_of
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching.candidates import Rate
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.months.lock import load_months
from workbench.capabilities.books.receipts.evidence import evidence_for
from workbench.capabilities.books.refunds import DAYS as REFUND_DAYS
from workbench.capabilities.books.refunds import SENT_BACK_DAYS, Refundable, SentBack, beginning
from workbench.capabilities.books.transfers import DAYS as TRANSFER_DAYS
from workbench.capabilities.books.transfers import OWN_TRANSFER, Moved, OtherSide
from workbench.capabilities.books.world import Standing, case_in
from workbench.settings import Settings


def load_case(context: Context, settings: Settings, desk: Desk) -> Case:
    """Ask the company for everything the transaction is judged on."""
    company = context.company
    sql = load_sql(PACKAGE, "payment")
    row = company.query(sql, stream=context.task.subject, base=settings.base_currency).one()
    assert row is not None, f"{context.task.subject} has no transaction"
    desk.update(company, context.now.astimezone(settings.tz).date())
    payment = payment_of(row)
    standing = Standing(
        state=row["state"],
        at_stake=row["at_stake"],
        declined=frozenset(row["declined"]),
        was_undone=row["was_undone"],
        is_decided=context.row is not None and context.row.state != "open",
        asked=context.row if context.row is not None and context.row.state == "open" else None,
        receipts=evidence_for(company, payment.stream),
        months=load_months(company),
    )
    return case_in(_Present(context, desk), payment, standing, settings)


class _Present:
    """What a company says while one task is worked on."""

    def __init__(self, context: Context, desk: Desk) -> None:
        self.desk = desk
        self._row = context.row
        self._company: Queryable = context.company

    def rate(self, payment: Payment) -> Rate:
        known: dict[tuple[str, str], Decimal | None] = {}

        def rate(base: str, quote: str) -> Decimal | None:
            if (base, quote) not in known:
                sql = load_sql(PACKAGE, "rate_on")
                rows = self._company.query(sql, base=base, quote=quote, day=payment.booked_on).rows
                known[base, quote] = rows[0][0]
            return known[base, quote]

        return rate

    def rivals(self, payment: Payment) -> list[Payment]:
        rows = self._company.query(
            load_sql(PACKAGE, "rivals"),
            stream=payment.stream,
            amount=payment.amount,
            currency=payment.currency,
            booked_on=payment.booked_on,
        ).dicts()
        return [payment_of(row) for row in rows]

    def paid_before(self, keys: Sequence[str]) -> dict[str, date]:
        return dict(self._company.query(load_sql(PACKAGE, "paid_before"), keys=list(keys)).rows)

    def other_sides(self, payment: Payment, moved: Moved) -> list[OtherSide]:
        rows = self._company.query(
            load_sql(PACKAGE, "other_sides"),
            account=payment.account,
            currencies=list(moved),
            least=[least for least, _ in moved.values()],
            most=[most for _, most in moved.values()],
            booked_on=payment.booked_on,
            days=TRANSFER_DAYS,
            category=OWN_TRANSFER,
        ).dicts()
        return [OtherSide(**row) for row in rows]

    def dealings(self, payment: Payment) -> list[Refundable]:
        rows = self._company.query(
            load_sql(PACKAGE, "refundable"),
            stream=payment.stream,
            amount=payment.amount,
            currency=payment.currency,
            beginning=beginning(payment),
            booked_on=payment.booked_on,
            days=REFUND_DAYS,
        ).dicts()
        return [Refundable(**row) for row in rows]

    def sent_back(self, payment: Payment) -> list[SentBack]:
        rows = self._company.query(
            load_sql(PACKAGE, "sent_back"),
            amount=payment.amount,
            currency=payment.currency,
            beginning=beginning(payment),
            booked_on=payment.booked_on,
            days=SENT_BACK_DAYS,
        ).dicts()
        return [SentBack(**row) for row in rows]

    def is_settled_otherwise(self, payment: Payment) -> bool:
        times = self._company.query(
            load_sql(CATEGORIES, "settled_otherwise"),
            since=payment.booked_on - LATELY,
            counterparty=payment.counterparty,
            amount=payment.amount,
        ).rows[0][0]
        return bool(times)

    def advice(self, payment: Payment) -> Advice:
        """What an open question has advised stays."""
        if self._row is not None and self._row.state == "open":
            return advised(self._row)
        invoiced = [name for (name,) in self._company.query(load_sql(CATEGORIES, "invoiced")).rows]
        return advise(
            payment, self.desk.precedents, [*(each.category for each in self.desk.rules), *invoiced]
        )
