"""Everything one transaction is judged on, asked of the company at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from opc_kernel.flow.agent import Context
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.advice import Advice, advise, advised
from workbench.capabilities.books.categories.covering import StandingRule, covering
from workbench.capabilities.books.categories.events import PACKAGE as CATEGORIES
from workbench.capabilities.books.categories.habit import LATELY, Habit, certain, habit_of
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.events import PACKAGE
from workbench.capabilities.books.matching import judging, references
from workbench.capabilities.books.matching.calibration import Calibration
from workbench.capabilities.books.matching.candidates import Rate, explanations
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.matching.explanation import Explanation
from workbench.capabilities.books.months.lock import Months, load_months
from workbench.capabilities.books.receipts.evidence import Evidence, evidence_for
from workbench.capabilities.books.refunds import Refundable, SentBack, refundables, sent_back
from workbench.capabilities.books.transfers import OtherSide, other_sides
from workbench.settings import Settings

MIN_PROBABILITY = 0.95
"""What is settled alone was at least so often right before, as soon as that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One transaction; `at_stake` is its worth in the base currency, None where no recent rate says."""

    payment: Payment
    state: str
    at_stake: Decimal | None
    ranked: Sequence[Explanation]
    rivals: Sequence[Payment]
    rule: StandingRule | None
    habit: Habit | None
    """What the operator always books it as, where nothing speaks for a document or another account."""
    advise: Callable[[], Advice]
    """Says what a question tells of categories; asked only where there is a question."""
    booked_before: Mapping[str, int]
    """How often the operator gave payments like it each category."""
    decisions: int
    """How often the operator gave any payment a category."""
    paid_before: Mapping[str, date]
    """Invoices the payment names although another payment, of that day, took them."""
    others: list[OtherSide]
    """Transactions on other own accounts that may be its other side."""
    refundables: list[Refundable]
    """Earlier transactions with the same party that it may give back."""
    sent_back: SentBack | None = None
    """What sends it back whole, where it pays what was paid before."""
    past: Experience
    months: Months
    """Which months are closed: where it is posted."""
    calibration: Calibration
    was_undone: bool
    """Whether the operator took a booking of it back: then nothing of it is settled alone again."""
    receipts: Sequence[Evidence] = ()
    """The receipts that were found for it."""

    @property
    def best(self) -> Explanation | None:
        """Return what explains it best."""
        return self.ranked[0] if self.ranked else None

    @property
    def doubts(self) -> list[str]:
        """Why the best explanation is not certain."""
        found = judging.doubts(self.ranked, self.payment, self.rivals, self.past)
        if self.was_undone:
            found.insert(0, "you took its booking back")
        if self.probability is not None and self.probability < MIN_PROBABILITY:
            found.append(f"of such scores only {self.probability:.0%} were right here ({self.calibration})")
        return found

    @property
    def probability(self) -> float | None:
        """How probable the best is, by the company's own past; None where too little is known or more is doubtful."""
        return self.calibration.probability(self.ranked[0].score) if self.is_clear else None

    @property
    def is_clear(self) -> bool:
        """Whether nothing but experience is missing for the best explanation."""
        return judging.is_clear(self.ranked, self.payment, self.rivals, self.past)

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
    rate = _rate(context, payment)
    declined = {*row["declined"]}
    ranked = [
        each
        for each in explanations(payment, desk.documents, rate, desk.payouts)
        if not declined & {part.document.stream for part in each.parts}
    ]
    others = other_sides(context.company, payment, settings, rate)
    given_back = refundables(context.company, payment)
    paid_before = _paid_before(context, payment)
    rule = None if desk.documents.comes_back(payment) else covering(payment, desk.rules)
    is_undecided = context.row is None or context.row.state == "open"
    is_plain = not (ranked or rule or others or given_back or paid_before or declined)
    return Case(
        payment=payment,
        state=row["state"],
        at_stake=row["at_stake"],
        ranked=ranked,
        rivals=_rivals(context, payment) if ranked else (),
        rule=rule,
        habit=_habit(context, payment, desk) if is_plain and is_undecided else None,
        advise=partial(_advice, context, payment, desk),
        booked_before=desk.precedents.times(payment),
        decisions=len(desk.precedents.decisions),
        paid_before=paid_before,
        others=others,
        refundables=given_back,
        sent_back=sent_back(context.company, payment) if paid_before and not ranked else None,
        past=desk.past,
        calibration=desk.calibration,
        was_undone=row["was_undone"],
        receipts=evidence_for(context.company, payment.stream),
        months=load_months(context.company),
    )


def _habit(context: Context, payment: Payment, desk: Desk) -> Habit | None:
    """Return a habit that no document, and nothing settled lately in another way, speaks against."""
    alike = desk.precedents.alike(payment)
    category = habit_of(payment, alike)
    if category is None or desk.documents.knows_party(payment) or _is_near_a_document(payment, desk):
        return None
    settled = context.company.query(
        load_sql(CATEGORIES, "settled_otherwise"),
        since=payment.booked_on - LATELY,
        counterparty=payment.counterparty,
        amount=payment.amount,
    ).rows[0][0]
    return None if settled else certain(payment, category, desk.precedents.learner, len(alike))


def _is_near_a_document(payment: Payment, desk: Desk) -> bool:
    """Whether a document is named, open or not, or one of the same amount is open."""
    found = desk.documents.about(payment)
    return bool(found.named or found.same_amount or found.elsewhere)


def _advice(context: Context, payment: Payment, desk: Desk) -> Advice:
    if context.row is not None and context.row.state == "open":
        return advised(context.row)
    invoiced = context.company.query(load_sql(CATEGORIES, "invoiced")).rows
    return advise(
        payment, desk.precedents, [*(each.category for each in desk.rules), *(name for (name,) in invoiced)]
    )


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
