"""Twins and stand-ins, for tests here and in the product; Google's is in `sheets_sync.testing.google`."""

from sheets_sync.testing.memory import Line, MemoryBase, MemoryQueue, MemoryWorkbook

__all__ = ["Line", "MemoryBase", "MemoryQueue", "MemoryWorkbook"]
