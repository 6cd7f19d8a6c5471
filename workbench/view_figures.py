"""Figures as people read them: days, amounts that say when they are negative, and small tables of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from workbench.view_page import Markup, element, joined, money


def day(on: date | None, *, year: bool = False) -> str:
    """Return a day as `3 Oct`."""
    if on is None:
        return ""
    return f"{on.day} {on:%b %Y}" if year else f"{on.day} {on:%b}"


def figure(amount: Decimal | None, currency: str | None, *, unknown: str = "–") -> Markup:
    """Return an amount to stand in a table: a negative one is marked, one that nobody knows is a dash."""
    if amount is None:
        return element("span", unknown, class_="wb-unknown")
    return element("span", money(amount, currency), class_="wb-minus" if amount < 0 else "wb-plus")


Cell = str | Markup
AMOUNTS = tuple(f'<span class="wb-{kind}"' for kind in ("minus", "plus", "unknown"))


def figures(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, total: Sequence[Cell] = (), caption: str = ""
) -> Markup:
    """Return a table: texts to the left, amounts to the right; `total` is a last line that stands out."""
    lines = [*rows]
    numbers = [_is_amount([line[at] for line in [*lines, total] if line]) for at in range(len(heads))]

    def row(tag: str, cells: Sequence[Cell], class_: str = "") -> Markup:
        made = joined(
            element(tag, cell, class_="wb-number" if number else "wb-text")
            for cell, number in zip(cells, numbers, strict=True)
        )
        return element("tr", made, class_=class_) if class_ else element("tr", made)

    inside = [
        element("caption", caption) if caption else Markup(),
        element("thead", row("th", heads)),
        element("tbody", joined(row("td", line) for line in lines)),
        element("tfoot", row("td", total, "wb-total")) if total else Markup(),
    ]
    return element("div", element("table", joined(inside)), class_="wb-figures")


def _is_amount(column: Sequence[Cell]) -> bool:
    return any(isinstance(cell, Markup) and cell.text.startswith(AMOUNTS) for cell in column)
