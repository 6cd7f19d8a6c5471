"""The queue as spreadsheets: the company's side of `sheets_sync`."""
