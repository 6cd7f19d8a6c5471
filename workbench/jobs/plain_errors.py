"""Errors that say what happened and what to do need no traceback: a notebook shows these two lines of them."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from opc_kernel.errors import KernelError


def tell_plainly() -> None:
    """Let the notebook this runs in show the kernel's own errors in words; outside of one, do nothing."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((KernelError,), _tell)  # type: ignore[no-untyped-call]  # IPython has no types


def _tell(
    shell: Any,  # noqa: ANN401 - IPython has no types
    kind: type[KernelError],
    error: KernelError,
    trace: TracebackType,  # noqa: ARG001 - IPython's own signature
    tb_offset: int | None = None,  # noqa: ARG001 - IPython's own signature
) -> list[str]:
    lines = [f"{kind.__name__}: {error.happened}", error.todo]
    shell._showtraceback(kind, error, lines)  # noqa: SLF001 - there is no other way to show an error as one
    return lines
