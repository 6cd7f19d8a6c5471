"""The planner: turns what the operator asked for into a plan, asks what is missing, and lets an approved plan run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import ValidationError

from opc_kernel.approvals.row import Option, Proposal, Question, content_hash
from opc_kernel.effects.intent import EffectKind
from opc_kernel.event import Write, first_problem
from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.budget import NO_MODELS, Budget
from opc_kernel.flow.conductor import composed
from opc_kernel.flow.outcome import Ask, Block, Cancel, Done, Outcome, Propose
from opc_kernel.flow.plan import PlanCompensated, PlanComposed, PlanFailed
from opc_kernel.flow.task import TaskFailed
from opc_kernel.flow.workflow import Workflow, graph, problems
from opc_kernel.ids import derived_id
from workbench.planning.choosing import Choice, choose
from workbench.planning.events import WorkClarified, WorkRequested

NAME = "planner"
COMPOSE = "plan.compose"
WORKFLOW = "workflow"
"""The field of a request that names what is to be done."""
BY_HAND = "by-hand"
MAX_OPTIONS = 30
REPORT = "plan.report"
REACTIONS = (
    Reaction(event=WorkRequested.event_type, kind=COMPOSE, agent=NAME),
    Reaction(event=PlanCompensated.event_type, kind=REPORT, agent=NAME),
    Reaction(event=PlanFailed.event_type, kind=REPORT, agent=NAME),
)
ENDING = (
    "SELECT type, data, event_id FROM event_now WHERE correlation_id = $story AND data IS NOT NULL "
    "AND (stream = $plan OR type = 'task.failed') ORDER BY position"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """What must be asked before there is a plan."""

    field: str
    question: Question


def planner(
    workflows: Mapping[str, Workflow],
    agents: Sequence[Agent],
    kinds: Mapping[str, EffectKind],
    *,
    has_models: bool,
) -> Agent:
    """Return the agent that knows these workflows; `agents` and `kinds` are what plans are checked against."""
    by_name = {agent.name: agent for agent in agents}
    return Agent(
        name=NAME,
        role="composes plans for what you ask for; nothing runs before you approved its plan",
        capability="plan",
        steps={COMPOSE: lambda context: compose(context, workflows, by_name, kinds), REPORT: report},
        may_read=("event_now",),
        may_write=("work.clarified",),
        may_plan=True,
        may_spend=Budget(calls=3, cost="0.50") if has_models else NO_MODELS,
    )


def compose(
    context: Context,
    workflows: Mapping[str, Workflow],
    agents: Mapping[str, Agent],
    kinds: Mapping[str, EffectKind],
) -> Outcome:
    """Go on with one request: ask what it leaves open, show its plan, or let the approved plan run."""
    row = context.row
    if row is not None and row.state == "rejected":
        return Cancel(reason=row.note or "you did not want it")
    request, clarified, version = _request(context)
    found = plan_for(request, clarified, workflows, context)
    writes: tuple[Write, ...] = ()
    if isinstance(found, Unclear) and row is not None and row.state == "answered":
        if row.answer == BY_HAND:
            return Cancel(reason="you see to it yourself")
        value = row.answer.removeprefix(f"{WORKFLOW}/")
        writes = (_clarified(context, found.field, value, row.key),)
        found = plan_for(request, {**clarified, found.field: value}, workflows, context)
    guard = {context.task.subject: version} if writes else {}
    if isinstance(found, Unclear):
        return Ask(question=found.question, writes=writes, expected=guard)
    wrong = [*problems(found.steps, found.budget, agents, kinds)]
    if wrong:
        return Block(reason=f"{found.title}: the plan is unsound", tried="\n".join(wrong))
    proposal = shown(found, kinds, context.task.trigger, context.asked_back)
    if row is None or row.state != "approved" or row.hash != content_hash(proposal):
        return Propose(proposal=proposal, writes=writes, expected=guard)
    return Done(result=f"it runs: {found.title}", starts=found)


def report(context: Context) -> Outcome:
    """Tell the operator of a plan that came to nothing by itself; one that they ended is no news."""
    if context.row is not None and context.row.state in {"answered", "rejected"}:
        return Done(result="you have seen it")
    plan, story = context.task.subject, context.task.correlation_id
    rows = context.company.query(ENDING, story=story, plan=plan).rows
    composed_as = [
        PlanComposed.model_validate_json(data) for kind, data, _ in rows if kind == "plan.composed"
    ]
    failed = {
        event: TaskFailed.model_validate_json(data).reason
        for kind, data, event in rows
        if kind == "task.failed"
    }
    if not failed or not composed_as:
        return Done(result="you ended it")
    return Ask(
        question=_not_done(plan, composed_as[0], failed, was_taken_back=rows[-1][0] == "plan.compensated")
    )


def _not_done(plan: str, asked: PlanComposed, failed: Mapping[str, str], *, was_taken_back: bool) -> Question:
    """Say what was not done and why; `failed` has reasons by the events they come from."""
    words = f" — “{asked.asked}”" if asked.asked else ""
    ending = "What it had done outside is taken back." if was_taken_back else "What it did before stands."
    return Question(
        summary=f"Not done: {asked.title}{words}",
        reason="\n".join(
            (
                *dict.fromkeys(failed.values()),
                f"{ending} Ask for it again once that is put right.",
                f"Its steps: workbench task show {plan.partition('/')[2][:10]}",
            )
        ),
        facts=tuple(failed),
        options=(Option(id="seen", label="I have seen it"),),
    )


def plan_for(
    request: WorkRequested, clarified: Mapping[str, str], workflows: Mapping[str, Workflow], context: Context
) -> PlanComposed | Unclear:
    """Return the plan that a request comes to with what was clarified, or the next thing to ask."""
    offered = (
        [workflows[clarified[WORKFLOW]]] if clarified.get(WORKFLOW) in workflows else [*workflows.values()]
    )
    choice = choose(request.words, offered, context.models)
    if len(choice.workflows) != 1 or (choice.doubt and WORKFLOW not in clarified):
        return Unclear(field=WORKFLOW, question=_which(request, choice, context))
    (workflow,) = choice.workflows
    inputs = {**choice.inputs, **{name: value for name, value in clarified.items() if name != WORKFLOW}}
    try:
        return composed(
            workflow,
            inputs=inputs,
            asked=request.words,
            due=request.due,
            priority=request.priority,
            note=choice.how,
        )
    except ValidationError as error:
        return _missing(request, workflow, error, context)


def shown(
    plan: PlanComposed, kinds: Mapping[str, EffectKind], fact: str, asked_back: str | None = None
) -> Proposal:
    """Return the row that shows a plan before it runs: its steps, what each does outside, what it may spend."""
    outside = {kind: kinds[kind] for step in plan.steps for kind in step.effects}
    lines = graph(plan.steps)
    lines += ["", "Inputs:", *(f"  {name}: {_plain(value)}" for name, value in plan.inputs.items())]
    if outside:
        lines += [
            "",
            "Outside:",
            *(f"  {name} — {kind.does}: {UNDO[kind.undo]}" for name, kind in outside.items()),
        ]
    if not plan.budget.is_nothing:
        lines += ["", f"It may ask models {plan.budget.calls} times, for at most {plan.budget.cost}."]
    failing = "what was done is taken back" if plan.on_failure == "compensate" else "you are asked"
    lines += ["", f"When a step can't be done, {failing}."]
    replied = f"\nYou asked: “{asked_back}”. The plan is all there is to say." if asked_back else ""
    return Proposal(
        action="plan.start",
        summary=f"Run: {plan.title}" + (f" — “{plan.asked}”" if plan.asked else ""),
        content="\n".join(lines),
        reason=f"You asked for it: “{plan.asked}”. Composed from the workflow {plan.workflow} "
        f"(version {plan.workflow_version}); {plan.note}. Each gate in it asks you again, word for word.{replied}",
        facts=(fact,),
        undo="undo",
    )


UNDO = {
    "undo": "it can be taken back",
    "soften": "it can only be followed by a correction",
    "none": "it can't be taken back, so you approve it word for word",
}


def _request(context: Context) -> tuple[WorkRequested, dict[str, str], int]:
    rows = context.company.query(
        "SELECT type, data, version FROM event_now WHERE stream = $stream ORDER BY version",
        stream=context.task.subject,
    ).rows
    request = WorkRequested.model_validate_json(rows[0][1])
    later = [WorkClarified.model_validate_json(data) for _, data, _ in rows[1:]]
    return request, {each.field: each.value for each in later}, rows[-1][2]


def _clarified(context: Context, field: str, value: str, row: str) -> Write:
    stream = context.task.subject
    return Write(
        stream=stream,
        event_id=derived_id(stream, row),
        data=WorkClarified(field=field, value=value, row=row),
        actor=NAME,
    )


def _which(request: WorkRequested, choice: Choice, context: Context) -> Question:
    """Ask which workflow is meant."""
    options = tuple(
        Option(id=f"{WORKFLOW}/{each.name}", label=f"{each.title} ({each.name})")
        for each in choice.workflows[:MAX_OPTIONS]
    )
    return Question(
        summary=f"What shall be done: “{request.words}”?",
        reason=_told(context, choice.doubt or "None of the workflows alone fits these words."),
        facts=(context.task.trigger,),
        options=(*options, Option(id=BY_HAND, label="None of these: I see to it myself")),
    )


def _missing(request: WorkRequested, workflow: Workflow, error: ValidationError, context: Context) -> Unclear:
    """Ask for the first input that is missing or does not fit."""
    field = str(error.errors(include_input=False, include_url=False)[0]["loc"][0])
    wanted = workflow.inputs.model_fields[field].description or field
    missing = error.errors(include_input=False, include_url=False)[0]["type"] == "missing"
    problem = "" if missing else f" ({first_problem(error)})"
    return Unclear(
        field=field,
        question=Question(
            summary=f"{workflow.title}: one thing is missing. {wanted}{problem}",
            reason=_told(
                context, f"You asked: “{request.words}”. It does not say {field} so that it can be used."
            ),
            facts=(context.task.trigger,),
            options=(Option(id=BY_HAND, label="Leave it: I see to it myself"),),
            typed=wanted,
        ),
    )


def _told(context: Context, why: str) -> str:
    return f"{why}\nYou asked back: “{context.asked_back}”." if context.asked_back else why


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
