"""Every payload through every text column of a Google spreadsheet: no cell is a formula, each comes back as it was."""

import pytest
from google_world import GoogleWorld
from injections import ALL
from sheet_examples import SCHEMA, proposal

from sheets_sync.google.table import STATUSES
from sheets_sync.schema import STATUS


@pytest.fixture(scope="module")
def world():
    items = (
        proposal(number, cells={"title": text, "content": text}, status=text, choices=(text,))
        for number, text in enumerate(ALL)
    )
    world = GoogleWorld(*items)
    world.sync()
    yield world
    world.close()


def cells(world, tab):
    return [(place, cell) for row in world.file.tab(tab).rows for place, cell in row.cells.items()]


def test_no_cell_is_a_formula_but_the_look_up_of_a_status(world):
    status = next(at for at, column in enumerate(SCHEMA.columns) if column.name == STATUS.name)
    formulas = {(place, cell.formula) for place, cell in cells(world, SCHEMA.sheet) if cell.formula}

    assert [place for place, _ in formulas] == [status]
    assert not any(cell.formula for _, cell in cells(world, STATUSES))


def test_every_text_comes_back_as_it_was(world):
    assert world.sync().added == 0, "every row is known again"
    assert world.content("title") == [text or None for text in ALL]
    assert world.content("content") == [text or None for text in ALL]


def test_a_text_that_looks_like_a_formula_is_no_decision_and_no_harm_in_a_note(world):
    line = 1
    place = {column.name: at for at, column in enumerate(SCHEMA.columns)}
    world.hand.type_in(SCHEMA.sheet, line, place["decision"], "'=approve")
    world.hand.type_in(SCHEMA.sheet, line, place["note"], "'=1+1")

    (conflict,) = world.sync().conflicts

    assert conflict.key == "proposal/0"
    assert not world.words()
