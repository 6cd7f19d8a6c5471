"""What stands behind the port: an endpoint answers one request with one reply, or fails and says what that cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from opc_kernel.errors import KernelError
from opc_kernel.models.settings import Tier

MAX_TOKENS = 10**9
"""More than any model takes: an endpoint that claims so is not believed any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a call took."""

    sent: int
    received: int

    def __post_init__(self) -> None:
        assert 0 <= self.sent <= MAX_TOKENS, f"{self.sent} tokens were sent"
        assert 0 <= self.received <= MAX_TOKENS, f"{self.received} tokens were received"


NOTHING = Tokens(sent=0, received=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request. `schema` is the JSON schema of the answer, None for plain text."""

    instructions: str
    words: str
    schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """What came back; `tokens` is None where the endpoint does not say."""

    text: str
    tokens: Tokens | None
    cut: bool = False
    """Whether it ends only because no more tokens were allowed."""


class EndpointFailed(KernelError):
    """An endpoint gave no answer. `tokens` is what it surely took, None where nobody knows.

    `wait_s` is how long it asks to be left alone.
    """

    def __init__(
        self,
        host: str,
        reason: str,
        *,
        transient: bool = True,
        tokens: Tokens | None = None,
        wait_s: float | None = None,
        todo: str = "",
    ) -> None:
        super().__init__(
            f"The model endpoint {host} gave no answer: {reason}.",
            todo or ("It may answer later." if transient else "See [models] in workbench.toml."),
        )
        self.host, self.reason = host, reason
        self.transient, self.tokens, self.wait_s = transient, tokens, wait_s


class ModelEndpoint(Protocol):
    """One model at one address."""

    def ask(self, request: ModelRequest) -> ModelReply:
        """Make exactly one call, within the tier's limits of time and tokens; nothing is retried in here.

        Raises EndpointFailed.
        """
        ...


OpenEndpoint = Callable[[Tier], ModelEndpoint]
