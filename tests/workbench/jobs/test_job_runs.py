"""Real runs: papermill in its own process, a client of the company's server, watched to its end."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from html import escape
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from duty import FINISH, PARAMETERS

from workbench.company import open_company
from workbench.jobs import finding
from workbench.jobs.finding import find_job
from workbench.jobs.mark import RUN
from workbench.jobs.runner import Runner, partial_path, run_path
from workbench.jobs.schedule import known_jobs
from workbench.jobs.verdict import RESULT
from workbench.jobs.whole_tree import tree_of
from workbench.secrets import keep_secret

WORKBENCH = [sys.executable, "-P", "-m", "workbench"]
APPEND = """
from opc_kernel.event import NEW_STREAM, Write
from workbench.planning.events import WorkRequested

def ask():
    data = WorkRequested(words="publish hello", account="me")
    company.append([Write(stream="work/1", data=data, actor="job")], expected={"work/1": NEW_STREAM})
    return {"asked": 1}
"""
TRY = 'open("tries", "a").write("x")\n'


@pytest.fixture
def client(duty):
    """Return the company as a client of a server of its own."""
    duty.company.close()
    with open_company(duty.folder) as company:
        duty.company = company
        yield duty


def carried_out(duty, name="counts", *, mode="production", progress=lambda *_: None, **parameters):
    schedule = duty.schedule
    schedule.write_down()
    asked = schedule.request(
        find_job(duty.folder, duty.company.settings, name), mode=mode, parameters=parameters
    )
    return Runner(duty.company).carry_out(schedule.begin(name, asked), progress=progress)


def printed(duty, came):
    cells = json.loads((duty.folder / came.notebook).read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return ["".join(output["text"]) for output in outputs if output["output_type"] == "stream"]


def living(run):
    return [each.pid for each in tree_of(run)]


def gone(run, *, within_s=20):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and living(run):
        time.sleep(0.1)
    return not living(run)


def test_a_run_is_an_event_with_all_that_it_was_and_did(client):
    client.write(
        "counts", APPEND + 'print(run.step("ask", ask))', FINISH, parameters=PARAMETERS + "\nmost = 5"
    )
    cells = []

    came = carried_out(client, most=7, progress=lambda *at: cells.append(at))

    assert (came.event_type, came.summary, came.outputs) == ("job.completed", "all is well", {"done": 1})
    assert (came.events, came.effects) == ({"work.requested": 1}, ())
    (run,) = client.runs()
    assert (run["parameters"], run["mode"], run["state"]) == ('{"most":7}', "production", "completed")
    assert cells[-1] == (5, 5)
    first, step = printed(client, came)
    assert first.startswith("production · counts · ")
    assert step == "{'asked': 1}\n"
    stories = client.company.query(
        "SELECT DISTINCT correlation_id FROM event WHERE type IN ('work.requested', 'job.completed')"
    )
    assert stories.rows == [(run["root"],)]
    assert not partial_path(client.folder / came.notebook).exists()


def test_the_sandbox_changes_nothing(client):
    client.write("counts", APPEND + 'print(run.step("ask", ask))', "ask()", FINISH)

    came = carried_out(client, mode="sandbox")

    assert came.reason.startswith("cell 5 failed: Rehearsed: This run is in the sandbox")
    assert printed(client, came)[1] == "sandbox: ask was not done\nNone\n"
    kinds = client.company.query("SELECT DISTINCT type FROM event ORDER BY type").rows
    assert kinds == [("job.failed",), ("job.requested",), ("job.scheduled",), ("job.started",)]


def test_a_run_goes_on_from_the_cell_that_failed(client):
    fails_once = "import os\nif not os.path.exists('mended'):\n    raise OSError('the disk is full')"
    client.write(
        "counts",
        TRY.strip() + "\nprint(run.step('first', lambda: open('first', 'a').write('x')))",
        fails_once,
        FINISH,
    )
    came = carried_out(client)
    assert (came.cell, came.error) == (5, "OSError: the disk is full")
    assert came.source == fails_once
    (client.folder / "mended").touch()

    asked = client.schedule.resume(came.run)
    again = Runner(client.company).carry_out(client.schedule.begin("counts", asked.run))

    assert again.event_type == "job.completed"
    assert (client.folder / "first").read_text() == "x"
    assert (client.folder / "tries").read_text() == "xx"
    assert printed(client, again)[1] == "first was done before\n1\n"


def test_what_takes_too_long_is_ended_with_all_it_started(client):
    """One of its processes left the group and the session; it is found by what it carries."""
    hang = (
        "import subprocess, time\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\ntime.sleep(600)"
    )
    client.write("counts", hang, FINISH, rule={"time_limit": "12s"})
    bare = "import subprocess\nprint(subprocess.Popen(['sleep', '600'], start_new_session=True, env={}).pid)"
    client.write("bare", bare, FINISH)

    left = int(printed(client, carried_out(client, "bare"))[1])
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE
    came = carried_out(client)

    assert came.reason == "it took longer than its time limit of 12 seconds"
    assert came.cell == 4
    assert living(came.run) == []


def test_a_kernel_that_dies_and_a_notebook_without_an_end_are_told(client):
    client.write("counts", "import os\nos._exit(3)", FINISH)
    client.write("endless", "1 + 1")

    assert carried_out(client).reason == "its kernel died"
    assert carried_out(client, "endless").reason.startswith("it ended without run.finish(…)")


def test_a_parameter_that_does_not_take_is_no_success(client):
    client.write("counts", "globals()['most'] = 1", FINISH, parameters=PARAMETERS + "\nmost = 5")
    client.write("sly", "pass", FINISH.replace("run", "runs"), parameters=PARAMETERS)

    assert carried_out(client, most=7).reason == "a parameter did not take: most was 1, not 7"


def test_a_mode_that_did_not_take_stops_before_anything_is_done(client):
    client.write("counts", APPEND + 'run.step("ask", ask)', FINISH)
    path = client.folder / "jobs" / "counts.ipynb"
    path.write_text(path.read_text().replace("begin(mode)", "begin('sandbox')"))

    came = carried_out(client)

    assert came.cell == 3
    assert "was asked for in production, and the notebook says 'sandbox'" in came.error
    assert client.company.query("SELECT * FROM event WHERE type = 'work.requested'").rows == []


MARIMO = """
import marimo

