"""Pictures of memory: what lies together is one mark with a number, and no name lies over another."""

import itertools
import re
from datetime import date, timedelta

import pytest

from workbench.view_neighbours import ROW, Neighbour, _narrow, _wide
from workbench.view_timeline import BIN, WIDE, Mark, cut, text_width, timeline

TODAY = date(2026, 11, 2)
LANES = ("Said", "Known")


def marks(count, every_days):
    return [
        Mark(lane="Said", on=TODAY - timedelta(days=at * every_days), text=f"mail {at}")
        for at in range(count)
    ]


def wide(picture):
    return picture.text.partition("</svg>")[0]


def test_three_events_are_three_marks_with_their_words():
    drawn = wide(timeline(marks(3, 100), LANES, TODAY))

    assert re.findall(r'class="wb-label">([^<]+)<', drawn)[:2] == ["mail 2", "mail 1"]
    assert drawn.count("<circle") == 3


def test_hundreds_of_events_are_few_marks_that_count_all_of_them():
    drawn = wide(timeline(marks(300, 1), LANES, TODAY))

    counts = [int(each) for each in re.findall(r'class="wb-count">(\d+)<', drawn)]
    places = [float(each) for each in re.findall(r'<circle cx="([\d.]+)"', drawn)]
    assert sum(counts) + drawn.count("<circle") - len(counts) == 300
    assert all(after - before >= BIN for before, after in itertools.pairwise(places))


def test_a_lane_without_marks_is_not_drawn():
    assert "Known" not in wide(timeline(marks(2, 9), LANES, TODAY))
    assert timeline([], LANES, TODAY).text == ""


@pytest.mark.parametrize("every_days", [1, 40, 400, 4_000])
def test_the_days_at_the_foot_never_meet(every_days):
    drawn = wide(timeline(marks(8, every_days), LANES, TODAY))

    ticks = [float(x) for x in re.findall(r'<text x="([\d.]+)" y="[\d.]+" class="wb-tick"', drawn)]
    assert ticks
    assert all(after - before > 50 for before, after in itertools.pairwise(ticks))


@pytest.mark.parametrize(
    "text", ["short", "a name that goes on and on and on", "株式会社日本印刷株式会社日本"]
)
def test_a_text_is_cut_to_its_room(text):
    assert text_width(cut(text, 100)) <= 100 + text_width("…")


@pytest.mark.parametrize("count", [1, 2, 7, 20])
@pytest.mark.parametrize("draw", [_wide, _narrow])
def test_no_name_lies_over_another(draw, count):
    near = [
        Neighbour(
            entity=f"entity/{at}", name="A very long name of a firm " * 3, why="3 shared items", weight=3
        )
        for at in range(count)
    ]

    drawn = draw("Me", near, "words").text

    at = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)" class="wb-name"', drawn)
    assert len({*at}) == count
    for side in ("start", "end"):
        rows = sorted(float(y) for _, y, anchor in at if anchor == side)
        assert all(after - before >= ROW for before, after in itertools.pairwise(rows))
    assert all(0 <= float(x) <= WIDE for x, _, _ in at)
