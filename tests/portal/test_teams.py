"""Teams and who belongs to them: by page and by API, under the same rules."""

import pytest
from django.test import Client

from portal.errors import DomainError
from portal.models import Event, Membership, Team, TeamRole, User
from portal.workflow import teams

TEAM = {"name": "Web", "description": "What customers see.", "time_zone": "Europe/Berlin"}


def test_an_administrator_makes_a_team(client: Client, ada: User) -> None:
    client.force_login(ada)

    page = client.post("/teams/new/", TEAM)
    api = client.post("/api/v1/teams/", TEAM | {"name": "New"}, "application/json")

    assert page.headers["Location"] == "/teams/web/"
    assert api.status_code == 201
    assert api.json()["slug"] == "new-2"  # “new” has another meaning in addresses
    assert Event.objects.filter(kind="team.created").count() == 2
    assert Team.objects.get(slug="web").history.get().history_user == ada


def test_a_name_is_taken_once(client: Client, ada: User, payments: Team) -> None:
    client.force_login(ada)
    same = TEAM | {"name": payments.name}

    page = client.post("/teams/new/", same)
    api = client.post("/api/v1/teams/", same, "application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert "name" in page.context["form"].errors
    assert [error["field"] for error in api.json()["errors"]] == ["name"]


@pytest.mark.parametrize(
    ("name", "status"),
    [("olivia", 403), ("ana", 403), ("vera", 403), ("otto", 404), ("max", 302), ("ada", 302)],
)
def test_managers_and_administrators_change_a_team(
    client: Client, request: pytest.FixtureRequest, payments: Team, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    page = client.post("/teams/payments/edit/", TEAM | {"name": "Payments"})
    api = client.patch("/api/v1/teams/payments/", {"description": "Money"}, "application/json")

    assert page.status_code == status
    assert api.status_code == (200 if status == 302 else status)


def test_a_manager_takes_people_in_and_out(
    client: Client, manager: User, olivia: User, ana: User, vera: User
) -> None:
    client.force_login(manager)
    add, role = "/teams/payments/members/", {"person": ana.pk, "role": "member"}

    assert client.post(add, role).status_code == 302
    again = client.post(add, role)
    looks_only = client.post(add, {"person": vera.pk, "role": "member"})
    assert (again.status_code, looks_only.status_code) == (409, 409)
    assert "is in this team already" in again.content.decode()
    assert "only looks" in looks_only.content.decode()

    client.post(f"{add}{ana.pk}/role/", {"role": "manager"})
    assert Membership.objects.get(person=ana, team__slug="payments").role == TeamRole.MANAGER
    client.post(f"{add}{olivia.pk}/remove/")
    assert not Membership.objects.filter(person=olivia).exists()
    kinds = set(Event.objects.filter(kind__startswith="team.").values_list("kind", flat=True))
    assert kinds == {"team.member_added", "team.role_changed", "team.member_removed"}


def test_the_api_takes_people_in_and_out(client: Client, manager: User, ana: User) -> None:
    client.force_login(manager)
    door = "/api/v1/teams/payments"

    def post(verb: str, **body: object) -> tuple[int, dict[str, object]]:
        answer = client.post(f"{door}/{verb}/", body, "application/json")
        return answer.status_code, answer.json()

    assert post("add-member", person=ana.pk)[0] == 200
    status, team = post("change-role", person=ana.pk, role="manager")
    assert (status, team["members"]) == (
        200,
        [
            {"person": ana.pk, "name": "Ana", "role": "manager"},
            {"person": manager.pk, "name": "Max", "role": "manager"},
        ],
    )
    assert post("remove-member", person=manager.pk)[0] == 200
    assert post("remove-member", person=ana.pk)[0] == 403  # no longer a manager


def test_a_team_keeps_one_manager(client: Client, manager: User, payments: Team) -> None:
    client.force_login(manager)

    page = client.post(f"/teams/payments/members/{manager.pk}/remove/")
    with pytest.raises(DomainError) as refused:
        teams.change_role(payments, person=manager, role=TeamRole.MEMBER, actor=manager)

    assert page.status_code == 409
    assert [refusal.code for refusal in refused.value.refusals] == ["last_manager"]
    assert (
        "This is the team&#x27;s only manager"
        in client.get("/teams/payments/").content.decode()
    )


def test_who_is_not_there_cannot_leave(payments: Team, ana: User) -> None:
    with pytest.raises(DomainError) as refused:
        teams.remove_member(payments, person=ana, actor=None)
    assert [refusal.code for refusal in refused.value.refusals] == ["not_member"]
