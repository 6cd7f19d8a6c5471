"""Read models: one SELECT folds each stream's events into a row, live and rebuilt by the same text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opc_kernel.event import Registry
from opc_kernel.log.database import FEW, Cursor, Database
from opc_kernel.log.errors import FoldFailed, QueryFailed
from opc_kernel.sql import load_sql

ERASED = " AND stream NOT IN (SELECT stream FROM event WHERE version = 1 AND data IS NULL)"
"""Leaves out what was erased: a stream without its beginning can't be folded. Only asked where something was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel:
    """A table with one row a stream of `category`.

    `fold` selects from `folded` (the events, upcast) and groups by stream; it must yield the columns `stream`,
    `version` and `position` of the last event beside its own.
    """

    name: str
    category: str
    fold: str

    @classmethod
    def load(cls, package: str, name: str, *, category: str | None = None) -> ReadModel:
        """Read the fold from `package/sql/name.sql`."""
        return cls(name=name, category=category or name, fold=load_sql(package, name))

    def then(self) -> str:
        """Return the SELECT of its rows as they were when the log ended at `$position`."""
        return _folded(self, f"starts_with(stream, '{self.category}/') AND position <= $position{ERASED}")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A question that joins read models; computed each time it is read."""

    name: str
    select: str

    @classmethod
    def load(cls, package: str, name: str) -> View:
        """Read the question from `package/sql/name.sql`."""
        return cls(name=name, select=load_sql(package, name))


class ReadModels:
    """All read models of a company, kept at one position of the log."""

    def __init__(
        self, database: Database, registry: Registry, models: Sequence[ReadModel], views: Sequence[View]
    ) -> None:
        self._database = database
        self._models = models
        self._views = views
        self._event_now = event_now(registry)
        self.has_erased = database.has_erased()
        self._left_out = ERASED if self.has_erased else ""
        self.position = self._prepare()

    def catch_up(self, position: int) -> None:
        """Fold what was appended since: one set-based step over the streams it touched."""
        with self._folding() as (cursor, models):
            touched = self._touched(cursor)
            for model in models:
                if streams := touched.get(model.category):
                    among, parameters = _among(streams)
                    cursor.execute(f"DELETE FROM {model.name} WHERE {among}", parameters)
                    cursor.execute(
                        f"INSERT INTO {model.name} BY NAME {_folded(model, among + self._left_out)}",
                        parameters,
                    )
            cursor.execute("UPDATE read_model SET position = ?", [position])
        self.position = position

    def rebuild(self, position: int) -> None:
        """Fold everything anew."""
        with self._folding() as (cursor, models):
            for model in models:
                cursor.execute(f"CREATE OR REPLACE TABLE {model.name} AS {_rebuilt(model, self._left_out)}")
            cursor.execute("UPDATE read_model SET position = ?", [position])
        self.position = position

    def differences(self) -> dict[str, int]:
        """Compare each table with its fold; return how many rows differ, by table."""
        with self._database.transaction() as cursor:
            return {
                model.name: int(cursor.execute(_difference(model, self._left_out)).fetchall()[0][0])
                for model in self._models
            }

    @contextmanager
    def _folding(self) -> Iterator[tuple[Cursor, Iterator[ReadModel]]]:
        """Run statements all or none over the models; the one whose fold fails is named."""
        at = ""

        def models() -> Iterator[ReadModel]:
            nonlocal at
            for model in self._models:
                at = model.name
                yield model
            at = ""

        try:
            with self._database.transaction() as cursor:
                yield cursor, models()
        except QueryFailed as error:
            raise (FoldFailed(at, error.reason) if at else error) from error.__cause__

    def _touched(self, cursor: Cursor) -> dict[str, list[str]]:
        """Return the streams with events since, by category."""
        rows = cursor.execute("SELECT DISTINCT stream FROM event WHERE position > ?", [self.position])
        streams: dict[str, list[str]] = {}
        for (stream,) in rows.fetchall():
            streams.setdefault(stream.partition("/")[0], []).append(stream)
        return streams

    def _prepare(self) -> int:
        """Create what is missing or was defined otherwise, drop what is no longer declared; return the position."""
        wanted = {model.name: self._definition(model) for model in self._models}
        with self._folding() as (cursor, models):
            known = _known(cursor)
            _drop_views(cursor)
            cursor.execute(f"CREATE OR REPLACE VIEW event_now AS {self._event_now}")
            for name in known.keys() - wanted.keys():
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute("DELETE FROM read_model WHERE name = ?", [name])
            for model in models:
                if known.get(model.name, ("", 0))[0] != wanted[model.name]:
                    self._create(cursor, model, wanted[model.name])
            for view in self._views:
                cursor.execute(f"CREATE VIEW {view.name} AS {view.select}")
            return _position(cursor)

    def _create(self, cursor: Cursor, model: ReadModel, definition: str) -> None:
        cursor.execute(f"CREATE OR REPLACE TABLE {model.name} AS {_rebuilt(model, self._left_out)}")
        cursor.execute("DELETE FROM read_model WHERE name = ?", [model.name])
        cursor.execute(
            "INSERT INTO read_model SELECT ?, ?, coalesce(max(position), 0) FROM event",
            [model.name, definition],
        )

    def _definition(self, model: ReadModel) -> str:
        return hashlib.sha256(f"{model.category}\n{model.fold}\n{self._event_now}".encode()).hexdigest()


def _among(streams: list[str]) -> tuple[str, list[Any]]:
    """Return the condition for some streams: the index serves a short list faster than a join."""
    if len(streams) <= FEW:
        return f"stream IN ({', '.join('?' * len(streams))})", [*streams]
    return "stream IN (SELECT unnest(?))", [streams]


def _known(cursor: Cursor) -> dict[str, tuple[str, int]]:
    rows = cursor.execute("SELECT name, definition, position FROM read_model").fetchall()
    return {name: (definition, position) for name, definition, position in rows}


def _drop_views(cursor: Cursor) -> None:
    """Drop every view, those of an earlier release too."""
    for (name,) in cursor.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        cursor.execute(f'DROP VIEW "{name}"')


def _position(cursor: Cursor) -> int:
    """Return up to where every table is folded; without tables that is the end."""
    row = cursor.execute(
        "SELECT coalesce(min(position), (SELECT coalesce(max(position), 0) FROM event)) FROM read_model"
    ).fetchall()[0]
    return int(row[0])


def event_now(registry: Registry) -> str:
    """Return the SELECT that shows every event in its type's present schema.

    Upcasters go on layer by layer: version 1 to 2, then 2 to 3, so each is written once and never touched again.
    """
    select = "SELECT * FROM event"
    for version in range(1, max((model.schema_version for model in registry), default=1)):
        steps = {
            model.event_type: model.upcasters[version] for model in registry if version in model.upcasters
        }
        select = f"SELECT * REPLACE ({_upcast(version, steps)}) FROM ({select})"
    return select


def _upcast(version: int, steps: Mapping[str, str]) -> str:
    """Return the columns that take some types from one schema version to the next; erased data stays NULL."""
    old = f"schema_version = {version} AND type"
    data = " ".join(
        f"WHEN {old} = '{kind}' AND data IS NOT NULL THEN ({expression})::JSON"
        for kind, expression in steps.items()
    )
    kinds = ", ".join(f"'{kind}'" for kind in steps)
    return (
        f"CASE {data} ELSE data END AS data, "
        f"CASE WHEN {old} IN ({kinds}) THEN {version + 1} ELSE schema_version END AS schema_version"
    )


def _folded(model: ReadModel, condition: str) -> str:
    return f"WITH folded AS (SELECT * FROM event_now WHERE {condition}) SELECT * FROM (\n{model.fold}\n)"


def _rebuilt(model: ReadModel, left_out: str) -> str:
    return _folded(model, f"starts_with(stream, '{model.category}/'){left_out}")


def _difference(model: ReadModel, left_out: str) -> str:
    return (
        f"WITH fold AS ({_rebuilt(model, left_out)}) "
        f"SELECT (SELECT count(*) FROM (FROM fold EXCEPT ALL FROM {model.name})) "
        f"+ (SELECT count(*) FROM (FROM {model.name} EXCEPT ALL FROM fold))"
    )
