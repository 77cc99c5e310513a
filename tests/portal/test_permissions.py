"""
The permission matrix: every URL, every method, every one of the cast.

`test_url_table.py` sees to it that each has a row in a `permission_table.py`. The
admin is described as a whole: members read, administrators edit, nobody else comes in.
"""

import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from portal.models import Service, Team, User
from tests.permissions import APPS, DONE, WHO, Rule, found, table_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SAID_NO = {401, 403, 404, 405}


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch,
    otto: User,
    vera: User,
    ana: User,
    olivia: User,
    max: User,
    ada: User,
    payments: Team,
    platform: Team,
    checkout: Service,
) -> dict[str, Any]:
    monkeypatch.setattr("portal.outgoing.check_url", lambda _url: None)
    # Nobody asks which templates were rendered with what; copying it takes time.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)
    people = {"otto": otto, "vera": vera, "ana": ana, "olivia": olivia, "max": max, "ada": ada}
    return people | {"payments": payments, "platform": platform, "checkout": checkout}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("app", APPS)
def test_every_door_answers_each_of_the_cast_as_its_row_says(
    app: str, who: str, world: dict[str, Any]
) -> None:
    table = table_of(app)
    assert table is not None, f"tests/{app}/permission_table.py is missing."
    table.furnish(world)

    client = client_of(world, who)

    wrong = [
        line
        for name, rule in table.TABLE.items()
        for line in wrong_answers(world, name, rule, who, client)
    ]
    assert wrong == [], "\n".join(map(str, wrong))


def client_of(world: dict[str, Any], who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who in world:
        client.force_login(world[who])
    return client


def wrong_answers(
    world: dict[str, Any], name: str, rule: Rule, who: str, client: Client
) -> Iterator[str]:
    session = {key: morsel.value for key, morsel in client.cookies.items()}
    kwargs = {key: found(world, value) for key, value in rule.kwargs.items()}
    address = reverse(name, kwargs=kwargs) + (f"?{rule.query}" if rule.query else "")
    for method in METHODS if who == "ada" else rule.methods:
        answers = dict(zip(WHO, rule.methods.get(method, ()), strict=False))
        expected = answers.get(who, 405)
        body = {key: found(world, value) for key, value in rule.body.items()}
        with transaction.atomic():
            answer = client.generic(method, address, **_sent(address, method, body))
            transaction.set_rollback(True)
        client.cookies = SimpleCookie(session)  # as before: nothing happened
        if not _is(answer, expected):
            yield f"{method} {name} as {who}: {answer.status_code}, not {expected or 'done'}"


def _sent(address: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
    if method == "GET":
        return {}
    if address.startswith("/api/"):
        return {"data": json.dumps(body), "content_type": "application/json"}
    return {
        "data": "&".join(f"{key}={value}" for key, value in body.items()),
        "content_type": "application/x-www-form-urlencoded",
    }


def _is(answer: Any, expected: int) -> bool:
    to_sign_in = answer.status_code == 302 and "/sign-in/?next=" in answer.headers["Location"]
    if expected == DONE:
        return answer.status_code not in SAID_NO and answer.status_code < 500 and not to_sign_in
    if expected == 302:
        return to_sign_in
    return bool(answer.status_code == expected)


ADMIN = {"anonymous": 302, "otto": 404, "vera": 403, "olivia": 200, "ada": 200}


@pytest.mark.parametrize("who", ADMIN)
def test_the_admin_lets_members_read_and_administrators_edit(
    world: dict[str, Any], who: str
) -> None:
    client = Client()
    if who in world:
        client.force_login(world[who])
    wrong = []
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        seen = client.get(reverse(f"{name}_changelist"), follow=True)
        added = client.get(reverse(f"{name}_add"), follow=True)
        if who == "anonymous":
            closed = seen.redirect_chain[-1][0].startswith("/sign-in/")
        elif who == "olivia":  # some are for administrators alone
            closed = seen.status_code in {200, 403} and added.status_code == 403
        elif who == "ada":
            closed = seen.status_code == 200 and added.status_code in {200, 403}
        else:
            closed = seen.status_code == added.status_code == ADMIN[who]
        if not closed:
            wrong.append((name, seen.status_code, added.status_code, str(model_admin)))
    assert wrong == [], "\n".join(map(str, wrong))
