"""The bookkeeper: settles each transaction by itself where it is certain, and asks the operator where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.event import Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Done, Outcome, Propose
from opc_kernel.ids import derived_id
from workbench.capabilities.books import charged
from workbench.capabilities.books.asking import (
    REFUND,
    TRANSFER,
    explain,
    question,
    short_payment,
    within_limit,
)
from workbench.capabilities.books.case import Case, choice_of
from workbench.capabilities.books.categories.advice import CHOICE
from workbench.capabilities.books.categories.decision import OTHER
from workbench.capabilities.books.categories.events import HabitSeen
from workbench.capabilities.books.desk import Desk
from workbench.capabilities.books.events import (
    InvoiceIssued,
    InvoicePaid,
    InvoiceReopened,
    MatchDeclined,
    PaymentMatched,
    RefundLinked,
    TransactionCategorised,
    TransactionRefunded,
    TransferLinked,
)
from workbench.capabilities.books.matching.explanation import Explanation
from workbench.capabilities.books.matching.names import CLEAR
from workbench.capabilities.books.present import load_case
from workbench.capabilities.books.refunds import certain, give_back, why
from workbench.capabilities.books.settling import NAME, categorise, decline, match
from workbench.capabilities.books.transfers import OWN_TRANSFER, is_own, link, proven, usual
from workbench.capabilities.books.undoing import not_given_back, released, reopened
from workbench.settings import Settings

SETTLE = "books.settle_transaction"
RELEASE = "books.release_invoice"
PROPOSED = frozenset({"bank-fees", "payment-fees", "discount", "rounding"})
"""Differences that are proposed by name; any other is a question."""

REACTIONS = (
    Reaction(event="bank.transaction_booked", kind=SETTLE, agent=NAME),
    Reaction(event="books.booking_undone", kind=SETTLE, agent=NAME),
    Reaction(event="bank.transaction_withdrawn", kind=RELEASE, agent=NAME),
    *charged.REACTIONS,
)


def bookkeeper(settings: Settings) -> Agent:
    """Return the agent with this company's rules and limits."""
    desk = Desk(settings)
    return Agent(
        name=NAME,
        role="maps bank transactions to invoices, categories and own accounts",
        capability="books",
        steps={
            SETTLE: lambda context: settle(context, settings, desk),
            RELEASE: release,
            charged.TAKE_UP: charged.take_up,
        },
        may_read=(
            "bank_transaction",
            "event_now",
            "invoice",
            "month",
            "rate",
            "receipt",
            "rule",
            "settlement",
        ),
        may_write=(
            PaymentMatched.event_type,
            InvoiceIssued.event_type,
            InvoicePaid.event_type,
            InvoiceReopened.event_type,
            TransferLinked.event_type,
            RefundLinked.event_type,
            TransactionRefunded.event_type,
            TransactionCategorised.event_type,
            MatchDeclined.event_type,
            HabitSeen.event_type,
        ),
    )


def settle(context: Context, settings: Settings, desk: Desk) -> Outcome:
    """Settle one transaction, or say what must be decided first."""
    case = load_case(context, settings, desk)
    row = context.row
    if case.state != "open":
        return Done(result="was settled before")
    if row is not None and row.state == "answered":
        return _answered(case, row, settings)
    if row is not None and row.state == "approved":
        return _approved(case, row, settings)
    if row is not None and row.state == "rejected":
        return _rejected(case, row, settings)
    return judge(case, settings, asked_back=context.asked_back)


def judge(case: Case, settings: Settings, *, asked_back: str | None = None) -> Outcome:
    """Decide what is certain, propose what is nearly so, ask about the rest. Pure."""
    best = case.best
    if asked_back is None and not case.was_undone and within_limit(case, settings):
        alone = _alone(case, best, settings)
        if alone is not None:
            return alone
    if best is not None and _is_proposed(best):
        return Propose(proposal=short_payment(case, best, settings, asked_back))
    return Ask(question=question(case, settings, asked_back))


def release(context: Context) -> Outcome:
    """Open again what a withdrawn transaction had paid, and let what it gave back be given back by another."""
    gone = context.task.subject
    paid = released(context.company, gone)
    freed = [
        *((each["stream"], each["version"], reopened(each, gone)) for each in paid),
        *not_given_back(context.company, gone),
    ]
    if not freed:
        return Done(result="it had paid no invoice and given nothing back")
    writes = tuple(
        Write(stream=stream, event_id=derived_id(stream, "reopened", gone), data=data, actor=NAME)
        for stream, _, data in freed
    )
    numbers = " and ".join(each["number"] for each in paid) or "what it gave back"
    return Done(
        result=f"{numbers} {'are' if len(paid) > 1 else 'is'} open again",
        writes=writes,
        expected={stream: version for stream, version, _ in freed},
    )


def _alone(case: Case, best: Explanation | None, settings: Settings) -> Done | None:
    """Settle what is certain: a proven transfer, what an explanation leaves no doubt about, what else is usual."""
    transfer = _transfer(case, settings)
    if transfer is not None:
        return None if _is_somebodys(case, settings) else transfer
    if best is None:
        return _by_rule(case) or _paid_twice(case) or _usual(case) or _by_habit(case)
    if case.doubts:
        return None
    return match(case, best, "automatic", explain(best, case.payment), row=None)


def _paid_twice(case: Case) -> Done | None:
    """Let be what pays a paid invoice once more and is sent back whole under the same number."""
    if case.sent_back is None:
        return None
    numbers, day = " and ".join(case.paid_before), case.sent_back.booked_on
    reason = f"it pays {numbers} a second time, and was sent back on {day:%d %b}"
    done = categorise(case, OTHER, "automatic", reason, row=None)
    return replace(done, expected={**done.expected, case.sent_back.stream: case.sent_back.version})


