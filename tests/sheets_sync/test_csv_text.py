"""Nothing in a CSV file is a formula, nothing harmless is touched, and all comes back to the letter."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from injections import ALL, DANGEROUS, HARMLESS

from sheets_sync.csv_file import armed_again, disarmed, read, write

GIVEN = os.environ.get("WORKBENCH_INJECTION_CORPUS", "")
TRICKY = st.text(st.sampled_from("=+-@%|'\",;\t\r\n (!1aＤ＝\ufeff\x00")) | st.text(st.characters())


def test_what_is_dangerous_bears_an_apostrophe():
    assert len(DANGEROUS) >= 300
    assert [text for text in DANGEROUS if disarmed(text) == text] == []


def test_a_formula_at_the_start_is_disarmed_at_the_start():
    assert disarmed("=1+1") == "'=1+1"
    assert disarmed("\t=1+1") == "\t'=1+1"


def test_a_formula_behind_a_separator_is_disarmed_there():
    assert disarmed("a;=cmd|' /C calc'!A0;b") == "a;'=cmd|' /C calc'!A0;b"


def test_what_is_harmless_is_not_touched():
    assert [text for text in HARMLESS if disarmed(text) != text] == []


@given(st.lists(st.lists(TRICKY, min_size=1), min_size=1), st.sampled_from(",;\t"))
def test_every_text_comes_back_to_the_letter(rows, delimiter):
    rows = [row if any(row) else [*row, "x"] for row in rows]

    assert read(write(rows, delimiter=delimiter), delimiter=delimiter) == rows


def test_every_payload_comes_back_to_the_letter():
    rows = [[text, "beside", text] for text in ALL]

    assert read(write(rows)) == rows


def test_an_apostrophe_that_was_there_stays_there():
    assert disarmed("'=1+1") == "''=1+1"
    assert armed_again(disarmed("'=1+1")) == "'=1+1"


def test_a_long_text_takes_no_time():
    for text in (
        "1" * 100_000 + "x",
        "-" + "1," * 50_000 + "x",
        "'" * 100_000,
        " " * 100_000 + "x",
        "=;" * 50_000,
    ):
        assert armed_again(disarmed(text)) == text


@pytest.mark.skipif(
    not GIVEN, reason="WORKBENCH_INJECTION_CORPUS names no folder with formula_injection.json"
)
def test_the_corpus_is_disarmed_and_what_it_calls_harmless_is_not_touched():
    corpus = json.loads((Path(GIVEN) / "formula_injection.json").read_text("utf-8"))

    wrong = [each["text"] for each in corpus if (disarmed(each["text"]) != each["text"]) != each["dangerous"]]
    assert corpus
    assert wrong == []
    assert all(armed_again(disarmed(each["text"])) == each["text"] for each in corpus)
