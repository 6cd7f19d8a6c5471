"""The lines of a month as a widget: filtered in the browser, one of them selected by mouse or keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

HERE = Path(__file__).parent


class LinesWidget(anywidget.AnyWidget):
    """Lines as `view_books.lines` makes them; `selected` is the stream of the one the operator chose."""

    _esm = HERE / "lines.js"
    look = traitlets.Unicode((HERE / "lines.css").read_text(encoding="utf-8")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    lines: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, selected: str | None = None) -> None:
        super().__init__(selected=selected or "")
