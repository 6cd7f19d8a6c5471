"""The queue in a Google spreadsheet, which people edit while we do; `opening.open_workbook` is the way in."""
