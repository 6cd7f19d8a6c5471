"""The librarian: asks which of two sources is right, who is the same as whom, and what of your reasons to keep."""

from __future__ import annotations

from opc_kernel.flow.agent import Agent, Context, Reaction
from opc_kernel.flow.outcome import Outcome
from opc_kernel.memory.entity import EntityFound, EntityMerged, KeptApart
from opc_kernel.memory.fact import FactAsserted, FactRetracted
from opc_kernel.memory.judging import ContradictionFound, ContradictionSettled
from opc_kernel.memory.lesson import LessonDropped, LessonFound, LessonLearned
from opc_kernel.memory.likeness import LikenessFound
from workbench.settings import Settings

NAME = "librarian"
SETTLE, MATCH, LEARN = "memory.settle", "memory.match", "memory.learn"
REACTIONS = (
    Reaction(event=ContradictionFound.event_type, kind=SETTLE, agent=NAME),
    Reaction(event=LikenessFound.event_type, kind=MATCH, agent=NAME),
    Reaction(event=LessonFound.event_type, kind=LEARN, agent=NAME),
)


def librarian(settings: Settings) -> Agent:
    """Return the agent that keeps this company's memory in order: it decides nothing that you could see otherwise."""
    region = settings.memory.country

    def settle(context: Context) -> Outcome:
        from workbench.memory import settling  # reading names and numbers costs every start what few need

        return settling.settle(context, region)

    def match(context: Context) -> Outcome:
        from workbench.memory import matching

        return matching.match(context, region)

    def learn(context: Context) -> Outcome:
        from workbench.memory import learning

        return learning.learn(context, region)

    return Agent(
        name=NAME,
        role="asks which source is right, who is the same as whom, and what of your reasons to keep",
        capability="memory",
        steps={SETTLE: settle, MATCH: match, LEARN: learn},
        may_read=(
            "apart",
            "contradiction",
            "entity",
            "entity_now",
            "event",
            "event_now",
            "fact",
            "lesson",
            "likeness",
            "memory_item",
            "proposal",
            "queue",
            "task",
        ),
        may_write=tuple(
            event.event_type
            for event in (
                ContradictionFound,
                ContradictionSettled,
                EntityFound,
                EntityMerged,
                FactAsserted,
                FactRetracted,
                KeptApart,
                LessonDropped,
                LessonLearned,
            )
        ),
        may_remember=True,
    )
