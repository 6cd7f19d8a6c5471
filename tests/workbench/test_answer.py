"""What a notebook gets: a table to look at, a frame to reckon with."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from workbench.answer import Answer

QUESTION = """
    SELECT * FROM (VALUES
        (1, 12.50::DECIMAL(19, 4), DATE '2026-11-02', TIMESTAMPTZ '2026-11-02 09:00:00+01', 'a <b>', true, 0.5::DOUBLE),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ) AS t(whole, money, day, instant, word, yes, ratio)
"""


def test_a_question_becomes_a_frame_with_the_right_types(shop):
    frame = shop.company.query(QUESTION).df()

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "whole": "Int64",
        "money": "float64",
        "day": "datetime64[s]",
        "instant": "datetime64[us, UTC]",
        "word": "object",
        "yes": "boolean",
        "ratio": "float64",
    }
    first = frame.iloc[0]
    assert (first["money"], first["day"], first["word"]) == (12.5, pd.Timestamp("2026-11-02"), "a <b>")
    assert first["instant"] == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert frame.iloc[1].isna().all()


def test_money_stays_exact_where_asked(shop):
    frame = shop.company.query("SELECT 0.1::DECIMAL(19, 4) AS money UNION ALL SELECT 0.2").df(decimals=True)

    assert sum(frame["money"]) == Decimal("0.3")


@pytest.mark.parametrize(
    "question", ["SELECT 1 AS a, 2 AS a", "SELECT 1 AS a WHERE false", "FROM bank_transaction"]
)
def test_columns_are_those_of_the_question(shop, question):
    answer = shop.company.query(question)

    frame = answer.df()

    assert (tuple(frame.columns), len(frame)) == (answer.columns, len(answer))


def test_a_table_shows_text_as_text_and_says_what_it_leaves_out():
    answer = Answer(columns=("<i>",), types=("VARCHAR",), rows=[("<script>",)] * 60)

    shown = answer._repr_html_()

    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 50
    assert "10 more rows" in shown


def test_days_before_pandas_begins_are_no_accident():
    answer = Answer(columns=("day",), types=("DATE",), rows=[(date(1, 1, 1),), (date(9999, 12, 31),)])

    assert list(answer.df()["day"].dt.year) == [1, 9999]
