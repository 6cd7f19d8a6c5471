"""The schedule: what was due is begun once or told, whoever looks and whenever."""

from datetime import timedelta

import pytest
from duty import FINISH

from workbench.jobs import schedule
from workbench.jobs.errors import (
    JobRunning,
    NotResumable,
    ParameterUnknown,
    ParameterWrong,
    SecretGiven,
    UnknownRun,
)
from workbench.jobs.finding import find_job
from workbench.jobs.known import known_jobs
from workbench.jobs.schedule import CUT_OFF, MAX_ATTEMPTS, Schedule

HOURLY = {"cron": "0 * * * *", "stale_after": "3h"}


def started(duty):
    return [(row["slot"], row["trigger"]) for row in duty.runs()]


@pytest.fixture
def gone(monkeypatch):
    """Let the processes of all runs be gone."""
    monkeypatch.setattr(schedule, "_is_gone", lambda _: True)


def test_nothing_is_due_before_it_was_known(duty):
    duty.write("counts", rule=HOURLY)

    assert duty.look() == []
    assert duty.look() == []
    (known,) = known_jobs(duty.company).values()
    assert (known.cron, known.zone, known.running) == ("0 * * * *", duty.company.settings.zone, None)


def test_what_is_due_begins_once(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)

    (begun,) = duty.look()
    assert duty.look() == []
    came = duty.play(begun)

    assert came.event_type == "job.completed"
    assert duty.look() == []
    (run,) = duty.runs()
    assert (run["state"], run["mode"], run["summary"]) == ("completed", "production", "played")
    assert (duty.folder / run["notebook"]).is_file()


