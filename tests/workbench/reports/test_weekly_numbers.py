"""The week in numbers against the one before: from the log alone, by the company's clock."""

import pytest
from shop import camt

from workbench.reports.weekly_numbers import WeeklyNumbers
from workbench.reports.weeks import NotAWeek, weeks

BOOKED = """
2026-10-20, 1190.00, Sandtor GmbH, RE-2026-001
2026-10-21, -30.00, Hetzner Online, Server
2026-10-25, -10.00, Hetzner Online, Domain
2026-10-26, 500.00, Elbe Papier AG, RE-2026-002
2026-10-31, -40.00, Hetzner Online, Server
"""
INVOICES = """
RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR
RE-2026-002,out,Elbe Papier AG,2026-10-20,2026-10-30,500.00,EUR
RE-2026-003,out,Kranich KG,2026-10-20,2026-10-30,70.00,EUR
"""


@pytest.fixture
def trading(shop):
    shop.invoices(INVOICES)
    shop.take(camt(BOOKED, opening="100.00", closing="1710.00"), "october.xml")
    shop.work()
    return shop


def report(shop, week=""):
    return WeeklyNumbers(shop.company, week)


def cells(part):
    return {name.strip(): [cell for cell in rest.split("  ") if cell.strip()] for name, rest in _split(part)}


def _split(part):
    for line in str(part).splitlines()[2:]:
        name, _, rest = line.partition("  ")
        yield name, rest


def test_the_last_whole_week_stands_against_the_one_before(trading):
    told = report(trading)

    assert told.weeks.name == "2026-W44"
    assert {name: [each.strip() for each in row] for name, row in cells(told.glance()).items()} == {
        "Income": ["500.00 EUR", "1,190.00 EUR", "−690.00 EUR"],
        "Cost": ["−40.00 EUR", "−40.00 EUR", "0.00 EUR"],
        "Result": ["460.00 EUR", "1,150.00 EUR", "−690.00 EUR"],
        "Main account": ["1,710.00 EUR", "1,250.00 EUR", "460.00 EUR"],
        "Rows you decided": ["0", "0", "0"],
        "Settled automatically": ["2 of 2 (100%)", "3 of 3 (100%)"],
    }


def test_receivables_are_those_of_each_sunday(trading):
    told = cells(report(trading).receivables())

    assert told["EUR, this week"][-1].strip() == "70.00 EUR"
    assert told["EUR, week before"][-1].strip() == "570.00 EUR"


def test_a_week_that_is_named_is_told(trading):
    assert report(trading, "2026-W43").outputs == {
        "week": "2026-W43",
        "income": "1190.00",
        "cost": "-40.00",
        "result": "1150.00",
        "decisions": 0,
        "settled_automatically": 3,
        "settled_by_operator": 0,
        "open": 0,
    }


@pytest.mark.parametrize("week", ["2026-44", "2026-W54", "W44", "2026-W1", "now"])
def test_what_is_no_week_is_refused(trading, week):
    with pytest.raises(NotAWeek):
        report(trading, week)


def test_decisions_count_on_the_companys_day(trading):
    trading.pay("2026-10-27, 950.00, Unbekannt GmbH, Danke", "more.csv")
    trading.work()
    trading.clock.move(days=6, hours=14, minutes=30)  # Sunday, 8 November, 24:30 in Berlin: Monday
    row = trading.row("books")
    trading.decide(row, "answer", choice=row.options[0].label)
    trading.clock.move(days=7)

    assert report(trading).outputs["decisions"] == 1
    assert report(trading).weeks.name == "2026-W46"


def test_an_empty_company_is_told_its_first_step(shop):
    told = report(shop)

    assert str(told.glance()).startswith("Nothing is here yet.")
    for make in (told.cash, told.result, told.receivables, told.decisions, told.automation, told.happened):
        assert len(str(make()).splitlines()) == 2
    assert told.summary == "2026-W44: result 0.00 EUR, 0 decisions"


def test_nothing_is_appended(trading):
    before, told = trading.count(), report(trading)
    for make in (told.glance, told.cash, told.result, told.receivables, told.decisions, told.happened):
        make()

    assert trading.count() == before


def test_weeks_go_over_the_end_of_a_year(shop):
    found = weeks("2027-W01", shop.company.today, shop.company.settings.tz, count=3)

    assert [f"{monday}" for monday in found.mondays] == ["2026-12-21", "2026-12-28", "2027-01-04"]
