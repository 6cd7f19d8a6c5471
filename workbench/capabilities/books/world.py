"""What a transaction is judged on: the same for a company as it stands and for its past, whoever answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Protocol

from opc_kernel.approvals.queue import QueueRow
from workbench.capabilities.books.case import Case
from workbench.capabilities.books.categories.advice import Advice
from workbench.capabilities.books.categories.covering import covering
from workbench.capabilities.books.categories.habit import Habit, certain, habit_of
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.matching import names, references
from workbench.capabilities.books.matching.candidates import Rate, explanations
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.months.lock import Months
from workbench.capabilities.books.receipts.evidence import Evidence
from workbench.capabilities.books.refunds import Refundable, SentBack, likely, returned
from workbench.capabilities.books.transfers import Moved, OtherSide, moved
from workbench.settings import Settings


class World(Protocol):
    """What is known when a transaction is judged. Only what is asked about is looked up."""

    @property
    def desk(self) -> Desk:
        """What is at hand: documents, rules, decisions and what they taught."""
        ...

    def rate(self, payment: Payment) -> Rate:
        """Return the recorded rates of the payment's day."""
        ...

    def rivals(self, payment: Payment) -> Sequence[Payment]:
        """Return the earlier payments of the same amount that are still undecided."""
        ...

    def paid_before(self, keys: Sequence[str]) -> Mapping[str, date]:
        """Return which of these numbers are of paid documents, with the day of the last payment."""
        ...

    def other_sides(self, payment: Payment, moved: Moved) -> list[OtherSide]:
        """Return the transactions of other accounts that moved so much, the nearest day first."""
        ...

    def dealings(self, payment: Payment) -> list[Refundable]:
        """Return what was moved the other way by a party whose name begins alike, the latest first."""
        ...

    def sent_back(self, payment: Payment) -> Sequence[SentBack]:
        """Return what of the same amount went back later to a party whose name begins alike, and is still open."""
        ...

    def is_settled_otherwise(self, payment: Payment) -> bool:
        """Whether a document or another account settled a payment of this name and direction lately."""
        ...

    def advice(self, payment: Payment) -> Advice:
        """Return what a question about the payment tells of categories."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a transaction itself stands; as it is here, it came just now."""

    state: str = "open"
    at_stake: Decimal | None = None
    declined: frozenset[str] = frozenset()
    """Documents that the operator said it does not belong to."""
    was_undone: bool = False
    is_decided: bool = False
    """Whether the operator has said what it is, and only the booking is missing."""
    asked: QueueRow | None = None
    receipts: Sequence[Evidence] = ()
    months: Months = field(default_factory=Months)


def case_in(world: World, payment: Payment, standing: Standing, settings: Settings) -> Case:
    """Return everything a payment is judged on in a world."""
    desk, rate = world.desk, world.rate(payment)
    ranked = [
        each
        for each in explanations(payment, desk.documents, rate, desk.payouts)
        if not standing.declined & {part.document.stream for part in each.parts}
    ]
    others = world.other_sides(payment, moved(payment, settings, rate))
    refundables = _refundables(world, payment)
    paid_before = _paid_before(world, payment)
    rule = None if desk.documents.comes_back(payment) else covering(payment, desk.rules)
    is_plain = not (ranked or rule or others or refundables or paid_before or standing.declined)
    return Case(
        payment=payment,
        state=standing.state,
        at_stake=standing.at_stake,
        ranked=ranked,
        rivals=world.rivals(payment) if ranked else (),
        rule=rule,
        habit=_habit(world, payment) if is_plain and not standing.is_decided else None,
        advise=partial(world.advice, payment),
        booked_before=desk.precedents.times(payment),
        decisions=desk.precedents.count,
        paid_before=paid_before,
        others=others,
        refundables=refundables,
        sent_back=returned(payment, world.sent_back(payment)) if paid_before and not ranked else None,
        past=desk.past,
        calibration=desk.calibration,
        was_undone=standing.was_undone,
        asked=standing.asked,
        receipts=standing.receipts,
        months=standing.months,
    )


def _refundables(world: World, payment: Payment) -> list[Refundable]:
    """Return what the payment may give back, if it says whose it is."""
    return likely(payment, world.dealings(payment)) if names.plain(payment.counterparty) else []


def _paid_before(world: World, payment: Payment) -> Mapping[str, date]:
    """Return the paid documents that a payment names, with the day of their last payment."""
    keys = sorted(references.keys_in(payment.words))
    return world.paid_before(keys) if keys else {}


def _habit(world: World, payment: Payment) -> Habit | None:
    """Return a habit that no document, and nothing settled lately in another way, speaks against."""
    precedents = world.desk.precedents
    alike = precedents.alike(payment)
    category = habit_of(payment, alike)
    if category is None or _is_near_a_document(payment, world.desk) or world.is_settled_otherwise(payment):
        return None
    return certain(payment, category, precedents.learner, len(alike))


def _is_near_a_document(payment: Payment, desk: Desk) -> bool:
    """Whether its party is known of documents, one is named, open or not, or one of the same amount is open."""
    found = desk.documents.about(payment)
    return bool(desk.documents.knows_party(payment) or found.named or found.same_amount or found.elsewhere)