def test_two_that_look_at_once_begin_one(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    one, other = Schedule(duty.company), Schedule(duty.company)
    (known,) = known_jobs(duty.company).values()

    slot = known.next_at(known.handled_until)
    assert one._begin(known, one._scheduled(known, slot)) is not None
    assert other._begin(known, other._scheduled(known, slot)) is None
    assert len(duty.runs()) == 1


def test_while_one_runs_no_other_begins_and_the_newest_comes_after(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    (begun,) = duty.look()
    duty.clock.move(hours=2)
    assert duty.look() == []

    duty.play(begun)
    (later,) = duty.look()

    assert later.data.slot - begun.data.slot == timedelta(hours=2)
    assert [(count, reason) for _, _, count, reason in duty.missed()] == [(1, "a newer one takes its place")]


@pytest.mark.parametrize(("rule", "runs"), [("latest", 1), ("each", 3), ("skip", 0)])
def test_after_a_night_each_rule_has_its_way(duty, rule, runs):
    """Nine hours and a half of sleep; stale after three."""
    duty.write("counts", rule={**HOURLY, "missed": rule})
    duty.look()
    duty.clock.move(hours=9, minutes=30)

    while begun := duty.look():
        duty.play(begun[0])

    assert len(duty.runs()) == runs
    assert sum(count for _, _, count, _ in duty.missed()) + runs == 9
    assert {trigger for _, trigger in started(duty)} <= {"caught up"}


def test_a_changed_rule_holds_once_what_was_due_by_the_former_is_seen_to(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    duty.write("counts", rule={**HOURLY, "cron": "30 * * * *"})

    (begun,) = duty.look()
    assert known_jobs(duty.company)["counts"].cron == "0 * * * *"
    duty.play(begun)
    duty.look()

    assert known_jobs(duty.company)["counts"].cron == "30 * * * *"


def test_switched_off_it_holds_at_once_and_what_was_due_is_told(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.settings("[jobs.counts]\non = false\n")
    duty.clock.move(hours=1)

    duty.schedule.write_down()

    assert known_jobs(duty.company)["counts"].cron is None
    assert [reason for *_, reason in duty.missed()] == ["it was switched off"]
    assert duty.look() == []


def test_a_notebook_that_went_away_is_not_due_any_more(duty):
    path = duty.write("counts", rule=HOURLY)
    duty.look()
    path.unlink()
    duty.look()
    duty.clock.move(hours=1)

    assert duty.look() == []


def test_a_notebook_that_broke_is_told_when_it_is_due(duty):
    path = duty.write("counts", rule=HOURLY)
    duty.look()
    path.write_text("{")
    duty.clock.move(hours=1)
    (begun,) = duty.look()

    came = duty.play(begun)

    assert came.reason == "counts can't be run as a job: the file is no notebook."
    duty.company.work()
    (row,) = duty.company.queue()
    assert row.kind == "blocked"


def test_a_run_whose_process_is_gone_goes_on_by_itself_and_then_asks(duty, gone):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    (begun,) = duty.look()
    chain = [begun]
    for _ in range(MAX_ATTEMPTS - 1):
        chain += duty.look()
        duty.company.work()
        assert duty.company.queue() == []
    assert duty.look() == []
    duty.company.work()

    assert [each.data.attempt for each in chain] == [1, 2, 3]
    assert {each.data.root for each in chain} == {begun.data.run}
    (row,) = duty.company.queue()
    assert CUT_OFF in row.summary


def test_what_was_cut_off_too_long_ago_is_asked_about(duty, gone):
    """Stale after three hours."""
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    duty.look()
    duty.clock.move(hours=1_000)

    duty.look()

    assert duty.runs()[0]["reason"] == CUT_OFF
    assert {row["trigger"] for row in duty.runs()} <= {"schedule", "caught up"}


def test_a_run_is_asked_for_with_what_the_notebook_declares(duty):
    duty.write("counts", FINISH, parameters='mode = "sandbox"\nday = ""')
    job = find_job(duty.folder, duty.company.settings, "counts")
    duty.look()
    with pytest.raises(ParameterUnknown):
        duty.schedule.request(job, parameters={"moon": "full"})

    run = duty.schedule.request(job, mode="sandbox", parameters={"day": "2026-11-01"})
    (begun,) = duty.look()

    assert (begun.data.run, begun.data.mode, begun.data.parameters) == (run, "sandbox", {"day": "2026-11-01"})
    with pytest.raises(JobRunning):
        duty.schedule.request(job)
    duty.play(begun)
    assert duty.look() == []
    assert len(duty.runs()) == 1


def test_the_mode_may_be_said_as_a_parameter_but_not_twice(duty):
    duty.write("counts")
    duty.look()
    job = find_job(duty.folder, duty.company.settings, "counts")
    with pytest.raises(ParameterWrong, match="mode"):
        duty.schedule.request(job, mode="production", parameters={"mode": "sandbox"})

    duty.schedule.request(job, parameters={"mode": "sandbox"})

    assert duty.look()[0].data.mode == "sandbox"


def test_a_secret_is_no_parameter(duty, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SECRET_MAIL", "canary-in-the-mine")
    duty.write("counts", parameters='mode = "sandbox"\ntext = ""')
    duty.look()
    job = find_job(duty.folder, duty.company.settings, "counts")

    with pytest.raises(SecretGiven) as refused:
        duty.schedule.request(job, parameters={"text": "canary-in-the-mine"})
    assert "canary" not in str(refused.value)


def test_settings_that_change_hold_without_a_restart(duty):
    """Who keeps the schedule opened the company before; another that looks at it says the same."""
    duty.write("counts", rule=HOURLY)
    duty.look()
    keeping = duty.schedule
    file = duty.folder / "workbench.toml"
    file.write_text(file.read_text() + '\n[jobs.counts]\nmode = "sandbox"\n')

    keeping.write_down()
    duty.schedule.write_down()
    assert known_jobs(duty.company)["counts"].mode == "sandbox"
    file.write_text("jobs = 3")
    keeping.write_down()
    assert known_jobs(duty.company)["counts"].mode == "production"


def test_a_failed_run_waits_in_the_queue_and_an_answer_goes_on_from_it(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    (begun,) = duty.look()
    duty.play(begun, failing=True)
    duty.company.work()

    (row,) = duty.company.queue()
    assert row.summary == "The job counts failed: cell 5 failed: ValueError: no good"
    assert "work()" in row.reason
    duty.shop.decide(row, "answer", choice="go-on")
    (again,) = duty.look()

    assert (again.data.resumes, again.data.root) == (begun.data.run, begun.data.run)
    duty.play(again)
    assert duty.company.queue() == []


def test_a_later_run_settles_the_question_about_a_former(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    for failing in (True, True, False):
        duty.clock.move(hours=1)
        duty.play(duty.look()[0], failing=failing)
        duty.company.work()
        assert len(duty.company.queue()) == failing


def test_only_a_failed_run_that_none_went_on_from_is_gone_on_from(duty):
    duty.write("counts")
    duty.look()
    job = find_job(duty.folder, duty.company.settings, "counts")
    well, ill = duty.schedule.request(job), duty.schedule.request(job)
    duty.play(duty.look()[0])
    duty.play(duty.look()[0], failing=True)

    with pytest.raises(UnknownRun):
        duty.schedule.resume("nothing")
    with pytest.raises(NotResumable, match="is completed"):
        duty.schedule.resume(well)
    duty.schedule.resume(ill)
    (begun,) = duty.look()
    with pytest.raises(NotResumable, match="was gone on from"):
        duty.schedule.resume(ill)
    assert begun.data.resumes == ill


def test_a_clock_that_goes_back_runs_nothing_twice(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=2)
    duty.play(duty.look()[0])
    duty.clock.move(hours=-2)
    assert duty.look() == []
    duty.clock.move(hours=2)
    assert duty.look() == []
    assert len(duty.runs()) == 1


def test_the_end_of_a_run_that_was_given_up_is_not_stored(duty, gone):
    duty.write("counts", rule=HOURLY)
    duty.look()
    duty.clock.move(hours=1)
    (begun,) = duty.look()
    (again,) = duty.look()

    duty.play(begun)

    assert [row["state"] for row in duty.runs() if row["run"] == again.data.run] == ["running"]
