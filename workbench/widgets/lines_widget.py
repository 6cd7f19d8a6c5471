"""The lines of a month as a widget: filtered in the browser, one of them selected by mouse or keyboard."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from workbench.widgets.script import file_text, script


class LinesWidget(anywidget.AnyWidget):
    """Lines as `view_books.lines` makes them; `selected` is the stream of the one the operator chose."""

    _esm = script("lines.js")
    look = traitlets.Unicode(file_text("lines.css")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    lines: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, *, selected: str | None = None) -> None:
        super().__init__(selected=selected or "")
