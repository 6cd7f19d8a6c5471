"""The models as one task may use them: on its account, and no further than its agent and its plan allow."""

from __future__ import annotations

from dataclasses import replace

from opc_kernel.models.port import Answer, ModelPort, NoModel, Shape, Use
from opc_kernel.models.prompt import In, Prompt
from opc_kernel.models.settings import TierName


class TaskModels:
    """A ModelPort that knows what it is used for."""

    def __init__(self, port: ModelPort, use: Use) -> None:
        self._port, self._use = port, use

    def text(
        self,
        prompt: Prompt[In, str],
        inputs: In,
        *,
        customer: str | None = None,
        tier: TierName | None = None,
    ) -> Answer[str] | NoModel:
        """See ModelPort; `customer` is whom it is done for."""
        return self._port.text(prompt, inputs, use=replace(self._use, customer=customer), tier=tier)

    def answer(
        self,
        prompt: Prompt[In, Shape],
        inputs: In,
        *,
        customer: str | None = None,
        tier: TierName | None = None,
    ) -> Answer[Shape] | NoModel:
        """See ModelPort; `customer` is whom it is done for."""
        return self._port.answer(prompt, inputs, use=replace(self._use, customer=customer), tier=tier)
