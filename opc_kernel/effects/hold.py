"""Hold: one switch that stops every effect at once, and lets them go on."""

from __future__ import annotations

from opc_kernel.event import NEW_STREAM, EventData
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text

HOLD = "hold/effects"


class EffectsHeld(EventData, type="hold.held"):
    """Nothing leaves the machine until it is released."""

    account: str
    reason: Text = ""


class EffectsReleased(EventData, type="hold.released"):
    """Effects go on."""

    account: str
    reason: Text = ""


EVENTS: tuple[type[EventData], ...] = (EffectsHeld, EffectsReleased)
READ_MODELS = (ReadModel.load("opc_kernel.effects", "hold"),)


def held(company: Queryable) -> tuple[bool, str, int]:
    """Return whether effects are held, why, and the version to rely on: no hold that comes meanwhile is overtaken."""
    row = company.query("SELECT held, reason, version FROM hold WHERE stream = $stream", stream=HOLD).one()
    return (row["held"], row["reason"], row["version"]) if row else (False, "", NEW_STREAM)
