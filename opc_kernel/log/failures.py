"""What an error of DuckDB's means: a question that can't be answered, damaged bytes, a failing disk, another holder."""

from __future__ import annotations

from pathlib import Path

import duckdb

from opc_kernel.log.errors import (
    CompanyBusy,
    DatabaseFailed,
    DatabaseUnreadable,
    LogError,
    QueryFailed,
    RowsTaken,
)

LOCKED = "Could not set lock"
UNREADABLE = (
    "orrupt",
    "Could not read enough bytes",
    "checksum",
    "WAL",
    "not a valid DuckDB",
    "erialization",
    "version number",
    "deserialize",
    "metadata",
)
QUESTION_ERRORS = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.PermissionException,
    duckdb.NotImplementedException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.SyntaxException,
    duckdb.TypeMismatchException,
)


def failure(error: duckdb.Error) -> QueryFailed | DatabaseFailed:
    """Tell a statement that can't be answered from a database that fails."""
    return QueryFailed(str(error)) if isinstance(error, QUESTION_ERRORS) else _failed(error)


def not_opened(path: Path, error: duckdb.Error) -> LogError:
    """Tell a file that another program holds from one that fails."""
    if LOCKED in str(error):
        return CompanyBusy(
            path.parent, "another program that has opened company.duckdb, such as the DuckDB shell"
        )
    return _failed(error)


def short_of_memory(error: QueryFailed) -> bool:
    """Whether it may be answered once there is more room."""
    return isinstance(error.__cause__, duckdb.OutOfMemoryException)


def _failed(error: duckdb.Error) -> DatabaseFailed:
    """Tell damaged bytes and a damaged index from a failing disk."""
    if isinstance(error, duckdb.ConstraintException):
        return RowsTaken(str(error))
    damaged = any(word in str(error) for word in UNREADABLE)
    return DatabaseUnreadable(str(error)) if damaged else DatabaseFailed(str(error))
