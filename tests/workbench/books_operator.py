"""An operator who knows the truth: answers each row of the queue by it, so that months can be played and counted."""

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import comb
from pathlib import Path
from typing import Any

from books_files import SETTINGS, begins, founded, papers
from books_records import Difference, Explanation, Part, Shown, Transaction, Truth

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option
from opc_kernel.testing import FrozenClock
from workbench.company import Company, own_company
from workbench.ingest import Ingestion

ROUNDS = 10
"""So often the queue is gone through in a month: an answer may change what another row asks."""
OTHER = "no invoice: something else"
OWN_TRANSFER = "own-transfer"
AS_IT_IS = "Take it as it is"
RULE = "[[books.rule]]"
LEDGER = (
    "SELECT stream, settled->'parts', category, other_side, refund_of, difference, decided_by FROM ("
    "SELECT s.stream, arg_max(e.data, e.position) AS settled, any_value(s.category) AS category, "
    "any_value(s.other_side) AS other_side, any_value(s.refund_of) AS refund_of, "
    "any_value(s.difference) AS difference, "
    "any_value(s.decided_by) AS decided_by "
    "FROM settlement AS s JOIN event_now AS e USING (stream) "
    "WHERE s.state <> 'open' AND e.type IN ('books.payment_matched', 'books.transaction_categorised', "
    "'books.transfer_linked', 'books.refund_linked') GROUP BY s.stream)"
)
NUMBERS = "SELECT stream, number FROM invoice"
BOOKED = (
    "SELECT stream, account, booked_on, amount::DECIMAL(19, 2), counterparty, text, event_id FROM bank_transaction "
    "WHERE state = 'booked' ORDER BY booked_on, stream"
)

