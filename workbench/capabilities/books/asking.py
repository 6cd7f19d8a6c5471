"""What the operator is asked about a transaction: in one line, with the reasons, and with what may be answered."""

from __future__ import annotations

from collections.abc import Sequence

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option, Proposal, Question, Risk
from opc_kernel.money import Money, format_amount
from workbench.capabilities.books.case import Case, choice_of
from workbench.capabilities.books.categories.advice import CHOICE, Advice
from workbench.capabilities.books.categories.decision import OTHER
from workbench.capabilities.books.matching.candidates import WEIGHTS
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.explanation import Explanation
from workbench.settings import Settings

SHOWN = 3
TRANSFERS_SHOWN, REFUNDS_SHOWN = 2, 3
REFUND_WORDS = 60
TRANSFER, REFUND = "transfer/", "refund/"
"""How the ids of options begin that name another transaction."""
WORTH = "Scores like "
CATEGORIES_SHOWN = 20
"""Any other can be typed."""
HIGH_RISK_FACTOR = 2
TYPED = "a category of your own"


def question(case: Case, settings: Settings, asked_back: str | None) -> Question:
    """Ask what a transaction is for."""
    payment, advice = case.payment, case.advise()
    shown = case.ranked[: SHOWN if asked_back is None else 2 * SHOWN]
    return Question(
        summary=f"{_money(payment)} {_moved(payment)} {payment.counterparty or 'an unnamed party'} on "
        f"{payment.booked_on:%d %b %Y}: what is it for?",
        reason=_why(case, shown, advice, settings, asked_back),
        facts=(payment.event_id, *_facts(shown), *(each.event_id for each in case.receipts)),
        confidence=_confidence(case) if shown else advice.probability,
        risk=_risk(case, settings),
        money=Money.of(payment.amount, payment.currency),
        at_stake=_stake(case),
        options=(
            *(Option(id=choice_of(each), label=_label(each, payment)) for each in shown),
            *_transfers(case),
            *_refunds(case),
            *(
                Option(id=f"{CHOICE}{name}", label=f"no invoice: {name}")
                for name in advice.categories[:CATEGORIES_SHOWN]
            ),
            Option(id=f"{CHOICE}{OTHER}", label="no invoice: something else"),
        ),
        typed=TYPED,
    )


def short_payment(case: Case, best: Explanation, settings: Settings, asked_back: str | None) -> Proposal:
    """Propose to settle a named invoice that was paid a little short, or some cents too much."""
    payment, document = case.payment, best.parts[0].document
    return Proposal(
        action="books.settle_with_difference",
        summary=f"Settle {document.number} of {document.party} with {_money(payment)}, "
        f"{abs(best.difference):.2f} {payment.currency} {'too much' if best.difference > 0 else 'short'}",
        content=best.difference_category,
        editable=True,
        reason=f"{explain(best, payment)}. The content is the category for the difference; edit it if it was "
        f"something else.{''.join(f' {each.words}' for each in case.receipts)}{_reply(asked_back, [best])}",
        facts=(payment.event_id, *_facts([best]), *(each.event_id for each in case.receipts)),
        confidence=_confidence(case),
        risk=_risk(case, settings),
        money=Money.of(payment.amount, payment.currency),
        at_stake=_stake(case),
        undo="none",
    )


def explain(explanation: Explanation, payment: Payment) -> str:
    """Say in one line how an explanation fits."""
    evidence = explanation.evidence
    parts = [
        _amounts(explanation, payment),
        _named(explanation),
        f"name {evidence['name']:.0%} alike",
        _dates(explanation),
    ]
    parties = ", ".join(dict.fromkeys(part.document.party for part in explanation.parts))
    return f"{explanation.numbers} ({parties}): " + "; ".join([*parts, *explanation.against])


def within_limit(case: Case, settings: Settings) -> bool:
    """Whether the operator lets the bookkeeper settle so much alone."""
    return case.at_stake is not None and abs(case.at_stake) <= settings.books.limit


def _amounts(explanation: Explanation, payment: Payment) -> str:
    if explanation.difference:
        return f"amount differs by {explanation.difference:+.2f} {payment.currency}"
    if explanation.is_exact:
        return "same amount" if len(explanation.parts) == 1 else "together the same amount"
    part = explanation.parts[0]
    return f"a part of {part.document.open:,.2f} {part.document.currency} still open"


def _named(explanation: Explanation) -> str:
    if len(explanation.parts) == 1:
        stands = "stands" if explanation.is_named else "does not stand"
        return f"its number {stands} in the payment"
    if explanation.is_named:
        return "their numbers stand in the payment"
    return "not all of their numbers stand in the payment"


def _dates(explanation: Explanation) -> str:
    documents = [part.document for part in explanation.parts]
    issued, due = min(each.issued_on for each in documents), max(each.due_on for each in documents)
    return f"issued {issued:%d %b}, due {due:%d %b}"


