"""One model behind one address, through pydantic-ai: exactly one call each time, with an end in time and in bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING, Any

from opc_kernel.errors import KernelError
from opc_kernel.models.endpoint import (
    MAX_TOKENS,
    NOTHING,
    EndpointFailed,
    ModelReply,
    ModelRequest,
    Tokens,
)
from opc_kernel.models.settings import Tier

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters
    from pydantic_ai.settings import ModelSettings

    from workbench.connectors.models.bounds import Bounds

NO_KEY = "none"
"""What is sent to an endpoint of our own that wants no key: without it the library would look for another's."""
GRACE_S = 5.0
"""So long after its time a call may take to end by itself; then it is left to itself."""
TRANSIENT = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
NOT_AUTHORISED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

FindKey = Callable[[str], str | None]
"""Returns the key that is kept for a host, and for no other."""


class HttpEndpoint:
    """A ModelEndpoint. `local` is whether it is the company's own: it may do without a key, and no proxy sees it."""

    def __init__(self, tier: Tier, *, local: bool, find_key: FindKey) -> None:
        self._tier = tier
        self._local = local
        self._find_key = find_key

    def ask(self, request: ModelRequest) -> ModelReply:
        """See ModelEndpoint."""
        from workbench.connectors.models.bounds import (
            Bounds,
        )  # it brings an HTTP library, which takes its time

        key, bounds = self._key(), Bounds()
        try:
            response = _apart(self._call(request, key, bounds), self._tier.timeout_s + GRACE_S)
        except Exception as error:  # noqa: BLE001 - the border: on hostile bytes libraries raise anything
            raise self._told(
                error, bounds
            ) from None  # their words hold addresses, keys and whatever was answered
        return _reply(response)

    def _key(self) -> str:
        try:
            key = self._find_key(self._tier.host)
        except KernelError as error:
            raise self._failed(error.happened, todo=error.todo) from None
        if key is None and not self._local:
            raise self._failed("there is no key for it", todo=self._connect())
        return key or NO_KEY

    async def _call(self, request: ModelRequest, key: str, bounds: Bounds) -> ModelResponse:
        from pydantic_ai.direct import model_request
        from pydantic_ai.messages import ModelRequest as Message

        async with asyncio.timeout(self._tier.timeout_s), bounds.client(trust_env=not self._local) as client:
            return await model_request(
                self._model(key, client),
                [Message.user_text_prompt(request.words, instructions=request.instructions)],
                model_settings=self._limits(),
                model_request_parameters=self._shape(request),
                instrument=False,
            )

    def _model(self, key: str, client: Any) -> Model:  # noqa: ANN401 - httpx2's client, which has one door
        match self._tier.api:
            case "openai":
                from workbench.connectors.models.openai_chat import openai_model

                return openai_model(self._tier, key, client)
            case "anthropic":
                from workbench.connectors.models.anthropic_messages import anthropic_model

                return anthropic_model(self._tier, key, client)

    def _limits(self) -> ModelSettings:
        return {"max_tokens": self._tier.max_output_tokens, "timeout": self._tier.timeout_s, "max_retries": 0}

    def _shape(self, request: ModelRequest) -> ModelRequestParameters:
        """Send the schema along where the endpoint takes one; the instructions hold it either way."""
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition

        if request.schema is None or self._tier.structured == "prompt" or self._tier.api != "openai":
            return ModelRequestParameters()
        shape = OutputObjectDefinition(json_schema=request.schema, name="answer")
        return ModelRequestParameters(output_mode="native", output_object=shape)

    def _told(self, error: Exception, bounds: Bounds) -> EndpointFailed:
        """Say what went wrong, in words of our own."""
        match error:
            case ImportError():
                return self._failed(
                    f"the library for {self._tier.api} is not installed",
                    todo=f"Install it: pip install 'workbench-opc[{self._tier.api}]'",
                )
            case _ if bounds.broken is not None:
                return self._failed(bounds.broken, tokens=None)
            case _ if not bounds.connected:
                return self._failed("no connection", transient=True)
            case _ if not HTTPStatus.OK <= bounds.status < HTTPStatus.MULTIPLE_CHOICES:
                return self._refused(bounds.status, bounds.wait_s)
            case TimeoutError():
                return self._failed(
                    f"not within {self._tier.timeout_s:g} s (timeout_s)", transient=True, tokens=None
                )
            case _:
                return self._failed(f"what came is no answer ({type(error).__name__})", tokens=None)

    def _refused(self, status: int, wait_s: float | None) -> EndpointFailed:
        transient = status in TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        todo = self._connect() if status in NOT_AUTHORISED else ""
        return self._failed(f"it said {_name(status)}", transient=transient, wait_s=wait_s, todo=todo)

    def _failed(
        self,
        reason: str,
        *,
        transient: bool = False,
        tokens: Tokens | None = NOTHING,
        wait_s: float | None = None,
        todo: str = "",
    ) -> EndpointFailed:
        return EndpointFailed(
            self._tier.host, reason, transient=transient, tokens=tokens, wait_s=wait_s, todo=todo
        )

    def _connect(self) -> str:
        return f"Keep its key with 'workbench model connect {self._tier.host}'."


def _apart(call: Coroutine[Any, Any, ModelResponse], within_s: float) -> ModelResponse:
    """Run a call in a thread and a loop of its own: our callers may have a loop, and a name may resolve for ever."""
    done: Future[ModelResponse] = Future()
    Thread(target=_run, args=(call, done), name="model call", daemon=True).start()
    return done.result(within_s)


def _run(call: Coroutine[Any, Any, ModelResponse], done: Future[ModelResponse]) -> None:
    try:
        done.set_result(asyncio.run(call))
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it
        done.set_exception(error)


def _reply(response: ModelResponse) -> ModelReply:
    """Take the text alone: a tool that is called is nothing here, and thoughts are none of the answer."""
    from pydantic_ai.messages import TextPart

    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    return ModelReply(text=text, tokens=_tokens(response), cut=response.finish_reason == "length")


def _tokens(response: ModelResponse) -> Tokens | None:
    """Return what the endpoint says it took; None where it says nothing, or nothing that can be."""
    sent, received = response.usage.input_tokens, response.usage.output_tokens
    if sent <= 0 or received < 0:
        return None
    return Tokens(sent=min(sent, MAX_TOKENS), received=min(received, MAX_TOKENS))


def _name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
