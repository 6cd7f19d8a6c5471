"""Charts as pictures: they are drawn to scale, say what they are, and hold nothing that runs or loads."""

from base64 import b64decode
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reports.chart import HEIGHT, WIDTH, columns_chart, steps_chart, ticks
from workbench.reports.part import Part

SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(min_value=-1e9, max_value=1e9).filter(lambda value: value == 0 or abs(value) > 1e-3)


def drawn(markup):
    source = markup.text.partition('src="')[2].partition('"')[0]
    assert source.startswith("data:image/svg+xml;base64,")
    return ET.fromstring(b64decode(source.partition(",")[2]))


def bars(svg):
    """Return the columns of a chart, without the squares of its legend."""
    return [each for each in svg.iter(f"{SVG}rect") if each.get("height") != "10"]


@given(st.lists(finite, min_size=1, max_size=20))
def test_ticks_are_around_all_values(values):
    found = ticks(values)

    assert found[0] <= min(values)
    assert max(values) <= found[-1]
    assert 2 <= len(found) <= 8
    assert 0.0 in found


def test_columns_are_as_high_as_what_they_stand_for():
    svg = drawn(columns_chart(["a", "b"], {"income": [10, 20], "cost": [0, 5]}, "Income"))
    heights = [float(bar.get("height")) for bar in bars(svg)]

    assert heights == pytest.approx([heights[1] / 2, heights[1], heights[1] / 4], abs=0.2)


def test_stacked_columns_stand_on_each_other():
    lower, upper = bars(drawn(columns_chart(["a"], {"alone": [3], "you": [1]}, "x", stacked=True)))

    assert float(upper.get("y")) + float(upper.get("height")) == pytest.approx(float(lower.get("y")))
    assert lower.get("x") == upper.get("x")


def test_negative_columns_hang_below_zero():
    above, below = bars(drawn(columns_chart(["a", "b"], {"result": [Decimal(5), Decimal(-5)]}, "x")))

    assert float(above.get("y")) + float(above.get("height")) == pytest.approx(float(below.get("y")))


def test_a_line_stays_until_the_next_point():
    points = [(date(2026, 10, 1), Decimal(100)), (date(2026, 10, 5), Decimal(50))]
    (path,) = drawn(steps_chart({"Main account": points}, "Cash")).iter(f"{SVG}path")

    assert [path.get("d").count(move) for move in "MHV"] == [1, 2, 1]


def test_everything_stays_on_the_picture():
    labels = [f"week {at}" for at in range(60)]
    svg = drawn(columns_chart(labels, {"a": [*range(60)], "b": [-7] * 60}, "x"))

    for bar in bars(svg):
        assert 0 <= float(bar.get("x")) <= float(bar.get("x")) + float(bar.get("width")) <= WIDTH
        assert 0 <= float(bar.get("y")) <= float(bar.get("y")) + float(bar.get("height")) <= HEIGHT


def test_a_name_from_outside_is_text_and_the_chart_says_what_it_is():
    made = columns_chart(["<script>"], {"</svg><script>": [1]}, 'Say "this"')

    assert "".join(drawn(made).itertext()).count("<script>") == 2
    assert str(Part(made)) == '[Say "this"]'


def test_nothing_is_drawn_of_nothing():
    assert columns_chart(["a"], {"x": [0]}, "x").text == steps_chart({}, "x").text == ""
