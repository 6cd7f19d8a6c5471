"""JupyterLab, a papermill job, shells, `workbench up` and plain programs at once, servers killed under them.

Nothing that was acknowledged is lost, nothing stands twice, every version has one winner, no reading goes back.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from workbench.address import read_address
from workbench.company import company_id, own_company

HERE = Path(__file__).parent
WORKBENCH = [sys.executable, "-P", "-m", "workbench"]
NOTEBOOK = """
import sys, json
sys.path.insert(0, {here!r})
from together_life import live
for line in live({folder!r}, {name!r}, {seconds}):
    print(json.dumps(line))
"""
KERNEL = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=None).execute()
nbformat.write(notebook, sys.argv[2])
"""
JOB = "import sys, papermill; papermill.execute_notebook(sys.argv[1], sys.argv[2], progress_bar=False)"
SHELL = """
import subprocess, sys, time
ends, codes = time.monotonic() + float(sys.argv[1]), []
while time.monotonic() < ends:
    done = subprocess.run(sys.argv[2:], capture_output=True, text=True)
    codes.append(done.returncode)
    if done.returncode not in (0, 3):
        print(done.stderr, file=sys.stderr)
        sys.exit(f"exit code {done.returncode}")
print(len(codes))
"""
PATIENCE_S = 60  # a busy machine needs longer until a server is there to be killed


class Together:
    """Eight programs on one company for some seconds, and what they were told."""

    def __init__(self, folder, work, seconds):
        self.folder, self.work, self.seconds = folder, work, seconds
        self.kills = 0
        self.told = []

    def run(self, chance, kill_every_s):
        children = self.started()
        ends = time.monotonic() + self.seconds
        while (left := ends - time.monotonic()) > 0 or not self.kills:
            assert left > -PATIENCE_S, "no server could be killed"
            time.sleep(min(max(left, 0.2), chance.uniform(0.5, 1.5) * kill_every_s))
            self.kill_the_server()
            if self.up.poll() is not None:
                self.up = self.start(
                    "up", *WORKBENCH, "up", "--port", "0", "--no-browser", "--company", self.folder
                )
        for child in children:
            assert child.wait(90) == 0, (self.work / f"{child.name}.err").read_text()[-3000:]
        self.up.terminate()
        self.up.wait(30)
        self.told = [
            line for name in ("a", "b", "c") for line in self.lines((self.work / f"{name}.out").read_text())
        ]
        for name in ("lab", "job"):
            notebook = nbformat.read(self.work / f"{name}.done.ipynb", 4)
            said = "".join(
                output["text"] for output in notebook.cells[0].outputs if output.output_type == "stream"
            )
            self.told += self.lines(said)

    def started(self):
        command = ["--company", self.folder]
        self.up = self.start("up", *WORKBENCH, "up", "--port", "0", "--no-browser", *command)
        appenders = [
            self.start(name, sys.executable, HERE / "together_life.py", self.folder, name, str(self.seconds))
            for name in ("a", "b", "c")
        ]
        notebooks = [self.notebook("lab", KERNEL), self.notebook("job", JOB)]
        shells = [
            self.start(name, sys.executable, "-c", SHELL, str(self.seconds), *WORKBENCH, *arguments, *command)
            for name, arguments in (
                ("sql", ["sql", "SELECT max(position) FROM event"]),
                ("queue", ["queue", "list", "--json"]),
            )
        ]
        return [*appenders, *notebooks, *shells]

    def notebook(self, name, runner):
        source = NOTEBOOK.format(here=str(HERE), folder=str(self.folder), name=name, seconds=self.seconds)
        path = self.work / f"{name}.ipynb"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
        cells = [nbformat.v4.new_code_cell(source)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
        return self.start(name, sys.executable, "-c", runner, path, self.work / f"{name}.done.ipynb")

    def start(self, name, *command):
        with (self.work / f"{name}.out").open("ab") as out, (self.work / f"{name}.err").open("ab") as err:
            child = subprocess.Popen(command, stdout=out, stderr=err)
        child.name = name
        return child

    def kill_the_server(self):
        address = read_address(company_id(self.folder), self.folder)
        if address is not None:
            with suppress(ProcessLookupError):
                os.kill(address.pid, signal.SIGKILL)
                self.kills += 1
            if address.pid == self.up.pid:
                self.up.wait(10)

    def lines(self, text):
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def check(together):
    """Hold what the programs were told against what the log stores; return what happened."""
    with own_company(together.folder) as company:
        stored = {event.event_id: (event.position, event.stream, event.version) for event in company.read()}
        assert sorted(position for position, _, _ in stored.values()) == list(range(1, len(stored) + 1))
        assert company.log.verify().findings == ()
        assert not any(company.log.differences().values())
    appends = [line for line in together.told if "ids" in line]
    acknowledged = [
        (one, at) for line in appends for one, at in zip(line["ids"], line["positions"], strict=True)
    ]
    assert [one for one, at in acknowledged if stored[one][0] != at] == [], "acknowledged and not there"
    assert max(Counter(one for one, _ in acknowledged).values()) == 1
    winners = Counter((line["stream"], line["version"]) for line in appends if "stream" in line)
    assert max(winners.values()) == 1, "a version with two winners"
    for line in appends:
        if "stream" in line:
            assert stored[line["ids"][0]][1:] == (line["stream"], line["version"])
    assert all(line["actual"] > line["expected"] for line in together.told if "lost" in line)
    never_back(together.told)
    return happened(together, appends)


def never_back(told):
    """What a program has seen, it sees again: its own appends and its earlier readings."""
    seen = defaultdict(int)
    for line in told:
        if "read" in line:
            assert line["read"] >= seen[line["by"]], "a reading went back"
        seen[line["by"]] = max(seen[line["by"]], line.get("read", 0), *line.get("positions", [0]))


def happened(together, appends):
    took = sorted(line["took_s"] for line in appends)
    by = Counter(line["by"] for line in appends if line["by"] in ("a", "b", "c"))
    return {
        "kills": together.kills,
        "appends": len(appends),
        "repeated": sum(line["repeated"] for line in appends),
        "conflicts": sum("lost" in line for line in together.told),
        "median_ms": round(1000 * took[len(took) // 2]),
        "p99_ms": round(1000 * took[int(0.99 * len(took))]),
        "longest_s": round(took[-1], 1),
        "least_of_mean": round(min(by.values()) / (sum(by.values()) / 3), 2),
        "shells": [int((together.work / f"{name}.out").read_text() or 0) for name in ("sql", "queue")],
    }


@pytest.fixture
def folder(blank, tmp_path):
    return shutil.copytree(blank, tmp_path / "acme")


def test_eight_programs_go_on_while_their_servers_are_killed(folder, tmp_path):
    together = Together(folder, tmp_path, seconds=8)
    together.run(random.Random(20261122), kill_every_s=3)

    figures = check(together)

    assert figures["kills"] >= 1, figures
    assert figures["appends"] >= 50, figures
    assert figures["conflicts"] >= 1, figures
    assert min(figures["shells"]) >= 1, figures


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_c1_eight_programs_for_minutes(folder, tmp_path, fresh_seed, told):
    together = Together(folder, tmp_path, seconds=float(os.environ.get("SOAK_SECONDS", "240")))
    together.run(random.Random(fresh_seed), kill_every_s=5)

    figures = check(together)

    told(figures)
    assert figures["kills"] >= 20, figures
    assert figures["appends"] >= 2_000, figures
    assert figures["repeated"] >= 1, "no kill came between a commit and its acknowledgement"
    assert figures["least_of_mean"] >= 0.5, "somebody starved"
