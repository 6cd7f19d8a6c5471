"""The queue in a notebook with cells: filters, rows chosen together, and a row's story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.widgets.queue_desk import FILTERS, QueueDesk, alike_rows, review, story

SMALL = Decimal(50)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("companies") / "demo"
    found(folder, demo=True)
    with own_company(folder) as held:
        taker = Ingestion(held, held.folder, held.settings, actor="test")
        for path in sorted((folder / "inputs").iterdir()):
            taker.ingest(path)
        held.work()
        yield held


@pytest.fixture
def desk(company):
    return QueueDesk(company)


def listed(desk) -> set[str]:
    return {row["key"] for row in desk.queue.rows}


class TestFilters:
    def test_at_first_everything_that_waits_is_listed(self, desk, company):
        assert listed(desk) == {row.key for row in company.queue()}
        assert desk._hidden.value == ""

    def test_what_a_filter_hides_is_counted(self, desk, company):
        desk._filters["Risk"].value = "high"
        high = {row.key for row in company.queue() if row.risk == "high"}
        others = len(company.queue()) - len(high)
        assert (listed(desk), desk._hidden.value) == (high, f"{others} rows hidden by these")
        assert 0 < len(high) < len(company.queue())

    def test_filters_count_together(self, desk, company):
        desk._filters["Risk"].value = "high"
        desk._filters["Confidence"].value = "80 % or more"
        assert listed(desk) == {
            row.key for row in company.queue() if row.risk == "high" and (row.confidence or 0) >= 0.8
        }

    def test_each_confidence_stands_under_one_choice(self, company):
        tests = [test for name, test in FILTERS["Confidence"].items() if name != "any"]
        assert all(sum(test(row, company.now) for test in tests) == 1 for row in company.queue())

    def test_a_deadline_is_measured_from_now(self, company):
        week, never = FILTERS["Expires"]["within a week"], FILTERS["Expires"]["never"]
        lasting = company.queue()[0]
        row = replace(lasting, expires_at=company.now + timedelta(days=7))
        assert week(row, company.now)
        assert not week(row, row.expires_at - timedelta(days=7, seconds=1))
        assert (never(row, company.now), never(lasting, company.now)) == (False, True)


class TestChoosing:
    def test_nothing_is_chosen_by_itself(self, desk):
        assert (desk.queue.selected, desk._chosen.value) == ([], "")

    def test_rows_like_the_one_that_is_looked_at(self, desk, company):
        like = next(row for row in company.queue() if row.kind == "question")
        chosen = alike_rows(company.queue(), like, "CAME from", SMALL)
        assert all(row.kind == "question" and abs(row.at_stake) <= SMALL for row in chosen)
        assert len(alike_rows(company.queue(), like, "", Decimal(0))) > len(chosen)
        assert alike_rows(company.queue(), None, "", Decimal(0)) == []

    def test_what_is_chosen_is_shown_row_by_row_with_its_sum(self, desk, company):
        rows = company.queue()[:3]
        desk.queue.selected = [row.key for row in rows]
        said = desk._chosen.value
        assert "3 rows chosen" in said
        assert all(row.short in said for row in rows)
        assert f"{sum(abs(row.at_stake) for row in rows):,.2f} EUR" in said

    def test_a_filter_takes_what_it_hides_from_the_choice(self, desk, company):
        low = next(row for row in company.queue() if row.risk == "low")
        desk.queue.selected = [low.key]
        desk._filters["Risk"].value = "high"
        assert (desk.queue.selected, desk._chosen.value) == ([], "")

    def test_words_of_others_stay_text(self, company):
        hostile = replace(company.queue()[0], summary="<img src=x>")
        assert "<img" not in review([hostile], "EUR").text


class TestStory:
    def test_it_has_a_section_for_each_thing_in_the_order_in_which_it_began(self, company):
        row = next(row for row in company.queue() if row.kind == "question")
        titles = [title for title, _ in story(company, row.correlation_id)]
        assert titles[0].startswith("bank transaction · ")
        assert any(title.startswith("question · ") for title in titles)
        assert len(titles) == len({title.partition(" · ")[0] for title in titles})

    def test_moving_to_another_row_tells_its_story(self, desk, company):
        other = company.queue()[5]
        desk.queue._look_at(other.key)
        assert list(desk._story.titles) == [title for title, _ in story(company, other.correlation_id)]
        assert desk._story.selected_index is None
