"""How two values of one kind agree, as the number of a level, best first; a record may have several of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from opc_kernel.memory.identity.address import Address
from opc_kernel.memory.identity.email_address import EmailAddress
from opc_kernel.memory.identity.exact_id import ExactId
from opc_kernel.memory.identity.firm import Firm
from opc_kernel.memory.identity.folding import ALIKE, NEAR, OTHER, SAME, likeness
from opc_kernel.memory.identity.name import Name
from opc_kernel.memory.identity.phone import Phone
from opc_kernel.memory.identity.short_names import is_short_for

T = TypeVar("T")

ALIKE_FIRM = 85
MIN_LINE_WORDS = 2
ABSENT = None


def best(left: Sequence[T], right: Sequence[T], compare: Callable[[T, T], int | None]) -> int | None:
    """Return the best level that any two values reach, None where nothing can be compared."""
    if len(left) == 1 == len(right):  # nearly always, and a million times in bulk
        return compare(left[0], right[0])
    reached = (compare(one, other) for one in left for other in right)
    return min((level for level in reached if level is not None), default=None)


SAME_NAME, NAME_OTHERWISE, NAME_NEAR, NAME_ALIKE, ONE_NAME, RELATIVE, FIRST_ALONE, OTHER_NAME = range(8)


@lru_cache(maxsize=100_000)
def names(left: Name, right: Name) -> int | None:
    """Compare first and family names together: what speaks for one family speaks against one person."""
    if not (left.family or left.first) or not (right.family or right.first):
        return ABSENT
    if left.generation != right.generation and left.generation and right.generation:
        return RELATIVE
    if left.lone or right.lone:
        return _lone(left, right)
    straight = _names(_first(left.first, right.first), _family(left, right))
    if straight <= ONE_NAME:
        return straight
    return NAME_OTHERWISE if _is_swapped(left, right) else straight


def _lone(left: Name, right: Name) -> int:
    """Compare where one of two is a single word, which may be the one name or the other."""
    words = {left.lone} if left.lone else {left.first, left.core}
    others = {right.lone} if right.lone else {right.first, right.core}
    is_same = any(likeness(one, other) <= NEAR for one in words - {""} for other in others - {""})
    return ONE_NAME if is_same else OTHER_NAME


def _names(first: int | None, family: int | None) -> int:
    if family is None or family == OTHER:
        return FIRST_ALONE if first in {SAME, NEAR} else OTHER_NAME
    if first is None:
        return ONE_NAME if family <= NEAR else OTHER_NAME
    if first == OTHER:
        return RELATIVE if family <= NEAR else OTHER_NAME
    return _close_names(first, family)


def _close_names(first: int, family: int) -> int:
    """Grade two names whose parts are all close."""
    if first + family == SAME:
        return SAME_NAME
    if first == ALIKE and family == SAME:
        return NAME_OTHERWISE
    return NAME_NEAR if first + family == NEAR else NAME_ALIKE


def _first(left: str, right: str) -> int | None:
    """Compare first names; an initial, a short form or half of a double name are ALIKE."""
    if not left or not right:
        return ABSENT
    fit = likeness(left, right)
    if fit == OTHER and (_is_initial(left, right) or is_short_for(left, right) or _shares_word(left, right)):
        return ALIKE
    return fit


def _is_initial(left: str, right: str) -> bool:
    return min(len(left), len(right)) == 1 and left[0] == right[0]


def _shares_word(left: str, right: str) -> bool:
    return not set(left.split()).isdisjoint(right.split())


def _family(left: Name, right: Name) -> int | None:
    if not left.family or not right.family:
        return ABSENT
    fit = likeness(left.core, right.core)
    return ALIKE if fit == OTHER and _shares_word(left.core, right.core) else fit


def _is_swapped(left: Name, right: Name) -> bool:
    """Whether first and family name changed places."""
    if not (left.first and left.family and right.first and right.family):
        return False
    crossed = likeness(left.first, right.family) + likeness(left.family, right.first)
    return crossed <= NEAR


SAME_FIRM, FIRM_NEAR, OTHER_FORM, FIRM_ALIKE, OTHER_FIRM = range(5)


@lru_cache(maxsize=100_000)
def firms(left: Firm, right: Firm) -> int:
    """Compare firms, whose words may stand in any order; another legal form is another firm until somebody says so.

    Numbers and single letters tell sisters apart: Halle 3 is no slip of the pen for Halle 4.
    """
    marks, others = _marks(left), _marks(right)
    if marks != others:
        return OTHER_FIRM if marks and others else FIRM_ALIKE
    fit = SAME if sorted(left.core.split()) == sorted(right.core.split()) else likeness(left.core, right.core)
    if fit <= NEAR:
        if left.form and right.form and left.form != right.form:
            return OTHER_FORM
        return SAME_FIRM if fit == SAME else FIRM_NEAR
    if fit == ALIKE or fuzz.token_set_ratio(left.core, right.core) >= ALIKE_FIRM:
        return FIRM_ALIKE
    return OTHER_FIRM


def _marks(firm: Firm) -> str:
    return "".join(
        sorted(word for word in firm.core.split() if len(word) == 1 or any(map(str.isdigit, word)))
    )


SAME_MAILBOX, SHARED_MAILBOX, SAME_LOCAL, SAME_DOMAIN, OTHER_MAILBOX = range(5)
MIN_LOCAL = 6
"""A shorter part before the @ is anybody's: anna@, info@."""


