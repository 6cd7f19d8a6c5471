"""The words of a message: how many things, each one's summary, and where to decide; no link, no token, nothing more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from workbench.escalation.ladder import Concern, Kind

MAX_SUMMARY = 200
LINK = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.|mailto:|javascript:|data:)\S*", re.IGNORECASE)
HEADS: dict[Kind, str] = {
    "expiring": "Expires {expires}",
    "blocked": "Stuck since {since}",
    "unknown": "Nobody knows whether it happened, since {since}",
    "failed": "Failed {since}",
    "breaker": "Left alone since {since}",
    "held": "Held since {since}",
}
ROW = "decide: workbench queue show {short}"
WHERE: dict[Kind, str] = {
    "expiring": ROW,
    "blocked": ROW,
    "unknown": ROW,
    "failed": "look: workbench task show {short}",
    "breaker": "look: workbench health",
    "held": "decide: workbench release",
}
END = (
    "Decide on your own machine: on the page 'queue' of 'workbench up', in your sheet, or in a shell as above.\n"
    "This message holds no link on purpose, and nothing that answers it decides anything."
)


def subject(company: str, count: int, rung: str) -> str:
    """Return the subject: how much, and no word of what."""
    things = f"{count} thing{'' if count == 1 else 's'} {'needs' if count == 1 else 'need'} you"
    return f"{'Urgent: ' if rung == 'urgent' else ''}{things} at {plain(company)}"


def body(concerns: Sequence[Concern], *, more: int, base: str, zone: ZoneInfo) -> str:
    """Return the text of a message."""
    parts = [_told(concern, base, zone) for concern in concerns]
    rest = [f"And {more} more: workbench queue list"] if more else []
    return "\n\n".join([*parts, *rest, END])


def plain(text: str) -> str:
    """Return one short line of printable text in which nothing can be clicked."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    safe = LINK.sub("(link left out)", line)
    return safe if len(safe) <= MAX_SUMMARY else f"{safe[: MAX_SUMMARY - 1]}…"


def _told(concern: Concern, base: str, zone: ZoneInfo) -> str:
    head = HEADS[concern.kind].format(
        since=f"{concern.since.astimezone(zone):%d %b, %H:%M}",
        expires=f"{concern.expires_at.astimezone(zone):%d %b, %H:%M}" if concern.expires_at else "",
    )
    short = concern.about.partition("/")[2][:10]
    where = WHERE[concern.kind].format(short=short)
    return f"{head}{_stake(concern, base)}\n{plain(concern.summary)}\n{where}"


def _stake(concern: Concern, base: str) -> str:
    if concern.at_stake is not None:
        return f" · {abs(concern.at_stake):,.2f} {base} at stake"
    return "" if concern.amount is None else f" · {abs(concern.amount):,.2f} {concern.currency} at stake"
