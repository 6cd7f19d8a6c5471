"""What was meant as a mailbox, a number or a date and is none: it stays as text, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """`meant` is what the text was given as, such as `phone`; `reason` is a sentence."""

    meant: str
    original: str
    reason: str
