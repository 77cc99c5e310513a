"""People come, change, leave and come back: by page and by API, under the same rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from portal import clock
from portal.errors import DomainError
from portal.models import Access, Event, Scope, User
from portal.search import building
from portal.workflow import people
from portal.workflow.tokens import create_token
from tests.make import make_person

INVITE = {"name": "Nia", "email": "Nia@Example.com", "access": "member", "time_zone": "UTC"}


def token_of(person: User, *scopes: str) -> str:
    ends = clock.now() + timedelta(days=30)
    return create_token(
        person, name="CI", scopes=scopes or ["read", "write"], expires_at=ends, actor=person
    )[1]


def codes(refused: Any) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


def test_an_invited_person_signs_in_once_with_the_password_and_chooses_their_own(
    client: Client, ada: User
) -> None:
    client.force_login(ada)
    page = client.post("/people/invite/", INVITE)
    password = page.context["password"]
    assert page.status_code == 201
    assert password in page.content.decode()

    client.post("/sign-out/")
    assert (
        client.post(
            "/sign-in/", {"username": "nia@example.com", "password": password}
        ).status_code
        == 302
    )
    assert client.get("/services/").headers["Location"] == "/password/change/"
    assert client.get("/api/v1/people/me/").json()["code"] == "one_time_password"
    client.post(
        "/password/change/",
        {
            "old_password": password,
            "new_password1": "kept-at-sea-7",
            "new_password2": "kept-at-sea-7",
        },
    )
    assert client.get("/services/").status_code == 200
    assert Event.objects.filter(kind="person.password_changed").exists()


def test_the_one_time_password_is_nowhere_but_in_the_answer(client: Client, ada: User) -> None:
    client.force_login(ada)

    first = client.post(
        "/api/v1/people/", INVITE, "application/json", headers={"Idempotency-Key": "a"}
    )
    again = client.post(
        "/api/v1/people/", INVITE, "application/json", headers={"Idempotency-Key": "a"}
    )

    assert first.status_code == again.status_code == 201
    assert first.json()["email"] == "nia@example.com"
    assert len(first.json()["password"]) == 19
    assert again.json()["password"] == ""
    assert User.objects.filter(email="nia@example.com").count() == 1


def test_wrong_fields_come_back_with_what_was_typed(client: Client, ada: User) -> None:
    client.force_login(ada)
    wrong = INVITE | {"email": "ada@example.com", "time_zone": "Moon/Base"}

    page = client.post("/people/invite/", wrong)
    api = client.post("/api/v1/people/", wrong, "application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert 'value="Nia"' in page.content.decode()
    assert set(page.context["form"].errors) == {"email", "time_zone"}
    assert {error["field"] for error in api.json()["errors"]} >= {"email", "time_zone"}


@pytest.mark.parametrize(
    ("name", "status"), [("olivia", 403), ("max", 403), ("vera", 403), ("otto", 404)]
)
def test_only_administrators_let_people_in_and_out(
    client: Client, request: pytest.FixtureRequest, ana: User, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    for verb in ("access", "deactivate", "reactivate", "password"):
        page = client.post(f"/people/{ana.pk}/{verb}/", {"access": "viewer"})
        api = client.post(
            f"/api/v1/people/{ana.pk}/{verb}/", {"access": "viewer"}, "application/json"
        )
        assert (page.status_code, api.status_code) == (status, status)
    assert client.post("/people/invite/", INVITE).status_code == status
    assert client.post("/api/v1/people/", INVITE, "application/json").status_code == status
    ana.refresh_from_db()
    assert (ana.is_active, ana.access) == (True, Access.MEMBER)


def test_who_is_deactivated_is_out_at_once(client: Client, ada: User, ana: User) -> None:
    secret = token_of(ana, Scope.READ)
    hers = Client()
    hers.force_login(ana)
    assert hers.get("/").status_code == 200

    client.force_login(ada)
    assert client.post(f"/people/{ana.pk}/deactivate/").status_code == 302

    assert hers.get("/").status_code == 302
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/people/", headers=bearer).status_code == 401
    people.reactivate(ana, actor=ada)
    assert Client().get("/api/v1/people/", headers=bearer).status_code == 401
    kinds = list(
        Event.objects.filter(kind__startswith="person.").values_list("kind", flat=True)
    )
    assert kinds == ["person.reactivated", "person.deactivated"]


def test_the_last_administrator_stays(client: Client, ada: User) -> None:
    client.force_login(ada)

    page = client.post(f"/people/{ada.pk}/deactivate/")
    api = client.post(f"/api/v1/people/{ada.pk}/deactivate/")
    with pytest.raises(DomainError) as refused:
        people.change_access(ada, access=Access.MEMBER, actor=ada)

    assert (page.status_code, api.status_code) == (409, 409)
    reasons = [reason["code"] for reason in api.json()["reasons"]]
    assert reasons == ["last_administrator", "own_account"]
    assert codes(refused) == ["last_administrator"]
    assert (
        "This is the only administrator." in client.get(f"/people/{ada.pk}/").content.decode()
    )


def test_access_moves_once_and_leaves_one_event(ada: User, vera: User) -> None:
    people.change_access(vera, access=Access.MEMBER, actor=ada)
    people.change_access(vera, access=Access.MEMBER, actor=ada)

    event = Event.objects.get(kind="person.access_changed")
    assert event.data == {"from": "viewer", "to": "member"}
    assert vera.history.first().history_user == ada


def test_twice_is_refused(ada: User, ana: User) -> None:
    people.deactivate(ana, actor=ada)
    with pytest.raises(DomainError) as refused:
        people.deactivate(ana, actor=ada)
    assert codes(refused) == ["already_inactive"]

    people.reactivate(ana, actor=ada)
    with pytest.raises(DomainError) as refused:
        people.reactivate(ana, actor=ada)
    assert codes(refused) == ["already_active"]


def test_people_change_themselves_and_nobody_else(
    client: Client, olivia: User, ana: User
) -> None:
    client.force_login(olivia)
    profile = {
        "name": "Olivia O.",
        "time_zone": "Europe/Lisbon",
        "locale": "en",
        "works_from": "08:00",
        "works_until": "16:00",
    }

    assert client.post(f"/people/{olivia.pk}/edit/", profile).status_code == 302
    assert client.post("/me/", profile | {"name": "Olivia P."}).status_code == 302
    assert client.post(f"/people/{ana.pk}/edit/", profile).status_code == 403
    api = client.patch(f"/api/v1/people/{ana.pk}/", {"name": "Other"}, "application/json")
    assert api.status_code == 403
    mine = client.patch(
        f"/api/v1/people/{olivia.pk}/",
        {"locale": "en", "access": "administrator"},
        "application/json",
    )
    assert mine.json()["access"] == "member"
    olivia.refresh_from_db()
    assert (olivia.name, olivia.time_zone) == ("Olivia P.", "Europe/Lisbon")


def test_the_list_finds_by_name_team_and_access(
    client: Client, olivia: User, ana: User, vera: User
) -> None:
    client.force_login(vera)

    for query, names in [
        ("q=oliv", ["Olivia"]),
        ("team=platform", ["Ana"]),
        ("access=viewer", ["Vera"]),
        ("is_active=false", []),
    ]:
        api = client.get(f"/api/v1/people/?{query}").json()["results"]
        page = client.get(f"/people/?{query}").context["page"]
        assert [person["name"] for person in api] == [row.name for row in page] == names


def test_a_person_without_access_is_told_so(client: Client, otto: User) -> None:
    client.force_login(otto)

    home = client.get("/")
    assert home.status_code == 404
    assert "You have no access yet" in home.content.decode()
    assert client.get("/people/").status_code == 404
    assert client.get("/api/v1/people/").status_code == 404
    assert client.get("/password/change/").status_code == 200


def test_a_lost_password_is_replaced_and_ends_the_sessions(
    client: Client, ada: User, ana: User
) -> None:
    hers = Client()
    hers.force_login(ana)
    client.force_login(ada)

    page = client.post(f"/people/{ana.pk}/password/")

    assert page.status_code == 201
    assert hers.get("/services/").status_code == 302
    ana.refresh_from_db()
    assert ana.check_password(page.context["password"])
    assert ana.must_change_password


def test_names_are_text(client: Client, ada: User) -> None:
    person = make_person("Bobby", access=Access.MEMBER)
    people.change_profile(person, name="<script>alert(1)</script>", actor=ada)
    client.force_login(ada)
    building.rebuild()

    for door in ("/people/", f"/people/{person.pk}/", "/events/", "/search/?q=alert"):
        assert "<script>alert" not in client.get(door).content.decode()