Brought = Callable[[Shown, date, Path], Iterable[Path]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of the transactions of one month by its end, and how often the operator was asked in it."""

    begin: date
    transactions: int
    automatic: int
    """Settled without the operator."""
    wrong: tuple[str, ...]
    """Keys of those that were settled without the operator, and not as the truth says."""
    asked: int
    """Decisions that the operator typed."""
    told_right: int
    """Settled by the operator's decision, and as the truth says."""
    told_short: int
    """Settled by the operator's decision, but the row could not take all of the truth."""
    left: int
    """Not settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How the books explain a transaction, and who said so."""

    explanation: Explanation
    decided_by: str


class Operator:
    """Plays one firm's months in a company of its own."""

    def __init__(
        self,
        shown: Shown,
        truth: Truth,
        folder: Path,
        *,
        brought: Brought = papers,
        company: Company | None = None,
    ) -> None:
        """`brought` writes or finds a month's papers; settings that lie in the folder already stay."""
        self.shown = shown
        self.truth = truth
        self.brought = brought
        self.inbox = folder.with_name(f"{folder.name}-inbox")
        ready = folder if (folder / SETTINGS).exists() else founded(shown, folder)
        self.company = company or own_company(ready, clock=FrozenClock())

    def play(self) -> list[Played]:
        """Take in each month's papers, work, answer every row, and count."""
        return [self._month(begin) for begin in begins(self.shown)]

    def take(self, begin: date) -> None:
        """Take in one month's papers."""
        taker = Ingestion(self.company, self.company.folder, self.company.settings, actor="mareike")
        for path in self.brought(self.shown, begin, self.inbox):
            receipt = taker.ingest(path)
            assert receipt.status == "read", f"{path.name}: {receipt.status} {receipt.reason}"

    def decide_all(self) -> int:
        """Answer what waits until nothing new is asked; return how many decisions that took."""
        typed = 0
        for _ in range(ROUNDS):
            rows = self.waiting()
            if not rows:
                break
            for row, (word, said) in zip(rows, self.answers_to(rows), strict=True):
                self._decide(row, word, said)
            self.company.work()
            typed += len(rows)
        return typed

    def waiting(self) -> list[QueueRow]:
        """Return what waits of the books; what memory asks has tests of its own."""
        return [row for row in self.company.queue() if row.capability != "memory"]

    def answers_to(self, rows: Sequence[QueueRow]) -> list[tuple[str, str]]:
        """Return for each row the right word, with the option's id or the content it needs."""
        streams, facts = keys_of(self.company, self.shown)
        return [self._said_of(row, streams, facts) for row in rows]

    def _month(self, begin: date) -> Played:
        self.take(begin)
        self.company.work()
        asked = self.decide_all()
        keys = {each.key for each in self.shown.transactions if _month_of(each.booked_on) == _month_of(begin)}
        return count(begin, keys, settled(self.company, self.shown), self.truth, asked)

    def _said_of(
        self, row: QueueRow, streams: Mapping[str, str], facts: Mapping[str, str]
    ) -> tuple[str, str]:
        if (
            row.capability == "memory"
        ):  # the months have no truth about it: the first answer is as good as any
            return ("answer", row.options[0].id) if row.options else ("approve", "")
        if row.capability == "bank":
            return "answer", next(option.id for option in row.options if option.label == AS_IT_IS)
        if row.content is not None and row.content.startswith(RULE):
            return self._on_rule(row.content)
        if row.facts[0] not in facts:  # a receipt: of two that are alike either is right
            return "answer", row.options[0].id
        numbers = dict(self.company.query(NUMBERS).rows)
        return by_truth(row, self.truth.explained[facts[row.facts[0]]], streams, numbers)

    def _on_rule(self, content: str) -> tuple[str, str]:
        """A rule is right if everything it covers in all the months, seen or not, is of its category in truth."""
        (rule,) = tomllib.loads(content)["books"]["rule"]
        covered = [each for each in self.shown.transactions if _covers(rule, each)]
        right = all(self.truth.explained[each.key].category == rule["category"] for each in covered)
        return ("approve", "") if right else ("reject", "")

    def _decide(self, row: QueueRow, word: str, said: str) -> None:
        given = {"answer": {"choice": said}, "edit": {"content": said}}.get(word, {})
        verdict = self.company.decide(
            Decided(key=row.key, hash=row.hash, decision=word, channel="cli", account="mareike", **given),
            work=False,
        )
        assert verdict.accepted, f"{row.summary}: {word} {said}: {verdict.message}"


def by_truth(
    row: QueueRow, truth: Explanation, streams: Mapping[str, str], numbers: Mapping[str, str]
) -> tuple[str, str]:
    """Return the word that the truth has for a row, with the option's id or the content it needs."""
    if row.kind == "proposal":
        return _on_proposal(row, truth)
    wanted = next((each.id for each in row.options if _says(each, truth, streams, numbers)), None)
    return "answer", wanted or next(option.id for option in row.options if option.label == OTHER)


def settled(company: Company, shown: Shown) -> dict[str, Settled]:
    """Return how the books explain each settled transaction, by its key."""
    streams, _ = keys_of(company, shown)
    numbers = dict(company.query(NUMBERS).rows)
    return {
        streams[stream]: Settled(explanation=_explained(streams, numbers, entry), decided_by=who)
        for stream, *entry, who in company.query(LEDGER).rows
    }


def agrees(found: Explanation, truth: Explanation) -> bool:
    """Whether the books say what is true; half a transfer, whose other side has not come, is one."""
    if truth.transfer and found.category == OWN_TRANSFER:
        return True
    if truth.is_other:
        return found.category == "other"
    return _said(found) == _said(truth)


def keys_of(company: Company, shown: Shown) -> tuple[dict[str, str], dict[str, str]]:
    """Return the keys of the recorded transactions by stream, and by the event that booked them."""
    waiting: dict[tuple[object, ...], list[str]] = {}
    for each in shown.transactions:
        place = (each.account, each.booked_on, each.amount, each.counterparty, each.text)
        waiting.setdefault(place, []).append(each.key)
    rows = [
        (stream, event, waiting[tuple(place)].pop(0)) for stream, *place, event in company.query(BOOKED).rows
    ]
    return {stream: key for stream, _, key in rows}, {event: key for _, event, key in rows}


def count(begin: date, keys: set[str], found: Mapping[str, Settled], truth: Truth, asked: int) -> Played:
    """Compare what the books say of some transactions with the truth."""
    verdicts = Counter(
        (found[key].decided_by, agrees(found[key].explanation, truth.explained[key]))
        for key in keys & set(found)
    )
    automatic = {key for key in keys & set(found) if found[key].decided_by == "automatic"}
    wrong = sorted(key for key in automatic if not agrees(found[key].explanation, truth.explained[key]))
    return Played(
        begin=begin,
        transactions=len(keys),
        automatic=len(automatic),
        wrong=tuple(wrong),
        asked=asked,
        told_right=verdicts["operator", True],
        told_short=verdicts["operator", False],
        left=len(keys - set(found)),
    )


def figures(played: Iterable[Played]) -> str:
    """Say in one line what some months came to."""
    months = list(played)
    total = sum(each.transactions for each in months)
    automatic, wrong = sum(each.automatic for each in months), sum(len(each.wrong) for each in months)
    asked, short = sum(each.asked for each in months), sum(each.told_short for each in months)
    return (
        f"{len(months)} months, {total} transactions: {automatic / total:.1%} settled alone, {wrong} of them wrong "
        f"({wrong_at_most(wrong, automatic):.2%} at most), {100 * asked / total:.1f} decisions per 100, {short} of "
        f"which could not say all that is true"
    )


def wrong_at_most(wrong: int, of: int) -> float:
    """Return the upper end of the one-sided 95 % interval of a share (Clopper and Pearson); 3/n where none is wrong."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, of, middle) > 0.05 else (low, middle)
    return high


def _at_most(wrong: int, of: int, share: float) -> float:
    """How probable it is that of so many no more than `wrong` are wrong, when this share is."""
    return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(wrong + 1))


def _on_proposal(row: QueueRow, truth: Explanation) -> tuple[str, str]:
    """A proposal settles one invoice; its content is the category of the difference."""
    if (
        len(truth.parts) != 1
        or truth.difference is None
        or f"Settle {truth.parts[0].number} of" not in row.summary
    ):
        return "reject", ""
    category = truth.difference.category
    return ("approve", "") if row.content == category else ("edit", category)


def _says(option: Option, truth: Explanation, streams: Mapping[str, str], numbers: Mapping[str, str]) -> bool:
    """Whether an option says what is true: documents and how much of each, a category, the other side."""
    if option.id.startswith("transfer/"):
        return bool(truth.transfer) and streams[option.id.removeprefix("transfer/")] == truth.transfer
    if option.id.startswith("refund/"):
        return bool(truth.refund_of) and streams[option.id.removeprefix("refund/")] == truth.refund_of
    if option.id.startswith("category/"):
        return bool(truth.category) and option.id == f"category/{truth.category}"
    parts = (part.rpartition("=") for part in option.id.split("+"))
    told = sorted((numbers[stream], Decimal(amount)) for stream, _, amount in parts)
    return told == sorted((part.number, abs(part.amount)) for part in truth.parts)


def _covers(rule: Mapping[str, Any], move: Transaction) -> bool:
    text = f"{move.counterparty}\n{move.text}".casefold()
    is_direction = (rule["direction"] == "in") == (move.amount > 0)
    return is_direction and any(word.casefold() in text for word in rule["contains"])


def _explained(streams: Mapping[str, str], numbers: Mapping[str, str], entry: Sequence[Any]) -> Explanation:
    parts, category, other, given_back, difference = entry
    if parts is None:
        return Explanation(
            case="",
            category="" if other else category or "",
            transfer=streams.get(other, ""),
            refund_of=streams.get(given_back, ""),
        )
    off = None if difference is None else Difference(amount=difference, category=category)
    told = (
        Part(number=numbers[part["invoice"]], amount=Decimal(part["money"]["amount"]))
        for part in json.loads(parts)
    )
    return Explanation(case="", parts=tuple(told), difference=off)


def _said(told: Explanation) -> tuple[object, ...]:
    parts = sorted((part.number, abs(part.amount)) for part in told.parts)
    off = told.difference and (told.difference.amount, told.difference.category)
    return parts, off, told.category, told.transfer, told.refund_of


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month
