"""What the kernel brings to every company: its event types, read models and views."""

from __future__ import annotations

from opc_kernel.approvals import row
from opc_kernel.flow import task
from opc_kernel.log import erase
from opc_kernel.log import events as log
from opc_kernel.models import call

EVENTS = (*task.EVENTS, *row.EVENTS, *log.EVENTS, *erase.EVENTS, *call.EVENTS)
READ_MODELS = (*task.READ_MODELS, *row.READ_MODELS, *call.READ_MODELS)
VIEWS = (*row.VIEWS, *call.VIEWS)
