"""How alike two names are, and which words of a name are worth looking it up by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

CLEAR, ODD = 0.85, 0.50
"""From here on a name is clearly the same; below that it is another one."""
ONE_WORD = 0.80
MIN_TOKEN, PREFIX = 3, 5
LEGAL_FORMS = frozenset(
    "ag and bv co ek ev gbr gmbh haftungsbeschraenkt inc kg llc ltd mbb mbh nv ohg partg plc".split()  # noqa: SIM905
    + "sa sarl srl u ug und".split()  # noqa: SIM905 - one a line would fill the screen
)
FOLD = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue", "æ": "ae", "ø": "o"}
)


@lru_cache(maxsize=50_000)
def alike(left: str, right: str) -> float:
    """How alike two names are, 0 to 1: without umlauts, legal forms and order.

    One word out of several is never clearly the same: Hans Meier is not Meier GmbH.
    """
    if not left or not right:
        return 0.0
    one, other = plain(left), plain(right)
    fit = round(float(fuzz.token_set_ratio(one, other)) / 100, 2)
    return fit if one == other or (" " in one and " " in other) else min(fit, ONE_WORD)


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """Return a name in lower case without umlauts and legal forms."""
    folded = unicodedata.normalize("NFKD", name.translate(FOLD)).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", folded)
    return " ".join(word for word in words if word not in LEGAL_FORMS) or folded


@lru_cache(maxsize=50_000)
def tokens(name: str) -> frozenset[str]:
    """Return what to look a name up by: the beginnings of its words."""
    return frozenset(word[:PREFIX] for word in plain(name).split() if len(word) >= MIN_TOKEN)
