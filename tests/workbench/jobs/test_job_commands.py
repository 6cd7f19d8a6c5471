"""`workbench job`: what is due, what ran, and what the machine needs to keep the schedule itself."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest
from duty import FINISH, PARAMETERS
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.jobs import schedule
from workbench.jobs.install import crontab, units
from workbench.jobs.job_loop import JobLoop
from workbench.jobs.whole_tree import tree_of

DAILY = {"cron": "0 7 * * 1-5"}


@pytest.fixture
def say(duty, monkeypatch):
    """Return what runs a command and returns its result."""
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def saying(*arguments):
        return CliRunner().invoke(app, ["job", *arguments, "--company", str(duty.folder)])

    return saying


def test_each_job_is_listed_with_its_next_time_and_what_is_wrong_with_it(duty, say):
    duty.write("brief", rule=DAILY, title="Your day")
    duty.write("broken", parameters="mode = 1")
    duty.look()

    found = [json.loads(line) for line in say("list", "--json").stdout.splitlines()]

    assert [each["job"] for each in found] == ["brief", "broken"]
    assert (found[0]["due"], found[0]["next"][-5:], found[0]["what for"]) == (
        "0 7 * * 1-5",
        "07:00",
        "Your day",
    )
    assert 'do not begin with mode = "sandbox"' in found[1]["what for"]


def test_runs_are_listed_with_what_came_of_them(duty, say):
    duty.write("brief", rule=DAILY)
    duty.look()
    duty.clock.move(days=1)
    duty.play(duty.look()[0], failing=True)
    duty.clock.move(days=1)
    duty.play(duty.look()[0])

    told = say("list", "--runs").stdout
    last = json.loads(say("list", "--runs", "--json", "--job", "brief", "--limit", "1").stdout)

    assert "cell 5 failed: ValueError: no good" in told
    assert (last["state"], last["summary"]) == ("completed", "played")
    assert "No job ran yet." in say("list", "--runs", "--job", "other").stdout


def test_a_run_is_shown_whole_with_its_notebook_as_text(duty, say):
    duty.write("brief", rule=DAILY, title="Your day")
    duty.look()
    duty.clock.move(days=1)
    came = duty.play(duty.look()[0], failing=True)

    told = say("show", came.run[:8]).stdout

    assert came.notebook in told
    assert "# Your day" in told
    assert "ValueError: no good" in told
    assert say("show", "zzz").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["run", "nothing"], "No job is called 'nothing'", 1),
        (["run", "brief", "-p", "moon=1"], "declares no parameter moon", 1),
        (["run", "brief", "-p", "most=many"], "can't take most='many'", 1),
        (["run", "brief", "-p", "most"], "is no parameter", 2),
        (["run", "brief", "--mode", "dry"], "dry is no mode", 2),
        (["resume", "nothing"], "No run is called 'nothing'", 1),
    ],
)
def test_what_can_not_be_run_says_why_and_runs_nothing(duty, say, arguments, words, code):
    duty.write("brief", parameters=PARAMETERS + "\nmost = 5")

    done = say(*arguments)

    assert (done.exit_code, words in done.output) == (code, True), done.output
    assert duty.runs() == []


def test_it_runs_and_says_what_came_of_it(duty):
    duty.write("brief", FINISH, parameters=PARAMETERS + "\nmost = 5")
    duty.company.close()
    command = [sys.executable, "-P", "-m", "workbench", "job", "run", "brief", "-p", "most=7", "--json"]

    done = subprocess.run([*command, "--company", duty.folder], check=True, capture_output=True, text=True)

    found = json.loads(done.stdout)
    assert (found["job"], found["type"], found["summary"]) == ("brief", "job.completed", "all is well")


def test_while_up_runs_what_is_due_begins_and_goes_on_after_its_end(duty, monkeypatch):
    """The loop of `workbench up`, told to look; what it began is carried out beside it, and ended with it."""
    duty.write("brief", rule=DAILY)
    with JobLoop(duty.company) as loop:
        loop.look()
        duty.clock.move(days=1)
        loop.look()
    (run,) = duty.runs()
    assert not list(tree_of(run["run"]))
    monkeypatch.setattr(schedule, "_is_gone", lambda _: True)  # as it is once the server's process has ended
    (again,) = duty.look()
    assert (again.data.trigger, again.data.resumes) == ("went on", run["run"])


def test_units_say_what_systemd_wants(tmp_path, not_run):
    folder = tmp_path / 'my "acme" 100% $x'
    folder.mkdir()
    told = units(folder)
    assert told.count("# ~/.config/systemd/user/workbench-my-acme-100-x") == 3
    if shutil.which("systemd-analyze") is None:
        not_run("systemd is not here")
    for text in told.split("# ~/.config/systemd/user/")[1:]:
        name, _, unit = text.partition("\n")
        (tmp_path / name).write_text(unit)
    names = sorted(tmp_path.glob("workbench-*"))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *names],
        check=False,
        capture_output=True,
        text=True,
    )
    assert [line for line in checked.stderr.splitlines() if "workbench" in line] == []


def test_a_line_for_cron_survives_odd_names(tmp_path):
    line = crontab(tmp_path / "my 100% 'acme'").splitlines()[-1]

    assert line.startswith("* * * * * ")
    assert shlex.split(line.replace(r"\%", "%"))[-1] == str(tmp_path / "my 100% 'acme'")
    assert "%" not in line.replace(r"\%", "")


def test_where_nobody_serves_a_failed_run_waits_in_the_queue(duty):
    """As under cron: nothing but `job due` and `job run` is ever called."""
    duty.write("brief", "1 / 0")
    duty.company.close()
    command = [sys.executable, "-P", "-m", "workbench"]

    done = subprocess.run([*command, "job", "run", "brief", "--company", duty.folder], check=False)
    listed = subprocess.run(
        [*command, "queue", "list", "--company", duty.folder], check=False, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "The job brief failed: cell 4 failed: ZeroDivisionError" in listed.stdout
