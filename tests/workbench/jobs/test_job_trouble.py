"""What a person should know of the jobs: failed, missed of late, or due and kept by nobody."""

import pytest

from workbench import doctor, health, view_health, view_today
from workbench.company import Company
from workbench.doctor import Subject
from workbench.jobs import trouble as module
from workbench.jobs.trouble import trouble

HOURLY = {"cron": "0 * * * *", "stale_after": "3h"}


@pytest.fixture
def hourly(duty):
    duty.write("counts", rule=HOURLY)
    duty.look()
    return duty


def findings(duty):
    company = duty.company
    assert isinstance(company, Company)
    return list(doctor.jobs(Subject(folder=duty.folder, now=company.now, full=False, company=company)))


def told(duty):
    company = duty.company
    return view_health.state(company, health.look(company)).text, view_today.unmended(company).text


def test_where_all_is_well_nobody_says_a_word(hourly):
    hourly.clock.move(hours=1)
    hourly.play(*hourly.look())

    assert trouble(hourly.company).is_nothing
    assert findings(hourly) == []
    on_health, on_today = told(hourly)
    assert "counts" not in on_health
    assert on_today == ""


def test_a_schedule_that_nobody_keeps_is_told_after_a_while(hourly):
    hourly.clock.move(hours=1, minutes=14)
    assert trouble(hourly.company).is_nothing

    hourly.clock.move(minutes=1)

    assert {*trouble(hourly.company).overdue} == {"counts"}
    ((severity, what, todo),) = findings(hourly)
    assert (severity, what.startswith("The job counts was due 2026-11-02 10:00")) == ("warning", True)
    assert "workbench job install" in todo
    assert all("counts" in each for each in told(hourly))


def test_what_waits_for_another_run_is_not_overdue(hourly, monkeypatch):
    hourly.clock.move(hours=1)
    (begun,) = hourly.look()
    hourly.clock.move(hours=2)
    assert trouble(hourly.company).overdue == {}

    monkeypatch.setattr(module, "is_gone", lambda worker: worker == begun.data.worker)
    assert {*trouble(hourly.company).overdue} == {"counts"}


def test_a_job_whose_last_run_failed_is_told_until_one_goes_well(hourly):
    hourly.clock.move(hours=1)
    hourly.play(*hourly.look(), failing=True)

    ((severity, what, todo),) = findings(hourly)
    assert (severity, "failed" in what, "no good" in what) == ("warning", True, True)
    assert todo.startswith("workbench job show ")
    on_health, on_today = told(hourly)
    assert '<a href="../runs/?run=' in on_health
    assert "counts failed" in on_today

    hourly.clock.move(hours=1)
    hourly.play(*hourly.look())
    assert trouble(hourly.company).is_nothing


def test_what_a_newer_run_stood_in_for_is_no_loss(hourly):
    hourly.clock.move(hours=3)
    hourly.play(*hourly.look())

    assert hourly.missed()
    assert trouble(hourly.company).is_nothing


def test_what_was_missed_is_told_for_a_week(hourly):
    hourly.clock.move(hours=12)
    hourly.play(*hourly.look())

    severities = [severity for severity, _, _ in findings(hourly)]
    assert severities == ["note"]
    assert "counts: 8 missed of late" in told(hourly)[0]

    hourly.settings("\n[jobs.counts]\non = false\n")
    hourly.look()
    hourly.clock.move(days=8)
    assert trouble(hourly.company).is_nothing
