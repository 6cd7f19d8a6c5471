"""The whole product, killed at a named step of an append: run again, it goes on as if nothing had been."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from post import mail, mbox
from shop import statement

from opc_kernel.log.crash import STEPS
from workbench.composition import open_log

WORKBENCH = Path(sys.executable).with_name("workbench")
LINES = statement("2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-07, -49.90, DB Vertrieb, ticket")


def workbench(folder, crash_at, *command):
    return subprocess.run(
        [WORKBENCH, *command, "--company", folder],
        env=os.environ | {"CRASH_AT": crash_at},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(blank, tmp_path):
    return shutil.copytree(blank, tmp_path / "acme")


@pytest.fixture
def paper(tmp_path):
    paper = tmp_path / "giro.csv"
    paper.write_text(LINES)
    return paper


def is_there_once(folder, table, count):
    with open_log(folder, wait_s=30) as log:
        assert log.query(f"SELECT count(*) FROM {table}").rows == [(count,)]
        assert log.verify().findings == ()


@pytest.mark.parametrize("step", [STEPS[1], STEPS[3]])
def test_a_short_command_that_was_killed_is_simply_run_again(folder, step):
    told = {"--number": "RE-1", "--customer": "Sandtor", "--amount": "1190.00", "--issued": "2026-10-01"}
    add = ["invoice", "add", *(word for pair in told.items() for word in pair)]
    assert workbench(folder, f"{step.replace(' ', '-')}:1", *add).returncode == -signal.SIGKILL
    done = workbench(folder, "", *add)
    assert done.returncode == 0, done.stderr
    is_there_once(folder, "invoice", 1)


def test_a_client_whose_servers_all_die_says_so_and_is_run_again(folder, paper):
    died = workbench(folder, "half-journal:1", "ingest", paper)
    assert died.returncode == 1
    assert "what was acknowledged is stored" in died.stderr
    done = workbench(folder, "", "ingest", paper)
    assert done.returncode == 0, done.stderr
    is_there_once(folder, "bank_transaction", 2)


def test_a_client_whose_server_dies_after_the_commit_does_not_notice(folder, paper):
    done = workbench(folder, "after-sync:1", "ingest", paper)
    assert done.returncode == 0, done.stderr
    is_there_once(folder, "bank_transaction", 2)


def test_a_wish_that_names_no_crash_is_told(folder, paper):
    done = workbench(folder, "sometimes", "ingest", paper)
    assert done.returncode == 1
    assert "Say <step>:<n>, such as before-sync:3" in done.stderr


def test_a_mailbox_whose_reader_dies_is_read_again_and_each_mail_is_there_once(folder, tmp_path):
    post = tmp_path / "post.mbox"
    post.write_text(mbox(*(mail(f"Letter {each}.", number=each) for each in range(1, 30))))
    assert workbench(folder, "half-journal:1", "ingest", post).returncode == 1
    done = workbench(folder, "", "ingest", post)
    assert done.returncode == 0, done.stderr
    is_there_once(folder, "event WHERE type = 'mail.received'", 29)
