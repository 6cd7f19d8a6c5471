"""The page 'runs': what it tells of jobs, of what ran or was missed, and what a click asks for."""

import json
import re
import shutil

import pytest
from duty import cell, content

from workbench import view_run, view_runs
from workbench.jobs.errors import NotResumable
from workbench.jobs.rule import JobRule
from workbench.jobs.runner import partial_path, run_path
from workbench.view_run_lanes import lanes
from workbench.widgets.runs_widget import RunsWidget

HOURLY = {
    "cron": "0 * * * *",
    "stale_after": "3h",
    "missed": "latest",
    "time_limit": "10m",
    "mode": "sandbox",
}


@pytest.fixture
def hourly(duty):
    """A job that ran well at eleven and failed at noon."""
    duty.write("counts", rule=HOURLY)
    duty.look()
    for failing in (False, True):
        duty.clock.move(hours=1, seconds=1)
        duty.play(*duty.look(), failing=failing)
    return duty


def failed(duty):
    return duty.runs()[-1]["run"]


class TestTheJobs:
    def test_say_what_they_are_for_and_by_which_rule_they_run(self, hourly):
        (job,) = view_runs.jobs(hourly.company)

        assert (job["title"], job["purpose"], job["mode"]) == (
            "Counts",
            "It counts what is there.",
            "sandbox",
        )
        assert (job["next"], job["last"]) == ("today 13:00", "failed today 12:00")
        assert job["rule"] == (
            "At the start of every hour; of missed runs the newest is made up for, up to 3 h late; "
            "ends after 10 min at the latest"
        )

    def test_that_were_never_looked_at_say_who_would_run_them(self, duty):
        duty.write("counts", rule=HOURLY)
        duty.write("asked")

        asked, counts = view_runs.jobs(duty.company)

        assert (counts["next"], counts["last"]) == ("once 'workbench up' runs", "never ran")
        assert asked["next"] == "when asked"

    def test_that_are_off_or_can_not_run_say_so(self, duty):
        duty.write("counts", rule=HOURLY)
        (duty.folder / "jobs" / "torn.ipynb").write_text("{")
        duty.settings("\n[jobs.counts]\non = false\n")

        counts, torn = view_runs.jobs(duty.company)

        assert counts["next"] == "switched off"
        assert torn["broken"]
        assert "the file is no notebook" in torn["purpose"]

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            (JobRule(), "Runs when it is asked for; ends after 15 min at the latest"),
            (
                JobRule(cron="0 7 * * 1-5", missed="each", stale_after="20h"),
                "At 07:00 on Monday through Friday; every missed run is made up for, up to 20 h late; "
                "ends after 15 min at the latest",
            ),
            (
                JobRule(cron="0 7 * * *", missed="skip", time_limit="90s"),
                "At 07:00 every day; a missed run is skipped; ends after 1 min 30 s at the latest",
            ),
        ],
    )
    def test_tell_their_rule_in_words(self, rule, words):
        assert view_runs.rule_words(rule) == words


class TestTheRuns:
    def test_are_told_newest_first_with_why_they_failed(self, hourly):
        last, first = view_runs.runs(hourly.company)

        assert (first["word"], first["said"], first["mode"]) == ("done", "played", "sandbox")
        assert (last["word"], last["cell"], last["source"]) == ("failed", 5, "work()")
        assert last["said"] == "cell 5 failed: ValueError: no good"
        assert last["trigger"] == "on schedule"

    def test_that_were_missed_stand_among_them_with_their_reason(self, hourly):
        hourly.clock.move(hours=9, minutes=5)
        hourly.look()

        running, newer, stale = view_runs.runs(hourly.company)[:3]

        assert (running["trigger"], running["took"]) == ("caught up", "begins")
        assert newer["said"] == "2 runs not made: a newer one takes its place"
        assert (stale["word"], stale["began"]) == ("missed", "today 13:00 to today 18:00")
        assert stale["said"] == "6 runs not made: it was due too long ago"

    def test_tell_how_far_they_are_while_they_go_on(self, hourly):
        hourly.clock.move(hours=1)
        (begun,) = hourly.look()
        made = content("one()", "two()")
        made["cells"][1]["execution_count"] = made["cells"][2]["execution_count"] = 1
        made["cells"].append(cell("check()", "workbench-check"))
        place = partial_path(run_path(hourly.folder, "counts", begun.data.run))
        place.write_text(json.dumps(made))

        (running, *_) = view_runs.runs(hourly.company)

        assert (running["took"], running["share"]) == ("cell 3 of 4", 0.5)
        assert view_runs.standing(hourly.company, begun.data.run) == "cell 3 of 4"
        assert "running, cell 3 of 4" in view_run.opened(hourly.company, begun.data.run).text

    def test_of_a_company_without_jobs_are_none(self, duty):
        assert (
            view_runs.jobs(duty.company) == view_runs.runs(duty.company) == view_runs.told(duty.company) == []
        )
        assert lanes(duty.company).text == ""


