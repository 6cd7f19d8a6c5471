"""Altair's charts in JupyterLab and VS Code without a network: drawn by the Vega that those bring along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

VEGA_LITE = "application/vnd.vegalite.v5+json"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
"""JupyterLab draws Vega-Lite 5; what altair writes is the same but for this name. Nothing is fetched from there."""
QUIET = {VEGA_LITE: {"embed_options": {"actions": False}}}
"""No menu that leads to an editor elsewhere."""

Bundle = tuple[dict[str, Any], dict[str, Any]]


def draw_offline(shell: InteractiveShell) -> None:
    """Show charts by what the notebook itself can draw; altair is not imported for it."""
    assert shell.display_formatter is not None, "a notebook shows things"
    shell.display_formatter.mimebundle_formatter.for_type_by_name(
        "altair.vegalite.v6.api", "TopLevelMixin", bundle
    )


def bundle(chart: Any, *_: object, **__: object) -> Bundle:  # noqa: ANN401 - a chart of altair's
    """Return a chart as a notebook's output."""
    spec = json.loads(
        json.dumps(chart.to_dict(), default=float)
    )  # exact amounts are drawn as the nearest number
    return {
        VEGA_LITE: {"background": "transparent", **spec, "$schema": SCHEMA},
        "text/plain": f"{type(chart).__name__} of altair",
    }, QUIET
