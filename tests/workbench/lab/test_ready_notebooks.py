"""The ready notebooks are laid out once; what the operator made of them is never touched."""

from __future__ import annotations

import json
import stat

import nbformat
import pytest

from workbench.lab.errors import LabOpen
from workbench.lab.place import Mark, Place
from workbench.lab.ready import SHIPPED, lay_out, told

NAMES = {path.name for path in SHIPPED.glob("*.ipynb")}


@pytest.fixture
def shipped(tmp_path):
    """A folder of ready notebooks of which one can be changed."""
    place = tmp_path / "shipped"
    place.mkdir()
    write(place / "sql.ipynb", "SELECT 1")
    return place


@pytest.fixture
def firm(tmp_path):
    folder = tmp_path / "firm"
    folder.mkdir()
    return folder


def write(path, source: str) -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="only")])
    path.write_text(nbformat.writes(book))


def source(path) -> str:
    return nbformat.read(path, 4).cells[0].source


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestLayingOut:
    def test_all_come_into_a_folder_of_the_operators_alone(self, firm):
        laid = lay_out(firm)
        assert set(laid.new) == NAMES == {path.name for path in (firm / "notebooks").iterdir()}
        assert mode(firm / "notebooks") == 0o700
        assert {mode(path) for path in (firm / "notebooks").iterdir()} == {0o600}
        assert list(told(laid)) == [f"New in notebooks/: {', '.join(sorted(NAMES))}."]

    def test_a_folder_that_others_could_read_is_closed(self, firm):
        (firm / "notebooks").mkdir(mode=0o755)
        lay_out(firm)
        assert mode(firm / "notebooks") == 0o700

    def test_what_is_there_stays_byte_for_byte(self, firm, shipped):
        (firm / "notebooks").mkdir()
        mine = firm / "notebooks" / "sql.ipynb"
        write(mine, "mine")
        before = mine.read_bytes()
        laid = lay_out(firm, shipped=shipped)
        assert (laid.new, laid.outdated, mine.read_bytes()) == ((), (), before)
        assert list(told(laid)) == []

    def test_one_that_was_deleted_comes_again(self, firm, shipped):
        lay_out(firm, shipped=shipped)
        (firm / "notebooks" / "sql.ipynb").unlink()
        assert lay_out(firm, shipped=shipped).new == ("sql.ipynb",)

    def test_a_newer_one_is_told_and_not_copied_over_an_edited_one(self, firm, shipped):
        lay_out(firm, shipped=shipped)
        mine = firm / "notebooks" / "sql.ipynb"
        edited = nbformat.read(mine, 4)
        edited.cells[0].source = "SELECT 2"
        nbformat.write(edited, mine)
        assert lay_out(firm, shipped=shipped).outdated == ()
        write(shipped / "sql.ipynb", "SELECT 3")
        laid = lay_out(firm, shipped=shipped)
        assert (laid.new, laid.outdated, source(mine)) == ((), ("sql.ipynb",), "SELECT 2")
        assert next(told(laid)).startswith("A newer sql.ipynb is shipped; yours stays as it is.")

    @pytest.mark.parametrize(
        "content", ["", "{", "[]", '{"metadata": 1}', '{"metadata": {"workbench_shipped": 1}}']
    )
    def test_a_file_that_is_no_notebook_is_left_alone(self, firm, shipped, content):
        (firm / "notebooks").mkdir()
        (firm / "notebooks" / "sql.ipynb").write_text(content)
        assert lay_out(firm, shipped=shipped).outdated == ()

    def test_a_rule_of_a_job_stays_in_the_copy(self, firm):
        lay_out(firm)
        rule = json.loads((SHIPPED / "large_payments.ipynb").read_text())["metadata"]["workbench"]
        assert (
            json.loads((firm / "notebooks" / "large_payments.ipynb").read_text())["metadata"]["workbench"]
            == rule
        )


class TestShipped:
    @pytest.mark.parametrize("name", sorted(NAMES))
    def test_it_has_no_outputs_and_begins_with_its_purpose(self, name):
        book = nbformat.read(SHIPPED / name, 4)
        nbformat.validate(book)
        assert all(
            not cell.outputs and cell.execution_count is None
            for cell in book.cells
            if cell.cell_type == "code"
        )
        assert book.cells[0].cell_type == "markdown"
        assert book.cells[0].source.startswith("# ")


class TestOneLab:
    def test_a_second_one_is_told_where_the_first_is(self, firm):
        with Place(firm).held(Mark(url="http://127.0.0.1:8766", pid=7)):
            with pytest.raises(LabOpen) as caught, Place(firm).held(Mark(url="other", pid=8)):
                pass
            assert "already at http://127.0.0.1:8766, process 7" in caught.value.happened

    def test_after_the_end_another_may_begin(self, firm):
        for _ in range(2):
            with Place(firm).held(Mark(url="http://127.0.0.1:1", pid=1)):
                pass

    def test_a_mark_that_can_not_be_read_is_no_reason_to_fail_otherwise(self, firm):
        with Place(firm).held(Mark(url="http://127.0.0.1:1", pid=1)):
            (firm / "notebooks" / ".lab" / "open.json").write_text("{")
            with pytest.raises(LabOpen, match=r"already\."), Place(firm).held(Mark()):
                pass
