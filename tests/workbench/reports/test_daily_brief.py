"""The daily brief: what waits, what is in trouble, what is due and what happened, each once and in words."""

import pytest
from shop import Shop

from workbench.hold import hold
from workbench.jobs.slots import STALE
from workbench.reports.daily_brief import DailyBrief

INVOICES = """
RE-1,out,Sandtor GmbH,2026-10-01,2026-10-20,1190.00,EUR
RE-2,out,Elbe Papier AG,2026-10-20,2026-11-05,500.00,EUR
RE-3,out,Kranich KG,2026-10-20,2026-12-24,700.00,EUR
B-4,in,Hafenstrom AG,2026-10-10,2026-10-31,80.00,EUR
"""
CONTRACT = """
kind = "contract"
name = "Retainer"
party = "Sandtor GmbH"
renews_on = "2027-01-01"
notice_by = "2026-11-30"
"""


@pytest.fixture
def trading(shop):
    shop.invoices(INVOICES)
    shop.pay("2026-10-28, 950.00, Unbekannt GmbH, Danke")
    shop.work()
    return shop


def brief(shop, **more):
    return DailyBrief(shop.company, **more)


def lines(part):
    return str(part).splitlines()


def test_an_empty_company_is_told_its_first_step(tmp_path):
    shop = Shop(tmp_path / "new")  # not a copy: nothing holds its effects
    told = brief(shop)

    assert lines(told.waiting())[0] == "Nothing is here yet."
    assert "Nothing is due." in lines(told.due())
    assert told.summary == "0 rows wait, 0 due and 0 overdue, nothing in trouble"
    assert told.outputs == {
        "rows": 0,
        "at_risk": "0.00",
        "due": 0,
        "overdue": 0,
        "renewals": 0,
        "troubles": 0,
    }


def test_what_waits_is_told_with_the_money_at_risk(trading):
    told = brief(trading)

    assert lines(told.waiting())[:2] == ["1 row waits for you", "1 question. 950.00 EUR at risk."]
    assert "All came today." in lines(told.waiting())
    assert told.outputs["at_risk"] == "950.00"


def test_the_oldest_row_says_how_long_it_waits(trading):
    trading.clock.move(days=3)

    assert lines(brief(trading).waiting())[-1] == "The oldest waits since 3 days."


def test_due_and_overdue_stand_apart_and_what_is_far_away_is_left_out(trading):
    told = brief(trading)

    assert [(each.what, f"{each.on}") for each in told.ahead] == [("RE-2 Elbe Papier AG", "2026-11-05")]
    assert [each.what for each in told.overdue] == ["RE-1 Sandtor GmbH", "B-4 Hafenstrom AG", "October 2026"]
    assert lines(told.due())[-1] == "Customers are late with 1,190.00 EUR. You are late with 80.00 EUR."
    assert any("is to pay you: 13 days late" in line for line in lines(told.due()))


def test_days_ahead_reach_as_far_as_asked(trading):
    assert [each.what for each in brief(trading, days_ahead=60).ahead] == [
        "RE-2 Elbe Papier AG",
        "RE-3 Kranich KG",
    ]


def test_what_happened_is_told_since_the_last_brief(trading, runs):
    trading.clock.move(hours=24)
    runs.completed("daily_brief")
    before = lines(brief(trading).happened())
    trading.pay("2026-11-02, -9.00, Hetzner, Server", "later.csv")
    after = lines(brief(trading).happened())

    assert before == ["Since 03 Nov 2026, 10:00", "Nothing new.", "2 steps of work behind it."]
    assert "- 1 transaction booked" in after


def test_a_job_that_failed_is_in_trouble_until_it_ran_well(trading, runs):
    runs.failed("weekly_numbers", "the disk is full")
    runs.missed("daily_brief", 3, STALE)
    told = str(brief(trading).trouble())

    assert "weekly_numbers failed 02 Nov 10:00: the disk is full" in told
    assert f"daily_brief: 3 missed of late, the last 02 Nov 10:00: {STALE}." in told

    trading.clock.move(minutes=1)
    runs.completed("weekly_numbers")
    assert "weekly_numbers" not in str(brief(trading).trouble())


def test_effects_that_are_held_and_a_missing_backup_are_in_trouble(trading):
    hold(trading.company, reason="holiday", channel="cli")
    told = str(brief(trading).trouble())

    assert "Effects are held" in told
    assert "holiday" in told
    assert "There is no backup yet" in told


def test_a_contract_that_needs_notice_is_told_in_time(shop):
    shop.take(CONTRACT, "retainer.toml")
    shop.company.remember()

    assert [each.what for each in brief(shop, renewal_days=40).renewing] == ["Retainer"]
    assert lines(brief(shop, renewal_days=40).renewals())[-1].endswith(
        "Retainer · give notice by then, or it renews"
    )
    assert brief(shop, renewal_days=20).renewing == []


def test_the_brief_changes_nothing(trading):
    before, told = trading.count(), brief(trading)
    for make in (told.waiting, told.trouble, told.due, told.renewals, told.happened):
        make()

    assert trading.count() == before
