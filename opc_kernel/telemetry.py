"""One structured line for each operation, with its correlation id; never a payload, never a secret.

Lines go to the standard logger `opc_kernel` and so nowhere until a program attaches a handler.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog

from opc_kernel.errors import KernelError
from opc_kernel.ids import new_id

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

LOGGER = "opc_kernel"

logging.getLogger(LOGGER).addHandler(logging.NullHandler())

_lines = structlog.wrap_logger(
    logging.getLogger(LOGGER),
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ],
)


def note(operation: str, **facts: Any) -> None:  # noqa: ANN401 - facts are plain values of any kind
    """Write one line about something that happened."""
    _lines.info(operation, **facts)


def warn(operation: str, **facts: Any) -> None:  # noqa: ANN401 - facts are plain values of any kind
    """Write one line about something the operator should look at."""
    _lines.warning(operation, **facts)


def note_retries() -> None:
    """Let stamina's retries be lines of ours; by itself it prints them where structlog is installed."""
    import stamina.instrumentation

    stamina.instrumentation.set_on_retry_hooks([_note_retry])


def _note_retry(details: RetryDetails) -> None:
    note("retry", attempt=details.retry_num, wait_s=details.wait_for, reason=str(details.caused_by))


_story: ContextVar[str | None] = ContextVar("opc_kernel_story", default=None)


@contextmanager
def operation(name: str, *, correlation_id: str | None = None, **facts: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - facts are plain values of any kind
    """Write one line when the block ends: its name, outcome, duration and facts; the block may add facts.

    Without a correlation id it belongs to the story of the operation around it, or begins one.
    """
    started = time.perf_counter()
    facts["correlation_id"] = correlation_id or _story.get() or new_id()
    token = _story.set(facts["correlation_id"])
    write, outcome = _lines.info, "done"
    try:
        yield facts
    except KernelError as refusal:
        outcome = type(refusal).__name__
        raise
    except BaseException as error:
        write, outcome = _lines.error, type(error).__name__
        raise
    finally:
        _story.reset(token)
        write(name, outcome=outcome, duration_ms=_since(started), **facts)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
