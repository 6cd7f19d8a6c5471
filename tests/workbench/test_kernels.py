"""Real Jupyter kernels read and append while `workbench up` serves: what nbclient wrote, nbval finds again."""

import shutil
import signal
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from test_processes import Server

CELLS = [
    "from workbench import open_company\ncompany = open_company({folder!r})\ntype(company.log).__name__",
    """
from opc_kernel.event import ANY_VERSION, Write
from workbench.capabilities.books.events import RateRecorded
rate = RateRecorded(base="USD", quote="EUR", rate="0.86", on="2026-01-01")
write = Write(stream="rate/USD-EUR-2026-01-01", data=rate, actor="notebook", event_id="from-a-notebook")
len(company.append([write], expected={{write.stream: ANY_VERSION}}).positions)
""",
    "company.query('SELECT base, quote, rate, rate_on FROM rate').df().to_dict('records')",
    "company.query(\"SELECT count(*) AS events FROM event WHERE actor = 'notebook'\")",
]


@pytest.fixture
def served(blank, tmp_path):
    folder = shutil.copytree(blank, tmp_path / "acme")
    server = Server(folder)
    yield folder
    server.kill(signal.SIGTERM)


def test_a_kernel_reads_and_appends_and_a_second_run_finds_the_same(served, tmp_path):
    cells = [nbformat.v4.new_code_cell(source.strip().format(folder=str(served))) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)

    NotebookClient(notebook, timeout=60).execute()
    nbformat.write(notebook, tmp_path / "notes.ipynb")
    again = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "--nbval",
            tmp_path / "notes.ipynb",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    shown = [cell.outputs[-1]["data"]["text/plain"] for cell in notebook.cells]
    assert shown[:2] == ["'ClientLog'", "1"]
    assert "0.86" in shown[2]
    assert "<table>" in notebook.cells[3].outputs[-1]["data"]["text/html"]
    assert again.returncode == 0, again.stdout
    assert "4 passed" in again.stdout
