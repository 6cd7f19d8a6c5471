"""Metrics as Prometheus reads them, from the same read models as `workbench health`: they outlive every restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.health import Health, Row
from workbench.telemetry.tracing import NoTelemetry

if TYPE_CHECKING:
    from prometheus_client.core import Metric

TASK_STATES = ("requested", "in_progress", "blocked", "done", "failed", "cancelled")
EFFECT_STATES = ("intended", "under_way", "sent", "confirmed", "unknown", "failed", "compensated")
Labels = dict[str, str]


def metrics_text(health: Health) -> bytes:
    """Return how the company runs in Prometheus' text format. Raises NoTelemetry."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError as error:
        raise NoTelemetry from error

    class Looked:
        def collect(self) -> Iterator[Metric]:
            return _metrics(health)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Looked())
    return generate_latest(registry)


def _metrics(health: Health) -> Iterator[Metric]:
    now = health.at
    oldest = (now - health.oldest_at).total_seconds() if health.oldest_at else 0.0
    yield _gauge("queue_rows", "Rows that wait for the operator", _by(health.queue, "rows", "kind"))
    yield _gauge("queue_oldest_seconds", "How long the oldest row waits", [({}, oldest)])
    yield _gauge("effects_held", "Whether all effects are held", [({}, float(health.held is not None))])
    yield _gauge("plans_under_way", "Plans that are not finished", [({}, len(health.plans))])
    yield _gauge("leases", "Tasks that a worker holds", [({}, len(health.leases))])
    yield _gauge("tasks", "Tasks by state", _states(health.tasks, TASK_STATES, "capability"))
    yield _count(
        "task_failed_attempts", "Failed deliveries", _by(health.tasks, "failed_attempts", "capability")
    )
    yield _count(
        "manual_fixes",
        "Times a person said how work goes on",
        _by(health.tasks, "manual_fixes", "capability"),
    )
    of = ("connector", "capability", "mode")
    yield _gauge("effects", "Effects by state, in both ledgers", _states(health.effects, EFFECT_STATES, *of))
    yield _count("effect_attempts", "Attempts outside", _by(health.effects, "attempts", *of))
    yield _count(
        "effect_failed_attempts", "Attempts that came to nothing", _by(health.effects, "failed_attempts", *of)
    )
    opened = [
        ({"connector": row["connector"]}, float(row["breaker"] != "closed")) for row in health.connectors
    ]
    yield _gauge("breaker_open", "Whether an account is left alone", opened)
    yield _count(
        "model_calls", "Calls of models", _by(health.models, "calls", "capability", "purpose", "currency")
    )
    yield _count(
        "model_cost", "What they cost", _by(health.models, "cost", "capability", "purpose", "currency")
    )


def _by(rows: tuple[Row, ...], field: str, *labels: str) -> list[tuple[Labels, float]]:
    return [({name: str(row[name]) for name in labels}, float(row[field] or 0)) for row in rows]


def _states(rows: tuple[Row, ...], states: tuple[str, ...], *labels: str) -> list[tuple[Labels, float]]:
    return [
        ({**names, "state": state}, value) for state in states for names, value in _by(rows, state, *labels)
    ]


def _gauge(name: str, says: str, values: list[tuple[Labels, float]]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(f"workbench_{name}", says, labels=_names(values)), values)


def _count(name: str, says: str, values: list[tuple[Labels, float]]) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(f"workbench_{name}", says, labels=_names(values)), values)


def _names(values: list[tuple[Labels, float]]) -> list[str]:
    return [*values[0][0]] if values else []


def _filled(family: Metric, values: list[tuple[Labels, float]]) -> Metric:
    """Several accounts of one connector are one line: an account is often an address, and no label."""
    summed: dict[tuple[str, ...], float] = {}
    for labels, value in values:
        key = tuple(labels.values())
        summed[key] = summed.get(key, 0.0) + value
    for key, value in summed.items():
        family.add_metric(key, value)  # type: ignore[attr-defined]  # both families have it
    return family
