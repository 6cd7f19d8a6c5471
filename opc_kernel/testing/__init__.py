"""Test tools that are part of the product: a log in memory, a frozen clock, failing disks and killed processes."""

from opc_kernel.testing.disk import FaultyDisk
from opc_kernel.testing.frozen_clock import FrozenClock
from opc_kernel.testing.memory_log import MemoryLog

__all__ = ["FaultyDisk", "FrozenClock", "MemoryLog"]
