"""Tracing: what ended since the last look goes to the operator's collector; what it does not take is tried again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from opc_kernel.errors import KernelError
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from opc_kernel.telemetry import warn
from workbench.telemetry.spans import Span, spans_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter

AT_ONCE = 5_000
"""Positions looked at in one go."""
ANSWER_S = 10
END = "SELECT coalesce(max(position), 0) FROM event"


class NoTelemetry(KernelError):
    """Traces or metrics are switched on, and what they need is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Telemetry is switched on, and its libraries are not installed.",
            "Install the extra 'telemetry', or take it out of workbench.toml.",
        )


class Tracing:
    """Exports the spans of one company, from the moment it was opened on."""

    def __init__(self, company: Queryable, exporter: SpanExporter, *, service: str) -> None:
        self._company, self._exporter, self._service = company, exporter, service
        self._after = self._end()

    def look(self) -> int:
        """Export what ended since; return how many spans the collector took."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        up_to = min(self._end(), self._after + AT_ONCE)
        spans = self._spans(up_to)
        if spans:
            result = self._exporter.export([_readable(span, self._service) for span in spans])
            if result is not SpanExportResult.SUCCESS:
                warn("traces not taken", spans=len(spans))
                return 0
        self._after = up_to
        return len(spans)

    def close(self) -> None:
        """End the exporter."""
        self._exporter.shutdown()

    def _spans(self, up_to: int) -> list[Span]:
        touched = self._company.query(
            load_sql("workbench.telemetry", "touched"), after=self._after, up_to=up_to
        ).rows
        if not touched:
            return []
        streams = [stream for stream, _ in touched]
        steps = self._company.query(load_sql("workbench.telemetry", "steps"), streams=streams).dicts()
        return spans_of([step for step in steps if step["position"] <= up_to], after=self._after)

    def _end(self) -> int:
        return int(self._company.query(END).rows[0][0])


def collector(url: str) -> SpanExporter:
    """Return the way to a collector that takes OTLP over HTTP. Raises NoTelemetry."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise NoTelemetry from error
    return OTLPSpanExporter(endpoint=f"{url}/v1/traces", timeout=ANSWER_S)


def _readable(span: Span, service: str) -> ReadableSpan:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

    def context(span_id: int) -> SpanContext:
        sampled = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(span.trace_id, span_id, is_remote=False, trace_flags=sampled)

    return ReadableSpan(
        name=span.name,
        context=context(span.span_id),
        parent=None if span.parent_id is None else context(span.parent_id),
        resource=Resource({"service.name": service}),
        attributes=dict(span.attributes),
        status=Status(StatusCode.OK if span.ok else StatusCode.ERROR),
        start_time=_nanoseconds(span.began_at),
        end_time=_nanoseconds(span.ended_at),
    )


def _nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1_000
