"""Memory after a year is as good as in the first month: no more junk, nothing twice, and what was said is found."""

import time

import pytest

from tests.simulated_year import HEAD, SimulatedCompany


def lived(folder, told, days, **how):
    company = SimulatedCompany(folder, **how)
    try:
        told(f"\n     {HEAD}")
        for day in days:
            begun = time.monotonic()
            company.live(day)
            figures = company.measure()
            told(figures.line(), f"  {time.monotonic() - begun:.0f} s")
            yield figures
    finally:
        company.close()


def test_a_month_of_company_life(tmp_path, told):
    _, month = lived(tmp_path, told, (1, 30))

    assert (month.twice, month.names_twice, month.wrong_merges) == (0, 0, 0)
    assert month.contradictions <= 2
    assert month.found >= 0.95
    assert month.packed >= 0.95


@pytest.mark.soak
def test_year_of_company_life_leaves_memory_as_good_as_it_was(tmp_path, told):
    _, month, *_, year = lived(tmp_path, told, (1, 30, 90, 180, 270, 365))

    assert (year.twice, year.names_twice, year.wrong_merges) == (0, 0, 0)
    assert year.contradictions <= 2
    assert year.junk_kept < month.junk_kept
    assert year.junk_recalled < month.junk_recalled
    assert year.kept < 0.35 * year.said
    assert year.found >= 0.97
    assert year.packed >= 0.97
    assert year.tokens < 1.8 * month.tokens


@pytest.mark.soak
def test_year_without_consolidation_to_compare(tmp_path, told):
    *_, year = lived(tmp_path, told, (1, 30, 90, 180, 270, 365), consolidates=False)

    assert year.twice > 100
    assert year.junk_kept > 0.6
