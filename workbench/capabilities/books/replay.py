"""A company's past, gone through once more: each transaction comes anew, and only what was known before it is known.

A document is known from the day of its issue. What was booked automatically counts at once; what the operator decided
counts from the day after the transaction, and what the operator took back never was. An adopted rule counts for what
came after it was adopted. The rules and limits of the settings are today's: nothing says what they were.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from workbench.capabilities.books.case import Case
from workbench.capabilities.books.categories.advice import Advice, advise
from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.habit import LATELY
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.matching import references
from workbench.capabilities.books.matching.candidates import Rate
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.past import Past, Settled
from workbench.capabilities.books.refunds import DAYS as REFUND_DAYS
from workbench.capabilities.books.refunds import Refundable, SentBack, beginning
from workbench.capabilities.books.transfers import DAYS as TRANSFER_DAYS
from workbench.capabilities.books.transfers import OWN_TRANSFER, Moved, OtherSide, is_own
from workbench.capabilities.books.world import Standing, case_in
from workbench.settings import Settings


def replayed(past: Past, settings: Settings) -> Iterator[tuple[Settled, Case]]:
    """Yield each settled transaction, the oldest first, with everything it would be judged on had it come anew."""
    then = _Then(past, settings)
    for settled in past.transactions:
        then.turn(settled.payment.booked_on)
        if settled.is_settled:
            at_stake = past.rates.worth(settled.payment, settings.base_currency)
            yield settled, case_in(then, settled.payment, Standing(at_stake=at_stake), settings)
        then.take(settled)


class _Then:
    """What was known at one moment of the past."""

    def __init__(self, past: Past, settings: Settings) -> None:
        self.desk = Desk(settings)
        self._past = past
        self._today = date.min
        self._issued = deque(past.documents)
        self._said = deque(past.lessons)
        self._tomorrow: list[Settled] = []
        self._lines = _Lines(settings)
        self._papers = _Papers(self.desk)
        self._settled_lately: dict[tuple[str, int], date] = {}

    # What happens

    def turn(self, today: date) -> None:
        """Go on to a day: yesterday's decisions and today's documents are known now."""
        if today == self._today:
            return
        days, self._today = (today - self._today).days, today
        decided, self._tomorrow = self._tomorrow, []
        for settled in decided:
            self._book(settled)
        while self._issued and self._issued[0].issued_on <= today:
            self._papers.put(self._issued.popleft())
        said = []
        while self._said and self._said[0].on < today:
            said.append(self._said.popleft())
        self.desk.learn(self.desk.past.later(days, said, today))
        self.desk.adopted = tuple(each.rule for each in self._past.rules if each.stands_on(today))
        self.desk.outcomes.weigh()

    def take(self, settled: Settled) -> None:
        """Let a transaction have come."""
        self._lines.take(settled)
        if settled.by_operator:
            self._tomorrow.append(settled)
        elif settled.is_settled:
            self._book(settled)

    def _book(self, settled: Settled) -> None:
        payment = settled.payment
        for score, right in settled.outcomes:
            self.desk.outcomes.add(payment.stream, score, right=right)
        if settled.booking is None:
            return
        self._lines.book(settled)
        self._papers.pay(settled)
        if settled.parts or settled.other:
            self._settled_lately[payment.counterparty.lower(), payment.flow] = payment.booked_on
        if settled.payout is not None:
            self.desk.payouts.append(settled.payout)
        if settled.by_operator and settled.is_category:
            self.desk.precedents.put(payment.stream, _decision(settled))

    # What is asked

    def rate(self, payment: Payment) -> Rate:
        return lambda base, quote: self._past.rates.on(base, quote, payment.booked_on)

    def rivals(self, payment: Payment) -> list[Payment]:
        return self._lines.rivals(payment)

    def paid_before(self, keys: Sequence[str]) -> dict[str, date]:
        return self._papers.paid_before(keys)

    def other_sides(self, payment: Payment, moved: Moved) -> list[OtherSide]:
        return self._lines.other_sides(payment, moved)

    def dealings(self, payment: Payment) -> list[Refundable]:
        return self._lines.dealings(payment)

    def sent_back(self, payment: Payment) -> list[SentBack]:  # noqa: ARG002 - the past knows nothing of what came later
        return []

    def is_settled_otherwise(self, payment: Payment) -> bool:
        settled_on = self._settled_lately.get((payment.counterparty.lower(), payment.flow), date.min)
        return settled_on >= payment.booked_on - LATELY

    def advice(self, payment: Payment) -> Advice:
        return advise(payment, self.desk.precedents, [each.category for each in self.desk.rules])


class _Papers:
    """The documents issued so far, with what is still open of each, and those that were paid."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._current: dict[str, Document] = {}
        self._paid: dict[str, tuple[str, date]] = {}

    def put(self, document: Document) -> None:
        """Let a document be as it is here from now on."""
        self._current[document.stream] = document
        self._desk.documents.put(document)

    def pay(self, settled: Settled) -> None:
        """Let a transaction take what it pays."""
        for stream, amount in settled.parts.items():
            document = self._current.get(stream)
            if document is None:
                continue
            left = max(document.open - (document.open if amount is None else amount), Decimal(0))
            self.put(replace(document, open=left))
            if not left:
                self._paid[references.key(document.number)] = document.number, settled.payment.booked_on

    def paid_before(self, keys: Sequence[str]) -> dict[str, date]:
        """Return which of these numbers were paid, and when."""
        return dict(self._paid[key] for key in keys if key in self._paid)


