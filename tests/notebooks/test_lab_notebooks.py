"""Every ready notebook runs from its first cell to its last: on a company at work, and on one that is new."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from workbench.company import open_company
from workbench.founding import found
from workbench.lab.charts import VEGA_LITE
from workbench.lab.ready import SHIPPED, lay_out

NAMES = sorted(path.stem for path in SHIPPED.glob("*.ipynb"))
CELL_S = 100


@pytest.fixture(scope="module")
def firms(demo, tmp_path_factory):
    """A company at work and a new one, each with its ready notebooks; no server serves them."""
    place = tmp_path_factory.mktemp("lab_firms")
    shutil.copytree(demo, place / "at_work")
    found(place / "new", demo=False)
    for name in ("at_work", "new"):
        lay_out(place / name)
    return place


def executed(folder, name: str, monkeypatch) -> nbformat.NotebookNode:
    """Run a notebook where it lies, as the lab's kernel would."""
    monkeypatch.setenv("WORKBENCH_COMPANY", str(folder))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    book = nbformat.read(folder / "notebooks" / f"{name}.ipynb", 4)
    client = NotebookClient(
        book,
        timeout=CELL_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder / "notebooks")}},
    )
    return client.execute()


def shown(book, kind: str) -> list:
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    return [output.data[kind] for output in outputs if kind in output.get("data", {})]


def printed(book) -> str:
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("firm", ["at_work", "new"])
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_without_an_error_and_without_a_warning(firms, firm, name, monkeypatch):
    book = executed(firms / firm, name, monkeypatch)
    assert "Warning" not in printed(book)
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")


@pytest.mark.timeout(300)
class TestWhatTheyShow:
    def test_sql_draws_its_chart_with_what_the_notebook_brings_along(self, firms, monkeypatch):
        book = executed(firms / "at_work", "sql", monkeypatch)
        (chart,) = shown(book, VEGA_LITE)
        assert len(next(iter(chart["datasets"].values()))) > 1
        assert not any("<script" in html for html in shown(book, "text/html"))

    def test_the_example_is_a_job_that_the_company_can_run(self, firms, monkeypatch):
        book = executed(firms / "at_work", "write_your_own_job", monkeypatch)
        assert (firms / "at_work" / "jobs" / "large_payments.ipynb").exists()
        assert "large_payments (sandbox" in printed(book)
        with open_company(firms / "at_work") as company:
            runs = company.query(
                "SELECT state, mode, outputs::VARCHAR FROM job_run WHERE job = 'large_payments'"
            )
        assert [(state, mode) for state, mode, _ in runs.rows][:1] == [("completed", "sandbox")]
        assert json.loads(runs.rows[0][2])["payments"] > 0

    def test_a_copy_that_the_operator_changed_stays(self, firms, monkeypatch):
        mine = firms / "new" / "jobs" / "large_payments.ipynb"
        mine.parent.mkdir(exist_ok=True)
        mine.write_text("mine")
        executed(firms / "new", "write_your_own_job", monkeypatch)
        assert mine.read_text() == "mine"
