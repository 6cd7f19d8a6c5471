"""A round of forgetting: what the policies find is noted for the operator; what they approved is carried out, once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from opc_kernel.approvals.queue import rows_of
from opc_kernel.event import EventData, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.erase import ErasureChanged, NothingToErase
from opc_kernel.log.errors import VersionConflict
from opc_kernel.telemetry import warn
from workbench.erasure.erasing import (
    Request,
    StillOpen,
    carry_out_request,
    preview_erasure,
    substance,
)
from workbench.erasure.traces import Wanted
from workbench.memory.forgetting_agent import shown_hash_of
from workbench.memory.forgetting_events import ForgettingDropped, ForgettingDue
from workbench.memory.forgetting_policy import ACTOR, Proposed, propose_forgetting, proposed

if TYPE_CHECKING:
    from workbench.company import Company

AGAIN_AFTER = timedelta(minutes=10)
"""So long is waited when a file that goes is open in a program."""
CHANGED = "What would go is no longer what you approved: something came since."
APPROVED = (
    "state = 'approved' AND NOT EXISTS "
    "(SELECT 1 FROM event WHERE event.stream = 'erasure/' || split_part(forgetting.stream, '/', 2))"
)


class ForgettingRound:
    """The rounds of one process; several at once do everything once, for the erasure's id says what it is of."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._looked_on: date | None = None
        self._not_before: datetime | None = None

    def turn(self) -> int:
        """Do what is to be done now; return how much that was."""
        return self._propose() + self._carry_out()

    def _propose(self) -> int:
        """Look once a day."""
        settings, today = self._company.settings.memory.forget, self._company.today
        if not settings.is_on or self._looked_on == today:
            return 0
        self._looked_on = today
        return propose_forgetting(self._company, settings, now=self._company.now)

    def _carry_out(self) -> int:
        if self._not_before is not None and self._company.now < self._not_before:
            return 0
        try:
            return sum(self._forget(each) for each in proposed(self._company, APPROVED))
        except StillOpen as error:
            warn("forgetting waits", reason=type(error).__name__)
            self._not_before = self._company.now + AGAIN_AFTER
            return 0

    def _forget(self, each: Proposed) -> bool:
        """Forget what was approved; where it is something else by now it is asked again."""
        row = next(iter(rows_of(self._company, [each.row or ""])), None)
        if row is None or row.state != "approved" or shown_hash_of(row.content or "") != each.shown:
            return self._say(each, ForgettingDropped(row=each.row))
        wanted = Wanted(entities=each.entities, events=each.events, others_stay=True)
        try:
            preview = preview_erasure(self._company, wanted)
            if substance(self._company, preview) != each.shown:
                return self._say(each, _again(each))
            request = Request(
                wanted=wanted,
                confirmed=preview.hash,
                reason=f"{each.policy} = {each.days}",
                actor=each.account or ACTOR,
                policy=each.policy,
                id=each.stream.partition("/")[2],
            )
            return not carry_out_request(self._company, request).repeated
        except NothingToErase:
            return self._say(each, ForgettingDropped(row=each.row))
        except ErasureChanged:
            return False  # something was recorded at this moment, or another process forgot it: the next turn sees

    def _say(self, each: Proposed, data: EventData) -> bool:
        event_id = derived_id(each.stream, str(each.version), "round")
        write = Write(stream=each.stream, event_id=event_id, data=data, actor=ACTOR)
        try:
            self._company.append([write], expected={each.stream: each.version})
        except VersionConflict:
            return False  # another process said it
        return True


def _again(each: Proposed) -> ForgettingDue:
    return ForgettingDue(
        policy=each.policy,
        entities=each.entities,
        events=each.events,
        last_on=each.last_on,
        days=each.days,
        reason=CHANGED,
    )
