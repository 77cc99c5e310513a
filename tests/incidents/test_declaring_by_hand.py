"""Declaring by hand: three answers, an alert that was seen, the five questions."""

import pytest

from incidents.models import Incident, Role
from operations.models import Severity
from portal.models import Service, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import fire, make_alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

SAID = {"service": "checkout", "title": "Checkout fails", "severity": 2}
PAGE, API = "/respond/declare/", "/api/v1/incidents/"


def test_three_answers_are_enough(checkout: Service, ana: User) -> None:
    answer = signed_in_as(ana).post(PAGE, {**SAID, "source": "team"})
    incident = Incident.objects.get()
    assert answer.headers["Location"] == incident.get_absolute_url()
    assert incident.roles.get().role == Role.REPORTER
    assert not incident.assessments.exists()


def test_an_alert_fills_the_form_and_joins(checkout: Service, olivia: User) -> None:
    alert = make_alert(checkout, severity=Severity.P3, summary="Disk is filling")
    client = signed_in_as(olivia)
    link = f"{PAGE}?alert={alert.pk}"
    assert link in client.get(alert.get_absolute_url()).content.decode()
    form = client.get(link).content.decode()
    assert "Disk is filling" in form
    client.post(PAGE, {**SAID, "alert": alert.pk, "source": "team"})
    incident = Incident.objects.get()
    assert (incident.alerts.get().alert, incident.source) == (alert, "alert")
    assert incident.impact_started_at == alert.started_at

    again = client.post(PAGE, {**SAID, "alert": alert.pk, "source": "team"})
    assert again.status_code == 422
    assert f"belongs to {incident.number} already" in again.content.decode()
    refused = api(client, API, {**SAID, "alert": alert.pk})
    assert refused.status_code == 409
    assert Incident.objects.count() == 1


def test_answers_help_and_are_kept(checkout: Service, olivia: User) -> None:
    said = {"service": "checkout", "title": "Tokens leak", "source": "team", "security": "yes"}
    client = signed_in_as(olivia)
    asked = client.post(PAGE, said)
    assert asked.status_code == 422
    assert "Security is compromised." in asked.content.decode()
    client.post(PAGE, {**said, "severity": 1, "is_private": "on"})
    incident = Incident.objects.get()
    assert (incident.severity, incident.is_private) == (1, True)
    row = incident.assessments.get()
    assert (row.suggested, row.severity, row.security) == (0, 1, "yes")


def test_programs_say_the_same(checkout: Service, olivia: User, vera: User) -> None:
    alert = fire(None)
    body = {**SAID, "alert": alert.pk, "answers": {"core": "minor"}, "is_private": True}
    assert api(signed_in_as(vera), API, body).status_code == 403
    assert api(signed_in_as(olivia), API, body).status_code == 201
    incident = Incident.objects.get()
    assert incident.is_private
    assert incident.alerts.get().alert == alert
    assert incident.assessments.get().suggested == Severity.P2
