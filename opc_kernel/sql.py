"""Statements that stand in `.sql` files, beside the package that owns their table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=256)
def load_sql(package: str, name: str) -> str:
    """Return the statement in `package/sql/name.sql`."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


FEW = 40
"""So many values are found by an index; more are found faster by one look through."""


def among(column: str, values: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the condition that a column holds one of these values, and its parameters."""
    if len(values) > FEW:
        return f"{column} IN (SELECT unnest($values::VARCHAR[]))", {"values": [*values]}
    named: dict[str, object] = {f"v{number}": value for number, value in enumerate(values)}
    return f"{column} IN ({', '.join(f'${name}' for name in named)})", named
