"""A workbook in an XLSX file, which a person edits with a desktop program."""

from sheets_sync.excel.workbook import ExcelWorkbook

__all__ = ["ExcelWorkbook"]
