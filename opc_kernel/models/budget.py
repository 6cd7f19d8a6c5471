"""Budgets, pure: what a call may cost at most, and which cap it would pass."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from opc_kernel.flow.budget import Budget
from opc_kernel.models.call import cost_of, cost_text
from opc_kernel.models.prompt import Rendered
from opc_kernel.models.settings import EVERY_OTHER, Caps, Tier

FRAME_TOKENS = 500
"""What endpoints put around a request: roles, templates, the framing of a schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent before; a call under way counts with the most it may cost."""

    task_calls: int
    day_calls: int
    task: Decimal
    day: Decimal
    capability: Decimal
    customer: Decimal
    story_calls: int = 0
    story: Decimal = Decimal(0)


def most_tokens(rendered: Rendered) -> int:
    """Return more tokens than a request can have: no tokenizer makes more of a text than it has bytes."""
    return rendered.size_bytes + FRAME_TOKENS


def at_most(rendered: Rendered, tier: Tier) -> Decimal:
    """Return what a call costs at the very most."""
    return cost_of(most_tokens(rendered), tier.max_output_tokens, tier.prices)


def passed_cap(
    caps: Caps,
    spent: Spent,
    cost: Decimal,
    *,
    currency: str,
    capability: str,
    customer: str | None,
    allowed: Budget | None = None,
    story_allowed: Budget | None = None,
) -> str | None:
    """Return which cap one more call of this cost would pass, in words; None when there is room."""
    if spent.task_calls >= caps.calls_per_task:
        return f"the task has made its {caps.calls_per_task} calls"
    for whose_calls, budget, calls in (
        ("its agent", allowed, spent.task_calls),
        ("its plan", story_allowed, spent.story_calls),
    ):
        if budget is not None and calls >= budget.calls:
            return f"{whose_calls} may make {budget.calls} calls"
    if spent.day_calls >= caps.calls_per_day:
        return f"the day has had its {caps.calls_per_day} calls"
    limits = (
        ("one call", caps.call, Decimal(0)),
        ("a task", caps.task, spent.task),
        ("a day", caps.day, spent.day),
        (f"{capability} on a day", caps.capability.get(capability), spent.capability),
        (f"{customer} on a day", _of_customer(caps, customer), spent.customer),
        ("its agent's task", allowed.cost if allowed else None, spent.task),
        ("its plan", story_allowed.cost if story_allowed else None, spent.story),
    )
    for whose, cap, before in limits:
        if cap is not None and before + cost > Decimal(cap):
            return (
                f"it may cost {cost_text(cost)} {currency}; {cost_text(before)} of the {cap} {currency} "
                f"for {whose} are taken"
            )
    return None


def _of_customer(caps: Caps, customer: str | None) -> str | None:
    if customer is None:
        return None
    return caps.customer.get(customer, caps.customer.get(EVERY_OTHER))
