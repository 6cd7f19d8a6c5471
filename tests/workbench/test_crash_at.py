"""The whole product, killed at a named step of an append: run again, it goes on as if nothing had been."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shop import statement

from opc_kernel.log.crash import STEPS
from workbench.composition import open_log

WORKBENCH = Path(sys.executable).with_name("workbench")
LINES = statement("2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-07, -49.90, DB Vertrieb, ticket")


def ingest(folder, paper, crash_at):
    return subprocess.run(
        [WORKBENCH, "ingest", "--company", folder, paper],
        env=os.environ | {"CRASH_AT": crash_at},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("step", [STEPS[1], STEPS[3]])
def test_a_command_that_was_killed_is_simply_run_again(blank, tmp_path, step):
    folder = shutil.copytree(blank, tmp_path / "acme")
    paper = tmp_path / "giro.csv"
    paper.write_text(LINES)
    assert ingest(folder, paper, f"{step.replace(' ', '-')}:1").returncode == -signal.SIGKILL
    done = ingest(folder, paper, "")
    assert done.returncode == 0, done.stderr
    with open_log(folder) as log:
        assert log.query("SELECT count(*) FROM bank_transaction").rows == [(2,)]
        assert log.verify().findings == ()


def test_a_wish_that_names_no_crash_is_told(blank, tmp_path):
    folder = shutil.copytree(blank, tmp_path / "acme")
    paper = tmp_path / "giro.csv"
    paper.write_text(LINES)
    done = ingest(folder, paper, "sometimes")
    assert done.returncode == 1
    assert "Say <step>:<n>, such as before-sync:3" in done.stderr