app = marimo.App()


@app.cell
def finish(most, run):
    run.finish(f"{most} were asked for, rehearsed: {run.rehearses}")
    return


@app.cell
def begins(begin, mode):
    run = begin(mode)
    return (run,)


@app.cell
def parameters():
    mode = "sandbox"
    most = 5
    return mode, most


@app.cell
def imports():
    from workbench.jobs import begin
    return (begin,)
"""
HEADER = '# /// script\n# [tool.workbench]\n# cron = "0 5 * * *"\n# ///\n'


def test_a_marimo_notebook_is_a_job_too_and_its_parameters_take(client):
    place = client.folder / "jobs"
    place.mkdir()
    (place / "sea.py").write_text(HEADER + MARIMO)
    (place / "mute.py").write_text(MARIMO.replace('mode = "sandbox"', 'mode = "sand" + "box"'))

    came = carried_out(client, "sea", most=7)

    assert came.summary == "7 were asked for, rehearsed: False"
    assert known_jobs(client.company)["sea"].cron == "0 5 * * *"
    jobs = finding.find_jobs(client.folder, client.company.settings)
    assert jobs["mute"].problem == "mute can't be run as a job: 0 of its cells assign mode."
    assert jobs["sea"].problem == ""


def test_an_end_that_can_not_be_kept_is_a_failure_and_no_run_that_never_ends(client):
    raw = "from IPython.display import display\ndisplay({%r: {'summary': 'x' * 9, 'outputs': %s}}, raw=True)"
    client.write("odd", raw % (RESULT, "5"))
    client.write("huge", raw % (RESULT, "{'x': 'y' * 1_500_000}"))
    client.write("wordy", "run.finish('x' * 3_000_000)")

    assert carried_out(client, "odd").event_type == "job.completed"
    assert carried_out(client, "huge").reason.startswith("what it came to can't be kept")
    assert "its summary is empty, or longer" in carried_out(client, "wordy").error
    assert {row["state"] for row in client.runs()} == {"completed", "failed"}


def test_a_step_is_done_once_a_run_and_another_of_its_name_is_refused(client):
    client.write("counts", "for who in 'ab':\n    run.step('mail', lambda: who)", FINISH)

    assert carried_out(client).error.startswith("StepTwice: This run did a step 'mail' already.")


CANARIES = tuple(f"canary-{number:02d}-{'x' * number}ß'\"" for number in range(12))
SPILL = """
import base64, glob, os, sys
from urllib.parse import quote
every = [value for name, value in sorted(os.environ.items()) if name.startswith(("SPILT_", "WORKBENCH_SECRET"))]
kept = glob.glob(os.environ["XDG_CONFIG_HOME"] + "/workbench/**/*", recursive=True)
every += [open(path).read() for path in kept if os.path.isfile(path)]
print(len(every), every)
print(*every, file=sys.stderr)
for each in every:
    print(quote(each, safe=""), base64.b64encode(each.encode()).decode(), repr(each), __import__("json").dumps(each))
    sys.stdout.write(each[:7]); sys.stdout.flush()
    __import__("time").sleep(0.05)
    sys.stdout.write(each[7:] + "\\n")
