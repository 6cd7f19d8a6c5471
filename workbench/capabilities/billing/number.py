"""The number of the next invoice: one more than the highest of its kind; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

LAST_DIGITS = re.compile(r"(.*?)(\d{1,12})", re.DOTALL)
FIRST_WIDTH = 3
YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def next_number(numbers: Sequence[str], today: date) -> str:
    """Return the next number after these, the newest last; a year in it follows the calendar and begins anew."""
    counted = [each for each in numbers if LAST_DIGITS.fullmatch(each)]
    if not counted:
        return f"{today.year}-{1:0{FIRST_WIDTH}}"
    before, digits = _parts(counted[-1])
    current = YEAR.sub(str(today.year), before)
    taken = [int(_parts(each)[1]) for each in counted if _parts(each)[0] == current]
    return f"{current}{max(taken, default=0) + 1:0{len(digits)}}"


def _parts(number: str) -> tuple[str, str]:
    found = LAST_DIGITS.fullmatch(number)
    assert found is not None, "only numbers that end in digits are counted"
    return found[1], found[2]
