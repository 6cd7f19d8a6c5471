"""Climbing: what is due on the ladder is written down, once for all servers and restarts; sending it is a task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.protocol import Company, Queryable
from opc_kernel.sql import load_sql
from workbench.escalation.events import MessageWritten, RungClimbed
from workbench.escalation.ladder import Climbed, Concern, Message, Past, next_message
from workbench.escalation.settings import EscalationSettings

ACTOR = "herald"
RECENT = timedelta(days=7)
"""What failed longer ago is history."""
LAST = "SELECT max(digest_day) AS digest_day, max(urgent_at) AS urgent_at FROM concern"
RUNGS = (
    "SELECT stream, version, digest_at IS NOT NULL AS digest, urgent_at IS NOT NULL AS urgent FROM concern "
    "WHERE list_contains($streams::VARCHAR[], stream)"
)


def climb(
    company: Company, settings: EscalationSettings, *, way: str, now: datetime, zone: ZoneInfo
) -> Message | None:
    """Write down what the operator is to be told now, if anything. Two at once write it once.

    `way` names the channel and its mode.
    """
    if settings.channel is None:
        return None
    concerns = open_concerns(company, settings, now=now, zone=zone)
    if not concerns:
        return None
    past = told_before(company, [each.stream(way) for each in concerns])
    message = next_message(concerns, past, settings, way=way, now=now, zone=zone)
    if message is None:
        return None
    writes, expected = writes_of(message, past, way)
    try:
        company.append(writes, expected=expected)
    except (VersionConflict, EventIdTaken, PartlyStored):  # another server was faster: it is told already
        return None
    return message


def open_concerns(
    company: Queryable, settings: EscalationSettings, *, now: datetime, zone: ZoneInfo
) -> list[Concern]:
    """Return what is on the ladder now; what was decided is not."""
    rows = company.query(
        load_sql("workbench.escalation", "concerns"),
        now=now,
        today=now.astimezone(zone).date(),
        expiring=now + timedelta(hours=settings.expiring_h),
        recent=now - RECENT,
    )
    return [Concern(**row) for row in rows.dicts()]


def told_before(company: Queryable, streams: Sequence[str]) -> Past:
    """Return how far these came, and when the last messages were written."""
    rows = company.query(RUNGS, streams=[*streams]).dicts()
    climbed = {row.pop("stream"): Climbed(**row) for row in rows}
    (last,) = company.query(LAST).dicts()
    return Past(climbed=climbed, **last)


def writes_of(message: Message, past: Past, way: str) -> tuple[list[Write], dict[str, int]]:
    """Return what records a message: itself, and the rung that each of its concerns climbs."""
    streams = [each.stream(way) for each in message.concerns]
    versions = {stream: past.of(stream).version for stream in streams}
    once = (
        [message.day.isoformat()]
        if message.rung == "digest"
        else [f"{each} {versions[each]}" for each in streams]
    )
    own = f"escalation/{derived_id(message.rung, way, *once)}"  # one digest a day, whoever writes it
    told = MessageWritten(
        rung=message.rung, concerns=tuple(streams), day=message.day, more=message.more, way=way
    )
    climbed = RungClimbed(rung=message.rung, message=own, day=message.day)
    writes = [
        Write(stream=own, event_id=derived_id(own, "written"), data=told, actor=ACTOR),
        *(
            Write(stream=stream, event_id=derived_id(stream, message.rung), data=climbed, actor=ACTOR)
            for stream in streams
        ),
    ]
    return writes, {own: NEW_STREAM, **versions}
