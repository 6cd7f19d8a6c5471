"""Each planted fault is seen by the test that is named for it, and that test passes without the fault."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faults import FAULTS

ROOT = Path(__file__).parents[2]
COPIED = ("opc_kernel", "sheets_sync", "workbench", "tests", "pyproject.toml")
QUICK = FAULTS[1:3]
PASSED, FAILED, NOT_RUN = 0, 1, None
"""Exit codes of pytest, and the word for a test that this machine can't run."""
TIMEOUT_S = 300


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the packages and their tests, in which something can be made wrong."""
    folder = tmp_path_factory.mktemp("planted")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "files"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def outcome(copy, *tests):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode in (PASSED, FAILED), done.stdout + done.stderr
    return done.returncode if "passed" in done.stdout or "failed" in done.stdout else NOT_RUN


def assert_seen(copy, fault, not_run):
    path = copy / fault.file
    healthy = path.read_text("utf-8")
    assert healthy.count(fault.old) == 1, f"{fault.file} no longer holds {fault.old!r} once: plant it anew"
    path.write_text(healthy.replace(fault.old, fault.new), "utf-8")
    try:
        seen = outcome(copy, fault.seen_by)
    finally:
        path.write_text(healthy, "utf-8")
    if seen == NOT_RUN:
        not_run(f"{fault.seen_by}, which sees it, can't run here")
    assert seen == FAILED, f"{fault.what}, and {fault.seen_by} passes"


@pytest.mark.parametrize("fault", QUICK, ids=lambda fault: fault.what)
def test_a_fault_is_seen(copy, fault, not_run):
    assert_seen(copy, fault, not_run)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_every_fault_can_still_be_planted(fault):
    assert (ROOT / fault.file).read_text("utf-8").count(fault.old) == 1


@pytest.mark.soak
def test_planted_faults_are_absent_and_their_tests_pass(copy):
    assert outcome(copy, *sorted({fault.seen_by for fault in FAULTS})) == PASSED


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_planted_fault_is_seen(copy, fault, not_run):
    assert_seen(copy, fault, not_run)