def emails(left: EmailAddress, right: EmailAddress) -> int:
    """Compare e-mail addresses."""
    is_local = left.local == right.local
    if left.domain == right.domain and is_local:
        return SHARED_MAILBOX if left.is_shared else SAME_MAILBOX
    if is_local and len(left.local) >= MIN_LOCAL and not left.is_shared:
        return SAME_LOCAL
    if left.domain == right.domain and left.is_private_domain:
        return SAME_DOMAIN
    return OTHER_MAILBOX


SAME_MOBILE, SAME_LINE, OTHER_PHONE = range(3)


def phones(left: Phone, right: Phone) -> int:
    """Compare phone numbers; a line that is no mobile one may be a whole firm's."""
    if left.number != right.number or (left.extension != right.extension):
        return OTHER_PHONE
    return SAME_MOBILE if left.is_mobile else SAME_LINE


SAME_ID, ID_NEAR, OTHER_ID = range(3)


def ids(left: ExactId, right: ExactId) -> int | None:
    """Compare ids of one kind."""
    if left.kind != right.kind:
        return ABSENT
    return _digits(left.value, right.value)


def birthdays(left: str, right: str) -> int | None:
    """Compare two days; day and month may have changed places."""
    if not left or not right:
        return ABSENT
    year, month, day = left.split("-")
    return ID_NEAR if right == f"{year}-{day}-{month}" and left != right else _digits(left, right)


def _digits(left: str, right: str) -> int:
    """Compare what has no likeness but a slip of the hand: one sign, or two that changed places."""
    if left == right:
        return SAME_ID
    return ID_NEAR if OSA.distance(left, right, score_cutoff=1) <= 1 else OTHER_ID


SAME_HOUSE, SAME_STREET, STREET_ALIKE, OTHER_STREET = range(4)


def streets(left: Address, right: Address) -> int | None:
    """Compare what stands above the place; the lines may have changed places."""
    fit = best(left.lines, right.lines, _lines)
    if fit is None:
        return ABSENT
    is_number = not left.number or not right.number or left.number == right.number
    if fit <= NEAR:
        return SAME_HOUSE if is_number else SAME_STREET
    return STREET_ALIKE if fit == ALIKE else OTHER_STREET


@lru_cache(maxsize=100_000)
def _lines(left: str, right: str) -> int:
    """Compare two lines; one may leave out a word: West 52nd Street is 52nd Street where nothing else is said."""
    fit = likeness(left, right)
    fewer, more = sorted((set(left.split()), set(right.split())), key=len)
    return NEAR if fit > NEAR and len(fewer) >= MIN_LINE_WORDS and fewer <= more else fit


SAME_PLACE, PARTLY_PLACE, OTHER_PLACE = range(3)


def places(left: Address, right: Address) -> int | None:
    """Compare postcode and place together: one follows from the other."""
    fits = [
        fit
        for fit in (_known(left.postcode, right.postcode), _known(left.place, right.place))
        if fit is not None
    ]
    if not fits:
        return ABSENT
    if max(fits) == SAME:
        return SAME_PLACE
    return PARTLY_PLACE if min(fits) <= NEAR else OTHER_PLACE


def _known(left: str, right: str) -> int | None:
    return likeness(left, right) if left and right else ABSENT


def written(values: Iterable[object]) -> str:
    """Return what was written, for the eye."""
    return " · ".join(str(getattr(value, "original", value)) for value in values)
