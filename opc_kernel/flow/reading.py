"""Reading: a company's tables as far as an agent declared that it reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.log.protocol import Queryable
from opc_kernel.log.rows import Rows

TABLE = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+)\b", re.IGNORECASE)
NAMED = re.compile(
    r"(?:\bWITH\s+(?:RECURSIVE\s+)?|,\s*)([a-z_]+)(?:\s*\([^()]*\))?\s+AS\s+(?:MATERIALIZED\s+)?\(",
    re.IGNORECASE,
)
ALWAYS = frozenset({"setting", "range", "unnest", "generate_series", "json_each"})
"""The settings are the operator's own words, no company data; the rest are functions."""


class NotDeclared(KernelError):
    """An agent asked for a table that its role does not read."""

    def __init__(self, agent: str, table: str) -> None:
        super().__init__(
            f"The {agent} may not read {table!r}.",
            "Declare it in the agent's may_read; see 'workbench agent list'.",
        )


class Reading:
    """Answers an agent's questions. Agents are our own code: this holds their declaration to the truth."""

    def __init__(self, company: Queryable, agent: str, tables: Iterable[str]) -> None:
        self._company, self._agent = company, agent
        self._tables = frozenset(tables) | ALWAYS

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See opc_kernel.log.protocol.Queryable. Raises NotDeclared too."""
        undeclared = tables_in(sql) - self._tables
        if undeclared:
            raise NotDeclared(self._agent, min(undeclared))
        return self._company.query(sql, **parameters)


@lru_cache(maxsize=1_000)
def tables_in(sql: str) -> frozenset[str]:
    """Return the tables that a statement reads; what it names itself is none."""
    plain = re.sub(r"--[^\n]*", "", sql)
    return frozenset(name.lower() for name in TABLE.findall(plain)) - {
        name.lower() for name in NAMED.findall(plain)
    }
