"""A view is also a script and a file that marimo keeps in order."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.company import own_company
from workbench.founding import found
from workbench.view_page import PAGES
from workbench.views import VIEWS, views_folder

FILES = sorted(views_folder().glob("*.py"))
MAX_LINES = 150


def run(path: Path, company: Path | None) -> subprocess.CompletedProcess[str]:
    named = {} if company is None else {"WORKBENCH_COMPANY": str(company)}
    env = {**os.environ, **named}
    return subprocess.run(
        [sys.executable, str(path)], env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_file_is_a_page_and_every_page_a_file():
    assert {path.name for path in FILES} == set(VIEWS.values())
    assert tuple(VIEWS) == PAGES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
class TestView:
    def test_it_runs_on_a_company_at_work(self, path, demo):
        done = run(path, demo)
        assert (done.returncode, done.stderr) == (0, "")

    def test_it_runs_on_an_empty_company(self, path, tmp_path):
        found(tmp_path / "empty", demo=False)
        done = run(path, tmp_path / "empty")
        assert (done.returncode, done.stderr) == (0, "")

    def test_it_runs_where_there_is_no_company(self, path, tmp_path):
        for company in (tmp_path, None):
            done = run(path, company)
            assert (done.returncode, done.stderr) == (0, "")

    def test_it_runs_while_another_program_holds_the_company(self, path, tmp_path):
        found(tmp_path / "busy", demo=False)
        with own_company(tmp_path / "busy"):
            done = run(path, tmp_path / "busy")
        assert (done.returncode, done.stderr) == (0, "")

    def test_it_asks_a_question_and_is_short(self, path):
        text = path.read_text()
        assert ast.get_docstring(ast.parse(text)).endswith("?")
        assert len(text.splitlines()) < MAX_LINES

    def test_its_cells_have_names(self, path):
        cells = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        assert cells
        assert all(cell.name != "_" for cell in cells)


def test_marimo_finds_nothing_to_mend():
    check = [sys.executable, "-m", "marimo", "check", "--strict", *map(str, FILES)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
