"""Text from outside, made fit for a prompt: canonical, nothing invisible in it, inside a tag that it can't close."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from opc_kernel.text import canonical

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters (but tab and line end), joiners, marks of direction, variation selectors, tags, fillers."""
LINE_ENDS = re.compile("[\u2028\u2029]")
HALF = re.compile("[\ud800-\udfff]")
OWN_TAG = re.compile(r"<(?=\s*/?\s*data-)", re.IGNORECASE)
MARK_LENGTH = 12


def visible(text: str) -> str:
    """Return what a person would see of a text, in canonical form; half a character becomes U+FFFD."""
    return canonical(INVISIBLE.sub("", LINE_ENDS.sub("\n", HALF.sub("\ufffd", text))))


def all_visible(value: Any) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a JSON value in which every text, keys too, is `visible`."""
    match value:
        case str():
            return visible(value)
        case dict():
            return {visible(str(name)): all_visible(each) for name, each in value.items()}
        case list():
            return [all_visible(each) for each in value]
        case _:
            return value


def tagged(name: str, text: str) -> str:
    """Return a text as data, between tags that bear the text's own digest; `name` is ours, never from outside."""
    inside = OWN_TAG.sub("‹", visible(text))
    mark = hashlib.sha256(inside.encode()).hexdigest()[:MARK_LENGTH]
    return f'<data-{mark} name="{name}">\n{inside}\n</data-{mark}>'
