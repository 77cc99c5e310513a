"""A maintenance request from an incident or from a user's report."""

from django.test import Client

from incidents import workflow
from maintenance.models import MaintenanceRequest
from portal.models import Service, User
from portal.thread import thread
from tests.incidents.make import make_incident
from tests.incidents.status import make_component


def test_an_incident_becomes_a_request_in_one_press_and_only_once(
    client: Client, olivia: User, checkout: Service
) -> None:
    incident = make_incident(checkout, title="The pool runs dry")
    client.force_login(olivia)
    door = f"{incident.get_absolute_url()}request/"
    assert door in client.get(incident.get_absolute_url()).content.decode()

    first, second = client.post(door), client.post(door)

    request = MaintenanceRequest.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == request.get_absolute_url()
    assert (request.title, request.priority) == ("The pool runs dry", incident.severity)
    assert (request.origin_kind, request.origin_reference) == ("incident", incident.reference)
    for subject in (request, incident):
        urls = {line["url"] for line in thread(olivia, subject)}
        assert {incident.get_absolute_url(), request.get_absolute_url()} <= urls, subject
    told = client.post(f"/api/v1/incidents/{incident.pk}/maintenance-request/")
    assert (told.status_code, told.json()["id"]) == (200, request.pk)


def test_who_only_helps_in_an_incident_drafts_nothing_for_another_team(
    client: Client, ana: User, max: User, checkout: Service
) -> None:
    incident = make_incident(checkout)
    workflow.give_role(incident, role="commander", person=ana, actor=max)
    client.force_login(ana)
    door = f"{incident.get_absolute_url()}request/"

    room = client.get(incident.get_absolute_url())
    asked = [
        client.post(door),
        client.post(f"/api/v1/incidents/{incident.pk}/maintenance-request/"),
    ]

    assert "Acknowledge" in room.content.decode()
    assert door not in room.content.decode()
    assert [answer.status_code for answer in asked] == [403, 403]
    assert asked[1].json()["detail"]
    assert not MaintenanceRequest.objects.exists()


def test_a_private_incident_gives_no_request_its_words(
    client: Client, olivia: User, ada: User, checkout: Service
) -> None:
    incident = make_incident(checkout, title="Somebody has the keys")
    workflow.set_private(incident, is_private=True, actor=ada)
    client.force_login(ada)

    answer = client.post(f"/api/v1/incidents/{incident.pk}/maintenance-request/")

    assert answer.status_code == 409
    assert [each["code"] for each in answer.json()["reasons"]] == ["private_incident"]
    assert not MaintenanceRequest.objects.exists()


def test_what_a_user_reports_becomes_a_request_of_its_service(
    client: Client, olivia: User, checkout: Service
) -> None:
    component = make_component("Checkout", service=checkout)
    report = workflow.receive_report(text="The button is grey", component=component, actor=None)
    client.force_login(olivia)

    assert (
        "Make a maintenance request" in client.get(report.get_absolute_url()).content.decode()
    )
    client.post(f"{report.get_absolute_url()}request/")

    request = MaintenanceRequest.objects.get()
    assert (request.service, "The button is grey" in request.reason) == (checkout, True)
    assert report.get_absolute_url() in {line["url"] for line in thread(olivia, request)}


def test_a_report_without_a_service_is_no_request(client: Client, olivia: User) -> None:
    report = workflow.receive_report(text="Something is wrong", actor=None)
    client.force_login(olivia)

    answer = client.post(f"/api/v1/problem-reports/{report.pk}/maintenance-request/")

    assert [each["code"] for each in answer.json()["reasons"]] == ["no_service"]
