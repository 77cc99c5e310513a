"""The admin: catalogues edited with a name on each change, everything else only read."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from portal.models import Event, ImprovementTarget, Service, ServiceLabel, Team, User
from portal.workflow import services
from tests.make import make_service


def inlines(**forms: Any) -> dict[str, Any]:
    empty = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}
    names = ("links", "labels", "needs")
    given = {f"{name}-{key}": value for name in names for key, value in empty.items()}
    return given | forms


def fields(service: Service, **changes: Any) -> dict[str, Any]:
    return {
        "name": service.name,
        "slug": service.slug,
        "team": service.team_id,
        "tier": 2,
        "description": "",
        "availability_objective": "99.9",
    } | changes


def test_a_correction_names_its_person_and_leaves_an_event(
    client: Client, ada: User, checkout: Service
) -> None:
    client.force_login(ada)
    new_label = {
        "labels-TOTAL_FORMS": 1,
        "labels-0-name": "app",
        "labels-0-value": "checkout",
        "labels-0-service": checkout.pk,
    }

    answer = client.post(
        f"/admin/portal/service/{checkout.pk}/change/",
        fields(checkout, tier=1) | inlines(**new_label),
    )

    assert answer.status_code == 302, answer.context["errors"]
    assert checkout.history.first().history_user == ada
    assert ServiceLabel.objects.get().history.get().history_user == ada
    event = Event.objects.get(kind="service.corrected")
    assert (event.actor, event.data) == (ada, {"door": "admin", "fields": ["tier"]})


def test_a_deletion_names_its_person_on_everything_that_goes(
    client: Client, ada: User, checkout: Service
) -> None:
    services.add_label(checkout, name="app", value="x", actor=None)
    client.force_login(ada)

    answer = client.post(f"/admin/portal/service/{checkout.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not Service.objects.exists()
    for history in (Service.history, ServiceLabel.history):
        gone = history.get(history_type="-")
        assert gone.history_user == ada
    assert Event.objects.get(kind="service.deleted").actor == ada


def test_many_at_once_are_named_too(client: Client, ada: User, payments: Team) -> None:
    pks = [make_service(name, team=payments).pk for name in ("One", "Two")]
    client.force_login(ada)

    client.post(
        "/admin/portal/service/",
        {"action": "delete_selected", "_selected_action": pks, "post": "yes"},
    )

    gone = Service.history.filter(history_type="-")
    assert [version.history_user for version in gone] == [ada, ada]


def test_a_circle_is_refused_here_too(client: Client, ada: User, payments: Team) -> None:
    one, two = (make_service(name, team=payments) for name in ("One", "Two"))
    services.add_dependency(one, needs=two, actor=None)
    client.force_login(ada)
    circle = {"needs-TOTAL_FORMS": 1, "needs-0-needs": one.pk, "needs-0-service": two.pk}

    answer = client.post(
        f"/admin/portal/service/{two.pk}/change/", fields(two) | inlines(**circle)
    )

    assert answer.status_code == 200
    assert "That would close a circle: Two → One → Two." in answer.content.decode()
    assert not two.needs.exists()


def test_an_old_version_is_read_and_never_put_back(
    client: Client, ada: User, olivia: User, checkout: Service
) -> None:
    services.change_service(checkout, tier=1, actor=ada)
    first = checkout.history.last()
    door = f"/admin/portal/service/{checkout.pk}/history/{first.pk}/"

    for person in (ada, olivia):
        client.force_login(person)
        assert client.get(door).status_code == 200
        assert client.post(door, fields(checkout)).status_code == 403
    checkout.refresh_from_db()
    assert checkout.tier == 1


def test_state_is_no_field(client: Client, ada: User, olivia: User) -> None:
    client.force_login(ada)
    profile = {
        "name": "Olivia",
        "email": olivia.email,
        "time_zone": "UTC",
        "locale": "en",
        "works_from": "09:00",
        "works_until": "17:00",
        "access": "administrator",
        "is_active": "",
        "password": "x",
    }

    assert client.post(f"/admin/portal/user/{olivia.pk}/change/", profile).status_code == 302

    olivia.refresh_from_db()
    assert (olivia.access, olivia.is_active) == ("member", True)
    assert olivia.check_password("a password")


@pytest.mark.parametrize(
    "model", ["event", "notification", "apitoken", "webhook", "webhookdelivery"]
)
def test_what_machines_write_is_only_read(client: Client, ada: User, model: str) -> None:
    client.force_login(ada)

    assert client.get(f"/admin/portal/{model}/").status_code == 200
    assert client.get(f"/admin/portal/{model}/add/").status_code == 403


def test_members_read_and_nobody_else_comes_in(
    client: Client, olivia: User, vera: User, otto: User, checkout: Service
) -> None:
    door = f"/admin/portal/service/{checkout.pk}/change/"
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == (
        "/sign-in/?next=%2Fadmin%2F"
    )

    client.force_login(olivia)
    assert client.get(door).status_code == 200
    assert client.post(door, fields(checkout) | inlines()).status_code == 403
    assert client.get("/admin/portal/webhook/").status_code == 403

    for person, status in ((vera, 403), (otto, 404)):
        client.force_login(person)
        assert client.get(door, follow=True).status_code == status


def test_targets_are_changed_and_not_invented(client: Client, ada: User) -> None:
    assert not admin.site._registry[ImprovementTarget].has_add_permission(None)  # type: ignore[arg-type]
