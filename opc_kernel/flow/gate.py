"""The gate: before something leaves that can't be taken back, the operator sees it word for word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Proposal
from opc_kernel.effects.intent import EffectKind, Intent, Mode, Undo
from opc_kernel.flow.outcome import Act
from opc_kernel.flow.task import Task
from opc_kernel.money import Money, format_amount

WORST: tuple[Undo, ...] = ("undo", "soften", "none")
REHEARSAL = "Rehearsal: "
"""Every face of the queue shows the summary: nobody takes a rehearsal for the real thing."""


def needs_gate(intents: Sequence[Intent], kinds: Mapping[str, EffectKind], task: Task) -> bool:
    """Say whether the operator is asked first: what can't be undone always is, other kinds where somebody said so."""
    return any(
        kinds[intent.kind].undo == "none"
        or kinds[intent.kind].gated
        or intent.kind in task.required_approvals
        for intent in intents
    )


def gate(act: Act, kinds: Mapping[str, EffectKind], mode: Mode) -> Proposal:
    """Return the row that shows what would leave, whole. One that stands alone can be edited where its kind allows."""
    alone = act.intents[0] if len(act.intents) == 1 else None
    editable = alone is not None and kinds[alone.kind].editable
    heads = [_head(intent, kinds) for intent in act.intents]
    reason = "\n".join(line for line in (act.reason, *(heads if editable else ())) if line)
    return Proposal(
        summary=f"{REHEARSAL if mode == 'sandbox' else ''}{act.summary}",
        reason=reason,
        facts=act.facts,
        confidence=act.confidence,
        risk=act.risk,
        money=act.money or _money(act.intents),
        at_stake=act.at_stake,
        memories=act.memories,
        expires_at=act.expires_at,
        action=act.intents[0].kind,
        content=alone.content if editable and alone else "\n\n".join(_whole(act.intents, heads)),
        editable=editable,
        undo=max((kinds[intent.kind].undo for intent in act.intents), key=WORST.index),
        mode=mode,
        effects=act.intents,
    )


def approved(row: QueueRow) -> tuple[Intent, ...]:
    """Return what was approved: the intents that were shown, with the operator's words where they edited them."""
    if row.decision != "edit":
        return row.effects
    (alone,) = row.effects
    return (alone.model_copy(update={"content": row.answer}),)


def _head(intent: Intent, kinds: Mapping[str, EffectKind]) -> str:
    """Say what one intent does, to whom, and with what beside its words."""
    lines = [f"{kinds[intent.kind].does} → {intent.target} ({intent.action})"]
    lines += [f"{name}: {_plain(value)}" for name, value in intent.fields.items()]
    lines += [f"amount: {intent.money.amount} {intent.money.currency}"] if intent.money else []
    return "\n".join(lines)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _whole(intents: Sequence[Intent], heads: Sequence[str]) -> Iterator[str]:
    for intent, head in zip(intents, heads, strict=True):
        yield f"{head}\n\n{intent.content}" if intent.content else head


def _money(intents: Sequence[Intent]) -> Money | None:
    """Return what they move together, where it is of one currency."""
    moved = [intent.money for intent in intents if intent.money is not None]
    if not moved or len({money.currency for money in moved}) != 1:
        return None
    total = sum((money.decimal for money in moved), Decimal())
    return Money(amount=format_amount(total), currency=moved[0].currency)
