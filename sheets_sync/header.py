"""Finding our table by its header, wherever a person moved it and whatever they call it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from sheets_sync.errors import ColumnsWrong
from sheets_sync.schema import DECISION, HASH, KEY, Schema, tab_in

LINES = 20  # the header is looked for this far down: the operator may put lines above it


Titles: TypeAlias = dict[str, list[int]]


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
    line, titles = _bearing_ours(lines)
    if not (problem := _problem(schema, titles)):
        columns = {column.name: titles[column.title][0] for column in schema.columns}
        tab = tab_in(lines[line][columns[KEY.name]])
        return Header(line, tab or "", columns)
    if ours or sheet == schema.sheet or DECISION.title in titles:
        problem = _problem(schema, titles or _nearest(lines, schema))
        raise ColumnsWrong(where, f"in the sheet {sheet} a column {problem}")
    return None


def _problem(schema: Schema, titles: Mapping[str, Sequence[int]]) -> str:
    missing = [column.title for column in schema.columns if column.title not in titles]
    twice = [column.title for column in schema.columns if len(titles.get(column.title, ())) > 1]
    if missing:
        return f"is missing: {', '.join(missing)}"
    return f"stands twice: {', '.join(twice)}" if twice else ""


def _bearing_ours(lines: Mapping[int, Mapping[int, str]]) -> tuple[int, Titles]:
    """Return the line that bears the hidden headers, and the columns of each of its titles."""
    for line in sorted(lines):
        titles = _titles(lines[line])
        if KEY.title in titles and HASH.title in titles:
            return line, titles
    return 0, {}


def _nearest(lines: Mapping[int, Mapping[int, str]], schema: Schema) -> Titles:
    """Return the titles of the line that comes nearest to a header of ours: what it lacks is what to put right."""
    wanted = {column.title for column in schema.columns}
    found = (_titles(lines[line]) for line in sorted(lines))
    return max(found, key=lambda titles: len(wanted & titles.keys()), default={})


def _titles(cells: Mapping[int, str]) -> Titles:
    titles: Titles = {}
    for number, text in cells.items():
        title = text.strip()
        titles.setdefault(title if tab_in(title) is None else KEY.title, []).append(number)
    return titles
