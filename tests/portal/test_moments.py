"""Days and moments near the ends of what is counted are refused wherever they come in."""

from typing import Any

import pytest
from django.test import Client

from maintenance.models import ChangeWindow, Deployment, Freeze, MaintenanceRequest
from portal.models import Service, User

JSON = "application/json"
DEPLOYED = {"service": "checkout", "version": "1", "external_id": "1", "result": "succeeded"}
FROZEN = {"name": "N", "reason": "R", "covers_all": True}
PLANNED = {"title": "T", "category": "corrective", "service": "checkout", "reason": "R"}
PERMITTED = {"name": "N", "covers_all": True, "frequency": "weekly", "weekdays": [6]}
ENDS = [("0001-01-01", "T00:00:00Z"), ("9999-12-31", "T23:59:59Z")]


@pytest.mark.parametrize(("day", "hour"), ENDS)
@pytest.mark.parametrize(
    ("door", "body", "field", "model"),
    [
        ("deployments", DEPLOYED, "finished_at", Deployment),
        ("freezes", {**FROZEN, "starts_at": "2026-12-01T00:00:00Z"}, "ends_at", Freeze),
        ("maintenance-requests", PLANNED, "planned_end", MaintenanceRequest),
    ],
)
def test_no_moment_that_breaks_the_pages_that_show_it(
    client: Client,
    olivia: User,
    checkout: Service,
    day: str,
    hour: str,
    door: str,
    body: dict[str, Any],
    field: str,
    model: Any,
) -> None:
    client.force_login(olivia)

    answer = client.post(f"/api/v1/{door}/", {**body, field: day + hour}, content_type=JSON)

    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not model.objects.exists()


@pytest.mark.parametrize("day", [day for day, _hour in ENDS])
def test_no_rule_begins_on_such_a_day(
    client: Client, max: User, checkout: Service, day: str
) -> None:
    client.force_login(max)
    told = {**PERMITTED, "starts_on": day, "at": "22:00", "minutes": 60, "time_zone": "UTC"}

    answer = client.post("/api/v1/permitted-times/", told, content_type=JSON)

    assert answer.status_code == 400
    assert "starts_on" in {error["field"] for error in answer.json()["errors"]}
    assert not ChangeWindow.objects.exists()


@pytest.mark.parametrize("day", [day for day, _hour in ENDS])
def test_pages_and_filters_say_what_is_wrong(
    client: Client, olivia: User, checkout: Service, day: str
) -> None:
    User.objects.filter(pk=olivia.pk).update(time_zone="Pacific/Auckland")
    client.force_login(olivia)
    days = f"first={day}&last={day}"

    for door, status in [
        (f"/change/deployments/?finished_from={day}&finished_to={day}", 200),
        (f"/api/v1/deployments/?finished_from={day}", 400),
        (f"/api/v1/deployments/?finished_to={day}", 400),
        (f"/change/delivery/?{days}", 422),
        (f"/change/delivery/figures.csv?{days}", 422),
    ]:
        assert client.get(door).status_code == status, door

    packed = {"service": "checkout", "first": day, "last": day}
    answer = client.post("/api/v1/evidence-packs/", packed, content_type=JSON)
    assert answer.status_code == 400
