"""What our sheets and ranges are called in a workbook, by which they are found again, and how far a sheet reaches."""

GUIDE = "How this works"
LISTS = "sync lists"
DROPDOWN = "list_of_"
"""How the name of a dropdown's range begins; it tells a sheet of ours even without its header."""
LAST_COLUMN, LAST_LINE = 16_384, 1_048_576
MAX_TITLE = 31  # characters in the name of a sheet
