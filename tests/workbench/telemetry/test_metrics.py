"""Metrics are counts from the read models: nobody's name, address or word is among them."""

import pytest
from errands import ACCOUNT, Errands
from pydantic import ValidationError
from starlette.testclient import TestClient

from opc_kernel.effects.connector import NotDone
from workbench.door import create_app
from workbench.health import look
from workbench.hold import hold
from workbench.telemetry.metrics import metrics_text
from workbench.telemetry.settings import TelemetrySettings

pytest.importorskip("prometheus_client", reason="the extra 'telemetry'")


def test_they_count_what_health_shows(shop):
    errands = Errands(shop)
    errands.post.script = [NotDone(reason="full")]
    errands.request().request("letter", name="2").work()
    hold(shop.company, reason="", channel="cli")

    told = metrics_text(look(shop.company)).decode()

    assert 'workbench_queue_rows{kind="proposal"} 1.0' in told
    assert 'workbench_effect_attempts_total{capability="errand",connector="post",mode="sandbox"} 1.0' in told
    assert (
        'workbench_effect_failed_attempts_total{capability="errand",connector="post",mode="sandbox"} 1.0'
        in told
    )
    assert "workbench_effects_held 1.0" in told
    assert ACCOUNT not in told


def test_an_empty_company_has_metrics_too(shop):
    assert b"workbench_queue_oldest_seconds 0.0" in metrics_text(look(shop.company))


def test_the_route_wants_the_token_and_stands_only_where_it_is_switched_on(shop):
    def client(metrics):
        app = create_app(shop.company, "secret", host="testserver", pages=None, metrics=metrics)
        return TestClient(app)

    token = {"Authorization": "Bearer secret"}
    on, off = client(lambda: metrics_text(look(shop.company))), client(None)

    assert on.get("/metrics").status_code == 401
    assert off.get("/metrics", headers=token).status_code == 404
    answer = on.get("/metrics", headers=token)
    assert (answer.status_code, "workbench_effects_held 0.0" in answer.text) == (200, True)


@pytest.mark.parametrize(
    "traces", ["http://collector.example", "https://u:p@collector.example", "ftp://x", "x"]
)
def test_traces_go_to_a_safe_address_alone(traces):
    with pytest.raises(ValidationError):
        TelemetrySettings(traces=traces)
