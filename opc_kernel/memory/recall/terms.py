"""Words as they are compared: in lower case and without their endings, in every language of the company."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

LANGUAGES = ("english", "german")
MAX_WORD_CHARS = 64
"""What is longer is no word: a key, a picture in letters."""
MAX_TERMS = 4_096
"""So many words of an item are indexed; more is a book."""

_WORD = re.compile(r"\w+")


class Terms:
    """Turns texts into terms. A word has one term for each language whose endings it may bear."""

    def __init__(self, languages: Sequence[str] = LANGUAGES) -> None:
        self.languages = tuple(languages)
        stemmers = [_stemmer(language) for language in languages]
        self._asides = frozenset(word for language in languages for word in ASIDES.get(language, ()))
        self.of_word = cache(lambda word: _stems(word, stemmers))

    def of(self, text: str) -> list[str]:
        """Return the terms of a text, each as often as it stands there."""
        return [term for word in words(text) for term in self.of_word(word)]

    def asked(self, query: str) -> dict[str, float]:
        """Return the terms a question looks for, with their weights: a word counts once, in however many languages."""
        wanted = self.looked_for(query)
        return {term: 1 / len(self.of_word(word)) for word in wanted for term in self.of_word(word)}

    def looked_for(self, query: str) -> list[str]:
        """Return the words a question looks for, each once: without those that only ask, where others are left."""
        found = list(dict.fromkeys(words(query)))
        return [word for word in found if word not in self._asides] or found


def words(text: str) -> list[str]:
    """Return the words of a text, whatever signs they are written with."""
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return [word for word in _WORD.findall(folded)[:MAX_TERMS] if len(word) <= MAX_WORD_CHARS]


def _stems(word: str, stemmers: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stemmer.stemWord(word) for stemmer in stemmers)) or (word,)


@cache
def known_languages() -> frozenset[str]:
    """Return the languages whose endings are known, by their English names."""
    import Stemmer

    return frozenset(Stemmer.algorithms())


def _stemmer(language: str) -> Any:  # noqa: ANN401 - the library is untyped
    import Stemmer

    return Stemmer.Stemmer(language)


_ENGLISH = (
    "a an the of to in on at for with and or is are was were be been do does did has have had what when "
    "where who whom whose which why how that this it its s t he she they his her their i you we me my "
    "your our would could should will can may might "
)
_GERMAN = (
    "der die das den dem des ein eine einen einem einer eines und oder ist sind war waren sein hat haben "
    "hatte was wann wo wer wen wem wessen welche welcher welches welchen warum wie dass es er sie ihr "
    "ihre ich du wir mich mein dein unser zu zum zur in im am an auf für mit von vom bei würde könnte "
    "sollte wird kann "
)
ASIDES = {"english": frozenset(_ENGLISH.split()), "german": frozenset(_GERMAN.split())}
"""Words that ask or join, and say nothing of what is looked for."""
