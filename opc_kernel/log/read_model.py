"""Read models: one SELECT folds each stream's events into a row, live and rebuilt by the same text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from opc_kernel.event import Registry
from opc_kernel.log.database import Database, load_sql


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
        self.position = self._prepare()

    def catch_up(self, position: int) -> None:
        """Fold what was appended since: one set-based step over the streams it touched."""
        with self._database.transaction() as cursor:
            touched = cursor.execute(
                "SELECT DISTINCT stream FROM event WHERE position > ?", [self.position]
            ).fetchall()
            by_category: dict[str, list[str]] = {}
            for (stream,) in touched:
                by_category.setdefault(stream.partition("/")[0], []).append(stream)
            for model in self._models:
                streams = by_category.get(model.category)
                if streams:
                    cursor.execute(f"DELETE FROM {model.name} WHERE stream IN (SELECT unnest(?))", [streams])
                    cursor.execute(
                        f"INSERT INTO {model.name} BY NAME {_folded(model, 'stream IN (SELECT unnest(?))')}",
                        [streams],
                    )
            cursor.execute("UPDATE read_model SET position = ?", [position])
        self.position = position

    def rebuild(self, position: int) -> None:
        """Fold everything anew."""
        with self._database.transaction() as cursor:
            for model in self._models:
                cursor.execute(f"CREATE OR REPLACE TABLE {model.name} AS {_rebuilt(model)}")
            cursor.execute("UPDATE read_model SET position = ?", [position])
        self.position = position

    def differences(self) -> dict[str, int]:
        """Compare each table with its fold; return how many rows differ, by table."""
        with self._database.transaction() as cursor:
            return {
                model.name: int(cursor.execute(_difference(model)).fetchall()[0][0]) for model in self._models
            }

    def _prepare(self) -> int:
        """Create what is missing or was defined otherwise, drop what is no longer declared; return the position."""
        with self._database.transaction() as cursor:
            known = {
                name: (definition, position)
                for name, definition, position in cursor.execute(
                    "SELECT name, definition, position FROM read_model"
                ).fetchall()
            }
            wanted = {model.name: self._definition(model) for model in self._models}
            position = int(cursor.execute("SELECT coalesce(max(position), 0) FROM event").fetchall()[0][0])
            cursor.execute(f"CREATE OR REPLACE VIEW event_now AS {self._event_now}")
            for name in known.keys() - wanted.keys():
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
                cursor.execute("DELETE FROM read_model WHERE name = ?", [name])
            for view in self._views:
                cursor.execute(f"DROP VIEW IF EXISTS {view.name}")
            stale = [
                model for model in self._models if known.get(model.name, ("", 0))[0] != wanted[model.name]
            ]
            for model in stale:
                cursor.execute(f"CREATE OR REPLACE TABLE {model.name} AS {_rebuilt(model)}")
                cursor.execute("DELETE FROM read_model WHERE name = ?", [model.name])
                cursor.execute(
                    "INSERT INTO read_model VALUES (?, ?, ?)", [model.name, wanted[model.name], position]
                )
            for view in self._views:
                cursor.execute(f"CREATE VIEW {view.name} AS {view.select}")
        kept = [known[name][1] for name in known.keys() & wanted.keys() if known[name][0] == wanted[name]]
        return min(kept, default=position)

    def _definition(self, model: ReadModel) -> str:
        return hashlib.sha256(f"{model.category}\n{model.fold}\n{self._event_now}".encode()).hexdigest()


def event_now(registry: Registry) -> str:
    """Return the SELECT that shows every event in its type's present schema.

    Upcasters go on layer by layer: version 1 to 2, then 2 to 3, so each is written once and never touched again.
    """
    select = "SELECT * FROM event"
    for version in range(1, max((model.schema_version for model in registry), default=1)):
        steps = [
            (model.event_type, model.upcasters[version]) for model in registry if version in model.upcasters
        ]
        data = " ".join(
            f"WHEN type = '{kind}' AND schema_version = {version} THEN ({expression})::JSON"
            for kind, expression in steps
        )
        kinds = ", ".join(f"'{kind}'" for kind, _ in steps)
        select = (
            f"SELECT * REPLACE (CASE {data} ELSE data END AS data, "
            f"CASE WHEN type IN ({kinds}) AND schema_version = {version} THEN {version + 1} ELSE schema_version END AS schema_version) "
            f"FROM ({select})"
        )
    return select


def _folded(model: ReadModel, condition: str) -> str:
    return f"WITH folded AS (SELECT * FROM event_now WHERE {condition}) SELECT * FROM (\n{model.fold}\n)"


def _rebuilt(model: ReadModel) -> str:
    return _folded(model, f"starts_with(stream, '{model.category}/')")


def _difference(model: ReadModel) -> str:
    return (
        f"WITH fold AS ({_rebuilt(model)}) SELECT (SELECT count(*) FROM (FROM fold EXCEPT ALL FROM {model.name})) "
        f"+ (SELECT count(*) FROM (FROM {model.name} EXCEPT ALL FROM fold))"
    )