def _usual(case: Case) -> Done | None:
    """Do once more what the operator has confirmed of the same parties: a transfer, or money that comes back."""
    other = usual(case.payment, case.others, case.past)
    if other is not None:
        reason = (
            f"the same amount moved on {other.account} on {other.booked_on:%d %b}, as you confirmed before"
        )
        return link(case.payment, other, "automatic", reason, row=None, months=case.months)
    refundable = certain(case.payment, case.refundables, case.past)
    if refundable is None:
        return None
    reason = why(case.payment, refundable)
    return give_back(case.payment, refundable, "automatic", reason, row=None, months=case.months)


def _by_rule(case: Case) -> Done | None:
    if case.rule is None:
        return None
    reason = f"your rule for {case.rule.category!r} covers it"
    return categorise(case, case.rule.category, "automatic", reason, row=None, rule=case.rule)


def _by_habit(case: Case) -> Done | None:
    if case.habit is None:
        return None
    return categorise(case, case.habit.category, "automatic", case.habit.reason, row=None, habit=case.habit)


def _is_proposed(best: Explanation) -> bool:
    return best.is_named and not best.against and best.difference_kind in PROPOSED


def _is_somebodys(case: Case, settings: Settings) -> bool:
    """Whether it speaks of a document, and not of an own account: a customer may pay what was just moved."""
    best = case.best
    if best is None or is_own(case.payment, settings):
        return False
    return best.is_named or best.evidence["name"] >= CLEAR


def _transfer(case: Case, settings: Settings) -> Done | None:
    """Link a proven transfer; without its other side yet, settle this one as half a transfer."""
    own_rule = case.rule is not None and case.rule.category == OWN_TRANSFER
    other = proven(case.payment, case.others, settings) or (
        case.others[0] if own_rule and case.others else None
    )
    if other is not None:
        reason = f"the same amount moved on {other.account} on {other.booked_on:%d %b}"
        return link(case.payment, other, "automatic", reason, row=None, months=case.months)
    if is_own(case.payment, settings):
        to = settings.account_id(case.payment.counterparty_account)
        reason = f"the other account is your own, {to}, whose statement has not come yet"
        return categorise(case, OWN_TRANSFER, "automatic", reason, row=None)
    return None


def _answered(case: Case, row: QueueRow, settings: Settings) -> Outcome:
    choice = row.answer
    if choice not in {option.id for option in row.options}:  # typed: words, whatever they look like
        return _booked_as(case, _as_known(choice, case.advise().categories), row)
    if choice.startswith(TRANSFER):
        return _answered_transfer(case, choice.removeprefix(TRANSFER), row, settings)
    if choice.startswith(REFUND):
        return _answered_refund(case, choice.removeprefix(REFUND), row, settings)
    if choice.startswith(CHOICE):
        return _booked_as(case, choice.removeprefix(CHOICE), row)
    chosen = case.explanation(choice)
    if chosen is None:  # another transaction took some of it meanwhile
        return judge(case, settings)
    return match(case, chosen, "operator", f"you chose it. {explain(chosen, case.payment)}", row=row.key)


def _answered_transfer(case: Case, stream: str, row: QueueRow, settings: Settings) -> Outcome:
    other = next((each for each in case.others if each.stream == stream), None)
    if other is None:  # it was settled otherwise meanwhile
        return judge(case, settings)
    is_clear = len(case.others) == 1 and case.best is None
    reason = "you said that it is a transfer"
    return link(case.payment, other, "operator", reason, row=row.key, months=case.months, is_clear=is_clear)


def _answered_refund(case: Case, stream: str, row: QueueRow, settings: Settings) -> Outcome:
    refundable = next((each for each in case.refundables if each.stream == stream), None)
    if refundable is None:  # something else gave it back meanwhile
        return judge(case, settings)
    is_clear = case.best is None
    reason = f"you said that it gives back what was paid on {refundable.booked_on:%d %b}"
    return give_back(
        case.payment, refundable, "operator", reason, row=row.key, months=case.months, is_clear=is_clear
    )


def _booked_as(case: Case, category: str, row: QueueRow) -> Done:
    return categorise(case, category, "operator", f"you answered {category!r}", row=row.key)


def _as_known(typed: str, known: Sequence[str]) -> str:
    """A category that is known already is meant, however its letters are typed."""
    return next((each for each in known if each.casefold() == typed.casefold()), typed)


def _approved(case: Case, row: QueueRow, settings: Settings) -> Outcome:
    approved = next(iter(_shown(case, row)), None)
    if approved is None:  # another transaction took it meanwhile
        return judge(case, settings)
    reason = f"you approved it. {explain(approved, case.payment)}"
    category = row.answer or row.content
    return match(case, approved, "operator", reason, row=row.key, difference_category=category)


def _rejected(case: Case, row: QueueRow, settings: Settings) -> Outcome:
    """Remember the declined pairs with the next question, so that they are never asked again."""
    declined = _shown(case, row)
    left = [each for each in case.ranked if each not in declined]
    writes = decline(case, row.key, declined)
    expected = {case.payment.stream: case.payment.version} if writes else {}
    return Ask(
        question=question(replace(case, ranked=left), settings, None), writes=writes, expected=expected
    )


def _shown(case: Case, row: QueueRow) -> Sequence[Explanation]:
    """Return the explanations that a decided row put before the operator: all of a question's, one of a proposal's."""
    if row.kind == "question":
        choices = {option.id for option in row.options}
        return [each for each in case.ranked if choice_of(each) in choices]
    facts = {*row.facts}
    return [each for each in case.ranked if facts >= {part.document.event_id for part in each.parts}]
