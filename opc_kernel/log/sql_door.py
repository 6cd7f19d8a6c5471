"""The SQL door: a statement passes when DuckDB's own parser sees one SELECT over our tables and harmless functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from opc_kernel.log.database import Database
from opc_kernel.log.errors import QueryRefused

MAX_STATEMENT_CHARS = 100_000
TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "unnest", "json_each", "json_tree", "repeat_row", "repeat"}
)
FORBIDDEN_FUNCTIONS = frozenset(
    {
        "current_setting",
        "getenv",
        "getvariable",
        "query",
        "query_table",
        "nextval",
        "currval",
        "setseed",
        "write_log",
        "parse_duckdb_log_message",
        "which_secret",
        "add_parquet_key",
        "from_substrait",
        "get_substrait",
        "glob",
        "in_search_path",
        "current_connection_id",
        "error",
        "sleep",
        "sleep_ms",
        "setval",
        "to_aggregate_state",
        "combine",
        "combine_aggr",
        "finalize",
    }
)
FORBIDDEN_PREFIXES = (
    "read_",
    "duckdb_",
    "pragma_",
    "pg_",
    "parquet_",
    "sniff_",
    "json_execute",
    "json_serialize_plan",
    "sql_auto",
    "__internal",
    "write_",
    "copy_",
    "file_",
)
CATALOG = frozenset({"tables", "columns"})
SHOWN = frozenset({'"tables"', "__show_tables_expanded"})


class SqlDoor:
    """Lets questions through and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passed: set[str] = set()

    def check(self, sql: str) -> None:
        """Raise QueryRefused unless the statement is a single harmless SELECT."""
        if sql in self._passed:
            return
        if len(sql) > MAX_STATEMENT_CHARS:
            raise QueryRefused(f"it is longer than {MAX_STATEMENT_CHARS:,} characters")
        tree = self._database.syntax_tree(sql)
        if tree["error"]:
            raise QueryRefused(_reason(tree))
        if len(tree["statements"]) != 1:
            raise QueryRefused("only one statement at a time")
        nodes = list(_nodes(tree["statements"][0]))
        self._check_tables(nodes)
        self._check_functions(nodes)
        if len(self._passed) < 1000:
            self._passed.add(sql)

    def _check_tables(self, nodes: list[dict[str, Any]]) -> None:
        named_here = frozenset(name.lower() for node in nodes for name in _cte_names(node))
        for name in named_here & self._database.system_tables():  # it would open the real one elsewhere
            raise QueryRefused(f"a WITH can't be called {name!r}")
        ours = self._database.tables() | named_here
        for node in nodes:
            kind, table = node.get("type"), str(node.get("table_name", ""))
            if kind == "SHOW_REF" and table and table not in SHOWN:
                raise QueryRefused(f"SHOW {table} is not answered here")
            if kind == "BASE_TABLE" and (
                node["catalog_name"] or not _is_ours(node["schema_name"].lower(), table.lower(), ours)
            ):
                raise QueryRefused(f"there is no table {table!r}")

    def _check_functions(self, nodes: list[dict[str, Any]]) -> None:
        for node in nodes:
            if node.get("type") == "TABLE_FUNCTION":
                name = str(node["function"].get("function_name", "")).lower()
                if name not in TABLE_FUNCTIONS:
                    raise QueryRefused(f"the table function {name!r} is not allowed")
            elif "function_name" in node:
                name = str(node["function_name"]).lower()
                if name not in self._allowed:
                    raise QueryRefused(f"the function {name!r} is not allowed")

    @cached_property
    def _allowed(self) -> frozenset[str]:
        known = self._database.functions() | TABLE_FUNCTIONS
        return frozenset(
            name
            for name in known
            if name not in FORBIDDEN_FUNCTIONS and not name.startswith(FORBIDDEN_PREFIXES)
        )


def _is_ours(schema: str, table: str, ours: frozenset[str]) -> bool:
    return table in CATALOG if schema == "information_schema" else schema in ("", "main") and table in ours


def _reason(tree: dict[str, Any]) -> str:
    if tree.get("error_type") == "parser":
        return str(tree["error_message"])
    return "only SELECT is answered here (also FROM first, WITH, SUMMARIZE and DESCRIBE)"


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _cte_names(node: dict[str, Any]) -> Iterator[str]:
    ctes = node.get("cte_map")
    if isinstance(ctes, dict):
        yield from (str(entry["key"]) for entry in ctes.get("map", []))
