"""What the kernel brings to every company: its event types, read models and views."""

from __future__ import annotations

from opc_kernel.approvals import row
from opc_kernel.effects import events as effects
from opc_kernel.effects import standing
from opc_kernel.flow import task
from opc_kernel.log import erase
from opc_kernel.log import events as log

EVENTS = (*task.EVENTS, *row.EVENTS, *log.EVENTS, *erase.EVENTS, *effects.EVENTS, *standing.EVENTS)
READ_MODELS = (*task.READ_MODELS, *row.READ_MODELS, *effects.READ_MODELS, *standing.READ_MODELS)
VIEWS = row.VIEWS
