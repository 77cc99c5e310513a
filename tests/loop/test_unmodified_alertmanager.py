"""An Alertmanager as it is installed, pointed at each door by the lines that the page shows."""

import time
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from operations import formats, workflow
from operations.models import Alert, Integration
from portal import clock
from portal.models import Service
from tests.house import Alertmanager

PATIENCE = 60  # seconds


def wait_for(integration: Integration, state: str) -> Alert:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        workflow.read_all_due(clock.now())
        alert = Alert.objects.filter(integration=integration, state=state).first()
        if alert is not None:
            return alert
        time.sleep(0.5)
    calls = list(integration.receipts.values_list("state", "error", "call"))
    pytest.fail(f"No alert is {state}; what came: {calls}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["alertmanager", "pagerduty", "opsgenie"])
def test_an_alert_begins_and_ends_through_each_kind_of_receiver(
    live_server: LiveServer, checkout: Service, tmp_path: Path, kind: str
) -> None:
    made, key = workflow.make_integration(
        name="Alertmanager", kind=kind, service=checkout, actor=None
    )
    configuration = formats.format_of(kind).set_up(live_server.url, key)[0].text
    alertmanager = Alertmanager(tmp_path / "alertmanager", configuration)
    alertmanager.start()
    try:
        alertmanager.fire("Disk is full", alertname="Disk", severity="critical")
        firing = wait_for(made, "unacked")
        alertmanager.fire("Disk is full", ended=True, alertname="Disk", severity="critical")
        ended = wait_for(made, "returned")
    finally:
        alertmanager.stop()

    assert firing == ended
    assert "Disk" in firing.name
    assert ended.occurrence_count == 1
    assert set(made.receipts.values_list("state", flat=True)) == {"processed"}
    assert not made.rejections.exists()
