"""
One table says why not, to everybody: page, API, verb, admin, tasks and documents.

What the table refuses happens by none of them.
"""

from pathlib import Path
from typing import Any

import pytest
from celery import Task
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from maintenance import tasks
from maintenance.models import MaintenanceRequest, RequestState
from maintenance.rules import WORDS, as_markdown, rules
from maintenance.workflow.guards import GUARDS, MOVES, Verb
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.maintenance.make import make_request, request_in
from tests.maintenance.test_request_pages import API, post_api
from tests.maintenance.test_transitions import CALLS, MOVING

S = RequestState
# What a door has to be given; the digest is filled in.
BODIES: dict[Verb, dict[str, str]] = {
    Verb.REJECT: {"digest": "", "reason": "No."},
    Verb.APPROVE: {"digest": ""},
    Verb.BREAK_GLASS: {"digest": "", "reason": "The shop is down."},
    Verb.CANCEL: {"reason": "No."},
    Verb.HOLD: {"reason": "No."},
    Verb.VERIFY: {"outcome": "succeeded", "verification": "Seen."},
}
WITHOUT_A_DOOR = {Verb.EXPIRE}  # the clock's alone
DOORS = [verb for verb in MOVING if verb not in WITHOUT_A_DOOR]


def refused_state(verb: Verb) -> RequestState:
    """A state from which nobody does this."""
    return S.CLOSED if S.CLOSED not in MOVES[verb][0] else S.DRAFT


@pytest.mark.parametrize("verb", DOORS)
def test_neither_page_nor_api_nor_verb_moves_what_the_table_holds(
    client: Client, olivia: User, manager: User, checkout: Service, verb: Verb
) -> None:
    request = request_in(refused_state(verb), checkout, olivia, manager)
    decides = verb in {Verb.APPROVE, Verb.REJECT}
    client.force_login(manager if decides else olivia)
    body = BODIES.get(verb, {})
    if "digest" in body:
        body = {**body, "digest": request.plan_digest}
    door = verb.replace("_", "-")
    events = Event.objects.count()

    page = client.post(f"/change/requests/{request.pk}/{door}/", body)
    api = post_api(client, f"{API}/{request.pk}/{door}/", body)
    with pytest.raises(TransitionNotAllowed) as refused:
        CALLS[verb](request, olivia, manager)

    assert (page.status_code, api.status_code) == (409, 409)
    codes = {refusal.code for refusal in refused.value.refusals}
    assert codes == {reason["code"] for reason in api.json()["reasons"]} == {"wrong_state"}
    assert refused.value.refusals[0].sentence in page.content.decode()
    request.refresh_from_db()
    assert (request.state, Event.objects.count()) == (refused_state(verb), events)


@pytest.mark.parametrize("state", [state for state in S if state != S.DRAFT])
def test_the_admin_moves_nothing(
    client: Client, ada: User, olivia: User, manager: User, checkout: Service, state: S
) -> None:
    request = request_in(state, checkout, olivia, manager)
    client.force_login(ada)
    url = reverse("admin:maintenance_maintenancerequest_change", args=[request.pk])

    answer = client.post(url, {"state": "closed", "title": "Mine", "_save": "Save"})

    assert answer.status_code == 403
    request.refresh_from_db()
    assert (request.state, request.title) == (state, "Raise the pool size")


@pytest.mark.parametrize("state", list(S))
def test_no_task_moves_what_is_not_due(
    olivia: User, manager: User, checkout: Service, state: S
) -> None:
    request = request_in(state, checkout, olivia, manager)
    for task in vars(tasks).values():
        if isinstance(task, Task) and task.name.startswith("maintenance."):
            task()

    request.refresh_from_db()
    assert request.state == state


def test_the_database_refuses_what_no_verb_would_write(olivia: User, checkout: Service) -> None:
    request = make_request(checkout, olivia)
    wrong: list[dict[str, Any]] = [
        {"state": "done"},
        {"state": "closed"},
        {"state": "on_hold"},
        {"held_from": "approved"},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            MaintenanceRequest.objects.filter(pk=request.pk).update(**fields)


# --- the table in words -----------------------------------------------------------------------


def test_every_verb_has_a_name_and_every_reason_a_sentence() -> None:
    assert set(WORDS) == set(Verb)
    for rule in rules():
        assert rule.sources, rule.verb
        assert all(reason.sentence for reason in rule.reasons)
    told = {reason.code for rule in rules() for reason in rule.reasons}
    assert told == {guard.code for row in GUARDS.values() for guard in row}


def test_the_page_says_them_all(client: Client, vera: User, otto: User) -> None:
    client.force_login(vera)
    page = client.get("/change/rules/").content.decode()

    for rule in rules():
        assert f'id="{rule.verb}"' in page
        for reason in rule.reasons:
            assert reason.code in page
    client.force_login(otto)
    assert client.get("/change/rules/").status_code == 404


def test_the_document_is_the_table() -> None:
    written = Path(settings.BASE_DIR, "docs/guide/why-not.md").read_text()

    assert written == as_markdown(), "docs/guide/why-not.md is behind: make guard-table"


def test_the_command_writes_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert apps.ready
    call_command("guard_table")
    assert capsys.readouterr().out == as_markdown()
