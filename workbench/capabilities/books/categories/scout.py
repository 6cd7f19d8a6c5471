"""The scout: finds rules in what the operator decided, tries them on the past, and proposes them; it adopts none."""

from __future__ import annotations

from dataclasses import dataclass

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Proposal
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Done, Outcome, Propose
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.decision import Decision
from workbench.capabilities.books.categories.events import (
    PACKAGE,
    HabitSeen,
    RuleAdopted,
    RuleDeclined,
    RuleDropped,
    RuleProposed,
)
from workbench.capabilities.books.categories.precedents import Precedents, payment_of
from workbench.capabilities.books.categories.rule_miner import BackTest, FoundRule, back_test, mine, tried
from workbench.capabilities.books.categories.rules import (
    KnownRule,
    as_event,
    found_before,
    read_rule,
    rule_id,
    text_of_rule,
)
from workbench.capabilities.books.matching.document import Payment
from workbench.settings import Rule, Settings

NAME = "scout"
LOOK = "books.look_for_rule"
ACTION = "books.adopt_rule"
MAX_OPEN = 3
"""So many rules may wait for the operator at once."""
MAX_SETTLED = 5_000
MAX_FACTS = 20
REACTIONS = tuple(
    Reaction(event=event.event_type, kind=LOOK, agent=NAME)
    for event in (HabitSeen, RuleAdopted, RuleDeclined)
)
PARTIES = "SELECT DISTINCT party FROM invoice ORDER BY party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a rule is tried on: the operator's decisions, the oldest first, and what was settled in other ways."""

    decisions: list[Decision]
    settled: list[Payment]
    parties: list[str]

    def trial(self, rule: Rule) -> BackTest:
        """Try a rule."""
        return back_test(rule, self.decisions, self.settled)


def scout(settings: Settings) -> Agent:
    """Return the agent that looks beyond the rules of these settings."""
    precedents = Precedents()
    return Agent(
        name=NAME,
        role="finds rules in what you decided, tries them on the past and proposes them",
        capability="books",
        steps={LOOK: lambda context: look(context, settings, precedents)},
        may_read=("bank_transaction", "event_now", "invoice", "rule", "settlement"),
        may_write=tuple(event.event_type for event in (RuleProposed, RuleAdopted, RuleDeclined, RuleDropped)),
    )


def look(context: Context, settings: Settings, precedents: Precedents) -> Outcome:
    """Look for a rule, or go on with the one this task has proposed."""
    known = found_before(context.company)
    own = next((each for each in known if each.task == context.task.stream), None)
    if own is None and sum(each.state == "proposed" for each in known) >= MAX_OPEN:
        return Done(result="enough rules wait for you")
    row = context.row
    is_open = own is not None and row is not None and row.state == "open"
    past = _past(context.company, precedents, after=row.asked_position if is_open and row else 0)
    if own is None:
        return find(context.task.stream, past, known, settings)
    return go_on(own, row, past, context.asked_back)


def find(task: str, past: Past, known: list[KnownRule], settings: Settings) -> Outcome:
    """Propose the rule that saves most and was never found before. Pure."""
    rules = [*settings.books.rule, *(rule for each in known for rule in each.rules)]
    found = mine(past.decisions, parties=past.parties, settled=past.settled, rules=rules)
    streams = {each.stream for each in known}
    new = next(
        (each for each in found if _can_be_written(each.rule) and _stream(each.rule) not in streams), None
    )
    if new is None:
        return Done(result="no new rule")
    proposed = RuleProposed(rule=as_event(new.rule), task=task)
    return Propose(
        proposal=_proposal(new),
        writes=(_write(_stream(new.rule), proposed, "proposed"),),
        expected={_stream(new.rule): NEW_STREAM},
    )


def _can_be_written(rule: Rule) -> bool:
    """Whether its text says the rule again: what came from a bank may hold what TOML can't."""
    return read_rule(text_of_rule(rule)) == rule


