"""Finding our table by its header, wherever a person moved it and whatever they call it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sheets_sync.errors import ColumnsWrong
from sheets_sync.schema import DECISION, HASH, KEY, Schema, tab_in

LINES = 20  # the header is looked for this far down: the operator may put lines above it


class Header(NamedTuple):
    """The line of a header, the tab it was made for, and the number of each column by name."""

    line: int
    tab: str
    columns: Mapping[str, int]


def find_header(
    lines: Mapping[int, Mapping[int, str]], schema: Schema, *, sheet: str, where: str, ours: bool = False
) -> Header | None:
    """Find it among the texts of the first lines, by line and column.

    Raises ColumnsWrong for a sheet that is ours but for a column, by its name, the column `decision` or other signs
    (`ours`).
    """
    line, titles = _titles(lines)
    missing = [column.title for column in schema.columns if column.title not in titles]
    twice = [column.title for column in schema.columns if len(titles.get(column.title, ())) > 1]
    if not missing and not twice:
        columns = {column.name: titles[column.title][0] for column in schema.columns}
        tab = tab_in(lines[line][columns[KEY.name]])
        return Header(line, tab or "", columns)
    if ours or sheet == schema.sheet or DECISION.title in titles:
        problem = f"is missing: {', '.join(missing)}" if missing else f"stands twice: {', '.join(twice)}"
        raise ColumnsWrong(where, f"in the sheet {sheet} a column {problem}")
    return None


def _titles(lines: Mapping[int, Mapping[int, str]]) -> tuple[int, dict[str, list[int]]]:
    """Return the line that bears the hidden headers, and the columns of each of its titles."""
    for line in sorted(lines):
        titles: dict[str, list[int]] = {}
        for number, text in lines[line].items():
            title = text.strip()
            titles.setdefault(title if tab_in(title) is None else KEY.title, []).append(number)
        if KEY.title in titles and HASH.title in titles:
            return line, titles
    return 0, {}
