"""A company's past, gone through once more: each transaction comes anew, and only what was known before it is known.

A document is known from the day of its issue. What was booked automatically counts at once; what the operator decided
counts from the day after the transaction. Rules and limits are those of today's settings: nothing says what they were.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from workbench.capabilities.books.case import Case
from workbench.capabilities.books.categories.advice import Advice
from workbench.capabilities.books.categories.covering import covering
from workbench.capabilities.books.categories.rules import of_settings
from workbench.capabilities.books.matching import references
from workbench.capabilities.books.matching.calibration import Calibration
from workbench.capabilities.books.matching.candidates import explanations
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.experience import Experience
from workbench.capabilities.books.matching.index import Documents
from workbench.capabilities.books.months.lock import Months
from workbench.capabilities.books.past import Past, Settled
from workbench.capabilities.books.transfers import DAYS, OWN_TRANSFER, OtherSide
from workbench.settings import Settings

NEAR = timedelta(days=DAYS)


def replayed(past: Past, settings: Settings) -> Iterator[tuple[Settled, Case]]:
    """Yield each settled transaction, the oldest first, with everything it would be judged on had it come anew."""
    world = _World(past, settings)
    for settled in past.transactions:
        world.turn(settled.payment.booked_on)
        if settled.booking is not None:
            yield settled, world.case(settled)
        world.take(settled)


class _World:
    """What is known at one moment of the past."""

    def __init__(self, past: Past, settings: Settings) -> None:
        self.past, self.settings = past, settings
        self._rules = of_settings(settings.books.rule)
        self.documents = Documents()
        self.experience = Experience()
        self._today = date.min
        self._issued = deque(past.documents)
        self._said = deque(past.lessons)
        self._current: dict[str, Document] = {}
        self._paid: dict[str, tuple[str, date]] = {}
        self._undecided: dict[tuple[Decimal, str], dict[str, Payment]] = defaultdict(dict)
        self._near: dict[tuple[Decimal, str], deque[Settled]] = defaultdict(deque)
        self._seen: set[str] = set()
        self._tomorrow: list[Settled] = []

    def turn(self, today: date) -> None:
        """Go on to a day: yesterday's decisions and today's documents are known now."""
        if today == self._today:
            return
        days, self._today = (today - self._today).days, today
        for settled in self._tomorrow:
            self._book(settled)
        self._tomorrow = []
        while self._issued and self._issued[0].issued_on <= today:
            document = self._issued.popleft()
            self._current[document.stream] = document
            self.documents.put(document)
        said = []
        while self._said and self._said[0].on < today:
            said.append(self._said.popleft())
        self.experience = self.experience.later(days, said, today)
        self.documents.aliases = self.experience.aliases

    def case(self, settled: Settled) -> Case:
        """Return what a transaction is judged on."""
        payment = settled.payment
        ranked = explanations(payment, self.documents, self._rate)
        return Case(
            payment=payment,
            state="open",
            at_stake=self.past.rates.worth(payment, self.settings.base_currency),
            ranked=ranked,
            rivals=tuple(self._rivals(payment)) if ranked else (),
            rule=None if self.documents.comes_back(payment) else covering(payment, self._rules),
            habit=None,
            advise=Advice,
            booked_before={},
            decisions=0,
            paid_before=self._paid_before(payment),
            others=self._others(payment),
            refundables=[],
            past=self.experience,
            calibration=Calibration(),
            was_undone=False,
            months=Months(),
        )

    def take(self, settled: Settled) -> None:
        """Let a transaction have come."""
        payment = settled.payment
        self._seen.add(payment.stream)
        self._near[-payment.amount, payment.currency].append(settled)
        if settled.booking is not None and not settled.by_operator:
            return self._book(settled)
        self._undecided[payment.amount, payment.currency][payment.stream] = payment
        if settled.booking is not None:
            self._tomorrow.append(settled)
        return None

    def _book(self, settled: Settled) -> None:
        payment = settled.payment
        self._undecided[payment.amount, payment.currency].pop(payment.stream, None)
        for stream, amount in settled.parts.items():
            document = self._current.get(stream)
            if document is not None:
                left = max(document.open - (document.open if amount is None else amount), Decimal(0))
                self._current[stream] = replace(document, open=left)
                self.documents.put(self._current[stream])
                if not left:
                    self._paid[references.key(document.number)] = document.number, payment.booked_on

    def _rate(self, base: str, quote: str) -> Decimal | None:
        return self.past.rates.on(base, quote, self._today)

    def _rivals(self, payment: Payment) -> Iterator[Payment]:
        yield from self._undecided[payment.amount, payment.currency].values()

    def _paid_before(self, payment: Payment) -> dict[str, date]:
        named = sorted(references.keys_in(payment.words))
        return dict(self._paid[key] for key in named if key and key in self._paid)

    def _others(self, payment: Payment) -> list[OtherSide]:
        near = self._near[payment.amount, payment.currency]
        while near and near[0].payment.booked_on < payment.booked_on - NEAR:
            near.popleft()
        sides = [self._side(each) for each in near if each.payment.account != payment.account]
        found = [side for side in sides if side is not None]
        return sorted(found, key=lambda each: (payment.booked_on - each.booked_on, each.stream))

    def _side(self, settled: Settled) -> OtherSide | None:
        """Return a transaction as what may be the other side: undecided, or half a transfer until its half comes."""
        payment = settled.payment
        half = settled.category == OWN_TRANSFER and settled.other not in self._seen
        undecided = payment.stream in self._undecided[payment.amount, payment.currency]
        if not (half or undecided):
            return None
        return OtherSide(
            stream=payment.stream,
            version=payment.version,
            account=payment.account,
            booked_on=payment.booked_on,
            counterparty=payment.counterparty,
            counterparty_account=payment.counterparty_account,
            text=payment.text,
            event_id=payment.event_id,
            state="open" if undecided else "categorised",
        )
