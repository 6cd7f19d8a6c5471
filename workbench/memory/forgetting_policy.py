"""Whom the policies would forget now: it is proposed to the operator, with what would go, and never done unasked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company, Queryable
from opc_kernel.sql import load_sql
from workbench.erasure.traces import RECORDS, Wanted
from workbench.memory.forgetting_events import ForgettingDue, Policy
from workbench.memory_settings import ForgetSettings

ACTOR = "forgetter"
PACKAGE = "workbench.memory"
MAX_LEADS, MAX_MAILS = 500, 200
MAX_OPEN = 5
"""So many proposals may wait for the operator at once."""
COLUMNS = "stream, version, state, policy, entities, events, last_on, days, reason, shown, row, account"
TITLES = (
    "SELECT title FROM memory_item WHERE kind = 'mail' AND list_has_any(sources, $events::VARCHAR[]) "
    "ORDER BY occurred_at, stream"
)
PROPOSED = "SELECT stream, state, events FROM forgetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Somebody, or some mails, of whom nothing was heard for as long as a policy says."""

    policy: Policy
    names: tuple[str, ...]
    last_on: date
    days: int
    entities: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """What an erasure is to take."""
        return Wanted(entities=self.entities, events=self.events, others_stay=True)

    @property
    def stream(self) -> str:
        """Where it is proposed; heard of again and silent again, it is another one."""
        ids = (*self.entities, *self.events)
        return f"forgetting/{derived_id(self.policy, self.last_on.isoformat(), *ids)}"

    def write(self) -> Write:
        """Return what proposes it."""
        data = ForgettingDue(
            policy=self.policy,
            entities=self.entities,
            events=self.events,
            last_on=self.last_on,
            days=self.days,
        )
        return Write(stream=self.stream, event_id=derived_id(self.stream, "due"), data=data, actor=ACTOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What was found due, and what became of it."""

    stream: str
    version: int
    state: str
    policy: Policy
    entities: tuple[str, ...]
    events: tuple[str, ...]
    last_on: date
    days: int
    reason: str
    shown: str | None
    row: str | None
    account: str | None


def propose_forgetting(company: Company, settings: ForgetSettings, *, now: datetime) -> int:
    """Note whom the policies find, for an agent to propose; return how many. Two at once note them once."""
    rows = company.query(PROPOSED).rows if settings.is_on else ()
    before = {stream for stream, _, _ in rows}
    free = MAX_OPEN - sum(state == "due" for _, state, _ in rows)
    new = [each for each in due_now(company, settings, now=now) if each.stream not in before][: max(free, 0)]
    if not new:
        return 0
    try:
        company.append([each.write() for each in new], expected={each.stream: NEW_STREAM for each in new})
    except VersionConflict:
        return 0  # another process was faster
    return len(new)


def due_now(company: Queryable, settings: ForgetSettings, *, now: datetime) -> list[Due]:
    """Return whom the policies find, those first of whom nothing was heard for longest."""
    return [
        *_leads(company, settings.leads_after_days, now),
        *_mails(company, settings.mails_after_days, now),
    ]


def proposed_by(company: Queryable, event_id: str) -> Proposed | None:
    """Return what an event proposed."""
    where = "stream = (SELECT stream FROM event WHERE event_id = $event_id)"
    return next(iter(proposed(company, where, event_id=event_id)), None)


def proposed(company: Queryable, where: str, **given: str) -> list[Proposed]:
    """Return what was proposed, the oldest first."""
    rows = company.query(f"SELECT {COLUMNS} FROM forgetting WHERE {where} ORDER BY position", **given)
    return [
        Proposed(**{**row, "entities": tuple(row["entities"]), "events": tuple(row["events"])})
        for row in rows.dicts()
    ]


def still_due(company: Queryable, found: Proposed, *, now: datetime) -> Due | None:
    """Return what was found due, unless something was heard since or nothing is left of it."""
    if found.entities:
        leads = _leads(company, found.days, now)
        return next((due for due in leads if due.entities == found.entities), None)
    titles = [title for (title,) in company.query(TITLES, events=[*found.events]).rows]
    if not titles:
        return None
    return Due(
        policy=found.policy,
        names=_titles(titles),
        last_on=found.last_on,
        days=found.days,
        events=found.events,
    )


def _leads(company: Queryable, days: int | None, now: datetime) -> Iterator[Due]:
    if days is None:
        return
    before = now - timedelta(days=days)
    rows = company.query(load_sql(PACKAGE, "leads_due"), before=before, limit=MAX_LEADS).rows
    for stream, name, heard_at in rows:
        yield Due(
            policy="leads_after_days",
            names=(name,),
            last_on=heard_at.date(),
            days=days,
            entities=(stream,),
        )


def _mails(company: Queryable, days: int | None, now: datetime) -> Iterator[Due]:
    """Yield the oldest mails that were not proposed before, as one."""
    if days is None:
        return
    before = now - timedelta(days=days)
    proposed = {event for _, _, events in company.query(PROPOSED).rows for event in events or ()}
    rows = company.query(
        load_sql(PACKAGE, "mails_due"),
        before=before,
        records=[*RECORDS],
        proposed=sorted(proposed),
        limit=MAX_MAILS,
    ).rows
    if rows:
        yield Due(
            policy="mails_after_days",
            names=_titles([title for _, title, _ in rows]),
            last_on=max(heard_at for _, _, heard_at in rows).date(),
            days=days,
            events=tuple(dict.fromkeys(event for event, _, _ in rows)),
        )


def _titles(titles: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(title or "without a subject" for title in titles)
