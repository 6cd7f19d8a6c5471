"""The event log: an append-only journal that is the truth, and a DuckDB database that answers questions."""
