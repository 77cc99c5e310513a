"""The approver's page and its likeness in the API; emergencies and their list."""

from typing import Any

import pytest
from django.test import Client

from maintenance import workflow
from maintenance.models import BreakGlass, MaintenanceRequest, RequestState, Vote
from maintenance.presentation import compare_words
from maintenance.workflow.digest import digest_of
from portal.models import Service, Team, User
from tests.maintenance.make import (
    make_delegation,
    make_emergency,
    make_policy,
    make_request,
    own_queries,
    request_in,
    step,
)
from tests.maintenance.test_request_pages import API, post_api
from tests.maintenance.test_votes import asked, mia, yes

__all__ = ["mia"]  # the fixture of a second manager


def door(request: MaintenanceRequest, verb: str = "approval") -> str:
    return f"/change/requests/{request.pk}/{verb}/"


def test_it_shows_all_that_is_approved(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = asked(
        checkout,
        olivia,
        plan="Set the pool to 50.",
        rollback_plan="Set it back to 10.",
        test_evidence="Load test passed.",
        rollback_minutes=20,
    )
    client.force_login(manager)

    page = client.get(door(request)).text

    for words in (
        *("Set the pool to 50.", "Set it back to 10.", "Load test passed.", "20 min"),
        *("Who has to agree", "Managers of Payments", "0 of 1 vote", "Still needed of:"),
        *("No change of this category", "To the decision"),
    ):
        assert words in page


def test_it_shows_who_has_voted_and_who_is_needed(
    client: Client, olivia: User, manager: User, mia: User, ana: User, checkout: Service
) -> None:
    make_policy(step(number=2), name="Careful")
    make_delegation(mia, ana)
    request = yes(asked(checkout, olivia), manager)
    client.force_login(mia)

    page = client.get(door(request)).text
    api = client.get(f"{API}/{request.pk}/approval/").json()

    for words in ("1 of 2 votes", "Mia (or Ana)", "Careful"):
        assert words in page
    [shown] = api["steps"]
    assert (shown["state"], shown["wanted"]) == ("open", ["Mia (or Ana)"])
    assert [vote["name"] for vote in shown["given"]] == ["Max"]
    assert api["yours"] == [{"step": "1", "name": "Managers of Payments", "on_behalf_of": None}]


def test_a_delegate_decides_for_another_on_the_page_and_by_the_api(
    client: Client, olivia: User, manager: User, mia: User, ana: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    make_delegation(manager, ana)
    request = asked(checkout, olivia)
    client.force_login(ana)
    page = client.get(door(request)).text
    assert "for Max" in page
    assert f'name="on_behalf_of" value="{manager.pk}"' in page

    body = {"digest": request.plan_digest, "step": "1", "on_behalf_of": manager.pk}
    answer = client.post(door(request, "approve"), body)

    assert answer.status_code == 302
    vote = Vote.objects.get()
    assert (vote.person, vote.on_behalf_of) == (ana, manager)
    assert "for Max" in client.get(door(request)).text
    again = post_api(client, f"{API}/{request.pk}/approve/", body)
    assert [each["code"] for each in again.json()["reasons"]] == ["voted_already"]


def test_who_may_vote_for_two_sees_both_and_has_one_voice(
    client: Client, olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    make_delegation(manager, mia)
    request = asked(checkout, olivia)
    client.force_login(mia)
    page = client.get(door(request)).text
    assert page.count("Approve this plan") == 2

    body = {"digest": request.plan_digest, "step": "1"}
    client.post(door(request, "approve"), body)
    again = client.post(door(request, "approve"), {**body, "on_behalf_of": manager.pk})

    assert again.status_code == 409
    assert "one person, one voice" in again.text
    assert Vote.objects.get().person == mia


def test_nobody_decides_by_following_a_link(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = asked(checkout, olivia)
    client.force_login(manager)

    for verb in ("approve", "reject", "break-glass"):
        assert client.get(door(request, verb)).status_code == 405
    assert not Vote.objects.exists()


def test_who_is_not_asked_reads_and_does_not_decide(
    client: Client, olivia: User, ana: User, checkout: Service
) -> None:
    request = request_in(RequestState.DRAFT, checkout, olivia, olivia)
    client.force_login(ana)

    page = client.get(door(request))

    assert page.status_code == 200
    assert client.post(door(request, "approve"), {"digest": "x"}).status_code == 403


def test_what_was_typed_stays_with_its_own_vote(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = asked(checkout, olivia)
    client.force_login(manager)
    body = {"digest": request.plan_digest, "step": "1", "on_behalf_of": "", "reason": ""}

    empty = client.post(door(request, "reject"), body)
    assert empty.status_code == 422
    stale = client.post(
        door(request, "reject"), {**body, "digest": "0" * 64, "reason": "Too soon."}
    )

    assert stale.status_code == 409
    assert "Too soon." in stale.text
    assert request.plan_digest in stale.text


def test_similar_changes_say_how_they_went(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request_in(RequestState.CLOSED, checkout, olivia, manager)
    request = asked(checkout, olivia, title="Another")
    client.force_login(manager)

    page = client.get(door(request)).text

    assert "1 of the last 1 went as planned" in page
    assert "Raise the pool size" in page


def test_the_page_asks_the_same_for_few_votes_and_many(
    client: Client, olivia: User, manager: User, mia: User, ana: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    make_delegation(mia, ana)
    request = yes(asked(checkout, olivia), manager)
    request = yes(workflow.change_plan(request, actor=olivia, plan="Another"), manager)
    client.force_login(olivia)
    few = own_queries(client, door(request))
    for _number in range(4):
        request = workflow.change_plan(request, actor=olivia, plan=f"{request.plan} And again.")
        yes(request, manager)
        make_delegation(mia, ana)

    assert own_queries(client, door(request)) == few


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a b c", [("same", [("same", "a b c")])]),
        (
            "Set it to 50 now",
            "Set it to 60 now",
            [
                (
                    "changed",
                    [("same", "Set it to "), ("gone", "50"), ("new", "60"), ("same", " now")],
                )
            ],
        ),
        ("one", "two", [("gone", [("gone", "one")]), ("new", [("new", "two")])]),
        ("a", "a\nb", [("same", [("same", "a")]), ("new", [("new", "b")])]),
        ("a\nb", "a", [("same", [("same", "a")]), ("gone", [("gone", "b")])]),
    ],
)
def test_a_changed_line_shows_its_changed_words(old: str, new: str, expected: Any) -> None:
    assert compare_words(old, new) == expected


# --- emergencies ------------------------------------------------------------------------------


def test_a_manager_lets_an_emergency_begin_from_the_page(
    client: Client, olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    request = asked(checkout, olivia, emergency=True)
    calm = asked(checkout, olivia, title="Calm")
    client.force_login(manager)
    assert "Let it begin unapproved" in client.get(door(request)).text
    assert "Let it begin unapproved" not in client.get(door(calm)).text

    body = {"digest": digest_of(request), "reason": ""}
    assert client.post(door(request, "break-glass"), body).status_code == 422
    body["reason"] = "The shop is down."
    assert client.post(door(request, "break-glass"), body).status_code == 302

    assert BreakGlass.objects.get().person == manager
    client.force_login(mia)
    for path in (door(request), request.get_absolute_url()):
        page = client.get(path).text
        assert "Max let it begin before it was approved." in page
    client.post(door(request, "approve"), {"digest": request.plan_digest})
    assert "It was approved afterwards." in client.get(door(request)).text


def test_emergencies_are_listed_until_they_are_decided_and_reviewed(
    client: Client, olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    request = make_emergency(checkout, olivia, manager)
    client.force_login(olivia)

    def listed() -> tuple[bool, int]:
        page = client.get("/change/emergencies/?open=true").text
        api = client.get("/api/v1/emergencies/?open=true").json()
        return request.number in page, len(api["results"])

    assert listed() == (True, 1)
    yes(request, mia)
    assert listed() == (True, 1)
    MaintenanceRequest.objects.update(state=RequestState.REVIEW)
    workflow.write_review(request, compared="So.", lessons="Test.", actor=mia)
    assert listed() == (False, 0)
    assert request.number in client.get("/change/emergencies/?open=false").text


@pytest.mark.parametrize("path", ["/change/emergencies/", "/api/v1/emergencies/"])
def test_the_list_of_emergencies_asks_the_same_for_one_and_many(
    client: Client, olivia: User, manager: User, payments: Team, checkout: Service, path: str
) -> None:
    make_emergency(checkout, olivia, manager)
    client.force_login(olivia)
    one = own_queries(client, path)
    for number in range(5):
        make_emergency(checkout, olivia, manager, title=f"Restart {number}")

    assert own_queries(client, path) == one


def test_a_draft_is_shown_with_whom_it_would_ask(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    client.force_login(olivia)

    page = client.get(door(make_request(checkout, olivia))).text

    assert "Managers of Payments" in page
