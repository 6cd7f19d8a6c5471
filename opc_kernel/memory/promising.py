"""What somebody's own words promise, in the sentences that do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opc_kernel.memory.summarising import sentences_of

MAX_PROMISES = 5
"""So many of one text are taken; a text with more is terms and conditions."""

_PROMISES = re.compile(
    r"\b(?:i|we)(?:['’]ll| will| shall| promise to| guarantee)\b(?! be (?:late|away|out))"
    r"|\b(?:ich|wir) (?:werden?|liefern?|senden?|schicken?|zahlen?|überweisen?|melden?|versprechen?|sagen? .*\bzu\b)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:by|until|before|on|within|bis|am|vor|innerhalb|next|tomorrow|today|morgen|heute|nächste[nrs]?)\b",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\?\s*$|\b(?:not|never|if|unless|would|could|might|maybe|perhaps|try|nicht|nie|kein\w*|falls|wenn|würden?|"
    r"könnten?|vielleicht|versuchen?)\b|n['’]t\b",
    re.IGNORECASE,
)


def promises_in(text: str) -> tuple[str, ...]:
    """Return the sentences in which the writer promises something; with quotations and signature cut off before."""
    found = tuple(dict.fromkeys(_promises(text)))
    return found if len(found) <= MAX_PROMISES else ()


def _promises(text: str) -> Iterator[str]:
    """Yield the sentences in which the writer promises something for a time, without an if or a not."""
    for sentence in sentences_of(text):
        if _PROMISES.search(sentence) and _WHEN.search(sentence) and not _DOUBTS.search(sentence):
            yield sentence
