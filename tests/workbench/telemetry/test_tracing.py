"""Traces are a projection of the log: one story is one trace, and no word of any content is in it."""

import pytest
from errands import Errands

from opc_kernel.effects.connector import NotDone
from workbench.telemetry.tracing import Tracing

memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="the extra 'telemetry'"
)


@pytest.fixture
def traced(shop):
    """Return a courier's company that is traced into a list."""
    errands = Errands(shop)
    errands.spans = memory.InMemorySpanExporter()
    errands.tracing = Tracing(errands.company, errands.spans, service="acme")
    return errands


def look(traced):
    """Return the spans that ended since the last look, by name."""
    traced.spans.clear()
    traced.tracing.look()
    return {span.name: span for span in traced.spans.get_finished_spans()}


def test_a_plan_its_tasks_their_agents_and_what_they_did_outside_are_one_trace(traced):
    traced.greet("hello").work()

    spans = look(traced)

    assert set(spans) == {
        "plan greet",
        "task errand.think",
        "task errand.card",
        "agent courier",
        "effect post.card",
    }
    assert len({span.context.trace_id for span in spans.values()}) == 1
    assert {span.attributes["workbench.correlation_id"] for span in spans.values()} == {"story-hello"}
    assert spans["effect post.card"].parent.span_id == spans["task errand.card"].context.span_id
    assert spans["task errand.card"].parent.span_id == spans["plan greet"].context.span_id
    assert spans["plan greet"].parent is None


def test_each_attempt_is_a_span_that_says_how_it_ended(traced):
    traced.post.script = [NotDone(reason="full")]
    traced.request().work()
    first = look(traced)["effect post.card"]
    traced.clock.move(minutes=5)
    traced.work()
    second = look(traced)["effect post.card"]

    assert [span.attributes["workbench.outcome"] for span in (first, second)] == ["attempted", "sent"]
    assert [span.attributes["workbench.attempt"] for span in (first, second)] == ["1", "2"]
    assert (first.status.is_ok, second.status.is_ok) == (False, True)
    assert first.context.span_id != second.context.span_id


def test_what_ended_is_exported_once(traced):
    traced.request().work()

    assert look(traced)
    assert look(traced) == {}


def test_what_the_collector_does_not_take_is_tried_again(traced, monkeypatch):
    from opentelemetry.sdk.trace.export import SpanExportResult

    traced.request().work()
    with monkeypatch.context() as patch:
        patch.setattr(traced.spans, "export", lambda _: SpanExportResult.FAILURE)
        assert traced.tracing.look() == 0

    assert traced.tracing.look() == 3


def test_no_payload_and_no_person_is_in_a_span(traced):
    traced.request(inputs={"to": "ada@lovelace.example"}).work()

    told = str([span.to_json() for span in look(traced).values()])

    assert "effect post.card" in told
    for word in ("ada@lovelace.example", "Hello, it is me.", "me@example.com"):
        assert word not in told
