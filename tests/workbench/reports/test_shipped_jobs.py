"""The shipped jobs as they are executed: on the demo company, rehearsed and twice, and on an empty one."""

import os
import shutil
import subprocess
import sys
from collections import Counter

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.company import open_company, own_company
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.jobs.finding import SHIPPED
from workbench.jobs.notebook import read_notebook
from workbench.jobs.report_text import report_text
from workbench.settings import load_settings

JOBS = ("backup_and_verify", "daily_brief", "memory_consolidation", "month_close", "weekly_numbers")
OWN = {"job.scheduled", "job.requested", "job.started", "job.step_done", "job.completed"}
"""What a run says of itself."""
NEW_EACH_TIME = {"backup_and_verify": {"log.backed_up"}}
"""What a second run of a job may add: a backup is a new one each time."""
BACKUP = '\n[backup]\nfolder = "../backup"\n'

ROOT = SHIPPED.parent.parent

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """The demo company, its papers taken in and its work done."""
    folder = tmp_path_factory.mktemp("demo") / "acme"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "XDG_CACHE_HOME", str(folder.parent / "cache")
        )  # no model of meaning, as on a new machine
        found(folder, demo=True)
        with own_company(folder) as company:
            taker = Ingestion(company, company.folder, company.settings, actor="mareike")
            for path in sorted(path for path in (folder / "inputs").rglob("*") if path.is_file()):
                taker.ingest(path)
            company.work()
    return folder


@pytest.fixture
def demo(worked, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = shutil.copytree(worked, tmp_path / "acme")
    settings = folder / "workbench.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + BACKUP, encoding="utf-8")
    return folder


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found(tmp_path / "empty", demo=False)
    return tmp_path / "empty"


def events(folder):
    """Return the position the log ends at."""
    with open_company(folder) as company:
        return company.query("SELECT coalesce(max(position), 0) FROM event").rows[0][0]


def run(folder, job, mode):
    """Run a job; return its row, its report as text, and how many events of each type were appended meanwhile."""
    before = events(folder)
    done = CliRunner().invoke(app, ["job", "run", job, "--mode", mode, "--company", str(folder)])
    with open_company(folder) as company:
        row = company.query("SELECT * FROM job_run ORDER BY position DESC LIMIT 1").one()
        rows = company.query("SELECT type FROM event WHERE position > $before", before=before).rows
    assert (row["state"], row["job"], done.exit_code) == ("completed", job, 0), done.output
    return row, report_text(folder, row["notebook"]), Counter(kind for (kind,) in rows)


@pytest.mark.parametrize("job", JOBS)
def test_two_runs_do_what_one_does(demo, job):
    run(demo, job, "production")
    row, report, appended = run(demo, job, "production")

    assert set(appended) <= OWN | NEW_EACH_TIME.get(job, set())
    assert report.startswith(f"# {read_notebook(SHIPPED / f'{job}.ipynb').title}")
    assert f"\nproduction · {job} · " in report
    assert report.endswith(row["summary"])


@pytest.mark.parametrize("job", JOBS)
def test_an_empty_company_has_a_readable_report(empty, job):
    _, report, appended = run(empty, job, "production")

    assert set(appended) <= OWN
    assert "Traceback" not in report
    assert "None" not in report
    assert ("Nothing is here yet." in report) is (job in {"daily_brief", "weekly_numbers"})


def test_a_wrong_parameter_is_told_in_words(empty):
    words = ["job", "run", "month_close", "--mode", "sandbox", "-p", "month=2026-13", "--company", str(empty)]
    done = CliRunner().invoke(app, words)
    with open_company(empty) as company:
        row = company.query("SELECT * FROM job_run").one()

    assert (done.exit_code, row["state"]) == (1, "failed")
    assert "'2026-13' is no month. Name it with its year" in row["reason"]
    (error,) = [
        output
        for cell in read_notebook(empty / row["notebook"]).cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    ]
    assert error["traceback"] == [
        "NotAMonth: '2026-13' is no month.",
        "Name it with its year, such as 2026-10.",
    ]


def test_nbval_runs_each_notebook_by_hand_and_a_rehearsal_changes_nothing(demo):
    before = events(demo)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval-lax",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        SHIPPED,
    ]
    environment = {**os.environ, "WORKBENCH_COMPANY": str(demo)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False
    )

    notebooks = [read_notebook(SHIPPED / f"{job}.ipynb") for job in JOBS]
    cells = sum(cell["cell_type"] == "code" for notebook in notebooks for cell in notebook.cells)
    assert (done.returncode, f"{cells} passed" in done.stdout) == (0, True), done.stdout[-3000:]
    assert events(demo) == before
    assert not (demo.parent / "backup").exists()


@pytest.mark.parametrize("job", JOBS)
def test_it_is_committed_as_it_is_written(job, tmp_path):
    notebook = read_notebook(SHIPPED / f"{job}.ipynb")
    first, parameters, *others = notebook.cells

    assert {path.stem for path in SHIPPED.glob("*.ipynb")} == set(JOBS)
    assert notebook.content["nbformat_minor"] >= 5
    assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert "**Safe to run twice:**" in "".join(first["source"])
    assert parameters["metadata"]["tags"] == ["parameters"]
    assert notebook.parameters["mode"] == "sandbox"
    assert "".join(others[-1]["source"]).startswith("run.finish(")
    rule = notebook.rule.with_settings(load_settings(tmp_path).jobs.get(job))
    assert (rule.mode, rule.missed, rule.on) == ("production", "latest", True)
    assert rule.cron is not None
