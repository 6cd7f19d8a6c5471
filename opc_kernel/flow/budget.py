"""Budgets: what a plan or an agent may spend on models before anybody is asked."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from opc_kernel.money import AmountText


class Budget(BaseModel):
    """What may be spent on models, in all; nothing by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = Field(default=0, ge=0)
    cost: AmountText = "0.00"
    """In the base currency."""

    @property
    def is_nothing(self) -> bool:
        """Whether no model may be asked."""
        return self.calls == 0


NO_MODELS = Budget()
