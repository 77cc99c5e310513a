"""Pages and API of requests, side by side."""

from typing import Any

import pytest
from django.test import Client

from knowledge.models import Document
from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, process_step
from portal.models import Service, Team, User
from tests.maintenance.make import (
    ANALYSIS,
    approved_request,
    make_action,
    make_process,
    make_request,
    make_runbook,
    own_queries,
    request_in,
)

API = "/api/v1/maintenance-requests"
TOLD = {
    "title": "Raise the pool size",
    "service": "checkout",
    "category": "corrective",
    "priority": 2,
    "reason": "It ran dry.",
    "plan": "Set it to 50.",
}


def post_api(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, content_type="application/json")


@pytest.mark.parametrize("state", list(RequestState))
def test_the_page_shows_a_request_in_every_state(
    client: Client, olivia: User, manager: User, checkout: Service, state: RequestState
) -> None:
    request = request_in(state, checkout, olivia, manager)
    for person in [olivia, manager]:
        client.force_login(person)
        page = client.get(request.get_absolute_url())
        approval = client.get(f"/change/requests/{request.pk}/approval/")
        assert (page.status_code, approval.status_code) == (200, 200)
        assert str(request.title) in page.content.decode()
        assert str(state.label) in page.content.decode()

    detail = client.get(f"{API}/{request.pk}/").json()
    assert detail["state"] == state
    assert detail["number"] == f"CHG-{request.pk}"


def test_a_request_is_made_on_the_page_and_in_the_api(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    page = client.post("/change/requests/new/", TOLD)
    api = post_api(client, f"{API}/", TOLD)

    first, second = MaintenanceRequest.objects.order_by("pk")
    assert (page.status_code, page.headers["Location"]) == (302, first.get_absolute_url())
    assert api.status_code == 201
    assert api.json()["id"] == second.pk
    assert (first.requester, second.requester) == (olivia, olivia)
    assert (first.plan_digest, first.priority) == (second.plan_digest, 2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"category": "whim"}, "category"),
        ({"service": "nowhere"}, "service"),
        ({"priority": 9}, "priority"),
        ({"planned_start": "2026-12-01T10:00", "planned_end": "2026-12-01T09:00"}, ""),
    ],
)
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
    client: Client, olivia: User, checkout: Service, wrong: dict[str, Any], field: str
) -> None:
    client.force_login(olivia)

    page = client.post("/change/requests/new/", TOLD | wrong)
    api = post_api(client, f"{API}/", TOLD | wrong)

    assert (page.status_code, api.status_code) == (422, 400)
    assert "It ran dry." in page.content.decode()
    assert "data-draft" in page.content.decode()
    assert api.json()["errors"][0]["field"] == field
    assert not MaintenanceRequest.objects.exists()


