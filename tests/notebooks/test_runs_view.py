"""The page 'runs' as the operator sees it: what ran by itself, why one failed, and one click that goes on from it."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from jobs.duty import FINISH, content
from strangers import sink

from workbench.company import own_company
from workbench.founding import found
from workbench.jobs.finding import find_job
from workbench.jobs.known import found_run
from workbench.jobs.schedule import Schedule

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)

COUNTS = (
    "import pandas as pd\npd.DataFrame({'row': ['Invoice 17'], 'at risk': [1800]})",
    'run.finish("3 rows wait", rows=3)',
)
BILLS = ("from pathlib import Path\nassert Path('bills.csv').exists(), 'bills.csv is not there'", FINISH)
STRANGER = (
    "import json\nfrom IPython.display import display\n"
    "for each in json.load(open('stranger.json')):\n    display(each, raw=True)",
    FINISH,
)
LONG = ("import threading; threading.Event().wait(600)", FINISH)


@pytest.fixture(scope="module")
def strangers():
    with sink() as listening:
        yield listening


@pytest.fixture(scope="module")
def demo(tmp_path_factory, runtime, strangers):
    """A company with four jobs: one goes well, one fails, one shows a stranger's words, one is long."""
    folder = tmp_path_factory.mktemp("companies") / "duty"
    found(folder, demo=False)
    (folder / "jobs").mkdir()
    titles = {
        "counts": "Counts what waits",
        "bills": "Reads the bills",
        "stranger": "Shows mail",
        "long": "Takes long",
    }
    for name, cells in {"counts": COUNTS, "bills": BILLS, "stranger": STRANGER, "long": LONG}.items():
        rule = {"cron": "0 3 1 1 *", "mode": "sandbox"} if name == "counts" else {}
        made = content(*cells, title=f"{titles[name]}\n\nSafe to run twice.", rule=rule)
        (folder / "jobs" / f"{name}.ipynb").write_text(json.dumps(made))
    (folder / "stranger.json").write_text(json.dumps([each["data"] for each in strangers.outputs()]))
    with own_company(folder) as company:
        Schedule(company).write_down()
    return folder


def ask(served, name, mode):
    with served.company() as company:
        return Schedule(company).request(find_job(company.folder, company.settings, name), mode=mode)


def ended(served, run):
    """Wait until the server has brought a run to its end."""
    for _ in range(600):
        with served.company() as company:
            rows = list(company.query("SELECT state FROM job_run WHERE run = $run", run=run).rows)
            if rows and rows[0][0] != "running":
                return found_run(company, run)
        time.sleep(0.1)  # the server works on its own
    raise AssertionError(f"run {run} does not end")


@pytest.fixture(scope="module")
def ran(served):
    """The runs of the three short jobs, by their names."""
    asked = {name: ask(served, name, "sandbox") for name in ("counts", "bills", "stranger")}
    return {name: ended(served, run) for name, run in asked.items()}


def enter(page, served, **query):
    page.goto(served.link)
    page.goto(f"{served.base}/runs/" + "".join(f"?{key}={quote(value)}" for key, value in query.items()))
    expect(page.locator("header.wb-head")).to_be_visible()


def line(page, job):
    return page.locator("button.wbr-run", has_text=job).first


def report(page):
    return page.frame_locator("iframe.wb-report")


def press(page, word):
    page.get_by_role("button", name=word, exact=True).click()


def test_it_says_what_is_on_duty_and_when_it_is_due(page, served, ran):
    enter(page, served)

    job = page.locator(".wbr-jobs > li", has_text="Counts what waits")
    expect(job).to_contain_text("At 03:00 on January 1; of missed runs the newest is made up for")
    expect(job).to_contain_text("Fri 1 Jan, 03:00")
    expect(job).to_contain_text("done today")
    expect(page.locator(".wbr-lanes svg.wbr-wide .wbr-completed")).not_to_have_count(0)
    expect(page.locator(".wbr-lanes svg.wbr-wide .wbr-failed")).to_have_count(1)


def test_a_run_opened_shows_its_executed_notebook_and_what_it_said(page, served, ran):
    enter(page, served)

    line(page, "counts").click()

    expect(page.locator(".wb-a-run h2")).to_contain_text("done in")
    expect(page.locator(".wb-a-run")).to_contain_text("3 rows wait")
    expect(report(page).get_by_role("heading", name="Counts what waits")).to_be_visible()
    expect(report(page).locator("td")).to_have_text(["Invoice 17", "1800"])
    expect(report(page).get_by_text("sandbox · counts")).to_be_visible()
    expect(report(page).get_by_text("_show(")).to_have_count(0)
    assert f"run={ran['counts']['run']}" in page.url

    page.locator(".wb-a-run").get_by_role("link", name="in the log").click()
    expect(page.locator(".wb-story li").first).to_contain_text("job.started")


