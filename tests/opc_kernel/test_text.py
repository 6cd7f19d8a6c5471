"""Text that is hashed or compared has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.text import canonical, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("a\0b", "a\ufffdb"),
        ("Å\r\n\0", "\u00c5\n\ufffd"),
    ],
)
def test_it_is_nfc_with_lf_and_without_nul(text, expected):
    assert canonical(text) == expected


def test_half_a_character_is_refused():
    with pytest.raises(ValueError, match="half a character"):
        canonical("a\ud800")


@given(st.text(st.characters(codec="utf-8")))
def test_it_is_canonical_at_once(text):
    assert canonical(canonical(text)) == canonical(text)


def test_signs_that_nobody_sees_are_spelled_out():
    assert visible("red\u202eevil\x07\n\ttail\u200b") == "red⟨U+202E⟩evil⟨U+0007⟩\n\ttail⟨U+200B⟩"
    assert visible("Müller & Söhne 👩‍👧, ok") == "Müller & Söhne 👩‍👧, ok"
