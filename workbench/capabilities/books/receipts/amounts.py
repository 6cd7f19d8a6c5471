"""The amounts of a receipt and what each is: total, net, tax, fee, deposit, refund …; English and German; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from opc_kernel.money import parse_amount

MAX_AMOUNTS = 2_000
LABEL_CHARS = 80
"""So far before an amount is looked for what it is."""

SYMBOLS = {"US$": "USD", "A$": "AUD", "C$": "CAD", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
CODES = (
    "AED|AUD|BGN|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|ILS|INR|ISK|JPY|KRW|MXN|NOK|NZD|PLN|RON|SEK|SGD|THB|TRY"
    "|USD|ZAR"
)

_CURRENCY = rf"{'|'.join(map(re.escape, SYMBOLS))}|\b(?:{CODES})\b"
_DIGITS = r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?P<before>{_CURRENCY})[ \u00a0]?(?P<minus>[-−])?(?P<first>{_DIGITS})"
    rf"|(?<![\w.,/:])(?<!\w[-−])(?P<second>{_DIGITS})[ \u00a0]?(?P<after>{_CURRENCY})(?![ \u00a0]?\d)"
    r"|(?<![\w.,/:])(?<!\w[-−])(?P<bare>\d{1,3}(?:[.,']\d{3}){0,4}[.,]\d{2})(?![\w%.,/:-]*\w)(?!\s?%)"
)
_PIECE_END = re.compile(r"[\n|;]|(?<!incl)(?<!inkl)(?<!excl)(?<!exkl)(?<!zzgl)[.!?]\s", re.IGNORECASE)
_ADDRESS = re.compile(r"\d{1,3}(?:([.,])\d{3})+\1\d{1,2}")
"""The same sign cannot part thousands and cents: 173.193.210.44 is a machine's address."""
_MINUS = re.compile(r"[-−]\s?$")


class Role(StrEnum):
    """What an amount is."""

    TOTAL = "total"
    PRICE = "price"
    NET = "net"
    TAX = "tax"
    FEE = "fee"
    DEPOSIT = "deposit"
    REFUND = "refund"
    DISCOUNT = "discount"
    BALANCE = "balance"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """An amount as it stands in the text. `strength` is 2 for the grand total, 1 for some total, 0 for all else."""

    amount: Decimal
    currency: str | None
    role: Role
    strength: int
    label: str
    start: int


_FILLING = r"(?:\W+(?:in|of|is|due|der|price|amount|rechnung|order|usd|eur|gbp|chf)\b){0,3}\W*$"
_WORDS: tuple[tuple[Role, int, str], ...] = (
    # the first that stands in a label decides: what is narrower comes first
    (Role.OTHER, 0, r"for this shipment|für diese sendung|per month|pro monat|unit price|einzelpreis"),
    (Role.BALANCE, 0, r"balance|outstanding|remaining|saldo|kontostand|guthaben|restbetrag|offener betrag"),
    (
        Role.DEPOSIT,
        0,
        r"already paid|bereits (?:be|ge)zahlt|deposit|down ?payment|anzahlung|vorauszahlung|pfand|kaution|abschlag",
    ),
    (Role.REFUND, 0, r"refund|credit(?:ed)?\b(?! card)|erstatt|rückzahlung|gutschrift"),
    (Role.DISCOUNT, 0, r"discount|coupon|savings|gift card|rabatt|skonto|nachlass|gutschein(?!e)"),
    (
        Role.NET,
        0,
        r"sub ?-?total|(?:before|excl\w*\.?|without) ?(?:tax|vat)|zwischensumme|\bnet\b|\bnetto\w*|ohne (?:mwst|ust)",
    ),
    (Role.TOTAL, 2, r"(?:total|summe|betrag|paid|amount)\W.{0,20}(?:incl|inkl|including)"),
    (Role.TAX, 0, r"\bvat\b|\btax|\bgst\b|mwst|\bust\b|\w*steuer"),
    (Role.FEE, 0, r"\bfees?\b|shipping|handling|postage|gebühr|versand|porto"),
    (
        Role.TOTAL,
        2,
        r"(?:grand|order|invoice) total|total (?:for this order|paid|due|charged)|amount (?:charged|paid|due)",
    ),
    (
        Role.TOTAL,
        2,
        r"gesamtsumme|endsumme|endbetrag|rechnungsbetrag|rechnungssumme|zahlbetrag|zu zahlen|brutto",
    ),
    (
        Role.TOTAL,
        2,
        r"gesamtbestellwert|summe der bestellung|für diese bestellung|\bbezahlt\b|\bpaid:?$|zahlung (?:von|über)",
    ),
    (Role.TOTAL, 2, r"charged(?: for)?$|pre-?authori[sz]ed for$|payment of$|(?:you )?sent$"),
    (Role.PRICE, 0, rf"(?:\b(?:fahr|flug|ticket|kauf)?preis|\bfare)\b{_FILLING}"),
    (Role.TOTAL, 1, rf"(?:\btotal|gesamtbetrag|\bsumme|\bgesamt|\bamount|\bbetrag)\b{_FILLING}"),
)
_ROLES = tuple((role, strength, re.compile(words)) for role, strength, words in _WORDS)


