"""The one switch over everything that leaves the machine: held, nothing goes; doing either twice is no fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opc_kernel.effects.hold import HOLD, EffectsHeld, EffectsReleased, held
from opc_kernel.event import Write
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.place import look
from opc_kernel.log.protocol import Company as Log
from opc_kernel.log.protocol import Queryable
from workbench.company import Company, account, given_id

ATTEMPTS = 5
WAITING = "SELECT count(*) FROM task WHERE NOT finished AND state = 'requested' AND effects IS NOT NULL"
SINCE = "SELECT held, reason, account, since FROM hold WHERE stream = $stream AND held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Since when effects are held, by whom, and why."""

    since: datetime
    account: str
    reason: str


def standing(company: Queryable) -> Held | None:
    """Return how effects are held, None where they go on."""
    row = company.query(SINCE, stream=HOLD).one()
    return Held(since=row["since"], account=row["account"], reason=row["reason"]) if row else None


def barred(company: Company) -> str | None:
    """Return why nothing real can leave from this folder, whatever is held; None where it is the company's place."""
    reason = look(company.folder, given_id(company.folder))
    if reason is None:
        return None
    return f"Nothing real leaves from this folder: {reason}. Say 'workbench doctor --moved' or '--copied'."


def why_stopped(company: Company) -> str | None:
    """Return why what is ready to leave does not; None where nothing waits for that."""
    ((waiting,),) = company.query(WAITING).rows
    if not waiting:
        return None
    said = standing(company)
    if said is not None:
        return f"{waiting} tasks wait for 'workbench release': effects are held by {said.account}."
    why = barred(company)
    return f"{waiting} tasks wait. {why}" if why else None


def hold(company: Log, *, reason: str, channel: str) -> bool:
    """Stop every effect; False where they were held already."""
    return _switch(company, EffectsHeld(account=account(), reason=reason), channel)


def release(company: Log, *, reason: str, channel: str) -> bool:
    """Let effects go on; False where nothing was held."""
    return _switch(company, EffectsReleased(account=account(), reason=reason), channel)


def _switch(company: Log, event: EffectsHeld | EffectsReleased, channel: str) -> bool:
    for _ in range(ATTEMPTS):
        is_held, _reason, version = held(company)
        if is_held == isinstance(event, EffectsHeld):
            return False
        write = Write(stream=HOLD, data=event, actor=event.account, source=channel)
        try:
            company.append([write], expected={HOLD: version})
        except VersionConflict:  # somebody else was at the switch: look again
            continue
        return True
    return False
