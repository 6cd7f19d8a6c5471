"""One structured line for each operation, with its correlation id; never a payload, never a secret.

Lines go to the standard logger `opc_kernel` and so nowhere until a program attaches a handler.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from opc_kernel.errors import KernelError

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


@contextmanager
def operation(name: str, **facts: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - facts are plain values of any kind
    """Write one line when the block ends: its name, outcome, duration and facts; the block may add facts."""
    started = time.perf_counter()
    try:
        yield facts
    except KernelError as refusal:
        _lines.info(name, outcome=type(refusal).__name__, duration_ms=_since(started), **facts)
        raise
    except BaseException as error:
        _lines.error(name, outcome=type(error).__name__, duration_ms=_since(started), **facts)
        raise
    _lines.info(name, outcome="done", duration_ms=_since(started), **facts)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
