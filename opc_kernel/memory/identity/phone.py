"""A phone number in its one international form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from opc_kernel.memory.identity.unread import Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """`number` is E.164, as +493012345678; an extension stands apart."""

    original: str
    number: str
    extension: str = ""
    is_mobile: bool = False


@lru_cache(maxsize=20_000)
def read_phone(original: str, region: str) -> Phone | Unread:
    """Read a number; one without country code is of `region`, two letters as DE."""
    import phonenumbers

    try:
        found = phonenumbers.parse(original, region)
    except phonenumbers.NumberParseException as error:
        return Unread(meant="phone", original=original, reason=str(error))
    possible = phonenumbers.is_possible_number_with_reason(found)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return Unread(meant="phone", original=original, reason=f"no number of {region} has this length")
    return Phone(
        original=original,
        number=phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164),
        extension=found.extension or "",
        is_mobile=phonenumbers.number_type(found) == phonenumbers.PhoneNumberType.MOBILE,
    )
