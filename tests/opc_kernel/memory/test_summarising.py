"""A summary says what was said, word for word, and the same each time; a promise is one only when it is plain."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.memory.promising import promises_in
from opc_kernel.memory.summarising import MOST_CHARS, SENTENCE_CHARS, Said, sentences_of, summary_of

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def said(*texts, speaker="Anna", title=""):
    return [
        Said(text=text, speaker=speaker, title=title, occurred_at=DAY + timedelta(days=number))
        for number, text in enumerate(texts)
    ]


def test_amounts_days_promises_and_decisions_are_kept_word_for_word():
    weighty = (
        "The lamp costs 1,450.00 EUR.",
        "We meet on 12 May.",
        "I'll send it by Friday.",
        "We agreed on blue.",
        "Wir haben den Vertrag gekündigt.",
        "Es kostet 90 Euro.",
    )
    talk = [text for each in weighty for text in (each, "Lovely weather, is it not?", "Thanks a lot!")]

    summary = summary_of(said(*talk))

    assert [each for each in weighty if each not in summary] == []


def test_each_line_says_when_and_who_and_a_title_once():
    summary = summary_of(said("It costs 5 EUR. Thanks.", "It costs 6 EUR.", title="Lamp"))

    assert summary.splitlines() == [
        "2026-03-02 Anna (Lamp): It costs 5 EUR.",
        "2026-03-03 Anna: It costs 6 EUR.",
    ]


def test_what_is_quoted_is_not_told_again():
    assert "90 EUR" not in summary_of(said("> It costs 90 EUR.\nIt costs 80 EUR."))


def test_small_talk_is_left_out_where_more_was_said():
    talk = ["The new booth stands in the northern hall.", "It leans on the stairs.", *["Thanks, good."] * 3]

    assert "Thanks" not in summary_of(said(*talk))


def test_nothing_short_enough_to_be_quoted_makes_no_summary():
    assert summary_of(said("word " * 200)) == ""


@given(st.lists(st.text(alphabet="aß€ 1.5\n>?!,-A", max_size=200), max_size=30))
def test_every_sentence_of_a_summary_was_said(texts):
    talk = said(*texts)
    there = {sentence for each in talk for sentence in sentences_of(each.text)}
    summary = summary_of(talk)

    told = sum(len(line.partition(": ")[2]) for line in summary.splitlines())
    assert told <= MOST_CHARS + SENTENCE_CHARS + len(there)
    for line in summary.splitlines():
        rest = re.sub(r"\s", "", line.partition(": ")[2])
        for sentence in sorted(there, key=len, reverse=True):
            rest = rest.replace(re.sub(r"\s", "", sentence), "")
        assert rest == ""
    assert summary == summary_of(talk)


@pytest.mark.parametrize(
    "text",
    ["We shall send it by 3 May.", "I'll call you tomorrow.", "Wir liefern bis Freitag.", "Ich werde morgen zahlen."],
)  # fmt: skip
def test_a_plain_promise_is_one(text):
    assert promises_in(f"Dear Ben, thanks. \n{text}\n> We will pay by 1 May.") == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "We will not send it by 3 May.",
        "If it rains, I will call tomorrow.",
        "Will we meet by Friday?",
        "You will pay by Friday.",
        "We would send it by 3 May.",
        "Wir liefern nicht bis Freitag.",
        "We will see.",
        "I will be late on Monday.",
    ],
)
def test_an_if_a_not_a_question_or_no_time_is_none(text):
    assert promises_in(text) == ()


def test_terms_and_conditions_promise_nothing():
    assert promises_in("\n".join(f"We will deliver part {number} by Friday." for number in range(9))) == ()
