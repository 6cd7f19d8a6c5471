"""What a statement file may hold at most; whatever holds more is refused before it costs time or memory."""

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 200_000
"""Transactions in one file; also the rows of a CSV."""

MAX_ELEMENTS = 600_000
"""In OFX and CAMT."""
MAX_ATTRIBUTES = 250_000
"""In CAMT, where every amount has one."""
MAX_DEPTH = 32
MAX_CELLS = 2_000_000
MAX_PREAMBLE_ROWS = 40
"""Rows of a CSV before its header."""

MAX_TEXT_CHARS = 10_000
MAX_NAME_CHARS = 500
MAX_ID_CHARS = 255
"""An account, a reference, the bank's id."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
