"""Words as they are compared: without case, accents and signs; what is shown is always the original."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

SAME, NEAR, ALIKE, OTHER = range(4)
"""How alike two words are, best first."""
ALIKE_FROM = 0.9
MIN_NEAR = 4
"""In shorter words one letter is no slip: Jan is not Jon."""
SOUND_LETTERS = 5

GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae", "å": "a", "ł": "l", "đ": "d"})
LIKE_SOUNDS = str.maketrans("bdgcqvwzmy", "ptkkkffsni")
"""Letters that are heard alike."""
SILENT = re.compile("[aeiouh]")


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Return words of a-z and 0-9 alone (and of letters that Latin has not), parted by one space."""
    spelled = unicodedata.normalize("NFC", text).casefold().translate(GERMAN)
    marked = unicodedata.normalize("NFKD", spelled)
    bare = "".join(sign for sign in marked if not unicodedata.combining(sign) and sign not in "'’`")
    return " ".join(re.findall(r"[^\W_]+", bare))


@lru_cache(maxsize=200_000)
def likeness(left: str, right: str) -> int:
    """Say how alike two folded texts are: SAME, NEAR (one letter), ALIKE or OTHER."""
    if left == right:
        return SAME
    if min(len(left), len(right)) >= MIN_NEAR and OSA.distance(left, right, score_cutoff=1) <= 1:
        return NEAR
    return ALIKE if JaroWinkler.similarity(left, right) >= ALIKE_FROM else OTHER


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """Return a key that a word shares with those that are heard like it: its first sounds without vowels."""
    heard = word.replace("ph", "f").replace("sch", "s").translate(LIKE_SOUNDS)
    if not heard:
        return ""
    first = "a" if SILENT.match(heard[0]) else heard[0]
    rest = SILENT.sub("", heard[1:])
    return re.sub(r"(.)\1+", r"\1", first + rest)[:SOUND_LETTERS]
