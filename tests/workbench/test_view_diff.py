"""What changed between two texts, as the operator reads it."""

from __future__ import annotations

import re
import time

import pytest

from workbench.view_diff import MAX_LINE_CHARS, MAX_LINES, changed


def told(before: str, now: str) -> str:
    """Return a comparison as text: [-gone-] and {+new+}, a line a line."""
    html = changed(before, now).text
    for tag, left, right in (("del", "[-", "-]"), ("ins", "{+", "+}")):
        html = html.replace(f"<{tag}>", left).replace(f"</{tag}>", right)
    lines = html.replace("</b>", " ").replace("</div>", "\n")
    return re.sub(r"<[^>]*>", "", lines).strip("\n")


def test_what_is_the_same_has_no_difference():
    assert changed("one\ntwo", "one\ntwo").text == ""
    assert changed("one\ntwo\n", "one\ntwo").text == ""


def test_a_word_that_changed_stands_in_its_line():
    assert told("Dear Ada, pay 100 EUR now.", "Dear Ada, pay 120 EUR now.") == (
        "± Dear Ada, pay [-100-]{+120+} EUR now."
    )


def test_lines_that_have_little_in_common_are_two():
    assert told("Dear Ada", "Hello, world!") == "− [-Dear Ada-]\n+ {+Hello, world!+}"


def test_far_from_a_change_the_lines_are_counted():
    before = "\n".join(f"line {number}" for number in range(20))
    assert told(before, before.replace("line 10", "line ten")) == (
        "… 8 lines unchanged\n  line 8\n  line 9\n± line [-10-]{+ten+}\n  line 11\n  line 12\n… 7 lines unchanged"
    )


def test_lines_that_came_and_went():
    assert told("a\nb\nc", "a\nc\nd\ne") == "  a\n− [-b-]\n  c\n+ {+d+}\n+ {+e+}"


def test_what_nobody_sees_is_seen_as_a_change():
    assert told("pay Ada", "pay Ada\u200b") == "± pay Ada{+⟨U+200B⟩+}"


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "</del><script>alert(1)</script>", '"><a href=javascript:x>']
)
def test_nothing_of_the_texts_becomes_markup(hostile):
    html = changed(f"before {hostile}", f"now {hostile}\n{hostile}").text
    assert set(re.findall(r"<(\w+)", html)) <= {"div", "b", "span", "del", "ins"}


def test_a_text_too_long_to_compare_is_said_to_be():
    assert "Too long to compare: 1 line before" in changed("x", "y\n" * (MAX_LINES + 1)).text


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("a\n" * MAX_LINES, "b\na\n" * (MAX_LINES // 2)),
        ("x " * (MAX_LINE_CHARS // 2), "y x" * (MAX_LINE_CHARS // 3)),
        ("a" * 200_000, "b" * 200_000),
        ("\n".join(f"{n}" for n in range(MAX_LINES)), "\n".join(f"{n}" for n in reversed(range(MAX_LINES)))),
    ],
)
def test_no_text_takes_long(before, now):
    begun = time.process_time()
    assert changed(before, now).text
    assert time.process_time() - begun < 5
