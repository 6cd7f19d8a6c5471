"""The lines of a month as a widget: filtered in the browser, one of them selected by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

HERE = Path(__file__).parent


class LinesWidget(anywidget.AnyWidget):
    """Lines as `view_books.lines` makes them; `selected` is the stream of the one the operator chose."""

    _esm = HERE / "lines.js"
    _css = HERE / "lines.css"

    lines: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        super().__init__(lines=[*lines])