def test_the_address_and_a_reload_keep_the_run(page, served, ran):
    enter(page, served, run=ran["bills"]["run"])

    expect(page.locator(".wb-a-run h2")).to_contain_text("bills")
    expect(page.locator("button.wbr-run[aria-current=true]")).to_contain_text("bills")
    page.reload()
    expect(page.locator(".wb-a-run h2")).to_contain_text("bills")


def test_the_runs_are_reached_by_keyboard(page, served, ran):
    enter(page, served)
    lines = page.locator("button.wbr-run")
    expect(lines.nth(2)).to_be_visible()
    names = lines.locator("b").all_text_contents()
    lines.first.focus()
    for key in ("ArrowDown", "j", "k", "Enter"):
        page.keyboard.press(key)

    expect(page.locator(".wb-a-run h2")).to_contain_text(names[1])
    expect(lines.nth(1)).to_be_focused()


def test_a_strangers_words_in_it_run_nothing_and_load_nothing(page, served, ran, strangers):
    assert ran["stranger"]["state"] == "completed"
    enter(page, served, run=ran["stranger"]["run"])
    expect(report(page).get_by_text("paragraph")).to_be_visible()

    report(page).get_by_text("a link that leaves").click()
    report(page).get_by_text("a link that runs").click()

    expect(report(page).get_by_text("a link that leaves")).to_contain_text("‹http://127.0.0.1")
    assert strangers.asked == []
    assert page.locator("iframe.wb-report").get_attribute("sandbox") == ""


def test_a_failed_run_shows_its_cell_and_one_click_goes_on_from_it(page, served, ran):
    enter(page, served)
    failed = page.locator(".wbr-runs > li", has_text="bills").first
    expect(failed.locator("pre").first).to_contain_text("assert Path('bills.csv').exists()")
    expect(failed).to_contain_text("AssertionError: bills.csv is not there")
    line(page, "bills").click()
    expect(report(page).get_by_text("Cell 4 failed")).to_be_visible()
    (served.folder / "bills.csv").write_text("a,b\n")

    failed.get_by_role("button", name="Go on in the sandbox").click()

    expect(page.locator(".wbr-word[role=status]")).to_contain_text("what was done is not done again")
    expect(page.locator(".wbr-runs > li")).to_have_count(4)
    expect(line(page, "bills")).to_contain_text("done", timeout=60_000)
    expect(page.get_by_text("Another run went on from it.")).to_be_visible()
    expect(page.locator(".wb-a-run")).to_contain_text("Gone on by")
    with served.company() as company:
        (again,) = company.query(
            "SELECT state FROM job_run WHERE resumes = $run", run=ran["bills"]["run"]
        ).rows
    assert again == ("completed",)


def test_a_run_is_asked_for_in_the_mode_that_the_button_says_and_tells_how_far_it_is(page, served, ran):
    enter(page, served)
    press(page, "Run long now")
    press(page, "Leave it")
    press(page, "Run long now")
    expect(page.get_by_role("button", name="In the sandbox")).to_be_focused()
    press(page, "In production")

    expect(page.locator(".wbr-word[role=status]")).to_contain_text("long was asked for in production")
    expect(line(page, "long")).to_contain_text("cell 3 of 4", timeout=60_000)
    line(page, "long").click()
    expect(page.locator(".wb-a-run h2")).to_contain_text("running, cell 3 of 4")
    expect(line(page, "long")).to_contain_text("production")
    expect(page.locator(".wbr-jobs > li", has_text="Takes long")).to_contain_text("runs now")


def test_a_company_without_runs_says_what_a_job_is(page, empty):
    enter(page, empty)

    expect(page.get_by_text("Nothing ran yet.")).to_be_visible()
    expect(page.get_by_text("Choose a run to see what it did")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (360, "light")])
def test_it_is_readable_in_every_light_and_width(page, served, ran, width, scheme):
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=scheme)
    enter(page, served, run=ran["counts"]["run"])
    expect(report(page).get_by_role("heading", name="Counts what waits")).to_be_visible()

    parts = page.locator(".wb-head, .wb-a-run, .wbr, .wbr-runs > li, .wbr-jobs > li")
    rights = parts.evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
    assert max(rights) <= width + 1
    body = page.frames[-1].locator("html")
    dark = body.evaluate("e => getComputedStyle(e).backgroundColor")
    assert (dark == "rgb(22, 25, 29)") == (scheme == "dark")
