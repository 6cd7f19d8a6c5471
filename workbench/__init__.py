"""The workbench of a company of one person. In a notebook: `from workbench import open_company`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from workbench.company import open_company

__all__ = ["open_company"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make `%opc` and `%%opc` known: what `%load_ext workbench` calls."""
    from workbench.magic import load

    load(shell)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds may be anything
    """Import on first use: every command of the shell imports this package, too."""
    if name == "open_company":
        from workbench.company import open_company

        return open_company
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
