"""Telling people of a page: a few first, and the others once those are seen to have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction

from pydantic import JsonValue

from opc_kernel.approvals.row import Option, Question
from opc_kernel.effects.effect import effects_of
from opc_kernel.effects.intent import Intent
from opc_kernel.flow.agent import Context
from opc_kernel.flow.outcome import Act, Ask, Done, Outcome, Retry
from workbench.capabilities.content.draft import Draft

FIRST = 3
"""So many are told first."""
FOUND_AT_LEAST = Fraction(2, 3)
"""Fewer of them found again, and a person is asked before anybody else is told."""
LOOK_AGAIN, PATIENCE = timedelta(minutes=10), timedelta(hours=1)
"""So often, and so long, they are looked for."""
ON, STOP = "on", "stop"


def announce(context: Context, draft: Draft, *, first: bool) -> Outcome:
    """Write to the first few, or to all others."""
    told = draft.announce[:FIRST] if first else draft.announce[FIRST:]
    if context.effects:
        streams: list[JsonValue] = [effect.stream for effect in context.effects]
        return Done(result=f"{len(streams)} were told", output={"effects": streams})
    if _output(context, "verify").get("stopped"):
        return Done(result="you stopped the announcement")
    who = "the first" if first else "the others"
    return Act(
        summary=f"Tell {len(told)} of “{draft.title}” by e-mail ({who} of {len(draft.announce)})",
        intents=tuple(_letter(context, draft, address) for address in told),
        result="nobody is to be told",
        reason=f"{', '.join(told)}\nThey are the addresses in the draft's line 'announce'.",
        facts=(str(_output(context, "check").get("draft", context.task.trigger)),),
    )


def verify(context: Context, draft: Draft) -> Outcome:
    """See by rule whether the first letters arrived in the outside world before any more are written."""
    left = len(draft.announce[FIRST:])
    if not left:
        return Done(result="nobody is left to be told")
    streams = _output(context, "announce").get("effects")
    effects = effects_of(
        context.company, [str(each) for each in streams] if isinstance(streams, list) else []
    )
    found = sum(effect.state == "confirmed" and not effect.tentative for effect in effects)
    if effects and Fraction(found, len(effects)) >= FOUND_AT_LEAST:
        return Done(result=f"{found} of the first {len(effects)} letters were found again")
    row = context.row
    if row is not None and row.state in ("answered", "rejected"):
        goes_on = row.state == "answered" and row.answer == ON
        said = "you let it go on" if goes_on else "you stopped the announcement"
        return Done(result=said, output={"stopped": not goes_on})
    sent = [effect.sent_at for effect in effects if effect.sent_at is not None]
    if row is None and sent and context.now - max(sent) < PATIENCE:
        return Retry(reason=f"{found} of {len(effects)} letters were found again so far", after=LOOK_AGAIN)
    return Ask(question=_question(context, draft, found, len(effects), left))


def _question(context: Context, draft: Draft, found: int, first: int, left: int) -> Question:
    return Question(
        summary=f"Only {found} of the first {first} letters about “{draft.title}” were found again: tell {left} more?",
        reason="Those that can't be found may be lost, or the mail account keeps no copies. No model was used.",
        facts=(context.task.trigger,),
        risk="medium",
        options=(
            Option(id=ON, label=f"tell the other {left}"),
            Option(id=STOP, label="stop here: nobody else is told"),
        ),
    )


def _letter(context: Context, draft: Draft, address: str) -> Intent:
    words = (draft.summary or draft.title, draft.link)
    return Intent(
        kind="mail.send",
        target=address,
        action=f"announcement of {context.task.plan}",
        content="\n\n".join(filter(None, words)) + "\n",
        fields={"subject": draft.title},
    )


def _output(context: Context, step: str) -> Mapping[str, JsonValue]:
    output = context.task.inputs.get(step)
    return output if isinstance(output, dict) else {}
