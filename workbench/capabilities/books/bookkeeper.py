"""The bookkeeper: settles each transaction by itself where it is certain, and asks the operator where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option, Proposal, Question, Risk
from opc_kernel.event import EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Ask, Done, Outcome, Propose
from opc_kernel.ids import derived_id
from opc_kernel.money import Money, format_amount
from opc_kernel.sql import load_sql
from workbench.capabilities.books import matcher
from workbench.capabilities.books.events import (
    PACKAGE,
    DecidedBy,
    InvoiceReopened,
    InvoiceSettled,
    MatchDeclined,
    PaymentMatched,
    TransactionCategorised,
    TransferLinked,
)
from workbench.capabilities.books.matcher import Candidate, Invoice, Payment
from workbench.capabilities.books.transfers import OWN_TRANSFER, OtherSide, is_own, link, other_sides, proven
from workbench.settings import Books, Rule, Settings

NAME = "bookkeeper"
SETTLE = "books.settle_transaction"
RELEASE = "books.release_invoice"
CANDIDATES_SHOWN = 3
TRANSFERS_SHOWN = 2
HIGH_RISK_FACTOR = 2
OTHER = "other"

REACTIONS = (
    Reaction(event="bank.transaction_booked", kind=SETTLE, agent=NAME),
    Reaction(event="bank.transaction_withdrawn", kind=RELEASE, agent=NAME),
)


def bookkeeper(settings: Settings) -> Agent:
    """Return the agent with this company's rules and limits."""
    return Agent(
        name=NAME,
        role="maps bank transactions to invoices, categories and own accounts",
        capability="books",
        steps={
            SETTLE: lambda context: settle(context, settings),
            RELEASE: release,
        },
        may_read=("bank_transaction", "invoice", "rate", "settlement"),
        may_write=(
            PaymentMatched.event_type,
            InvoiceSettled.event_type,
            InvoiceReopened.event_type,
            TransferLinked.event_type,
            TransactionCategorised.event_type,
            MatchDeclined.event_type,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything one transaction is judged on."""

    payment: Payment
    state: str
    at_stake: Decimal | None
    ranked: Sequence[Candidate]
    rivals: Sequence[Payment]
    rule: Rule | None
    paid_before: Mapping[str, date]
    """Invoices the payment names although another payment, of that day, took them."""
    others: list[OtherSide]
    """Transactions on other own accounts that may be its other side."""


def settle(context: Context, settings: Settings) -> Outcome:
    """Settle one transaction, or say what must be decided first."""
    case = load_case(context, settings)
    if case.state != "open":
        return Done(result="was settled before")
    row = context.row
    if row is not None and row.state == "answered":
        return _answered(case, row.key, row.answer, settings)
    if row is not None and row.state == "approved":
        return _approved(case, row, shown_invoices(context), settings)
    if row is not None and row.state == "rejected":
        return _declined(case, row.key, shown_invoices(context), settings)
    return judge(case, settings, asked_back=context.asked_back)


def judge(case: Case, settings: Settings, *, asked_back: str | None = None) -> Outcome:
    """Decide what is certain, propose what is nearly so, ask about the rest. Pure."""
    best = case.ranked[0] if case.ranked else None
    within = _within_limit(case, settings)
    transfer = _transfer(case, settings)
    if within and transfer is not None and asked_back is None:
        return transfer
    if within and case.rule is not None and best is None:
        reason = f"your rule for {case.rule.category!r} covers it"
        return _categorise(case, case.rule.category, "automatic", reason, row=None)
    if within and best is not None and matcher.is_certain(case.ranked, case.rivals) and asked_back is None:
        return _match(case, best, "automatic", matcher.explain(best, case.payment), row=None)
    if best is not None and matcher.is_short_by_fee(best, case.payment):
        return Propose(proposal=_short_payment(case, best, settings, asked_back))
    return Ask(question=_question(case, settings, asked_back))


def release(context: Context) -> Outcome:
    """Open the invoice again that a withdrawn transaction had taken."""
    taken = context.company.query(
        "SELECT stream, version, number FROM invoice WHERE settled_by = $stream", stream=context.task.subject
    ).one()
    if taken is None:
        return Done(result="it had taken no invoice")
    reopened = Write(
        stream=taken["stream"],
        event_id=derived_id(taken["stream"], "reopened", context.task.subject),
        data=InvoiceReopened(transaction=context.task.subject),
        actor=NAME,
    )
    expected = {taken["stream"]: taken["version"]}
    return Done(result=f"{taken['number']} is open again", writes=(reopened,), expected=expected)


def load_case(context: Context, settings: Settings) -> Case:
    """Ask the company for everything the transaction is judged on."""
    query = context.company.query
    row = query(load_sql(PACKAGE, "payment"), stream=context.task.subject, base=settings.base_currency).one()
    assert row is not None, f"{context.task.subject} has no transaction"
    payment = _record(Payment, row)
    direction = "out" if payment.amount > 0 else "in"
    invoices = query(
        load_sql(PACKAGE, "open_invoices"), direction=direction, currency=payment.currency
    ).dicts()
    numbers = dict(query(load_sql(PACKAGE, "numbers"), direction=direction).rows)
    open_ones = [_record(Invoice, each) for each in invoices if each["stream"] not in row["declined"]]
    ranked = matcher.rank(payment, open_ones, list(numbers))
    return Case(
        payment=payment,
        state=row["state"],
        at_stake=row["at_stake"],
        ranked=ranked,
        rivals=_rivals(context, payment) if ranked else (),
        rule=covering_rule(payment, settings.books),
        paid_before={
            number: day for number, day in numbers.items() if day and matcher.names(payment.words, number)
        },
        others=other_sides(context.company, payment),
    )


def covering_rule(payment: Payment, books: Books) -> Rule | None:
    """Return the first rule of the operator that covers a transaction."""
    words = f"{payment.counterparty}\n{payment.text}".casefold()
    direction = "in" if payment.amount > 0 else "out"
    for rule in books.rule:
        if rule.direction == direction and any(word.casefold() in words for word in rule.contains):
            return rule
    return None


def shown_invoices(context: Context) -> list[str]:
    """Return the invoices that the decided row put before the operator."""
    assert context.row is not None
    if context.row.kind == "question":
        return [option.id for option in context.row.options if option.id.startswith("invoice/")]
    facts = list(context.row.facts)
    rows = context.company.query(
        "SELECT stream FROM invoice WHERE event_id IN (SELECT unnest($facts::VARCHAR[]))", facts=facts
    )
    return [stream for (stream,) in rows]


def _rivals(context: Context, payment: Payment) -> list[Payment]:
    rows = context.company.query(
        load_sql(PACKAGE, "rivals"),
        stream=payment.stream,
        amount=payment.amount,
        currency=payment.currency,
        booked_on=payment.booked_on,
    ).dicts()
    return [_record(Payment, row) for row in rows]


def _record(kind: type[Any], row: dict[str, Any]) -> Any:  # noqa: ANN401 - a row becomes the dataclass it has the fields of
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def _transfer(case: Case, settings: Settings) -> Done | None:
    """Link a proven transfer; without its other side yet, settle this one as half a transfer."""
    own_rule = case.rule is not None and case.rule.category == OWN_TRANSFER
    other = proven(case.payment, case.others, settings) or (
        case.others[0] if own_rule and case.others else None
    )
    if other is not None:
        reason = f"the same amount moved on {other.account} on {other.booked_on:%d %b}"
        return link(case.payment, other, "automatic", reason, row=None)
    if is_own(case.payment, settings):
        to = settings.account_id(case.payment.counterparty_account)
        reason = f"the other account is your own, {to}, whose statement has not come yet"
        return _categorise(case, OWN_TRANSFER, "automatic", reason, row=None)
    return None


def _answered(case: Case, row: str, choice: str, settings: Settings) -> Outcome:
    if choice.startswith("transfer/"):
        stream = choice.removeprefix("transfer/")
        other = next((each for each in case.others if each.stream == stream), None)
        if other is None:  # it was settled otherwise meanwhile
            return judge(case, settings)
        return link(case.payment, other, "operator", "you said that it is a transfer", row=row)
    if not choice.startswith("invoice/"):
        category = choice.removeprefix("category/")
        return _categorise(case, category, "operator", f"you answered {category!r}", row=row)
    chosen = next((each for each in case.ranked if each.invoice.stream == choice), None)
    if chosen is None:  # another transaction took it meanwhile
        return judge(case, settings)
    return _match(case, chosen, "operator", f"you chose it. {matcher.explain(chosen, case.payment)}", row=row)


def _approved(case: Case, row: QueueRow, shown: Sequence[str], settings: Settings) -> Outcome:
    approved = next((each for each in case.ranked if each.invoice.stream in shown), None)
    if approved is None:  # another transaction took it meanwhile
        return judge(case, settings)
    reason = f"you approved it. {matcher.explain(approved, case.payment)}"
    category = row.answer or row.content
    return _match(case, approved, "operator", reason, row=row.key, difference_category=category)


def _declined(case: Case, row: str, invoices: Sequence[str], settings: Settings) -> Outcome:
    """Remember the declined pairs with the next question, so that they are never asked again."""
    writes = tuple(
        _write(case, MatchDeclined(invoice=invoice, row=row), derived_id(row, invoice, "declined"))
        for invoice in invoices
    )
    left = [each for each in case.ranked if each.invoice.stream not in invoices]
    question = _question(replace(case, ranked=left), settings, None)
    return Ask(
        question=question,
        writes=writes,
        expected={case.payment.stream: case.payment.version} if writes else {},
    )


def _match(
    case: Case,
    best: Candidate,
    decided_by: DecidedBy,
    reason: str,
    *,
    row: str | None,
    difference_category: str | None = None,
) -> Done:
    payment, invoice = case.payment, best.invoice
    difference = abs(payment.amount) - invoice.amount
    matched = PaymentMatched(
        invoice=invoice.stream,
        decided_by=decided_by,
        score=best.score,
        evidence=best.evidence,
        reason=reason,
        row=row,
        difference=Money.of(difference, invoice.currency) if difference else None,
        difference_category=(difference_category or "difference") if difference else None,
    )
    settled = Write(
        stream=invoice.stream,
        event_id=derived_id(invoice.stream, "settled", payment.stream),
        data=InvoiceSettled(transaction=payment.stream),
        actor=NAME,
        causation_id=payment.event_id,
    )
    return Done(
        result=f"matched to {invoice.number}",
        writes=(_write(case, matched, derived_id(payment.stream, "settled")), settled),
        expected={payment.stream: payment.version, invoice.stream: invoice.version},
    )


def _categorise(case: Case, category: str, decided_by: DecidedBy, reason: str, *, row: str | None) -> Done:
    data = TransactionCategorised(category=category, decided_by=decided_by, reason=reason, row=row)
    return Done(
        result=f"booked as {category}",
        writes=(_write(case, data, derived_id(case.payment.stream, "settled")),),
        expected={case.payment.stream: case.payment.version},
    )


def _write(case: Case, data: EventData, event_id: str) -> Write:
    return Write(
        stream=case.payment.stream,
        event_id=event_id,
        data=data,
        actor=NAME,
        causation_id=case.payment.event_id,
    )


def _short_payment(case: Case, best: Candidate, settings: Settings, asked_back: str | None) -> Proposal:
    payment, invoice = case.payment, best.invoice
    short = invoice.amount - abs(payment.amount)
    return Proposal(
        action="books.settle_with_difference",
        summary=f"Settle {invoice.number} of {invoice.party} with {_money(payment)}, "
        f"{short:.2f} {invoice.currency} short",
        content="bank-fees",
        editable=True,
        reason=f"{matcher.explain(best, payment)}. The content is the category for the difference; edit it if it was "
        f"something else.{_reply(asked_back, [best])}",
        facts=(payment.event_id, invoice.event_id),
        confidence=best.score,
        risk=_risk(case, settings),
        money=Money.of(payment.amount, payment.currency),
        at_stake=_stake(case),
        undo="none",
    )


def _question(case: Case, settings: Settings, asked_back: str | None) -> Question:
    payment = case.payment
    shown = case.ranked[: CANDIDATES_SHOWN if asked_back is None else 2 * CANDIDATES_SHOWN]
    invoices = [Option(id=each.invoice.stream, label=_label(each.invoice)) for each in shown]
    categories = [
        Option(id=f"category/{name}", label=f"no invoice: {name}") for name in settings.books.categories
    ]
    transfers = [
        Option(
            id=f"transfer/{each.stream}",
            label=f"own transfer: the other side is on {each.account}, {each.booked_on:%d %b}",
        )
        for each in case.others[:TRANSFERS_SHOWN]
    ]
    other = Option(id=f"category/{OTHER}", label="no invoice: something else")
    moved = "came from" if payment.amount > 0 else "went to"
    party = payment.counterparty or "an unnamed party"
    return Question(
        summary=f"{_money(payment)} {moved} {party} on {payment.booked_on:%d %b %Y}: what is it for?",
        reason=_why(case, shown, settings, asked_back),
        facts=(payment.event_id, *(each.invoice.event_id for each in shown)),
        confidence=shown[0].score if shown else None,
        risk=_risk(case, settings),
        money=Money.of(payment.amount, payment.currency),
        at_stake=_stake(case),
        options=(*invoices, *transfers, *categories, other),
    )


def _why(case: Case, shown: Sequence[Candidate], settings: Settings, asked_back: str | None) -> str:
    payment = case.payment
    lines = [f"It says: “{payment.words.strip()}”."] if payment.words.strip() else []
    lines += [
        f"It names {number}, which a payment of {day:%d %b} has settled."
        for number, day in case.paid_before.items()
    ]
    if shown:
        reasons = matcher.doubts(case.ranked, case.rivals)
        if not reasons and not _within_limit(case, settings):
            reasons = [_over_limit(case, settings)]
        lines += [f"I ask because {'; '.join(reasons)}."] if reasons else []
        lines += [f"{number}. {matcher.explain(each, payment)}" for number, each in enumerate(shown, start=1)]
    elif case.rule is not None:
        lines.append(f"I ask because {_over_limit(case, settings)}; your rule says {case.rule.category!r}.")
    else:
        lines.append("I ask because no open invoice fits and no rule of yours covers it.")
    return "\n".join(lines) + _reply(asked_back, shown)


def _reply(asked_back: str | None, shown: Sequence[Candidate]) -> str:
    if not asked_back:
        return ""
    scores = [f"{each.invoice.number} {each.score:.2f} = {_parts(each)}" for each in shown]
    known = "; ".join(scores) or "no candidates"
    return f"\nYou asked: “{asked_back}”. No model was used; all I know is this: {known}."


def _within_limit(case: Case, settings: Settings) -> bool:
    return case.at_stake is not None and abs(case.at_stake) <= settings.books.limit


def _over_limit(case: Case, settings: Settings) -> str:
    if case.at_stake is None:
        return f"no recent rate says what {case.payment.currency} is worth"
    return f"the amount is above your limit of {settings.books.auto_limit} {settings.base_currency}"


def _parts(candidate: Candidate) -> str:
    return " + ".join(f"{part} {matcher.WEIGHTS[part]:g}×{fit:g}" for part, fit in candidate.evidence.items())


def _risk(case: Case, settings: Settings) -> Risk:
    if case.at_stake is None or abs(case.at_stake) > HIGH_RISK_FACTOR * settings.books.limit:
        return "high"
    return "medium" if abs(case.at_stake) > settings.books.limit / 2 else "low"


def _stake(case: Case) -> str | None:
    return None if case.at_stake is None else format_amount(case.at_stake)


def _money(payment: Payment) -> str:
    return f"{abs(payment.amount):,.2f} {payment.currency}"


def _label(invoice: Invoice) -> str:
    return f"{invoice.number} · {invoice.party} · {invoice.amount:,.2f} {invoice.currency}"
