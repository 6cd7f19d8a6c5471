"""A model that follows a script: the twin of every endpoint, which keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from opc_kernel.models.endpoint import EndpointFailed, ModelReply, ModelRequest, Tokens
from opc_kernel.models.settings import Tier

BYTES_PER_TOKEN = 4

Line = str | dict[str, Any] | ModelReply | EndpointFailed | Callable[[ModelRequest], Any]


class ScriptedModel:
    """Answers with its lines one after the other, and with the last one again and again.

    A line is the text of the answer, an object to answer with, a whole reply, a failure, or a function of the request
    that returns one of these. Use the object itself as `endpoints`: it stands behind every tier.
    """

    def __init__(self, *script: Line) -> None:
        assert script, "a scripted model needs at least one line"
        self._script = list(script)
        self.asked: list[ModelRequest] = []
        self.tiers: list[Tier] = []

    def __call__(self, tier: Tier) -> ScriptedModel:
        """Be the endpoint of a tier."""
        self.tiers.append(tier)
        return self

    def ask(self, request: ModelRequest) -> ModelReply:
        """See ModelEndpoint."""
        self.asked.append(request)
        line = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return _reply(line(request) if callable(line) else line, request)


def _reply(line: Any, request: ModelRequest) -> ModelReply:  # noqa: ANN401 - a line of any kind
    match line:
        case EndpointFailed():
            raise line
        case ModelReply():
            return line
        case str():
            return ModelReply(text=line, tokens=_tokens(request, line))
        case _:
            return _reply(json.dumps(line), request)


def _tokens(request: ModelRequest, answer: str) -> Tokens:
    sent = len(request.instructions.encode()) + len(request.words.encode())
    return Tokens(sent=sent // BYTES_PER_TOKEN + 1, received=len(answer.encode()) // BYTES_PER_TOKEN + 1)
