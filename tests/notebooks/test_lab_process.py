"""`workbench lab` as a process: what it says, what it refuses, and that no kernel outlives it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import psutil
import pytest
from lab_serving import open_lab
from serving import MAIN
from test_guard import knock
from test_lab_guard import pass_of

from workbench.founding import found

FAILED = 1
LATEST_S = 15


@pytest.fixture
def firm(tmp_path, runtime):
    folder = tmp_path / "firm"
    found(folder, demo=False)
    return folder


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, "lab", "--no-browser", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def started_kernels(lab, count: int) -> list[psutil.Process]:
    for _ in range(count):
        assert knock(lab, "POST", "/api/kernels", pass_of(lab)).status == 201
    kernels = psutil.Process(lab.process.pid).children(recursive=True)
    assert sum("ipykernel_launcher" in " ".join(each.cmdline()) for each in kernels) == count
    return kernels


class TestEnd:
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
    def test_its_kernels_end_with_it(self, firm, tmp_path, how):
        lab = open_lab(firm, tmp_path, TMPDIR=str(tmp_path))  # what it leaves behind lies there
        kernels = started_kernels(lab, 2)
        code = lab.stop(how)
        assert psutil.wait_procs(kernels, timeout=LATEST_S)[1] == []
        assert code == (-signal.SIGKILL if how == signal.SIGKILL else 0)
        assert how == signal.SIGKILL or list(tmp_path.glob("workbench-lab-*")) == []

    def test_after_a_kill_it_opens_again(self, firm, tmp_path):
        open_lab(firm, tmp_path).stop(signal.SIGKILL)
        assert open_lab(firm, tmp_path).stop() == 0


class TestWords:
    def test_it_says_what_is_new_and_prints_the_link(self, firm, tmp_path):
        lab = open_lab(firm, tmp_path)
        lab.stop()
        said = lab.output.read_text().splitlines()
        assert said[0].startswith("New in notebooks/: ")
        assert said[1] == f"The lab is open at {lab.base}/lab?token={lab.token}"
        assert said[2].startswith("This link is your key")
        again = open_lab(firm, tmp_path)
        again.stop()
        assert again.output.read_text().startswith("The lab is open at ")

    def test_a_second_one_for_the_same_company_is_refused(self, firm, tmp_path):
        lab = open_lab(firm, tmp_path)
        done = command("--company", str(firm))
        lab.stop()
        assert (done.returncode, done.stdout) == (FAILED, "")
        assert f"A lab is open for {firm} already at {lab.base}, process {lab.process.pid}." in done.stderr

    def test_a_port_that_is_taken_is_named(self, firm):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = command("--company", str(firm), "--port", str(port))
        assert (done.returncode, done.stderr.splitlines()[0]) == (
            FAILED,
            f"Port {port} on 127.0.0.1 is taken.",
        )

    def test_a_folder_without_a_company_is_refused_and_left_alone(self, tmp_path):
        done = command("--company", str(tmp_path))
        assert (done.returncode, done.stderr.splitlines()[0]) == (FAILED, f"{tmp_path} holds no company.")
        assert list(tmp_path.iterdir()) == []
