"""The queue in a Google spreadsheet, which people edit while we do."""

from __future__ import annotations

from sheets_sync.google.opening import open_workbook
from sheets_sync.google.workbook import GoogleWorkbook

__all__ = ["GoogleWorkbook", "open_workbook"]
