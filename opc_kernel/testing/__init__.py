"""Test tools that are part of the product: a log in memory, a frozen clock, and what fails or follows a script."""

from opc_kernel.testing.disk import FaultyDisk
from opc_kernel.testing.frozen_clock import FrozenClock
from opc_kernel.testing.memory_log import MemoryLog
from opc_kernel.testing.scripted_model import ScriptedModel

__all__ = ["FaultyDisk", "FrozenClock", "MemoryLog", "ScriptedModel"]
