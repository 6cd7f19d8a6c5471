"""Who may import whom, as pyproject.toml says it, and that a breach would be seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder):
    return subprocess.run(
        [LINT, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_border_holds():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the packages in which a border can be crossed."""
    folder = tmp_path_factory.mktemp("crossed")
    for package in ("opc_kernel", "sheets_sync", "workbench"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "demo")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "workbench" / "capabilities" / "letters").mkdir()
    (folder / "workbench" / "capabilities" / "letters" / "__init__.py").write_text('"""Another."""\n')
    return folder


def test_a_crossed_border_is_seen(copy):
    crossings = {
        "opc_kernel/ids.py": "import workbench.settings",
        "opc_kernel/text.py": "import openpyxl",
        "workbench/summary.py": "import duckdb",
        "workbench/capabilities/letters/__init__.py": "import workbench.capabilities.books.events",
        "workbench/connectors/bank/limits.py": "import workbench.capabilities.books.events",
        "workbench/server.py": "import workbench.cli.shell",
    }
    for name, line in crossings.items():
        (copy / name).write_text((copy / name).read_text("utf-8") + f"\n{line}\n", "utf-8")

    done = lint(copy)

    assert done.returncode == 1
    assert "0 kept, 6 broken" in done.stdout
