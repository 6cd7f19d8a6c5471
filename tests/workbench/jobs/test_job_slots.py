"""Which instants a cron line names, and which of those that passed are run."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.jobs.slots import Passed, due, next_slot, slots

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
YEAR = (datetime(2026, 1, 1), datetime(2026, 12, 1))  # noqa: DTZ001 - hypothesis wants them without a zone


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def named(cron, begin, end):
    found = slots(cron, BERLIN, after=at(begin), until=at(end))
    return [f"{slot.astimezone(BERLIN):%d %H:%M %Z}" for slot in found]


def test_a_time_that_does_not_exist_is_run_right_after_the_gap():
    assert named("30 2 * * *", "2026-03-28T12:00", "2026-03-30T12:00") == ["29 03:00 CEST", "30 02:30 CEST"]


def test_a_time_that_comes_twice_is_run_once():
    assert named("30 2 * * *", "2026-10-24T12:00", "2026-10-26T12:00") == ["25 02:30 CEST", "26 02:30 CET"]


def test_what_runs_every_half_hour_takes_both_hours():
    assert named("*/30 * * * *", "2026-10-25T01:30", "2026-10-25T03:00") == [
        "25 02:00 CEST",
        "25 02:30 CEST",
        "25 02:00 CET",
        "25 02:30 CET",
        "25 03:00 CET",
    ]


def test_looked_at_within_the_second_hour_it_is_not_named_again():
    after = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert next_slot("30 2 * * *", BERLIN, after=after) == at("2026-10-26T02:30")


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    begin=st.datetimes(*YEAR),
    cut=st.floats(0, 1),
)
def test_once_a_day_whenever_it_is_looked_at(hour, minute, begin, cut):
    """However the time between is cut in two, each day has its one slot."""
    begin, cron = begin.replace(tzinfo=UTC), f"{minute} {hour} * * *"
    end = begin + timedelta(days=12)
    middle = begin + (end - begin) * cut
    whole = list(slots(cron, BERLIN, after=begin, until=end))

    assert [
        *slots(cron, BERLIN, after=begin, until=middle),
        *slots(cron, BERLIN, after=middle, until=end),
    ] == whole
    days = [slot.astimezone(BERLIN).date() for slot in whole]
    assert len(days) == len(set(days))
    assert len(days) in {11, 12, 13}


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
THREE = (NOW - 5 * HOUR, NOW - 2 * HOUR, NOW)


@pytest.mark.parametrize(
    ("rule", "passed", "run", "gone"),
    [
        ("latest", THREE, NOW, [(THREE[0],), (THREE[1],)]),
        ("each", THREE, THREE[1], [(THREE[0],)]),
        ("skip", THREE, NOW, [(THREE[0],), (THREE[1],)]),
        ("skip", THREE[:2], None, [(THREE[0],), (THREE[1],)]),
        ("latest", THREE[:1], None, [(THREE[0],)]),
        ("latest", (), None, []),
    ],
)
def test_each_rule_says_what_becomes_of_what_passed(rule, passed, run, gone):
    """Stale after four hours."""
    found = due(rule, passed, now=NOW, stale_after=4 * HOUR)

    assert found.run == run
    assert [each.slots for each in found.passed] == gone


@given(
    rule=st.sampled_from(["latest", "each", "skip"]),
    ago=st.lists(st.integers(0, 10_000), unique=True),
    stale=st.integers(1, 9_000),
)
def test_every_slot_is_run_or_told_or_still_due(rule, ago, stale):
    passed = [NOW - timedelta(minutes=each) for each in sorted(ago, reverse=True)]
    left, run, told = list(passed), [], []
    while left:
        found = due(rule, left, now=NOW, stale_after=timedelta(minutes=stale))
        if found.is_nothing:
            break
        told += [slot for each in found.passed for slot in each.slots]
        run += [found.run] if found.run else []
        left = [slot for slot in left if slot not in {*told, *run}]

    assert not left
    assert sorted([*run, *told]) == passed
    assert run == sorted(run)


def test_a_reason_stands_with_what_is_not_run():
    found = due("latest", THREE, now=NOW, stale_after=4 * HOUR)

    assert found.passed == (
        Passed(slots=(THREE[0],), reason="it was due too long ago"),
        Passed(slots=(THREE[1],), reason="a newer one takes its place"),
    )
