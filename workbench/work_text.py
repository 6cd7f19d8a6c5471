"""Tasks and plans as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from workbench.work_story import Outside, PlanStory, TaskStory, clock

TERMS = ("agent", "subject", "reason", "due", "priority", "not_before", "attempts", "takeovers", "fixes")
STEPS = {
    "effect.intended": "intended",
    "effect.claimed": "attempt {attempt} begins",
    "effect.attempted": "attempt {attempt} did nothing",
    "effect.sent": "the provider took it",
    "effect.confirmed": "read back",
    "effect.unknown": "nobody knows whether it happened",
    "effect.failed": "it did not happen, and won't",
    "effect.settled": "a person said what is so",
    "effect.undo_claimed": "taking it back, attempt {attempt}",
    "effect.undo_attempted": "taking it back did not work, attempt {attempt}",
    "effect.compensated": "taken back",
}


def task_text(told: TaskStory, zone: ZoneInfo) -> str:
    """Return a task whole."""
    return "\n".join(
        [
            _title(told.task),
            *_terms(told.task, zone),
            *_section("Waits for", [told.waits_for] if told.waits_for else []),
            *_section("Tried", (told.task["tried"] or "").splitlines()),
            *_section("What can be done now", (f"{what}: {how}" for what, how in told.options)),
            *_section("Outside", _outside(told.outside, zone)),
            *(
                _section(f"Plan {_short(told.plan.plan)}: {told.plan.plan['title']}", told.plan.graph)
                if told.plan
                else ()
            ),
            *_section("Story", _story(told.story, zone)),
        ]
    )


def plan_text(told: PlanStory, zone: ZoneInfo) -> str:
    """Return a plan whole: its steps as a graph, each with its state."""
    plan = told.plan
    done = f"{plan['completed_steps']} of {plan['step_count']} steps done"
    return "\n".join(
        [
            f"plan {_short(plan)} · {plan['title']} · {plan['state']} · {done}",
            *_pairs({"asked": plan["asked"], "workflow": f"{plan['workflow']} {plan['workflow_version']}"}),
            *_pairs({"due": _when(plan["due"], zone), "reason": plan["reason"]}),
            *_section("Steps", told.graph),
            *_section("Tasks", (_step(task) for task in told.tasks)),
            *_section("Outside", _outside(told.outside, zone)),
        ]
    )


def _title(task: dict[str, Any]) -> str:
    rehearsed = " (rehearsed)" if task["rehearsed"] else ""
    return f"task {_short(task)} · {task['kind']} · {task['state']}{rehearsed}"


def _terms(task: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    shown = {name: task[name] for name in TERMS}
    return _pairs({name: _when(value, zone) for name, value in shown.items()})


def _pairs(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if value not in (None, "", 0):
            yield f"  {name:12} {value}"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return ["", title, *found] if found else []


def _outside(effects: Iterable[Outside], zone: ZoneInfo) -> Iterator[str]:
    for each in effects:
        effect = each.effect
        reference = f" · {effect['reference']}" if effect["reference"] else ""
        yield (
            f"{effect['kind']} to {effect['target']} ({effect['action']}) · {effect['mode']} · "
            f"{effect['state']}{reference}"
        )
        for step in each.steps:
            told = f": {step['told']}" if step["told"] else ""
            again = f" (again from {clock(step['not_before'], zone)})" if step["not_before"] else ""
            says = STEPS[step["type"]].format(attempt=step["attempt"])
            yield f"  {clock(step['recorded_at'], zone)}  {says}{told}{again}"


def _step(task: dict[str, Any]) -> str:
    why = f": {task['reason']}" if task["reason"] else ""
    return f"{_short(task)}  {task['step']} · {task['kind']} · {task['state']}{why}"


def _story(events: Iterable[dict[str, Any]], zone: ZoneInfo) -> Iterator[str]:
    for event in events:
        yield f"{event['position']}  {clock(event['recorded_at'], zone)}  {event['type']}  {event['actor']}"


def _short(record: dict[str, Any]) -> str:
    return str(record["stream"]).partition("/")[2][:10]


def _when(value: Any, zone: ZoneInfo) -> Any:  # noqa: ANN401 - a column of any kind
    return clock(value, zone) if hasattr(value, "astimezone") else value
