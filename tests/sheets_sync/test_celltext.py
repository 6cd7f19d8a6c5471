"""Any text survives a cell, and nothing in a cell is ever a formula."""

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.celltext import escape, fits, unescape

TRICKY = st.text(st.sampled_from("_x005Fu\\0aA\r\n\t\0\x07\ufffe\ud800=")) | st.text(st.characters())


@given(TRICKY)
def test_what_was_escaped_comes_back(text):
    assert unescape(escape(text)) == text


def test_ordinary_text_is_left_alone():
    text = "Grüße, 100 % = C:\\files\\2026 \n\t“ok” 🙂"

    assert escape(text) == text


def test_control_characters_become_visible():
    assert escape("a\x07b\rc") == "a\\x07b\\x0dc"


def test_the_limit_counts_utf16_units_of_what_is_written():
    assert fits("x" * 32_767)
    assert not fits("x" * 32_768)
    assert not fits("🙂" * 16_384)
    assert not fits("\x07" * 10_000)
