"""What a statement file may hold at most; whatever holds more is refused before it costs time or memory."""

MAX_LINES = 200_000
"""Transactions in one file."""

MAX_ELEMENTS = 600_000
"""In OFX and CAMT."""
MAX_ATTRIBUTES = 250_000
"""In CAMT, where every amount has one."""
MAX_DEPTH = 32
MAX_CELLS = 2_000_000
"""In a CSV."""
MAX_COLUMNS = 200
"""That have a name in a table's header."""
MAX_PREAMBLE_ROWS = 40
"""Rows of a table up to its header."""
MAX_ROWS = MAX_LINES + MAX_PREAMBLE_ROWS

MAX_TEXT_CHARS = 10_000
MAX_NAME_CHARS = 500
MAX_ID_CHARS = 255
"""An account, a reference, the bank's id."""

FIRST_YEAR, LAST_YEAR = 1000, 2199
