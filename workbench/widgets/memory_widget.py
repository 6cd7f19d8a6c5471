"""Memory as a widget: searched while one types, and one of those who are known chosen by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from workbench import view_memory as view
from workbench.company import Company
from workbench.widgets.script import file_text, script


class MemoryWidget(anywidget.AnyWidget):
    """Who is known and what was said, by words; `selected` is the stream of the one the operator chose."""

    _esm = script("memory.js")
    look = traitlets.Unicode(file_text("memory.css")).tag(sync=True)
    """Its style, which it brings along itself: marimo does not always take over `_css`."""

    found: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    kinds: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, company: Company, *, selected: str | None = None) -> None:
        self._company = company
        super().__init__(
            selected=selected or "", kinds=view.kinds(company), found=view.search(company, "", "")
        )
        self.on_msg(self._asked)

    def _asked(self, _: object, content: Mapping[str, Any], __: object) -> None:
        match content:
            case {"do": "search", "query": str(query), "kind": str(kind)}:
                self.found = {**view.search(self._company, query, kind), "asked": content.get("asked", 0)}
