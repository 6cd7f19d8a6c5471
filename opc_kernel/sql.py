"""Statements that stand in `.sql` files, beside the package that owns their table."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=256)
def load_sql(package: str, name: str) -> str:
    """Return the statement in `package/sql/name.sql`."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