def go_on(own: KnownRule, row: QueueRow | None, past: Past, asked_back: str | None) -> Outcome:
    """Do as the operator said of a rule; while nothing is said, see that it still holds. Pure."""
    if own.state != "proposed":
        return Done(result=f"the rule is {own.state}")
    if row is not None and row.state == "rejected":
        return _closed(own, RuleDeclined(reason=row.note or "", row=row.key), "declined")
    if row is not None and row.state == "approved":
        return _approved(own, row, past)
    rule = _shown(own, row)
    trial = past.trial(rule)
    if (
        not trial.is_clean and rule == own.rules[0]
    ):  # what the operator wrote stands, shown with what it would do
        return _closed(own, RuleDropped(reason=tried(rule, trial)), "does not hold any more")
    if row is not None and row.state == "open":
        return Propose(proposal=_as_it_stands(row))
    return Propose(proposal=_proposal(FoundRule(rule=rule, back_test=trial), _reply(asked_back, trial)))


def _approved(own: KnownRule, row: QueueRow, past: Past) -> Outcome:
    """Adopt what was approved; what the operator wrote is read and tried first, as nobody has seen its trial yet."""
    rule = read_rule(row.answer or row.content or "")
    if isinstance(rule, str):
        shown = _shown(own, row)
        note = f"\nWhat you wrote can't be a rule: {rule}. It was:\n{row.answer}"
        return Propose(proposal=_proposal(FoundRule(rule=shown, back_test=past.trial(shown)), note))
    trial = past.trial(rule)
    if row.decision == "edit" and not trial.is_clean:
        note = "\nSo you wrote it; approve it if you want it even so."
        return Propose(proposal=_proposal(FoundRule(rule=rule, back_test=trial), note))
    adopted = RuleAdopted(rule=as_event(rule), reason=tried(rule, trial), row=row.key)
    return _closed(own, adopted, "adopted")


def _closed(own: KnownRule, event: EventData, what: str) -> Done:
    return Done(
        result=f"the rule is {what}",
        writes=(_write(own.stream, event, what),),
        expected={own.stream: own.version},
    )


def _proposal(found: FoundRule, note: str = "") -> Proposal:
    rule, trial = found.rule, found.back_test
    words = " or ".join(repr(word) for word in rule.contains)
    to_or_from = "from" if rule.direction == "in" else "to"
    facts = [one.event_id for one in (*trial.otherwise, *reversed(trial.alike))]
    return Proposal(
        action=ACTION,
        summary=f"A new rule: book payments {to_or_from} {words} as {rule.category!r}",
        content=text_of_rule(rule),
        editable=True,
        reason=f"{found.reason}. As your rule it books such payments up to your limit without asking, where no "
        f"invoice fits; 'workbench rule drop' ends it.{note}",
        facts=tuple(facts[:MAX_FACTS]),
        confidence=round((len(trial.alike) + 1) / (len(trial.alike) + len(trial.otherwise) + 2), 2),
    )


def _as_it_stands(row: QueueRow) -> Proposal:
    """What is open stays word for word, although more was decided since: somebody may be deciding it."""
    return Proposal(
        action=ACTION,
        summary=row.summary,
        content=row.content or "",
        editable=row.editable,
        reason=row.reason,
        facts=row.facts,
        confidence=row.confidence,
    )


def _reply(asked_back: str | None, trial: BackTest) -> str:
    if not asked_back:
        return ""
    rests_on = "; ".join(
        f"{one.payment.booked_on} {one.payment.amount:.2f} {one.payment.currency} "
        f"{one.payment.counterparty or one.payment.text}"
        for one in trial.alike[-MAX_FACTS:]
    )
    return f"\nYou asked: “{asked_back}”. No model was used; it rests on these payments: {rests_on}."


def _shown(own: KnownRule, row: QueueRow | None) -> Rule:
    """Return the rule that the row shows: an edit that was asked again stands there in the operator's words."""
    shown = read_rule(row.content or "") if row is not None else ""
    return own.rules[0] if isinstance(shown, str) else shown


def _past(company: Queryable, precedents: Precedents, *, after: int) -> Past:
    """Return the past; what was settled only `after` a position, where the rest was tried before."""
    precedents.update(company)
    settled = company.query(load_sql(PACKAGE, "settled"), after=after, limit=MAX_SETTLED).dicts()
    return Past(
        decisions=precedents.decisions,
        settled=[payment_of(row) for row in settled],
        parties=[party for (party,) in company.query(PARTIES).rows],
    )


def _stream(rule: Rule) -> str:
    return f"rule/{rule_id(rule)}"


def _write(stream: str, data: EventData, what: str) -> Write:
    return Write(stream=stream, event_id=derived_id(stream, what), data=data, actor=NAME)