def _why(
    case: Case, shown: Sequence[Explanation], advice: Advice, settings: Settings, asked_back: str | None
) -> str:
    payment = case.payment
    lines = [f"It says: “{payment.words.strip()}”."] if payment.words.strip() else []
    lines += [
        f"It names {number}, which a payment of {day:%d %b} has settled."
        for number, day in case.paid_before.items()
    ]
    lines += [each.words for each in case.receipts]
    if shown:
        reasons = case.doubts
        if not reasons and not within_limit(case, settings):
            reasons = [_over_limit(case, settings)]
        lines += [f"I ask because {'; '.join(reasons)}."] if reasons else []
        lines += [f"{number}. {explain(each, payment)}" for number, each in enumerate(shown, start=1)]
        lines += _worth(case)
    elif case.rule is not None:
        lines.append(f"I ask because {_over_limit(case, settings)}; your rule says {case.rule.category!r}.")
    else:
        lines.append("I ask because no open invoice fits and no rule of yours covers it.")
    lines += [advice.guess] if advice.guess and not shown else []
    return "\n".join(lines) + _reply(asked_back, shown)


def _confidence(case: Case) -> float | None:
    """What the best is worth by the company's own past, else its score; an open row keeps what it told."""
    kept = _kept(case)
    if kept is not None:
        return kept.confidence
    if case.probability is not None:
        return case.probability
    return case.best.score if case.best is not None else None


def _worth(case: Case) -> list[str]:
    kept = _kept(case)
    if kept is not None:
        return [line for line in kept.reason.splitlines() if line.startswith(WORTH)]
    if case.best is None or case.probability is None:
        return []
    return [
        f"{WORTH}{case.best.score:.2f} were right in {case.probability:.0%} of cases: {case.calibration}."
    ]


def _kept(case: Case) -> QueueRow | None:
    """Return the open row if it shows the same best: what is learned meanwhile must not replace it."""
    if case.asked is None or case.best is None:
        return None
    return case.asked if explain(case.best, case.payment) in case.asked.reason else None


def _reply(asked_back: str | None, shown: Sequence[Explanation]) -> str:
    if not asked_back:
        return ""
    known = (
        "; ".join(f"{each.numbers} {each.score:.2f} = {_parts(each)}" for each in shown) or "no candidates"
    )
    return f"\nYou asked: “{asked_back}”. No model was used; all I know is this: {known}."


def _parts(explanation: Explanation) -> str:
    return " + ".join(f"{part} {WEIGHTS[part]:g}×{fit:g}" for part, fit in explanation.evidence.items())


def _over_limit(case: Case, settings: Settings) -> str:
    if case.at_stake is None:
        return f"no recent rate says what {case.payment.currency} is worth"
    return f"the amount is above your limit of {settings.books.auto_limit} {settings.base_currency}"


def _transfers(case: Case) -> list[Option]:
    return [
        Option(
            id=f"{TRANSFER}{each.stream}",
            label=f"own transfer: the other side is on {each.account}, {each.booked_on:%d %b}",
        )
        for each in case.others[:TRANSFERS_SHOWN]
    ]


def _refunds(case: Case) -> list[Option]:
    return [
        Option(
            id=f"{REFUND}{each.stream}",
            label=f"gives back {'' if each.left_over == abs(case.payment.amount) else 'a part of '}"
            f"{each.amount:+,.2f} {each.currency} of {each.booked_on:%d %b}"
            + (f": {each.text[:REFUND_WORDS]}" if each.text else ""),
        )
        for each in case.refundables[:REFUNDS_SHOWN]
    ]


def _label(explanation: Explanation, payment: Payment) -> str:
    """Name what would be settled, and of what is not settled whole, how much."""
    words = []
    for part in explanation.parts:
        document = part.document
        minus = "-" if document.flow != payment.flow else ""
        asked = f"{minus}{document.open:,.2f} {document.currency}"
        words.append(
            f"{document.number} · {document.party} · "
            + (asked if part.is_whole else f"{part.amount:,.2f} of {asked}")
        )
    difference = (
        f" ({explanation.difference_category} {explanation.difference:+.2f})"
        if explanation.difference
        else ""
    )
    return " + ".join(words) + difference


def _facts(shown: Sequence[Explanation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.document.event_id for each in shown for part in each.parts))


def _risk(case: Case, settings: Settings) -> Risk:
    if case.at_stake is None or abs(case.at_stake) > HIGH_RISK_FACTOR * settings.books.limit:
        return "high"
    return "medium" if abs(case.at_stake) > settings.books.limit / 2 else "low"


def _stake(case: Case) -> str | None:
    return None if case.at_stake is None else format_amount(case.at_stake)


def _money(payment: Payment) -> str:
    return f"{abs(payment.amount):,.2f} {payment.currency}"


def _moved(payment: Payment) -> str:
    return "came from" if payment.amount > 0 else "went to"
