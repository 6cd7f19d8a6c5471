"""Notebooks on duty. In a job's notebook: `from workbench.jobs import begin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.jobs.run import begin

__all__ = ["begin"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds may be anything
    """Import on first use: the settings import this package, too."""
    if name == "begin":
        from workbench.jobs.run import begin

        return begin
    raise AttributeError(f"module 'workbench.jobs' has no attribute {name!r}")
