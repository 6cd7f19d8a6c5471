"""The conductor: sees what has happened since it last looked, and asks for the work that follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from opc_kernel.event import ANY_VERSION, NEW_STREAM, EventData, Write
from opc_kernel.flow.agent import Reaction
from opc_kernel.flow.plan import (
    PLANNER,
    Plan,
    PlanComposed,
    PlanStepFinished,
    load_plan,
)
from opc_kernel.flow.storing import Storing, compose_and_start, planned
from opc_kernel.flow.task import TaskRequested
from opc_kernel.flow.workflow import Workflow, linked
from opc_kernel.ids import derived_id
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict
from opc_kernel.log.protocol import Company
from opc_kernel.sql import among, load_sql

BATCH = 500
SAVE_EVERY = 2_000
"""So many events may be looked at again after a restart: less would be written down more often."""
PLACE = "conductor/place"
MANY_TOLD = 100_000


class ConductorCaughtUp(EventData, type="conductor.caught_up"):
    """Everything up to a position was seen to, under this table of reactions."""

    up_to: int
    reactions: str


EVENTS: tuple[type[EventData], ...] = (ConductorCaughtUp,)


class Conductor:
    """Looks at each event once. What it asks for has derived ids, so two of them ask for it once."""

    def __init__(
        self, company: Company, reactions: Sequence[Reaction], workflows: Mapping[str, Workflow]
    ) -> None:
        self._company, self._workflows = company, workflows
        self._by_event = defaultdict[str, list[Reaction]](list)
        for reaction in reactions:
            self._by_event[reaction.event].append(reaction)
        self._table = derived_id(*sorted(f"{each.event} {each.starts}" for each in reactions))
        self._seen: int | None = None
        self._saved = 0
        self._told: set[str] = set()

    def look(self) -> int:
        """See to what happened since; return how much was asked for."""
        if self._seen is None:
            self._seen = self._saved = self._place()
        ((end,),) = self._company.query("SELECT coalesce(max(position), 0) FROM event").rows
        if end == self._seen:
            return 0
        asked, up_to = self._react(self._seen)
        moved, planned_to = self._catch_up(self._seen)
        self._seen = min(end, up_to, planned_to)
        if not asked + moved and self._seen == end and end - self._saved >= SAVE_EVERY:
            self._save()
        return asked + moved

    def told(self, task: str) -> None:
        """Hear that a task's end is recorded in its plan already."""
        if len(self._told) >= MANY_TOLD:
            self._told.clear()  # then a few plans are looked at once more
        self._told.add(task)

    def _react(self, after: int) -> tuple[int, int]:
        """Ask for what events ask for; return how many did, and up to where they were all seen."""
        rows = self._company.query(
            load_sql("opc_kernel.flow", "asking"), after=after, types=[*self._by_event], limit=BATCH
        ).rows
        asked = [
            storing
            for _, event_id, kind, stream, story in rows
            for reaction in self._by_event[kind]
            if (storing := self._begun(reaction, event_id, stream, story)) is not None
        ]
        new = _without(self._known(each.writes[0].stream for each in asked), asked)
        if new:
            self._append(new)
        return len(new), rows[-1][0] if len(rows) == BATCH else _END

    def _begun(self, reaction: Reaction, event_id: str, stream: str, story: str) -> Storing | None:
        if reaction.workflow is None:
            return _request(reaction, event_id, stream, story)
        workflow = self._workflows[reaction.workflow]
        asked = composed(workflow, inputs={"subject": stream, "event": event_id})
        return compose_and_start(
            f"plan/{derived_id(workflow.name, event_id)}", asked, story, causation=event_id
        )

    def _known(self, streams: Iterable[str]) -> set[str]:
        """Return which of these streams there are, erased ones too."""
        wanted = [*streams]
        if not wanted:
            return set()
        these, given = among("stream", wanted)
        return {
            stream
            for (stream,) in self._company.query(
                f"SELECT DISTINCT stream FROM event WHERE {these}", **given
            ).rows
        }

    def _append(self, storings: Sequence[Storing]) -> None:
        # another worker may answer the same events: the next look sees what is left
        with suppress(VersionConflict, EventIdTaken, PartlyStored):
            writes = [write for each in storings for write in each.writes]
            expected = {stream: version for each in storings for stream, version in each.expected.items()}
            self._company.append(writes, expected=expected)

    def _catch_up(self, after: int) -> tuple[int, int]:
        """Tell plans of steps that ended without their knowing, such as those that a person ended."""
        rows = self._company.query(
            load_sql("opc_kernel.flow", "unrecorded"), after=after, limit=BATCH
        ).dicts()
        moved = sum(self._tell(row) for row in rows if row["stream"] not in self._told)
        return moved, rows[-1]["position"] if len(rows) == BATCH else _END

    def _tell(self, row: Mapping[str, Any]) -> int:
        self.told(row["stream"])
        plan = load_plan(self._company, row["plan"])
        if plan is None or not _waits_for(plan, row):
            return 0
        finished = PlanStepFinished(
            step=row["step"],
            state="completed" if row["state"] == "reconciled" else row["state"],
            output=msgspec.json.decode(row["output"] or "{}"),
            rehearsed=row["rehearsed"],
            acted=row["acted"],
        )
        self._append([planned(plan, finished)])
        return 1

    def _place(self) -> int:
        rows = self._company.query(
            "SELECT data->>'up_to', data->>'reactions' FROM event WHERE stream = $place ORDER BY version DESC LIMIT 1",
            place=PLACE,
        ).rows
        return int(rows[0][0]) if rows and rows[0][1] == self._table else 0

    def _save(self) -> None:
        assert self._seen is not None
        self._saved = self._seen
        data = ConductorCaughtUp(up_to=self._seen, reactions=self._table)
        self._company.append([Write(stream=PLACE, data=data, actor=PLANNER)], expected={PLACE: ANY_VERSION})


_END = 2**63
"""Everything there was, was seen."""


def _without(known: set[str], storings: Sequence[Storing]) -> list[Storing]:
    """Return what was not asked for yet, each once."""
    new = {each.writes[0].stream: each for each in storings if each.writes[0].stream not in known}
    return [*new.values()]


def _waits_for(plan: Plan, row: Mapping[str, Any]) -> bool:
    """Whether a plan still waits for the end of this task."""
    if row["stream"] == plan.undo_task(row["step"]):
        return plan.state == "compensating" and row["step"] not in plan.undone
    return plan.state == "running" and row["step"] not in plan.finished


def _request(reaction: Reaction, event_id: str, stream: str, story: str) -> Storing:
    write = Write(
        stream=f"task/{derived_id(reaction.kind, event_id)}",
        event_id=derived_id("task.requested", reaction.kind, event_id),
        data=TaskRequested(kind=reaction.kind, agent=reaction.agent, subject=stream, trigger=event_id),
        actor=PLANNER,
        correlation_id=story,
        causation_id=event_id,
    )
    return Storing(own=(), writes=(write,), expected={write.stream: NEW_STREAM})


def composed(workflow: Workflow, *, inputs: Mapping[str, Any], asked: str = "", **more: Any) -> PlanComposed:  # noqa: ANN401 - the rest of the event's fields
    """Return a plan of this workflow for these inputs; raises ValidationError where they don't fit it."""
    checked = workflow.inputs.model_validate(dict(inputs))
    return PlanComposed(
        workflow=workflow.name,
        workflow_version=workflow.version,
        title=workflow.title,
        asked=asked,
        steps=linked(workflow.steps),
        inputs=checked.model_dump(mode="json"),
        on_failure=workflow.on_failure,
        budget=workflow.budget,
        **more,
    )
