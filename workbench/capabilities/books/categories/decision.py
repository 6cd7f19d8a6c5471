"""A past decision: which category the operator gave a payment. What was done without the operator is none."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.transfers import OWN_TRANSFER

OTHER = "other"
"""What the operator calls a payment that is nothing of what was named."""
NEVER_GUESSED = frozenset({OTHER, OWN_TRANSFER})
"""`other` says what a payment is not, and a transfer needs its other side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A payment and the category that the operator gave it; `event_id` is the decision's."""

    payment: Payment
    category: str
    event_id: str
