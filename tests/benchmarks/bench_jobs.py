"""What does a run cost beside bare papermill on the same notebook, and how much memory does `workbench up` keep?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks.figures import Figure, interleaved
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.jobs.finding import find_job
from workbench.jobs.runner import Runner
from workbench.jobs.schedule import Schedule

ROUNDS = 7
APPENDS, ANSWERS = 5_000, 2_000
"""A day of a busy company: events, and questions of pages and clients."""
CELLS = (
    ("markdown", "# Counts\n\nCounts.", []),
    ("code", 'mode = "sandbox"', ["parameters"]),
    ("code", "import json, pathlib, sqlite3\ntotal = sum(range(1_000_000))", []),
    ("code", "print(total)", []),
)
FINISH = (
    'from IPython.display import display\ndisplay({"application/vnd.workbench.result+json": '
    '{"summary": "done", "outputs": {}}}, raw=True)'
)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_RUNTIME_DIR"] = place
        folder = Path(place) / "acme"
        found(folder, demo=True)
        yield overhead(folder)
        yield from memory(folder)


def overhead(folder: Path) -> Figure:
    """The notebook opens no company: what is measured is our process, its checks, and what is stored."""
    path = folder / "jobs" / "counts.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps(notebook()))
    bare = [
        sys.executable,
        "-m",
        "papermill",
        "-p",
        "mode",
        "production",
        "--no-progress-bar",
        "-k",
        "python3",
    ]
    with own_company(folder) as company:
        job = find_job(folder, company.settings, "counts")
        schedule = Schedule(company)
        schedule.write_down()

        def ours() -> None:
            begun = schedule.begin("counts", schedule.request(job))
            assert begun is not None
            assert Runner(company).carry_out(begun).event_type == "job.completed"

        def peer() -> None:
            out = folder / "out.ipynb"
            subprocess.run(
                [*bare, path, out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

        peer()
        run, alone = interleaved(ROUNDS, ours, peer)
    return Figure(
        name="a run of a job, beside bare papermill on its notebook",
        ours=f"{run:.2f} s",
        peer=f"{alone:.2f} s",
        ratio=run / alone,
        goal="aim: under 1.1x;",
        reached=run / alone < 1.1,
    )


def memory(folder: Path) -> Iterator[Figure]:
    """`up` that nobody asked anything, and after a day's events and questions, beside the imports alone."""
    shutil.rmtree(folder / "jobs")
    imports = "import duckdb, marimo, uvicorn, starlette, faiss, time; time.sleep(5)"
    with subprocess.Popen([sys.executable, "-c", imports]) as empty:
        time.sleep(4)
        least = resident(empty)
    command = [
        sys.executable,
        "-P",
        "-m",
        "workbench",
        "up",
        "--no-browser",
        "--port",
        "0",
        "--company",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        up.stdout.readline()
        time.sleep(10)
        idle = resident(up)
        live_a_day(folder)
        time.sleep(5)
        busy = resident(up)
        up.terminate()
    yield size("workbench up, idle, beside its libraries alone", idle, least, 2.0)
    yield size("workbench up after a day of load, beside idle", busy, idle, 1.5)


def live_a_day(folder: Path) -> None:
    from opc_kernel.event import ANY_VERSION, Write
    from workbench.company import open_company
    from workbench.planning.events import WorkClarified

    with open_company(folder) as company:
        taker = Ingestion(company, folder, company.settings, actor="bench")
        for path in sorted(each for each in (folder / "inputs").rglob("*") if each.is_file()):
            taker.ingest(path)
        for at in range(0, APPENDS, 50):
            data = [WorkClarified(field="x", value=f"{each}" * 20, row="r") for each in range(at, at + 50)]
            writes = [Write(stream=f"work/{at}", data=each, actor="bench") for each in data]
            company.append(writes, expected={f"work/{at}": ANY_VERSION})
        for _ in range(ANSWERS):
            company.query("SELECT type, count(*) FROM event GROUP BY type ORDER BY type")


def resident(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> float:
    return psutil.Process(process.pid).memory_info().rss / 1e6


def size(name: str, ours: float, peer: float, aim: float) -> Figure:
    return Figure(
        name=name,
        ours=f"{ours:.0f} MB",
        peer=f"{peer:.0f} MB",
        ratio=ours / peer,
        goal=f"aim: under {aim:g}x;",
        reached=ours / peer < aim,
    )


def notebook() -> dict[str, object]:
    texts = (*CELLS, ("code", FINISH, []))
    cells = [
        {"cell_type": kind, "id": f"c{at}", "metadata": {"tags": tags}, "source": text}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for at, (kind, text, tags) in enumerate(texts)
    ]
    spec = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return {"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}
