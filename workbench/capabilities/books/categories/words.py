"""The words of a payment without what changes from month to month; light to import."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from workbench.capabilities.books.matching.document import Payment

MAX_TEXT = 1_000
LETTERS = re.compile(r"[^\W\d_]{2,}")


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text without accents, case and numbers: numbers are what changes from month to month."""
    plain = unicodedata.normalize("NFKD", text[:MAX_TEXT].casefold())
    return tuple(LETTERS.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


def shape_of(payment: Payment) -> frozenset[str]:
    """Return what payments of one kind have in common: all words of name and text."""
    return frozenset(words_of(f"{payment.counterparty} {payment.text}"))
