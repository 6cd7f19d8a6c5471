"""Answers of earlier calls: what the cache takes, and a port that has nothing else, so that a replay needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from opc_kernel.log.protocol import Queryable
from opc_kernel.models.port import Answer, NoModel, Shape, Use
from opc_kernel.models.prompt import AnswerUnreadable, In, Out, Prompt, Rendered
from opc_kernel.models.settings import Route, TierName
from opc_kernel.sql import load_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A question to a model that nobody asked before."""

    prompt: str
    version: int
    request: str


class RecordedModels:
    """A ModelPort that never asks a model; `missing` holds what it could not answer."""

    def __init__(self, company: Queryable) -> None:
        self._company = company
        self.missing: list[Missing] = []

    def text(
        self,
        prompt: Prompt[In, str],
        inputs: In,
        *,
        use: Use,  # noqa: ARG002 - nothing is paid for
        tier: TierName | None = None,  # noqa: ARG002 - whichever answered
        fresh: bool = False,  # noqa: ARG002 - there is nothing else
    ) -> Answer[str] | NoModel:
        """See ModelPort."""
        return self._find(prompt, inputs)

    def answer(
        self,
        prompt: Prompt[In, Shape],
        inputs: In,
        *,
        use: Use,  # noqa: ARG002 - nothing is paid for
        tier: TierName | None = None,  # noqa: ARG002 - whichever answered
        fresh: bool = False,  # noqa: ARG002 - there is nothing else
    ) -> Answer[Shape] | NoModel:
        """See ModelPort."""
        return self._find(prompt, inputs)

    def _find(self, prompt: Prompt[In, Out], inputs: BaseModel) -> Answer[Out] | NoModel:
        rendered = prompt.render(inputs)  # type: ignore[arg-type] # the callers' types say so
        found = recorded_answer(self._company, prompt, rendered)
        if found is not None:
            return found
        self.missing.append(
            Missing(prompt=prompt.name, version=prompt.version, request=rendered.digest),
        )
        return NoModel(
            cause="missing",
            reason=f"no answer is recorded for {prompt.name} {prompt.version}, request {rendered.digest[:10]}",
        )


def recorded_answer(
    company: Queryable, prompt: Prompt[In, Out], rendered: Rendered, route: Route | None = None
) -> Answer[Out] | None:
    """Return what was answered before to exactly this, by the route's model where one is named."""
    wanted: Mapping[str, Any] = {
        "request": rendered.digest,
        "model": route.tier.model if route else None,
        "host": route.tier.host if route else None,
    }
    found = company.query(load_sql("opc_kernel.models", "recorded"), **wanted).one()
    if found is None:
        return None
    try:
        value, _ = prompt.read(found["answer"])
    except AnswerUnreadable:
        return None  # what an answer must fit has changed since
    return Answer(value=value, model=found["model"], call=found["stream"], reused=True)
