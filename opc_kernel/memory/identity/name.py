"""A person's name in its parts; nothing of what was written is lost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from opc_kernel.memory.identity.folding import folded
from opc_kernel.memory.identity.unread import Unread

if TYPE_CHECKING:
    from nameparser.config import Constants

MAX_NAME_LETTERS = 200
GERMAN_TITLES = """
herr herrn frau fräulein hr fr dr drs prof dipl-ing dipl-kfm dipl-inf mag ing rain ra
""".split()  # noqa: SIM905 - one a line would fill the screen
PARTICLES = frozenset("van von der den de del della di da dos du la le ten ter zu zum zur af av".split())  # noqa: SIM905 - one a line would fill the screen
GENERATIONS = frozenset(("jr", "sr", "junior", "senior", "jun", "sen", "ii", "iii", "iv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name as written, and its parts as they are compared (folded)."""

    original: str
    title: str = ""
    first: str = ""
    middle: str = ""
    family: str = ""
    suffix: str = ""
    nickname: str = ""

    @property
    def generation(self) -> str:
        """Junior or senior: what tells a father from his son."""
        found = GENERATIONS.intersection(self.suffix.split())
        return min(found)[:1] if found else ""

    @property
    def core(self) -> str:
        """The family name without its particles: Berg of von Berg."""
        words = [word for word in self.family.split() if word not in PARTICLES]
        return " ".join(words) or self.family

    @property
    def lone(self) -> str:
        """The only name there is, where it can't be known which one it is."""
        return "" if self.first and self.family else self.first or ("" if self.title else self.core)


def read_name(original: str) -> Name | Unread:
    """Read "Dr. Anna Maria Schmidt", "Schmidt, Anna" or 'William "Bill" Gates III'."""
    text = " ".join(original.split())
    if len(text) > MAX_NAME_LETTERS:
        return Unread(meant="name", original=original, reason="it is too long to be a name")
    if not any(sign.isalpha() for sign in text):
        return Unread(meant="name", original=original, reason="it has no letter")
    return _parsed(original, text)


def name_of(first: str, family: str) -> Name | Unread:
    """Return a name that came in two fields: nothing has to be guessed."""
    original = f"{first} {family}".strip()
    if not original:
        return Unread(meant="name", original=original, reason="it is empty")
    given, _, middle = folded(first).partition(" ")
    return Name(original=original, first=given, middle=middle, family=folded(family))


@lru_cache(maxsize=20_000)
def _parsed(original: str, text: str) -> Name:
    from nameparser import HumanName

    found = HumanName(text, constants=_words())
    return Name(
        original=original,
        title=folded(found.title),
        first=folded(found.first),
        middle=folded(found.middle),
        family=folded(found.last),
        suffix=folded(found.suffix),
        nickname=folded(found.nickname),
    )


@lru_cache(maxsize=1)
def _words() -> Constants:
    from nameparser.config import Constants

    words = Constants()
    words.titles.add(*GERMAN_TITLES)
    return words
