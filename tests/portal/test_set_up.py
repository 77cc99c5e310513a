"""The first day of an empty portal."""

import pytest
from django.test import Client

from portal import setup
from portal.errors import DomainError
from portal.models import Access, Membership, Service, Team, TeamRole, User
from portal.workflow.setting_up import set_up

ANSWERS = {
    "name": "Ada Byrne",
    "email": "Ada@Example.com",
    "password": "a kettle at sea",
    "team_name": "Platform",
    "service_name": "Web shop",
}


@pytest.fixture(autouse=True)
def _nobody_yet(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "_done", False)


def test_the_first_visitor_sets_everything_up(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/setup/"
    assert client.get("/setup/").status_code == 200

    answer = client.post("/setup/", ANSWERS)

    assert answer.headers["Location"] == "/services/web-shop/"
    ada = User.objects.get()
    assert (ada.email, ada.access) == ("ada@example.com", Access.ADMINISTRATOR)
    assert not ada.must_change_password
    assert Membership.objects.get().role == TeamRole.MANAGER
    assert Service.objects.get().team == Team.objects.get(name="Platform")
    assert "Web shop" in client.get(answer.headers["Location"]).content.decode()
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", ANSWERS | {"email": "eve@example.com"}).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "password123"),
        ("email", "nowhere"),
        ("name", ""),
        ("team_name", ""),
        ("service_name", "x" * 101),
    ],
)
def test_what_is_wrong_comes_back_and_nobody_is_made(
    client: Client, field: str, value: str
) -> None:
    page = client.post("/setup/", ANSWERS | {field: value})

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert 'value="Platform"' in page.content.decode() or field == "team_name"
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_a_second_set_up_is_refused(ada: User) -> None:
    with pytest.raises(DomainError) as refused:
        set_up(**ANSWERS)
    assert [refusal.code for refusal in refused.value.refusals] == ["already_set_up"]


def test_names_without_latin_letters_get_an_address_too(client: Client) -> None:
    client.post("/setup/", ANSWERS | {"team_name": "支付", "service_name": "结账"})

    assert Service.objects.get().slug == "service"
    assert client.get("/services/service/").status_code == 200
    assert client.get("/teams/team/").status_code == 200
