"""How long does a command take beside an empty Python start?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure, interleaved

ROUNDS = 7
WORKBENCH = str(Path(sys.executable).with_name("workbench"))


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        company = str(Path(folder) / "acme")
        run(WORKBENCH, "init", company, "--demo")
        run(WORKBENCH, "ingest", "--company", company, f"{company}/inputs")
        run(WORKBENCH, "work", "--until-idle", "--company", company)
        empty, help_page, queue = interleaved(
            ROUNDS,
            lambda: run(sys.executable, "-c", "pass"),
            lambda: run(WORKBENCH, "--help"),
            lambda: run(WORKBENCH, "queue", "list", "--company", company),
        )
    yield figure("workbench --help, beyond an empty Python", help_page, empty, 0.3)
    yield figure("workbench queue list (11 rows), beyond an empty Python", queue, empty, 1.0)


def figure(name: str, ours: float, empty: float, aim_s: float) -> Figure:
    return Figure(
        name=name,
        ours=f"{ours * 1000:.0f} ms",
        peer=f"{empty * 1000:.0f} ms",
        ratio=ours / empty,
        goal=f"aim: at most {aim_s:g} s more;",
        reached=ours - empty <= aim_s,
    )


def run(*command: str) -> None:
    subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, env={**os.environ, "WORKBENCH_LOG": os.devnull}
    )