class TestAClick:
    def test_asks_for_a_run_in_the_mode_that_it_says(self, hourly):
        said = view_runs.run_now(hourly.company, "counts", "production")

        assert said.startswith("counts was asked for in production")
        assert view_runs.jobs(hourly.company)[0]["waits"]
        (begun,) = hourly.look()
        assert (begun.data.mode, begun.data.trigger) == ("production", "request")

    def test_goes_on_from_a_failed_run_once(self, hourly):
        before = failed(hourly)
        assert "It goes on in the sandbox" in view_runs.go_on(hourly.company, before)
        hourly.play(*hourly.look())

        assert hourly.runs()[-1]["resumes"] == before
        assert [run["later"] for run in view_runs.runs(hourly.company)] == [False, True, False]
        with pytest.raises(NotResumable):
            view_runs.go_on(hourly.company, before)

    def test_begins_anew_with_what_the_failed_run_was_given(self, duty):
        duty.write("counts", parameters='mode = "sandbox"\nmonth = ""')
        duty.look()
        duty.schedule.request(
            duty.schedule.write_down()["counts"], mode="sandbox", parameters={"month": "2026-10"}
        )
        duty.play(*duty.look(), failing=True)

        view_runs.anew(duty.company, failed(duty))

        (begun,) = duty.look()
        assert (begun.data.mode, begun.data.parameters, begun.data.resumes) == (
            "sandbox",
            {"month": "2026-10"},
            None,
        )


class TestTheWidget:
    def test_says_what_became_of_a_click_and_what_can_not_be(self, hourly):
        widget = RunsWidget(hourly.company)
        widget._asked(None, {"do": "run", "job": "counts", "mode": "sandbox"}, None)
        assert widget.said["accepted"]
        assert widget.jobs[0]["waits"]

        widget._asked(None, {"do": "go on", "run": "nobody"}, None)
        assert (widget.said["accepted"], widget.said["number"]) == (False, 2)
        assert "No run is called 'nobody'" in widget.said["message"]

    @pytest.mark.parametrize(
        "content", [{}, {"do": "run", "job": "counts", "mode": "root"}, {"do": "go on", "run": 1}]
    )
    def test_does_nothing_that_no_button_says(self, hourly, content):
        widget = RunsWidget(hourly.company)
        widget._asked(None, content, None)
        assert widget.said == {}
        assert hourly.look() == []

    def test_notices_what_is_new_and_when_the_chosen_run_moves_on(self, hourly):
        widget = RunsWidget(hourly.company)
        assert not widget.watch()
        hourly.clock.move(hours=1)
        (begun,) = hourly.look()
        widget.selected = begun.data.run
        assert not widget.watch()
        assert widget.runs[0]["word"] == "running"

        hourly.play(begun)

        assert widget.watch()
        assert widget.runs[0]["word"] == "done"
        assert not widget.watch()


class TestARunOpened:
    def test_is_told_whole(self, hourly):
        ran = hourly.runs()[0]
        text = view_run.opened(hourly.company, ran["run"]).text

        assert "counts, today 11:00: done in " in text
        assert "<p>played</p>" in text
        assert f'href="../log/?story={ran["root"]}"' in text
        assert "Nothing: it only read." in text
        assert '<iframe sandbox="" srcdoc="&lt;!doctype html&gt;' in text
        assert "was changed after the run" not in text

    def test_that_failed_shows_the_cell_and_what_python_said(self, hourly):
        text = view_run.opened(hourly.company, failed(hourly)).text

        assert "<strong>cell 5 failed: ValueError: no good</strong>" in text
        assert "<small>Cell 5</small><pre>work()</pre>" in text

    def test_whose_notebook_was_changed_or_is_gone_says_so(self, hourly):
        ran = hourly.runs()[0]
        (hourly.folder / ran["notebook"]).write_text(json.dumps(content()))
        assert "was changed after the run" in view_run.opened(hourly.company, ran["run"]).text

        shutil.rmtree(hourly.folder / "runs")
        assert " is gone" in view_run.opened(hourly.company, ran["run"]).text

    def test_that_nobody_knows_is_told(self, hourly):
        assert "No run is called" in view_run.opened(hourly.company, "nobody").text


class TestThePicture:
    def test_has_a_bar_a_run_a_diamond_where_it_failed_and_a_ring_for_what_is_due(self, hourly):
        wide = lanes(hourly.company).text.partition("</svg>")[0]

        (done,) = re.findall(r'<g class="wbr-mark wbr-completed".*?</g>|<g[^>]*wbr-completed.*?</g>', wide)
        (bad,) = re.findall(r"<g[^>]*wbr-failed.*?</g>", wide)
        assert done.count("<rect") == bad.count("<rect") == bad.count("<path") == 1
        assert f'data-run="{failed(hourly)}"' in bad
        assert wide.count("<circle") == 1
        assert "today 12:00 · counts · failed in" in bad

    def test_draws_hundreds_of_runs_as_few_marks_that_count_them(self, duty):
        duty.write("counts", rule={"cron": "* * * * *", "missed": "each"})
        duty.look()
        for _ in range(120):
            duty.clock.move(minutes=1)
            duty.play(*duty.look())

        wide = lanes(duty.company).text.partition("</svg>")[0]

        assert wide.count("<rect") < 10
        assert "120 runs done, the last:" in wide

    def test_escapes_what_stands_in_it(self, duty):
        duty.write("counts", rule=HOURLY)
        duty.look()
        duty.clock.move(hours=1)
        duty.play(*duty.look(), said="<img src=x onerror=alert(1)>")

        assert "<img" not in lanes(duty.company).text