def amounts(text: str) -> list[Stated]:
    """Return the amounts of a text in their order. Without a currency one counts where words say what it is."""
    found: list[Stated] = []
    end = 0
    for match in _AMOUNT.finditer(text):
        stated = _stated(text, match, end)
        end = match.end()
        if stated is not None:
            found.append(stated)
        if len(found) == MAX_AMOUNTS:
            break
    only = {one.currency for one in found if one.currency}
    return [_in_the_only(one, only) for one in found]


def total(found: Sequence[Stated]) -> Stated | None:
    """Return the amount that the receipt is about, or nothing where none is called so or two disagree."""
    refunds = [one for one in found if one.role is Role.REFUND]
    for strength in (2,) if refunds else (2, 1):
        totals = [one for one in found if one.role is Role.TOTAL and one.strength == strength]
        if totals:
            return _agreed(totals) or _sum_of_net_and_tax(totals, found)
    return _agreed(refunds or [one for one in found if one.role is Role.PRICE] or list(found))


def number_of(digits: str) -> Decimal:
    """Read a number with either decimal sign: the last sign is one unless three digits follow it."""
    plain = re.sub(r"[' \u00a0\u202f]", "", digits)
    whole, sign, rest = _parts(plain)
    if len(rest) == 3 and sign:
        return parse_amount(re.sub(r"[.,]", "", plain))
    return parse_amount(re.sub(r"[.,]", "", whole) + ("." + rest if sign else ""))


def _parts(plain: str) -> tuple[str, str, str]:
    at = max(plain.rfind("."), plain.rfind(","))
    return (plain[:at], plain[at], plain[at + 1 :]) if at >= 0 else (plain, "", "")


def _stated(text: str, match: re.Match[str], since: int) -> Stated | None:
    """An amount is what the words before it say, or those after it where it stands alone on its line."""
    code = match["before"] or match["after"]
    label = _label(text[max(since, match.start() - LABEL_CHARS) : match.start()])
    role, strength = _role(label)
    if role is Role.OTHER and _role(_words_after(text, match.end()))[0] is Role.TOTAL:
        role, strength = Role.TOTAL, 2
    if code is None and role is Role.OTHER:
        return None
    if _ADDRESS.fullmatch(match["first"] or match["second"] or match["bare"]):
        return None
    value = number_of(match["first"] or match["second"] or match["bare"])
    is_negative = match["minus"] or _MINUS.search(text[max(0, match.start() - 2) : match.start()])
    return Stated(
        amount=-value if is_negative else value,
        currency=SYMBOLS.get(code, code) if code else None,
        role=role,
        strength=strength,
        label=label,
        start=match.start(),
    )


def _label(before: str) -> str:
    """The last piece before an amount that has a letter."""
    pieces = _PIECE_END.split(before)
    return next((piece.strip().lower() for piece in reversed(pieces) if any(map(str.isalpha, piece))), "")


def _words_after(text: str, end: int) -> str:
    """'$45.00 ⏎ Paid': a single word right below an amount may be its name."""
    following = re.match(
        r"\s{0,6}(paid|total|bezahlt)[ \t]{0,4}(?:\n|$)", text[end : end + 20], re.IGNORECASE
    )
    return following[1].lower() if following else ""


def _role(label: str) -> tuple[Role, int]:
    for role, strength, words in _ROLES:
        if words.search(label):
            return role, strength
    return Role.OTHER, 0


def _in_the_only(one: Stated, currencies: set[str]) -> Stated:
    if one.currency or len(currencies) != 1:
        return one
    return replace(one, currency=next(iter(currencies)))


def _agreed(found: Sequence[Stated]) -> Stated | None:
    distinct = {(one.amount, one.currency) for one in found}
    return found[0] if len(distinct) == 1 else None


def _sum_of_net_and_tax(totals: Sequence[Stated], found: Sequence[Stated]) -> Stated | None:
    """Where totals disagree, the one that net and tax add up to."""
    sums = set(_sums(found))
    return _agreed([one for one in totals if one.amount in sums])


def _sums(found: Sequence[Stated]) -> Iterator[Decimal]:
    taxes = {one.amount for one in found if one.role is Role.TAX and one.amount}
    nets = {one.amount for one in found if one.role is Role.NET}
    yield from (net + tax for net in nets for tax in taxes)
