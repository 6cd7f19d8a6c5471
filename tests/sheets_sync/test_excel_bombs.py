"""X2: a workbook made to take time or memory is refused, or read like any other, in 2 seconds and 256 MB."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sheet_examples import proposal
from sheet_worlds import ExcelWorld
from test_excel_workbook import repack
from workbook_bombs import BOMBS

MOST_S, MOST_MIB = 2, 256
CHILD = """
import json, resource, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
import openpyxl
from sheet_examples import SCHEMA
from sheets_sync.errors import WorkbookBroken
from sheets_sync.excel import ExcelWorkbook
import sheets_sync.excel.book

def peak_mib():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024

before, started, refused = peak_mib(), time.process_time(), ""
try:
    ExcelWorkbook(Path(sys.argv[1])).read(SCHEMA)
except WorkbookBroken as error:
    refused = str(error)
print(json.dumps([time.process_time() - started, peak_mib() - before, refused]))
"""


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    world = ExcelWorld(proposal(1), folder=tmp_path_factory.mktemp("ordinary"))
    world.sync()
    return world.path


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_neither_time_nor_memory(bomb, ordinary, tmp_path):
    path = Path(shutil.copy(ordinary, tmp_path / "approvals.xlsx"))
    repack(path, BOMBS[bomb])

    done = subprocess.run(
        [sys.executable, "-c", CHILD, path],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    seconds, mib, refused = json.loads(done.stdout)
    assert (seconds <= MOST_S, mib <= MOST_MIB) == (True, True), f"{seconds:.1f} s, {mib:.0f} MiB, {refused}"
