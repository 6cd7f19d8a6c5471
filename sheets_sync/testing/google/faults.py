"""What can go wrong between a client and Google: refusals, broken connections, answers that get lost."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import msgspec

from sheets_sync.testing.google.calls import Call
from sheets_sync.testing.google.errors import ApiError, QuotaExceeded

MAX_LATE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens instead of the right answer, or to it.

    A fault with `after` lets the call do its work first, so that a change is made and its answer lost.
    """

    status: int = 0
    body: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    reset: bool = False
    """The connection is torn down without an answer."""
    truncated: bool = False
    """The right answer ends in the middle."""
    late_s: float = 0.0
    """The right answer comes that much later, at most MAX_LATE_S."""

    @property
    def replaces(self) -> bool:
        """Whether the client sees something else than the right answer."""
        return self.reset or self.status > 0


def _refused(refusal: ApiError, **headers: str) -> Fault:
    return Fault(status=refusal.code, body=msgspec.json.encode(refusal.body), headers=headers)


def rate_limited(retry_after_s: int | None = None) -> Fault:
    """429, with or without a Retry-After."""
    refusal = QuotaExceeded("Read requests", " per user")
    return _refused(refusal, **({} if retry_after_s is None else {"Retry-After": str(retry_after_s)}))


def late(seconds: float) -> Fault:
    """The right answer, but late."""
    return Fault(late_s=min(seconds, MAX_LATE_S))


def lost(fault: Fault) -> Fault:
    """The same fault, but the change was made."""
    return Fault(
        status=fault.status,
        body=fault.body,
        content_type=fault.content_type,
        headers=fault.headers,
        reset=fault.reset,
        after=True,
    )


_HTML = (
    b"<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n"
    b"<p><b>502.</b> The server encountered a temporary error and could not complete your request.\n"
    b"<p>Please try again in 30 seconds.\n</html>\n"
)

SERVER_ERROR = _refused(ApiError(500, "INTERNAL", "Internal error encountered."))
UNAVAILABLE = _refused(ApiError(503, "UNAVAILABLE", "The service is currently unavailable."))
BAD_GATEWAY = Fault(status=502, body=_HTML, content_type="text/html; charset=UTF-8")
RESET = Fault(reset=True)
TRUNCATED = Fault(truncated=True)
LOST_ANSWER = lost(SERVER_ERROR)
LOST_CONNECTION = lost(RESET)


@dataclass(slots=True, kw_only=True)
class Rule:
    """When a fault happens: at calls by number, or whenever `when` says so, at most `times`."""

    fault: Fault
    numbers: Collection[int] = ()
    when: Callable[[Call], bool] | None = None
    times: int | None = None

    def meets(self, call: Call) -> bool:
        """Say whether it happens now, and count it."""
        if self.times == 0 or not (
            call.number in self.numbers or (self.when is not None and self.when(call))
        ):
            return False
        if self.times is not None:
            self.times -= 1
        return True
