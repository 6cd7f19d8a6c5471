"""A firm's name without its legal form, and that form: Müller GmbH is not Müller GmbH & Co. KG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from opc_kernel.memory.identity.folding import folded
from opc_kernel.memory.identity.unread import Unread

MAX_FIRM_LETTERS = 300
AND = frozenset(("und", "and", "et", "y", "e"))
"""What stands between two owners, in some languages."""
FORMS = {
    "gmbh & co kg": "gmbh und co kg|gmbh co kg|ges mbh und co kg|mbh und co kg",
    "ug & co kg": "ug haftungsbeschraenkt und co kg|ug und co kg",
    "ag & co kg": "ag und co kg|se und co kg",
    "kgaa": "kgaa|ag und co kgaa|se und co kgaa|gmbh und co kgaa",
    "ug": "ug haftungsbeschraenkt|ug|unternehmergesellschaft haftungsbeschraenkt|unternehmergesellschaft",
    "gmbh": "gmbh|gesellschaft mbh|gesellschaft mit beschraenkter haftung|gesmbh|ges mbh|mbh",
    "ggmbh": "ggmbh|gemeinnuetzige gmbh",
    "ag": "ag|aktiengesellschaft",
    "se": "se|societas europaea",
    "kg": "kg|kommanditgesellschaft|und co kg",
    "ohg": "ohg|offene handelsgesellschaft|og",
    "gbr": "gbr|gesellschaft buergerlichen rechts|egbr",
    "ek": "ek|ekfm|ekfr|eingetragener kaufmann|eingetragene kauffrau|eu",
    "partg": "partg mbb|partg|partgmbb|partnerschaft mbb|partnerschaftsgesellschaft",
    "eg": "eg|eingetragene genossenschaft",
    "ev": "ev|eingetragener verein",
    "ltd": "ltd|limited|co ltd|company limited|pty ltd|pte ltd|pvt ltd|private limited|proprietary limited|ltd sti",
    "ltd & co kg": "ltd und co kg",
    "plc": "plc|public limited company",
    "llp": "llp|limited liability partnership",
    "llc": "llc|limited liability company|l l c",
    "inc": "inc|incorporated|co inc",
    "corp": "corp|corporation",
    "sa": "sa|societe anonyme|sociedad anonima|sa de cv|sab de cv",
    "sas": "sas|sasu|societe par actions simplifiee",
    "sarl": "sarl|eurl|sagl|societe a responsabilite limitee",
    "snc": "snc",
    "spa": "spa",
    "srl": "srl|srls|sprl|bvba",
    "sl": "sl|slu|sociedad limitada",
    "lda": "lda|ltda|limitada",
    "bv": "bv|besloten vennootschap",
    "nv": "nv|naamloze vennootschap",
    "vof": "vof",
    "aps": "aps",
    "as": "as|asa|a s",
    "ab": "ab|aktiebolag",
    "oy": "oy|oyj",
    "sp z oo": "sp z oo|sp zoo|spolka z oo",
    "sro": "sro|spol sro",
    "kft": "kft",
    "zrt": "zrt|nyrt",
    "ou": "oue",
    "uab": "uab",
    "sia": "sia",
    "doo": "doo",
    "ood": "ood|eood",
    "kk": "kk|kabushiki kaisha",
}
ENDINGS = sorted(
    (
        (tuple(spelling.split()), form)
        for form, spellings in FORMS.items()
        for spelling in spellings.split("|")
    ),
    key=lambda ending: -len(ending[0]),
)
"""The words that a name may end with, the longest first."""
DOTTED = re.compile(r"\b\w(?:\s*[./]\s*\w\b)+\.?")
"""S.A., B. V., e.K., A/S: letters that make one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A firm's name as written; `core` is what is compared, `form` the legal form or nothing."""

    original: str
    core: str
    form: str = ""


def read_firm(original: str) -> Firm | Unread:
    """Read "Müller & Söhne GmbH & Co. KG"."""
    if len(original) > MAX_FIRM_LETTERS:
        return Unread(meant="firm", original=original, reason="it is too long to be a firm's name")
    if not folded(original):
        return Unread(meant="firm", original=original, reason="it has neither letter nor digit")
    return _parsed(original)


@lru_cache(maxsize=20_000)
def _parsed(original: str) -> Firm:
    joined = DOTTED.sub(lambda dotted: re.sub(r"[^\w]", "", dotted[0]), original)
    words = folded(re.sub(r"[&+]", " und ", joined)).split()
    core, form = _without_form(words)
    telling = [word for word in core if word not in AND]
    return Firm(original=original, core=" ".join(telling or core), form=form)


def _without_form(words: list[str]) -> tuple[list[str], str]:
    """Part the words from the legal form they end with; a name that is nothing else keeps it."""
    for ending, form in ENDINGS:
        kept = len(words) - len(ending)
        if kept > 0 and tuple(words[kept:]) == ending:
            return words[:kept], form
    return words, ""
