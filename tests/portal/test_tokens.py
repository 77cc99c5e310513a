"""API tokens: shown once, hashed, scoped, ended."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from portal import clock
from portal.crypto import secret_hash
from portal.models import AnsweredRequest, ApiToken, Event, User
from portal.workflow import tokens

ASKED = {"name": "CI", "scopes": ["read", "deploy"], "days": "90"}


def make(person: User, *scopes: str, days: float = 30) -> tuple[ApiToken, str]:
    ends = clock.now() + timedelta(days=days)
    return tokens.create_token(person, name="CI", scopes=scopes, expires_at=ends, actor=person)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_is_shown_once_and_kept_as_a_hash(client: Client, olivia: User) -> None:
    client.force_login(olivia)

    page = client.post("/me/tokens/new/", ASKED)
    secret = page.context["secret"]

    assert page.status_code == 201
    assert re.fullmatch(r"ek_[-\w]{43}", secret)
    assert secret in page.content.decode()
    token = ApiToken.objects.get()
    assert (token.prefix, token.token_hash) == (secret[:10], secret_hash(secret))
    assert token.scopes == ["deploy", "read"]
    for door in ("/me/tokens/", "/events/", "/api/v1/tokens/", "/api/v1/events/"):
        assert secret not in client.get(door).content.decode()


def test_the_api_shows_it_once_too(client: Client, olivia: User) -> None:
    client.force_login(olivia)
    body = {
        "name": "CI",
        "scopes": ["read"],
        "expires_at": (clock.now() + timedelta(days=1)).isoformat(),
    }
    key = {"Idempotency-Key": "once"}

    first = client.post("/api/v1/tokens/", body, "application/json", headers=key)
    again = client.post("/api/v1/tokens/", body, "application/json", headers=key)

    assert first.json()["secret"].startswith("ek_")
    assert (again.status_code, again.json()["secret"]) == (201, "")
    assert first.json()["secret"] not in str(AnsweredRequest.objects.get().body)
    assert ApiToken.objects.count() == 1


def test_a_token_makes_no_tokens(client: Client, olivia: User) -> None:
    _token, secret = make(olivia, "read", "write")
    body = {"name": "More", "scopes": ["write"], "expires_at": "2099-01-01T00:00:00Z"}

    answer = client.post("/api/v1/tokens/", body, "application/json", headers=bearer(secret))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"days": "7"}, "days"),
        ({"name": ""}, "name"),
    ],
)
def test_wrong_wishes_come_back(
    client: Client, olivia: User, changed: dict[str, object], field: str
) -> None:
    client.force_login(olivia)

    page = client.post("/me/tokens/new/", ASKED | changed)

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not ApiToken.objects.exists()


def test_no_token_lives_for_ever_or_not_at_all(client: Client, olivia: User) -> None:
    for days in (-1, 0, 367):
        with pytest.raises(ValidationError):
            make(olivia, "read", days=days)
    client.force_login(olivia)
    body = {"name": "CI", "scopes": ["read"], "expires_at": "2199-01-01T00:00:00Z"}
    answer = client.post("/api/v1/tokens/", body, "application/json")
    assert answer.json()["errors"][0]["field"] == "expires_at"


def test_scopes_hold(client: Client, olivia: User) -> None:
    _token, secret = make(olivia, "read")

    read = client.get("/api/v1/services/", headers=bearer(secret))
    write = client.patch(
        f"/api/v1/people/{olivia.pk}/",
        {"name": "X"},
        "application/json",
        headers=bearer(secret),
    )

    assert (read.status_code, write.status_code) == (200, 403)


def test_a_revoked_token_is_refused_at_once(client: Client, olivia: User) -> None:
    token, secret = make(olivia, "read")
    assert client.get("/api/v1/services/", headers=bearer(secret)).status_code == 200
    assert ApiToken.objects.get().last_used_at is not None

    client.force_login(olivia)
    assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == 302
    again = client.post(f"/api/v1/tokens/{token.pk}/revoke/")

    assert again.json()["reasons"][0]["code"] == "already_revoked"
    assert Client().get("/api/v1/services/", headers=bearer(secret)).status_code == 401
    assert Event.objects.filter(kind="token.revoked").count() == 1


def test_nobody_revokes_another_s_token_but_an_administrator(
    client: Client, olivia: User, ana: User, ada: User
) -> None:
    token, _secret = make(olivia, "read")

    for person, status in ((ana, 404), (ada, 302)):
        client.force_login(person)
        assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == status
    assert client.get("/api/v1/tokens/").json()["results"] == []
