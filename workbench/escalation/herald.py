"""The herald: brings a message to the operator, and to nobody else, once."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from opc_kernel.effects.intent import Intent
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Act, Cancel, Done, Outcome, Retry
from workbench.escalation.climbing import open_concerns
from workbench.escalation.events import MessageWritten
from workbench.escalation.ladder import Concern, quiet_until
from workbench.escalation.letter import body, subject
from workbench.escalation.settings import EscalationSettings, account_of

TELL = "escalation.tell"
KINDS = {"mail": "mail.note", "webhook": "webhook.note"}
REACTIONS = (Reaction(event=MessageWritten.event_type, kind=TELL, agent="herald"),)
WRITTEN = "SELECT data FROM event_now WHERE event_id = $id"
TOLD = "The operator was told"


def herald(settings: EscalationSettings, *, company: str, base: str, zone: ZoneInfo) -> Agent:
    """Return the herald of a company of this name."""

    def tell(context: Context) -> Outcome:
        if context.effects:
            return Done(result=TOLD)
        if settings.channel is None:
            return Cancel(reason="escalation was switched off")
        until = quiet_until(settings, context.now, zone)
        if until is not None:
            return Retry(reason="these are quiet hours", after=until - context.now)
        written = context.company.query(WRITTEN, id=context.task.trigger).rows
        if not written or written[0][0] is None:
            return Cancel(reason="the message was erased")
        message = MessageWritten.model_validate_json(written[0][0])
        concerns = open_concerns(context.company, settings, now=context.now, zone=zone)
        left = [each for each in concerns if each.stream(message.way) in message.concerns]
        if not left:
            return Cancel(reason="all of it was seen to meanwhile")
        return _act(settings, context.task.stream, message, left)

    def _act(
        settings: EscalationSettings, task: str, message: MessageWritten, left: list[Concern]
    ) -> Outcome:
        assert settings.channel is not None, "it was asked before"
        title = subject(company, len(left) + message.more, message.rung)
        intent = Intent(
            kind=KINDS[settings.channel],
            target=settings.mail or account_of(settings.webhook),
            action=f"{message.rung} {task.partition('/')[2]}",
            content=body(left, more=message.more, base=base, zone=zone),
            fields={"subject": title},
        )
        return Act(summary=title, intents=(intent,), result=TOLD)

    return Agent(
        name="herald",
        role="tells the operator what can't wait",
        capability="escalation",
        steps={TELL: tell},
        may_read=("event_now", "event", "queue", "effect", "task", "plan", "connector", "hold"),
        may_write=(),
        may_act=tuple(KINDS.values()),
    )
