"""What the kernel brings to every company: its event types, read models and views."""

from __future__ import annotations

from opc_kernel.approvals import row
from opc_kernel.effects import events as effects
from opc_kernel.effects import hold, standing
from opc_kernel.flow import conductor, plan, task
from opc_kernel.log import erase
from opc_kernel.log import events as log
from opc_kernel.memory import capture, consolidating, entity, fact, item, judging, lesson, likeness
from opc_kernel.models import call

EVENTS = (
    *task.EVENTS,
    *plan.EVENTS,
    *conductor.EVENTS,
    *effects.EVENTS,
    *hold.EVENTS,
    *standing.EVENTS,
    *call.EVENTS,
    *row.EVENTS,
    *entity.EVENTS,
    *fact.EVENTS,
    *item.EVENTS,
    *judging.EVENTS,
    *lesson.EVENTS,
    *likeness.EVENTS,
    *capture.EVENTS,
    *consolidating.EVENTS,
    *log.EVENTS,
    *erase.EVENTS,
)
READ_MODELS = (
    *task.READ_MODELS,
    *plan.READ_MODELS,
    *effects.READ_MODELS,
    *hold.READ_MODELS,
    *standing.READ_MODELS,
    *call.READ_MODELS,
    *row.READ_MODELS,
    *entity.READ_MODELS,
    *fact.READ_MODELS,
    *item.READ_MODELS,
    *judging.READ_MODELS,
    *lesson.READ_MODELS,
    *likeness.READ_MODELS,
)
VIEWS = (*row.VIEWS, *task.VIEWS, *call.VIEWS, *entity.VIEWS, *fact.VIEWS)