from IPython.display import HTML, display
display(HTML("<b>" + every[0] + "</b>"))
display({"application/json": {every[1]: [every[2]]}}, raw=True)
from html import escape
print(*map(escape, every), *[base64.b64encode(f"user:{each}".encode()).decode() for each in every])
print(*[each.encode().hex() for each in every])
run.step("keep", lambda: every)
"""


def test_no_secret_reaches_an_output(client, monkeypatch, runtime_folder):
    names = [
        "SPILT_TOKEN",
        "SPILT_PASSWORD",
        "SPILT_API_KEY",
        "SPILT_CLIENT_SECRET",
        "WORKBENCH_SECRET_PAYMENTS",
    ]
    for name, value in zip(names, CANARIES, strict=False):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(
        "SPILT_URL", f"postgres://me:{CANARIES[5].replace(chr(39), '').replace(chr(34), '')}@host/db"
    )
    keep_secret(client.folder, "mail", CANARIES[6])
    keep_secret(client.folder, "webhook", CANARIES[7])
    keep_secret(client.folder, "model.api.example.com", json.dumps({"refresh_token": CANARIES[8]}))
    spoken = "raise ValueError(every[0] + every[-1])"
    client.write("counts", SPILL, spoken, FINISH)

    came = carried_out(client)

    text = (client.folder / came.notebook).read_text()
    assert came.cell == 5
    assert text.count("‹secret›") > 50
    everything = b"".join(path.read_bytes() for path in client.folder.rglob("*") if path.is_file())
    for canary in CANARIES[:9]:
        plain = canary.rstrip("'\"")
        spellings = (plain, quote(plain), plain.encode().hex(), escape(plain))
        for spelt in (*spellings, base64.b64encode(canary.encode()).decode()[:-4]):
            assert spelt.encode() not in everything


def test_a_flood_is_cut_and_a_path_may_be_odd(found, tmp_path, monkeypatch):
    (tmp_path / "none").mkdir()
    monkeypatch.setattr(finding, "SHIPPED", tmp_path / "none")
    shop = found(name="a {odd} 'näme' %s")
    shop.company.close()
    folder = shop.folder
    from duty import Duty

    duty = Duty.__new__(Duty)
    duty.folder = folder
    (duty.folder / "jobs").mkdir()
    with open_company(folder) as duty.company:
        duty.write("counts", "print('x' * 30_000_000)", FINISH)
        came = carried_out(duty)

    assert came.event_type == "job.completed", came
    assert (folder / came.notebook).stat().st_size < 6_000_000
    (kept,) = [text for text in printed(duty, came) if text.startswith("xxx")]
    assert kept.endswith("… what follows was left out: a run keeps 5 MB of output.\n")


def waits(duty):
    """A job whose first run waits in its middle for ever."""
    begin = "import os, time\nfirst = not os.path.exists('begun')\nopen('begun', 'a').write('x')"
    wait = f"{begin}\nif first:\n    time.sleep(600)"
    duty.write("counts", "run.step('first', lambda: open('first', 'a').write('x'))", wait, FINISH)
    command = [*WORKBENCH, "job", "run", "counts", "--company", str(duty.folder)]
    watching = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (duty.folder / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return watching


def test_killed_with_9_nothing_is_left_behind_and_it_goes_on(duty):
    duty.company.close()
    watching = waits(duty)
    watching.kill()
    watching.wait()
    run = next((duty.folder / "runs" / "counts").glob(".*")).name.split(".")[1]

    assert gone(run)
    ended = subprocess.run(
        [*WORKBENCH, "job", "due", "--company", str(duty.folder)], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert "counts (production" in ended.stdout
    with open_company(duty.folder) as duty.company:
        lost, again = duty.runs()
    assert (lost["state"], lost["lost"], again["state"], again["trigger"]) == (
        "failed",
        True,
        "completed",
        "went on",
    )
    assert (duty.folder / "first").read_text() == "x"


def test_told_to_end_it_leaves_nothing_and_says_what_became_of_it(duty):
    """`workbench job run`, interrupted as by Ctrl-C."""
    duty.company.close()
    watching = waits(duty)
    watching.send_signal(signal.SIGINT)
    watching.wait(30)
    run = next((duty.folder / "runs" / "counts").glob("*")).name.strip(".").split(".")[0]

    assert gone(run)
    with open_company(duty.folder) as duty.company:
        assert [(row["state"], row["reason"]) for row in duty.runs()] == [("failed", "you interrupted it")]


def test_two_that_run_what_is_due_run_it_once(duty):
    duty.write(
        "counts", "open('ran', 'a').write('x')", FINISH, rule={"cron": "0 0 * * *", "stale_after": "30d"}
    )
    duty.clock.move(days=-20)
    duty.look()
    duty.company.close()

    command = [*WORKBENCH, "job", "due", "--company", str(duty.folder)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [each.communicate(timeout=100)[0] for each in both]

    assert (duty.folder / "ran").read_text() == "x"
    assert sorted("all is well" in each for each in told) == [False, True]


def test_a_server_that_the_run_started_is_no_part_of_it(client):
    """Its processes carry the run's id; the server of the company, which others use, does not."""
    client.write("counts", "print(len(company.queue()))", FINISH)
    came = carried_out(client)

    assert came.event_type == "job.completed"
    servers = [
        each
        for each in psutil.process_iter()
        if "own" in each.cmdline() and str(client.folder) in each.cmdline()
    ]
    assert servers
    assert all(RUN not in each.environ() for each in servers)


def test_a_place_for_a_run_is_below_the_folder(tmp_path):
    assert run_path(tmp_path, "counts", "abc") == tmp_path / "runs" / "counts" / "abc.ipynb"
    assert os.path.relpath(partial_path(Path("runs/counts/abc.ipynb"))) == "runs/counts/.abc.part.ipynb"