def test_the_whole_way_on_pages(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    make_process("corrective", "Fix")
    runbook = make_runbook(checkout, olivia)
    request = make_request(checkout, olivia, runbook=runbook)
    base = f"/change/requests/{request.pk}"

    def post(person: User, path: str, **body: Any) -> None:
        client.force_login(person)
        answer = client.post(f"{base}/{path}/", body)
        assert answer.status_code == 302, answer.content.decode()

    post(olivia, "submit")
    post(manager, "approve", digest=request.plan_digest, reason="Yes")
    post(olivia, "start")
    post(olivia, "steps/1", state="done")
    post(
        olivia, "runbook", base_number=1, title=runbook.title, body="1. New\n", message="Learnt"
    )
    post(olivia, "finish-work")
    post(olivia, "back-to-work")
    post(olivia, "finish-work")
    post(
        olivia,
        "verify",
        outcome="succeeded",
        verification="Load test",
        no_deployment_reason="A setting",
    )

    request.refresh_from_db()
    assert (request.state, request.outcome) == (RequestState.CLOSED, "succeeded")
    page = client.get(request.get_absolute_url()).content.decode()
    for words in ["approved it: “Yes”", "published revision 2", "step 1, done: Fix"]:
        assert words in page


def test_the_whole_way_in_the_api(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    make_process("corrective", "Fix")
    runbook = make_runbook(checkout, olivia)
    action = make_action(olivia, checkout)

    def post(person: User, path: str, status: int = 200, **body: Any) -> Any:
        client.force_login(person)
        answer = post_api(client, f"{API}/{path}/", body)
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    pk = post(olivia, "from-action", 201, action=action.pk)["id"]
    assert post(olivia, "from-action", 200, action=action.pk)["id"] == pk
    changed = client.patch(
        f"{API}/{pk}/",
        {"plan": "Do it.", "rollback_plan": "Undo it.", "runbook": runbook.slug},
        content_type="application/json",
    )
    assert (changed.status_code, changed.json()["plan"]) == (200, "Do it.")
    assert post(olivia, f"{pk}/submit")["state"] == "submitted"
    client.patch(f"{API}/{pk}/analysis/", ANALYSIS, content_type="application/json")
    digest = post(olivia, f"{pk}/ask-approval")["plan_digest"]
    post(manager, f"{pk}/approve", digest=digest)
    post(olivia, f"{pk}/start")
    post(olivia, f"{pk}/steps/1/answer", state="skipped", note="One line")
    post(
        olivia,
        f"{pk}/revise-runbook",
        base_number=1,
        title=runbook.title,
        body="1. New\n",
        message="Learnt",
    )
    post(olivia, f"{pk}/finish-work")
    shown = post(
        olivia,
        f"{pk}/verify",
        outcome="succeeded",
        verification="Load test",
        no_deployment_reason="A setting",
    )
    assert (shown["state"], shown["runbook_revision"]) == ("closed", 2)
    assert shown["steps"][0]["state"] == "skipped"
    assert [vote["decision"] for vote in shown["votes"]] == ["approve"]


def test_the_page_the_api_and_the_buttons_say_the_same_why_not(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia, plan="")
    client.force_login(olivia)

    shown = client.get(request.get_absolute_url()).content.decode()
    page = client.post(f"/change/requests/{request.pk}/submit/")
    api = post_api(client, f"{API}/{request.pk}/submit/")
    detail = client.get(f"{API}/{request.pk}/").json()

    assert (page.status_code, api.status_code) == (409, 409)
    reasons = api.json()["reasons"]
    assert [reason["code"] for reason in reasons] == ["missing_plan"]
    assert detail["why_not"]["submit"] == reasons
    for text in (shown, page.content.decode()):
        assert reasons[0]["sentence"] in text
        assert reasons[0]["remedy"] in text


def test_a_manager_who_saw_another_plan_is_shown_the_new_one(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    seen = request.plan_digest
    request = workflow.change_plan(request, actor=olivia, plan="Drop everything")
    client.force_login(manager)
    body = {"digest": seen, "reason": "My long remark"}

    page = client.post(f"/change/requests/{request.pk}/approve/", body)
    api = post_api(client, f"{API}/{request.pk}/approve/", body)

    assert (page.status_code, api.status_code) == (409, 409)
    text = page.content.decode()
    for words in [
        "Drop everything",
        "My long remark",
        request.plan_digest,
        "was changed after",
    ]:
        assert words in text
    assert [reason["code"] for reason in api.json()["reasons"]] == ["digest_changed"]


def test_the_approver_sees_what_changed_since_the_last_word(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager, plan="Keep\nOld line")
    request = workflow.change_plan(request, actor=olivia, plan="Keep\nNew line")
    client.force_login(manager)

    page = client.get(f"/change/requests/{request.pk}/approval/").content.decode()

    assert "<del>Old</del><ins>New</ins> line" in page
    assert "Superseded" in page


def test_an_edit_that_crosses_another_keeps_what_was_typed(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    body = TOLD | {"rollback_plan": "Mine", "seen": request.plan_digest}
    workflow.change_plan(request, actor=manager, plan="Theirs")
    client.force_login(olivia)

    page = client.post(f"/change/requests/{request.pk}/edit/", body)

    assert page.status_code == 409
    assert "Mine" in page.content.decode()
    request.refresh_from_db()
    assert request.plan == "Theirs"
    api = client.patch(
        f"{API}/{request.pk}/",
        {"plan": "Mine", "seen": body["seen"]},
        content_type="application/json",
    )
    assert api.json()["reasons"][0]["code"] == "digest_changed"

    body["seen"] = request.plan_digest
    assert client.post(f"/change/requests/{request.pk}/edit/", body).status_code == 302


def test_an_untouched_form_changes_nothing(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager, plan="One\nTwo")
    client.force_login(olivia)
    page = client.get(f"/change/requests/{request.pk}/edit/")
    form = page.context["form"]
    body = {
        name: str(form[name].value()).replace("\n", "\r\n")
        for name in form.fields
        if form[name].value() is not None
    }

    client.post(f"/change/requests/{request.pk}/edit/", body)

    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


def test_a_hidden_runbook_is_neither_shown_nor_named(
    client: Client, olivia: User, ada: User, manager: User, checkout: Service, platform: Team
) -> None:
    runbook = make_runbook(checkout, olivia, title="Zebra keys")
    request = approved_request(checkout, olivia, manager, runbook=runbook)
    request = workflow.start(request, actor=olivia)
    own, hidden = f"/change/requests/{request.pk}/", "A runbook that you may not read"

    def answers() -> list[tuple[int, bool, bool]]:
        paths = [own, f"{own}edit/", f"{own}runbook/", f"{API}/{request.pk}/"]
        pages = [client.get(path) for path in paths]
        texts = [page.content.decode() for page in pages]
        return [
            (page.status_code, "ebra" in text, hidden in text)
            for page, text in zip(pages, texts, strict=True)
        ]

    client.force_login(olivia)
    assert answers() == [(200, True, False)] * 4
    Document.objects.filter(pk=runbook.pk).update(is_team_only=True, team=platform)
    assert answers() == [
        *((200, False, True), (200, False, True), (404, False, False), (200, False, False)),
    ]
    assert client.get(f"{API}/{request.pk}/").json()["runbook"] is None
    client.force_login(ada)
    assert client.get(f"{API}/{request.pk}/").json()["runbook"] == runbook.slug


def test_a_runbook_that_moved_meanwhile_keeps_what_was_typed(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    runbook = make_runbook(checkout, olivia)
    request = approved_request(checkout, olivia, manager, runbook=runbook)
    request = workflow.start(request, actor=olivia)
    told = {"title": runbook.title, "message": "m"}
    workflow.revise_runbook(request, base_number=1, body="1. Theirs\n", actor=olivia, **told)
    client.force_login(olivia)
    body = told | {"base_number": 1, "body": "1. Mine\n"}

    page = client.post(f"/change/requests/{request.pk}/runbook/", body)
    api = post_api(client, f"{API}/{request.pk}/revise-runbook/", body)

    assert (page.status_code, api.status_code) == (409, 409)
    assert "1. Mine" in page.content.decode()
    assert "1. Theirs" in page.content.decode()


def test_a_refused_closing_keeps_what_was_typed(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.VERIFYING, checkout, olivia, manager)
    client.force_login(olivia)
    body = {"outcome": "succeeded", "verification": "I watched for long"}

    page = client.post(f"/change/requests/{request.pk}/verify/", body)
    wrong = client.post(f"/change/requests/{request.pk}/verify/", {"outcome": "x"})

    assert (page.status_code, wrong.status_code) == (409, 422)
    assert "I watched for long" in page.content.decode()
    assert "No deployment is linked" in page.content.decode()


def test_what_is_missing_for_closing_stands_beside_the_button(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    make_process("corrective", process_step("Watch it", "verify"))
    request = approved_request(checkout, olivia, manager)
    request = workflow.finish_work(workflow.start(request, actor=olivia), actor=olivia)
    client.force_login(olivia)

    page = client.get(request.get_absolute_url()).content.decode()

    assert "Steps up to the verification have no answer: 1." in page
    assert "Closing needs a word" not in page


def test_an_action_becomes_a_request_by_one_click(
    client: Client, olivia: User, checkout: Service
) -> None:
    action = make_action(olivia, checkout)
    client.force_login(olivia)
    shown = client.get(action.get_absolute_url()).content.decode()
    url = f"/change/requests/from-action/{action.pk}/"
    assert url in shown

    first = client.post(url)
    again = client.post(url, follow=True)

    request = MaintenanceRequest.objects.get()
    assert first.headers["Location"] == request.get_absolute_url()
    assert "has an open request already" in again.content.decode()
    assert request.get_absolute_url() in client.get(action.get_absolute_url()).content.decode()


def test_an_action_without_a_service_brings_its_words_to_the_form(
    client: Client, olivia: User, checkout: Service
) -> None:
    action = make_action(olivia, title="Tidy the logs")
    client.force_login(olivia)
    url = f"/change/requests/new/?action={action.pk}"
    assert url in client.get(action.get_absolute_url()).content.decode()

    page = client.get(url).content.decode()
    client.post(url, TOLD)

    assert "Tidy the logs" in page
    assert MaintenanceRequest.objects.get().action_item == action


VERBS = [
    ("edit", "", {}),
    ("submit", "submit", {}),
    ("withdraw", "withdraw", {}),
    ("back-to-draft", "back-to-draft", {}),
    ("start", "start", {}),
    ("steps/1", "steps/1/answer", {"state": "done"}),
    ("finish-work", "finish-work", {}),
    ("back-to-work", "back-to-work", {}),
    ("verify", "verify", {"outcome": "succeeded", "verification": "x"}),
    ("review", "review", {"compared": "x", "lessons": "x"}),
    ("follow-up", "follow-up", {}),
    ("close", "close", {}),
    ("assess", "assess", {}),
    ("ask-approval", "ask-approval", {}),
    ("schedule", "schedule", {}),
    ("hold", "hold", {"reason": "x"}),
    ("resume", "resume", {}),
    ("cancel", "cancel", {"reason": "x"}),
    ("runbook/confirm", "confirm-runbook", {"reason": "x"}),
    ("approve", "approve", {"digest": "x"}),
    ("reject", "reject", {"digest": "x", "reason": "x"}),
]


@pytest.mark.parametrize(("name", "status"), [("vera", 403), ("ana", 403), ("otto", 404)])
@pytest.mark.parametrize(("page", "api", "body"), VERBS)
def test_who_may_not(
    client: Client,
    olivia: User,
    checkout: Service,
    request: pytest.FixtureRequest,
    page: str,
    api: str,
    body: dict[str, str],
    name: str,
    status: int,
) -> None:
    item = make_request(checkout, olivia)
    client.force_login(request.getfixturevalue(name))
    versions = item.history.count()

    answers = [client.post(f"/change/requests/{item.pk}/{page}/", body).status_code]
    if api:
        answers.append(post_api(client, f"{API}/{item.pk}/{api}/", body).status_code)

    assert set(answers) == {status}
    assert item.history.count() == versions


@pytest.mark.parametrize("name", ["olivia", "ada"])
def test_members_and_administrators_do_not_decide(
    client: Client, olivia: User, checkout: Service, request: pytest.FixtureRequest, name: str
) -> None:
    item = make_request(checkout, olivia)
    client.force_login(request.getfixturevalue(name))

    page = client.post(f"/change/requests/{item.pk}/approve/", {"digest": "x"})
    api = post_api(client, f"{API}/{item.pk}/approve/", {"digest": "x"})

    assert (page.status_code, api.status_code) == (403, 403)


def test_nobody_makes_a_request_for_the_service_of_others(
    client: Client, ana: User, olivia: User, checkout: Service
) -> None:
    client.force_login(ana)

    page = client.post("/change/requests/new/", TOLD)
    api = post_api(client, f"{API}/", TOLD)
    action = make_action(ana, checkout)
    one_step = client.post(f"/change/requests/from-action/{action.pk}/")

    assert (page.status_code, api.status_code, one_step.status_code) == (422, 403, 403)


@pytest.mark.parametrize("path", ["", "requests/", "requests/board/", "processes/"])
def test_strangers_find_nothing(client: Client, otto: User, vera: User, path: str) -> None:
    client.force_login(vera)
    assert client.get(f"/change/{path}").status_code == 200
    client.force_login(otto)
    assert client.get(f"/change/{path}").status_code == 404


def test_a_filter_means_the_same_on_the_page_in_the_api_and_in_the_file(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    make_request(checkout, olivia, title="Slow search", priority=1)
    done = request_in(RequestState.CLOSED, checkout, olivia, manager)
    waiting = workflow.submit(
        make_request(checkout, olivia, title="=Pay", category="adaptive"), actor=olivia
    )
    client.force_login(manager)

    for query, expected in [
        ("state=open", {"Slow search", "=Pay"}),
        (f"state=closed&service={checkout.slug}", {done.title}),
        ("category=adaptive", {"=Pay"}),
        ("priority=1", {"Slow search"}),
        ("q=search", {"Slow search"}),
        ("for_me=true", {"=Pay"}),
        ("for_me=false", {"Slow search", done.title}),
        ("mine=true", set()),
        ("mine=false", {"Slow search", done.title, "=Pay"}),
    ]:
        page = client.get(f"/change/requests/?{query}")
        api = client.get(f"{API}/?{query}").json()["results"]
        file = client.get(f"/change/requests/export.csv?{query}")
        lines = b"".join(file.streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
        assert {row["item"].title for row in page.context["rows"]} == expected, query
        assert {row["title"] for row in api} == expected, query
        assert {line.split(",")[1].removeprefix("'") for line in lines} == expected, query
        if "=Pay" in expected:
            assert any(line.startswith(f"{waiting.number},'=Pay") for line in lines)


@pytest.mark.parametrize("query", ["priority=x", "state=nowhere", "service=none", "mine=maybe"])
def test_a_filter_that_means_nothing_is_an_error(
    client: Client, olivia: User, query: str
) -> None:
    client.force_login(olivia)

    assert client.get(f"{API}/?{query}").status_code == 400
    assert client.get(f"/change/requests/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("door", "queries"),
    [
        ("/change/requests/", 5),
        ("/change/requests/board/", 3),
        (f"{API}/", 3),
    ],
)
@pytest.mark.parametrize("many", [1, 60])
def test_it_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    door: str,
    queries: int,
    many: int,
) -> None:
    for n in range(many):
        make_request(checkout, olivia, title=f"Number {n}")
    client.force_login(olivia)

    assert own_queries(client, door) == queries
