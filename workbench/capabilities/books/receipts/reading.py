"""Reading receipts: who was paid how much, when and under which number, or that it is not stated; pure.

The text comes from outside: nothing in it is followed, run or looked up, and what is not said in it stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from workbench.capabilities.books.receipts.amounts import Role, Stated, amounts, total
from workbench.capabilities.books.receipts.days import receipt_day

MAX_CHARS = 100_000
MAX_PARTY = 80
MAX_SENTENCES = 50
TITLE_CHARS = 200
"""So far from its beginning a text says that it is about money that comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt states; None and "" are unknown. `amount` is the total, negative for money that came back.

    `payee` and `payer` are as named in the text or the sender; `is_paid` is False for an invoice that asks.
    """

    amount: Decimal | None
    currency: str | None
    day: date | None
    payee: str
    payer: str
    number: str
    is_paid: bool
    amounts: tuple[Stated, ...]

    @property
    def vendor(self) -> str:
        """The other side: who was paid, or who paid back."""
        return self.payer if self.amount is not None and self.amount < 0 else self.payee


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """A bank's or payment service's sentence about one payment."""

    payee: str
    payer: str
    is_incoming: bool


_PARTY_END = (
    r"(?<!Mr)(?<!Ms)(?<!Mrs)(?<!Dr)\.(?:\s|$|[A-Z][a-z])|[\n|]|$| to your | via | erhalten| gezahlt| gesendet"
)
_PARTY = rf"(?P<{{}}>[^\n|]{{{{2,80}}}}?)(?=\s*(?:{_PARTY_END}))"
_PAYEE, _PAYER = _PARTY.format("payee"), _PARTY.format("payer")
_MONEY = r"[^\s\w]{0,3}(?:[A-Z]{2,3}\$?)?\s?[\d.,'\u00a0 ]{1,20}\d(?:\s?(?:[€$£]|[A-Z]{3})){0,2}"
_OWNER = r"(?:(?P<payer>[A-Z][\w.-]{1,30}(?: [A-Z][\w.-]{1,30}){0,3})['’]s |[Yy]our )"
_RECEIVER = r"(?P<payee>[Yy]ou|[A-Z][\w&. -]{1,40}?)(?: have| has|['’]ve)?"
_SENTENCES = tuple(
    (re.compile(pattern), is_incoming)
    for pattern, is_incoming in (
        (rf"(?:(?P<payee>[A-Z][\w .,&/*-]{{1,60}}?)(?:['’]s|, your)[^\n|.]{{0,60}}|[Yy]ou(?:r [^\n|.]{{0,60}})?)"
         rf"(?: has| have|['’]ve)? received an? {_MONEY} credit from {_PAYER}", True),
        (rf"{_RECEIVER} received {_MONEY}(?: [\w ]{{1,20}}?)? from {_PAYER}", True),
        (rf"{_RECEIVER} received {_MONEY}", True),
        (rf"Sie haben {_MONEY} von {_PAYER}", True),
        (rf"{_OWNER}[^\n|.]{{0,80}}?(?:charged|pre-?authori[sz]ed)(?: for)? {_MONEY} by {_PAYEE}", False),
        (rf"(?P<payee>[A-Z][\w&., /*-]{{1,60}}?) has charged your [^\n|.]{{0,60}}?{_MONEY}", False),
        (rf"{_OWNER}[^\n|.]{{0,80}}?(?:charged|pre-?authori[sz]ed)(?: for)? {_MONEY}", False),
        (rf"[Yy]ou (?:have )?(?:sent|paid)(?: an?)?[\w .]{{0,30}}?(?: of)? ?{_MONEY}"
         rf"(?: via [\w .]{{1,30}}?)?(?: to {_PAYEE})?", False),
        (rf"[Pp]ayment of {_MONEY} to {_PAYEE}", False),
        (rf"Sie haben {_MONEY} an {_PAYEE}", False),
        (rf"Zahlung (?:von|über|in Höhe von) {_MONEY} an {_PAYEE}", False),
    )
)  # fmt: skip
_SENDER_WORDS = re.compile(
    r"\b(?:billing|invoices?|receipts?|notifications?|no-?reply|support|team|accounts?|payments?|service|rechnung(?:en)?)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"^[ \t]*(?P<name>[A-ZÄÖÜ][^\n|:;€$£]{1,60}?[ ,]+"
    r"(?:GmbH(?: & Co\. KG)?|AG|UG|KG|OHG|e\.K\.|Inc|LLC|Ltd|PLC|B\.?V|S\.?A|SARL|PLLC)\b\.?)",
    re.MULTILINE,
)
_SELLER = re.compile(
    r"(?:sold by|verkauft von|verkauf durch|order with|bestellung bei)\s{0,3}:?\s{0,3}(?P<name>[^\n|($€]{2,60})",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"^\W{0,3}(?P<name>[A-Z][\w-]{1,40}\.(?:com|de|co\.uk|at|ch|net|org|io|eu))\b", re.MULTILINE
)
_NUMBER_WORDS = (
    r"invoice|rechnung(?:s(?:nummer|nr\.?|-nr\.?))?",
    r"receipt|quittung|beleg(?:nummer|nr\.?)?",
    r"order|bestellung|bestell(?:nummer|nr\.?|-nr\.?)|auftrag(?:s(?:nummer|nr\.?))?",
    r"reference|transaction|booking reference|transaktions(?:code|nummer)|referenz|vorgangs(?:nummer|nr\.?)",
)
_NUMBERS = tuple(
    re.compile(
        rf"\b(?:{words})(?:[ \t]{{0,3}}(?:number|no\.?|nr\.?|id|code|#))?[\s:#]{{1,6}}"
        r"(?P<number>(?=[A-Z0-9_/.-]{0,20}\d)[A-Z0-9][A-Z0-9_/.-]{2,40})(?![^\W_])",
        re.IGNORECASE,
    )
    for words in _NUMBER_WORDS
)
_AMOUNT_LIKE = re.compile(r"\d{1,4}[.,]\d{2}|\d{4}-\d\d-\d\d|\d\d?[./]\d\d?[./]\d{2,4}|(?:19|20)\d\d")
_ASKS = re.compile(
    r"amount due|due date|will be (?:automatically )?charged|please pay|payable (?:by|within)|is ready"
    r"|offener betrag|fällig|zahlbar (?:bis|innerhalb)|bitte (?:überweisen|zahlen)|wird (?:abgebucht|eingezogen)"
    r"|zu zahlen bis",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"\bpaid\b|payment received|(?:was|been) (?:charged|pre-?authori[sz]ed|applied)|has charged|amount charged"
    r"|you sent|received|\breceipt\b|thank you for your (?:payment|order|purchase)|payment method"
    r"|bezahlt|gekauft am|\bquittung|zahlungsart|zahlung erhalten|gutgeschrieben",
    re.IGNORECASE,
)
_REFUND_TITLE = re.compile(
    r"credit note|\brefund(?! policy)|stornorechnung|rechnungskorrektur|\bgutschrift\b|erstattung",
    re.IGNORECASE,
)


def read(
    text: str, *, sender: str = "", sent_on: date | None = None, own_names: Sequence[str] = ()
) -> Receipt:
    """Read a receipt. `sender` is the name in the e-mail that brought it; `own_names` are never the other side."""
    text = _folded(text)
    stated = tuple(amounts(text))
    sentence = _sentence(text)
    best = total(stated)
    if best is not None and best.role is not Role.TOTAL and not (sentence or speaks_of_payment(text)):
        best = None
    is_refund = best is not None and _comes_back(text, best, sentence)
    other = "" if sentence else _other_side(text, sender, own_names)
    return Receipt(
        amount=None if best is None else -abs(best.amount) if is_refund else best.amount,
        currency=best.currency if best else None,
        day=receipt_day(text, best.currency if best else None) or sent_on,
        payee=sentence.payee if sentence else "" if is_refund else other,
        payer=sentence.payer if sentence else other if is_refund else "",
        number=_number(text),
        is_paid=bool(sentence or (_PAID.search(text) and not _ASKS.search(text))),
        amounts=stated,
    )


def _comes_back(text: str, best: Stated, sentence: _Sentence | None) -> bool:
    says_so = sentence.is_incoming if sentence else _REFUND_TITLE.search(text[:TITLE_CHARS]) is not None
    return best.role is Role.REFUND or says_so


def _folded(text: str) -> str:
    """Blanks as one; lines stay."""
    lines = (" ".join(line.split()) for line in text[:MAX_CHARS].splitlines())
    return "\n".join(line for line in lines if line)


def speaks_of_payment(text: str) -> bool:
    """Whether anything in a text asks for money, thanks for it, or is the number of an order or invoice."""
    return bool(_PAID.search(text) or _ASKS.search(text) or any(number.search(text) for number in _NUMBERS))


def _sentence(text: str) -> _Sentence | None:
    """The first sentence that names the other side, else the first of all: a subject often says less than the text."""
    found = list(islice(_sentences(text), MAX_SENTENCES))
    naming = (one for one in found if (one.payer if one.is_incoming else one.payee))
    return next(naming, found[0] if found else None)


def _sentences(text: str) -> Iterator[_Sentence]:
    for pattern, is_incoming in _SENTENCES:
        for found in pattern.finditer(text):
            parties = found.groupdict()
            yield _Sentence(
                payee=_party(parties.get("payee")),
                payer=_party(parties.get("payer")),
                is_incoming=is_incoming,
            )


def _party(name: str | None) -> str:
    plain = (name or "").strip(" ,*")
    return "" if plain.casefold() in ("you", "your") else plain[:MAX_PARTY]


def _other_side(text: str, sender: str, own_names: Sequence[str]) -> str:
    """The sender of the e-mail, else the seller, else the first firm or site that the text itself names."""
    own = [name.casefold() for name in own_names if name]
    for name in _named(text, sender):
        if name and not any(each in name.casefold() or name.casefold() in each for each in own):
            return name[:MAX_PARTY]
    return ""


def _named(text: str, sender: str) -> Iterator[str]:
    plain = re.sub(r"<[^>]*>|\S+@\S+", "", sender).strip(" \"'")
    yield " ".join(_SENDER_WORDS.sub("", plain).split())
    for pattern in (_SELLER, _LEGAL, _SITE):
        yield from (found["name"].strip(" ,.") for found in pattern.finditer(text))


def _number(text: str) -> str:
    for pattern in _NUMBERS:
        for found in pattern.finditer(text):
            number = found["number"].rstrip(".-/")
            if not _AMOUNT_LIKE.fullmatch(number):
                return number
    return ""
