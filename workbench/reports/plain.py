"""Markup as plain text: a report that is read in a terminal, in a mail or by a program says the same."""

from __future__ import annotations

from html.parser import HTMLParser

from opc_kernel.text import visible
from workbench.reports.dress import MARKS
from workbench.view_page import Markup

BLOCKS = ("div", "section", "p", "h2", "h3", "table", "dl", "pre", "details", "summary", "header")
BULLETS = ("-", *(mark.strip() for mark in MARKS.values()))
MAX_CELL_CHARS = 90
"""A longer cell does not make its column wider."""


def plain_text(made: Markup) -> str:
    """Return what Markup says, a line a block, tables with their columns under each other."""
    reader = _Reader()
    reader.feed(made.text)
    reader.close()
    reader.end_line()
    return visible("\n".join(reader.lines)).strip()


class _Reader(HTMLParser):
    """Collects the words of Markup, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._words = ""
        self._depth = 0
        self._rows: list[list[str]] = []
        self._numbers: set[int] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        match tag:
            case "h2":
                self.end_line()
                self.lines.append("")
            case "ul" | "ol":
                self.end_line()
                self._depth += 1
            case "li":
                self.end_line()
                self._words = next((mark for name, mark in MARKS.items() if name in classes), "- ")
            case "dt":
                self.end_line()
            case "tr":
                self.end_line()
                self._rows.append([])
            case "td" | "th" if "wb-number" in classes:
                self._numbers.add(len(self._rows[-1]))
            case "img":
                self.end_line()
                self.lines.append(f"[{given.get('alt', '')}]")
            case "small":
                self._words += " · " if self._words.strip() not in {"", *BULLETS} else ""
            case _ if tag in BLOCKS and self._words.strip() not in {"", *BULLETS}:
                self.end_line()

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "td" | "th":
                self._rows[-1].append(self._taken())
            case "dt":
                self._words += ": "
            case "table":
                self.lines += _table(self._rows, self._numbers)
                self._rows, self._numbers = [], set()
            case "ul" | "ol":
                self.end_line()
                self._depth -= 1
            case "li" | "dd" | "caption":
                self.end_line()
            case _ if tag in BLOCKS:
                self.end_line()

    def handle_data(self, data: str) -> None:
        self._words += data

    def end_line(self) -> None:
        """Put what was read so far on a line of its own."""
        if words := self._taken():
            depth = self._depth - words.startswith(BULLETS)
            self.lines.append("  " * max(depth, 0) + words)

    def _taken(self) -> str:
        words, self._words = " ".join(self._words.split()), ""
        return words


def _table(rows: list[list[str]], numbers: set[int]) -> list[str]:
    count = max((len(row) for row in rows), default=0)
    widths = [
        min(max((len(row[at]) for row in rows if at < len(row)), default=0), MAX_CELL_CHARS)
        for at in range(count)
    ]
    return [
        "  ".join(
            cell.rjust(widths[at]) if at in numbers else cell.ljust(widths[at]) for at, cell in enumerate(row)
        ).rstrip()
        for row in rows
        if row
    ]
