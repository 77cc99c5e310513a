"""A request in one press from what made it necessary, once while it is open."""

import pytest
from django.db import IntegrityError
from django.test import Client

from maintenance import workflow
from maintenance.models import MaintenanceRequest, OriginKind
from maintenance.workflow.origins import Origin
from portal.errors import TransitionNotAllowed
from portal.models import Service, User
from portal.thread import thread
from tests.maintenance.make import make_action
from tests.operations.make import make_alert, make_check

HERE = Origin(OriginKind.CHECK, "check:1", "Front page", "/operate/checks/1/")


def request_from(service: Service, by: User) -> MaintenanceRequest:
    made, _is_new = workflow.request_from(
        HERE, title="Mend it", service=service, reason="It is red.", actor=by
    )
    return made


def test_an_alert_brings_its_words_along_and_the_thread_leads_both_ways(
    client: Client, olivia: User, checkout: Service
) -> None:
    alert = make_alert(service=checkout)
    client.force_login(olivia)
    assert "Make a maintenance request" in client.get(alert.get_absolute_url()).content.decode()

    answer = client.post(f"/change/requests/from-alert/{alert.pk}/")

    request = MaintenanceRequest.objects.get()
    assert answer.headers["Location"] == request.get_absolute_url()
    assert (request.origin_kind, request.origin_reference) == ("alert", f"alert:{alert.pk}")
    assert (request.priority, request.service) == (alert.severity, checkout)
    for subject in (request, alert):
        urls = {line["url"] for line in thread(olivia, subject)}
        assert {alert.get_absolute_url(), request.get_absolute_url()} <= urls, subject
    page = client.get(alert.get_absolute_url()).content.decode()
    assert request.title in page
    assert "Make a maintenance request" not in page


def test_a_second_press_shows_the_open_one(
    client: Client, olivia: User, checkout: Service
) -> None:
    check = make_check(checkout)
    client.force_login(olivia)
    door = f"/change/requests/from-check/{check.pk}/"
    first = client.post(door)
    second = client.post(door, follow=True)

    assert second.redirect_chain[0][0] == first.headers["Location"]
    assert "There is an open request about this already" in second.content.decode()
    told = client.post(
        "/api/v1/maintenance-requests/from-check/",
        {"check": check.pk},
        content_type="application/json",
    )
    assert (told.status_code, MaintenanceRequest.objects.count()) == (200, 1)


def test_what_has_ended_makes_room_and_does_not_come_back_beside_another(
    olivia: User, checkout: Service
) -> None:
    old = workflow.withdraw(request_from(checkout, olivia), actor=olivia)
    new = request_from(checkout, olivia)
    assert new != old

    assert request_from(checkout, olivia) == new
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.back_to_draft(old, actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["origin_taken"]
    assert MaintenanceRequest.objects.open().count() == 1
    workflow.withdraw(new, actor=olivia)
    assert workflow.back_to_draft(old, actor=olivia).state == "draft"


def test_the_database_keeps_one_open_of_each_origin(olivia: User, checkout: Service) -> None:
    request = request_from(checkout, olivia)
    request.pk = None
    request.changed_by = None
    with pytest.raises(IntegrityError):
        request.save()


def test_an_action_is_an_origin_like_others(olivia: User, checkout: Service) -> None:
    action = make_action(olivia, checkout)
    request = workflow.request_from_action(action, actor=olivia)
    assert (request.origin_kind, request.origin_reference) == (
        "action",
        f"actionitem:{action.pk}",
    )


def test_a_forecast_asks_once_for_work_before_something_is_full(
    client: Client, olivia: User, ana: User, checkout: Service
) -> None:
    told = {
        "service": checkout.slug,
        "reference": "disk-of-orders",
        "label": "Disk of the orders",
        "reason": "85 % between 3 and 9 January.",
        "url": "https://forecasts.example.com/7",
    }
    door = "/api/v1/maintenance-requests/from-forecast/"
    client.force_login(olivia)
    first = client.post(door, told, content_type="application/json")
    again = client.post(door, told, content_type="application/json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    made = MaintenanceRequest.objects.get()
    assert (made.category, made.origin_kind) == ("preventive", "forecast")
    assert told["url"] in {line["url"] for line in thread(olivia, made)}
    assert told["url"] in client.get(made.get_absolute_url()).content.decode()
    for wrong in ({"url": "javascript:alert(1)"}, {"reference": "a b"}, {"label": ""}):
        refused = client.post(door, {**told, **wrong}, content_type="application/json")
        assert refused.status_code == 400
    client.force_login(ana)
    assert client.post(door, told, content_type="application/json").status_code == 403