class _Lines:
    """The transactions that have come so far, found by amount, by day and by party."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: set[str] = set()
        self._booked: set[str] = set()
        self._undecided: dict[tuple[Decimal, str], dict[str, Payment]] = defaultdict(dict)
        self._near: dict[str, deque[Settled]] = defaultdict(deque)
        self._dealings: dict[tuple[str, str, int], deque[Settled]] = defaultdict(deque)
        self._refunded: dict[str, Decimal] = defaultdict(Decimal)

    def take(self, settled: Settled) -> None:
        """Let a transaction have come, undecided."""
        payment = settled.payment
        self._seen.add(payment.stream)
        self._undecided[payment.amount, payment.currency][payment.stream] = payment
        self._near[payment.currency].append(settled)
        self._dealings[_first(payment), payment.currency, payment.flow].append(settled)

    def book(self, settled: Settled) -> None:
        """Let a transaction be decided."""
        payment = settled.payment
        self._booked.add(payment.stream)
        self._undecided[payment.amount, payment.currency].pop(payment.stream, None)
        if settled.refund_of is not None:
            self._refunded[settled.refund_of] += abs(payment.amount)

    def rivals(self, payment: Payment) -> list[Payment]:
        """Return the undecided payments of the same amount."""
        return list(self._undecided[payment.amount, payment.currency].values())

    def other_sides(self, payment: Payment, moved: Moved) -> list[OtherSide]:
        """Return what moved so much on another account these days, the nearest day first."""
        found = [
            _side(each, state)
            for currency, (least, most) in moved.items()
            for each in _since(self._near[currency], payment.booked_on, TRANSFER_DAYS)
            if least <= each.payment.amount <= most and each.payment.account != payment.account
            for state in [self._state(each)]
            if state == "open" or (state == "categorised" and each.category == OWN_TRANSFER)
        ]
        return sorted(found, key=lambda each: (payment.booked_on - each.booked_on, each.stream))

    def dealings(self, payment: Payment) -> list[Refundable]:
        """Return what a party whose name begins alike moved the other way, the latest first."""
        if self._refunded.get(payment.stream):
            return []
        near = _since(
            self._dealings[_first(payment), payment.currency, -payment.flow], payment.booked_on, REFUND_DAYS
        )
        found = [
            _refundable(each, state, left)
            for each in near
            if each.payment.counterparty.lower().startswith(beginning(payment))
            for state, left in [(self._state(each), self._left(each))]
            if state not in ("transferred", "refund") and left >= abs(payment.amount)
        ]
        return sorted(found, key=lambda each: (-each.booked_on.toordinal(), each.stream))

    def _left(self, settled: Settled) -> Decimal:
        return abs(settled.payment.amount) - self._refunded[settled.payment.stream]

    def _state(self, settled: Settled) -> str:
        """Return how a transaction stood."""
        if settled.payment.stream not in self._booked:
            return "open"
        if settled.other is not None:
            return self._state_of_side(settled, settled.other)
        if settled.refund_of is not None:
            return "refund"
        return "matched" if settled.parts else "categorised"

    def _state_of_side(self, settled: Settled, other: str) -> str:
        """Until its other side came, a transfer was half of one if it says so itself."""
        if other in self._seen:
            return "transferred"
        return "categorised" if is_own(settled.payment, self._settings) else "open"


def _since(lines: deque[Settled], day: date, days: int) -> deque[Settled]:
    """Return the transactions of the last days; the older ones will not be asked for again."""
    while lines and lines[0].payment.booked_on < day - timedelta(days=days):
        lines.popleft()
    return lines


def _first(payment: Payment) -> str:
    """Return the letter that a party's name begins with."""
    return beginning(payment)[:1]


def _side(settled: Settled, state: str) -> OtherSide:
    payment = settled.payment
    return OtherSide(
        stream=payment.stream,
        version=payment.version,
        account=payment.account,
        booked_on=payment.booked_on,
        counterparty=payment.counterparty,
        counterparty_account=payment.counterparty_account,
        text=payment.text,
        event_id=payment.event_id,
        state=state,
    )


def _refundable(settled: Settled, state: str, left_over: Decimal) -> Refundable:
    payment = settled.payment
    return Refundable(
        stream=payment.stream,
        version=payment.version,
        booked_on=payment.booked_on,
        amount=payment.amount,
        currency=payment.currency,
        counterparty=payment.counterparty,
        text=payment.text,
        reference=payment.reference,
        state=state,
        left_over=left_over,
    )


def _decision(settled: Settled) -> Decision:
    payment = settled.payment
    return Decision(payment=payment, category=settled.category or "", event_id=payment.event_id)
