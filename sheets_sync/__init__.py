"""A queue as a workbook, two ways: what the system shows, what a person decides, nothing lost between."""
