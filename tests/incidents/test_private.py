"""A private incident is found by nobody who is not named in it, at whatever door."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from incidents import workflow
from incidents.models import (
    Factor,
    Incident,
    Review,
    StakeholderMessage,
    StatusComponent,
)
from incidents.workflow import copies
from incidents.workflow.recurrence import reopen_what_recurred
from knowledge.models import ActionItem
from knowledge.workflow import finish_action, pause_run
from operations.models import Severity
from portal import audit, clock, reactions, webhooks
from portal.hidden_events import hidden_from
from portal.models import Event, Notification, Service, Team, User, Webhook, WebhookDelivery
from portal.search import building
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import (
    fire,
    make_incident,
    make_review,
    make_runbook,
    page,
    promise,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

SECRET = "Stolen tokens"


@pytest.fixture
def private(checkout: Service, olivia: User) -> Incident:
    """One of Olivia's, declared in private; Ana works elsewhere, Max manages the team."""
    incident = make_incident(
        checkout, title=SECRET, impact=SECRET, is_private=True, actor=olivia
    )
    workflow.add_note(incident, text=SECRET, actor=olivia)
    return incident


PAGES = [
    *("/", "/respond/", "/respond/incidents/", "/respond/incidents.csv", "/respond/reviews/"),
    *("/search/?q=Stolen", "/services/checkout/", "/events/", "/events/export.csv"),
    *("/api/v1/incidents/", "/api/v1/events/", "/api/v1/search/?q=Stolen", "/improve/"),
]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_shows_it_to_strangers(
    private: Incident, olivia: User, ana: User, ada: User, path: str
) -> None:
    building.rebuild()
    assert SECRET not in text(signed_in_as(ana), path)
    assert private.number not in text(signed_in_as(ana), path)
    shown = text(signed_in_as(olivia), path) + text(signed_in_as(ada), path)
    if path not in {"/respond/reviews/", "/improve/", "/api/v1/events/", "/events/export.csv"}:
        assert SECRET in shown or private.number in shown, path


def text(client: Client, path: str) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == 200, path
    content: Any = getattr(response, "streaming_content", None)
    return (b"".join(content) if content is not None else response.content).decode()


@pytest.mark.parametrize(
    "path",
    [
        *("/respond/{pk}/", "/respond/{pk}/live/", "/respond/{pk}/review/"),
        *("/api/v1/incidents/{pk}/", "/api/v1/incidents/{pk}/timeline/"),
        *("/api/v1/incidents/{pk}/escalation/", "/api/v1/incidents/{pk}/roles-held/"),
        "/history/incidents.incident/{pk}/",
    ],
)
def test_its_own_doors_are_not_there_for_strangers(
    private: Incident, ana: User, vera: User, path: str
) -> None:
    for stranger in (ana, vera):
        answer = signed_in_as(stranger).get(path.format(pk=private.pk))
        assert answer.status_code == 404, path


OF_ONE = ["change", "history"]  # pages of the admin


def test_the_admin_shows_it_to_its_own_alone(
    private: Incident, checkout: Service, search: Service, olivia: User, ana: User
) -> None:
    workflow.add_task(private, text=SECRET, assignee=olivia, actor=olivia)
    workflow.set_affected(private, service=search, impact=SECRET, actor=olivia)
    workflow.assess(private, answers={"users": "many"}, actor=olivia)
    other = make_incident(checkout, title=SECRET, is_private=True, actor=olivia)
    workflow.merge(private, into=other, reason=SECRET, actor=olivia)
    workflow.unmerge(private, actor=olivia)
    workflow.resolve(Incident.objects.get(pk=private.pk), summary=SECRET, actor=olivia)
    stranger, own = signed_in_as(ana), signed_in_as(olivia)
    seen = set()
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        rows = list(model._default_manager.order_by("-pk")[:2])
        if not rows:
            continue
        paths = [reverse(f"{name}_{page}", args=[row.pk]) for row in rows for page in OF_ONE]
        for path in (reverse(f"{name}_changelist"), *paths):
            assert SECRET not in stranger.get(path, follow=True).content.decode(), path
        if SECRET in own.get(reverse(f"{name}_changelist")).content.decode():
            seen.add(model._meta.model_name)
    assert seen >= {"incident", "timelinenote", "incidenttask", "affectedservice", "merge"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "verb", ["acknowledge", "join", "resolve", "roles", "merge", "private"]
)
def test_nothing_is_done_to_it_by_strangers(
    private: Incident, ana: User, door: str, verb: str
) -> None:
    assert ask(door, ana, private, verb).status_code == 404


@pytest.mark.parametrize(
    ("who", "sees"),
    [("olivia", True), ("max", True), ("ada", True), ("ana", False), ("vera", False)],
)
def test_who_sees_it(
    private: Incident, request: pytest.FixtureRequest, who: str, *, sees: bool
) -> None:
    person = request.getfixturevalue(who)
    assert Incident.objects.visible_to(person).filter(pk=private.pk).exists() == sees


@pytest.mark.parametrize("door", DOORS)
def test_a_role_lets_somebody_in_and_its_end_out(
    private: Incident, olivia: User, ana: User, door: str
) -> None:
    assert taken(door, ask(door, olivia, private, "roles", role="liaison", person=ana.pk))
    assert signed_in_as(ana).get(private.get_absolute_url()).status_code == 200
    workflow.leave_role(private, role="liaison", person=ana, actor=olivia)
    assert signed_in_as(ana).get(private.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("door", DOORS)
def test_it_is_closed_and_opened_again(
    checkout: Service, olivia: User, ana: User, door: str
) -> None:
    incident = make_incident(checkout, title=SECRET)
    workflow.page_person(incident, person=ana, actor=olivia)
    said = {"is_private": "true"} if door == "page" else {"is_private": True}
    assert taken(door, ask(door, olivia, incident, "private", **said))
    incident.refresh_from_db()
    # Whoever closes it and whoever was paged stays with it.
    for person in (olivia, ana):
        assert Incident.objects.visible_to(person).filter(pk=incident.pk).exists()
    opened: dict[str, Any] = {} if door == "page" else {"is_private": False}
    assert taken(door, ask(door, olivia, incident, "private", **opened))
    incident.refresh_from_db()
    assert not incident.is_private


def test_its_pages_say_no_more_than_its_number(
    checkout: Service, olivia: User, ana: User
) -> None:
    incident = make_incident(
        checkout,
        title=SECRET,
        impact=SECRET,
        severity=Severity.P0,
        is_private=True,
        actor=olivia,
    )
    page()
    workflow.page_person(incident, person=ana, reason=SECRET, actor=olivia)
    sent = list(Notification.objects.filter(topic=incident.reference))
    assert sent
    assert all(SECRET not in f"{each.subject} {each.body}" for each in sent)
    assert signed_in_as(ana).get(incident.get_absolute_url()).status_code == 200


def test_no_program_outside_hears_of_it(private: Incident, olivia: User) -> None:
    hook = Webhook(name="Outside", url="https://example.com/", secret="whsec_c2VjcmV0")
    hook.changed_by = None
    hook.save()
    workflow.acknowledge(private, actor=olivia)
    make_incident(private.service, title="Known to all")
    audit.seal_new_events()
    webhooks.plan()
    told = WebhookDelivery.objects.filter(event__kind__startswith="incident.")
    assert {each.event.subject_label.split(" ", 1)[1] for each in told} == {"Known to all"}


def test_a_run_for_it_is_for_those_who_see_it(
    private: Incident, checkout: Service, payments: Team, olivia: User, ana: User, ada: User
) -> None:
    runbook = make_runbook(payments, checkout)
    run = workflow.start_runbook(private, runbook, actor=olivia)
    pause_run(run, reason=SECRET, actor=olivia)
    lists = ["/learn/runs/", "/api/v1/runs/", runbook.get_absolute_url(), "/events/"]

    def told(person: User) -> list[bool]:
        return [f"/runs/{run.pk}/" in text(signed_in_as(person), path) for path in lists]

    def code(person: User, path: str) -> int:
        return signed_in_as(person).get(path).status_code

    assert told(olivia) == told(ada) == [True] * 4
    assert told(ana) == [False] * 4
    for path in (run.get_absolute_url(), f"/api/v1/runs/{run.pk}/"):
        assert [code(olivia, path), code(ana, path)] == [200, 404]
    assert code(ana, runbook.get_absolute_url()) == 200
    events = Event.objects.filter(kind__startswith="run.")
    assert events.count() == 2
    for hidden in hidden_from(None):
        events = events.exclude(hidden)
    assert not events.exists()
    Incident.objects.filter(pk=private.pk).update(is_private=False)
    assert told(ana) == [True] * 4


def test_the_public_hears_nothing(private: Incident, olivia: User) -> None:
    service = private.service
    service.is_public = True
    service.changed_by = None
    service.save()
    said = {"phase": "investigating", "text": SECRET}
    assert ask("page", olivia, private, "updates", **said).status_code in {409, 422}
    for path in ("/status/", "/status/status.json", "/status/feed.atom"):
        assert SECRET not in text(Client(), path)
        assert private.number not in text(Client(), path)


def test_an_alert_names_it_only_to_those_who_see_it(
    checkout: Service, olivia: User, ana: User
) -> None:
    alert = fire(checkout)
    workflow.set_private(Incident.objects.get(), is_private=True, actor=olivia)
    path = alert.get_absolute_url()
    assert Incident.objects.get().number not in text(signed_in_as(ana), path)
    assert Incident.objects.get().get_absolute_url() in text(signed_in_as(olivia), path)


@pytest.fixture
def came_back(checkout: Service, olivia: User) -> Review:
    """A known incident with the factor that a private one of the service had before."""
    factor = Factor.objects.get(name="Capacity too small")
    reviews = []
    for is_private in (True, False):
        incident = make_incident(
            checkout, title=SECRET, is_private=is_private, severity=Severity.P1, actor=olivia
        )
        if not is_private:
            Incident.objects.filter(pk=incident.pk).update(title="Slow")
        workflow.resolve(incident, summary="More room", actor=olivia)
        review = Review.objects.get(incident=incident)
        workflow.name_factor(review, factor=factor, evidence="The graph", actor=olivia)
        reviews.append(review)
    return Review.objects.get(pk=reviews[1].pk)


@pytest.mark.parametrize("part", ["review/", "review/print/"])
def test_a_factor_that_came_back_names_it_only_to_those_who_see_it(
    came_back: Review, olivia: User, ana: User, part: str
) -> None:
    number = Incident.objects.get(is_private=True).number
    path = f"/respond/{came_back.incident_id}/{part}"
    theirs = text(signed_in_as(ana), path)
    assert "Capacity too small" in theirs
    assert "Came back" not in theirs
    assert number not in theirs
    if part == "review/":
        assert f"{number}</a>, 0 days before." in text(signed_in_as(olivia), path)


REVIEW_DOORS = [
    *("/respond/{incident}/review/markdown/", "/api/v1/reviews/{review}/", "/api/v1/reviews/"),
    *("/api/v1/reviews/{review}/markdown/", "/respond/reviews/factors/{factor}/"),
    *("/api/v1/incidents/{incident}/context/", "/respond/{incident}/context/"),
    *("/respond/learning/", "/respond/learning/rows/?measure=mttr", "/api/v1/factors/"),
    *("/respond/learning.csv?measure=mttr",),
]


@pytest.mark.parametrize("door", REVIEW_DOORS)
def test_what_is_learned_names_it_to_nobody_else(
    came_back: Review, ana: User, door: str
) -> None:
    factor = Factor.objects.get(name="Capacity too small")
    named = {"review": came_back.pk, "incident": came_back.incident_id, "factor": factor.pk}
    shown = text(signed_in_as(ana), door.format(**named))
    private = Incident.objects.get(is_private=True)
    assert SECRET not in shown
    assert private.number not in shown
    assert f"/respond/{private.pk}/" not in shown


def test_what_is_taken_up_again_names_it_nowhere(
    checkout: Service, came_back: Review, olivia: User
) -> None:
    private = Incident.objects.get(is_private=True)
    promise(private.review, olivia, "Rotate the keys")
    action = ActionItem.objects.get()
    found = private.review.factors.get()
    found.actions.set([action])
    finish_action(action, proof="Done: https://ci.example.com/7", actor=olivia)
    (again,) = reopen_what_recurred(came_back, actor=olivia)

    assert again.state == "open"
    event = Event.objects.get(kind="review.factor_recurred")
    assert event.data["title"] == "what a private incident had led to"
    assert "Rotate" not in str(event.data)


def test_what_was_promised_no_longer_says_what_it_was_about(
    checkout: Service, olivia: User, ana: User
) -> None:
    review = make_review(checkout, olivia, title=SECRET)
    promise(review, olivia)
    path = ActionItem.objects.get().get_absolute_url()
    assert SECRET in text(signed_in_as(ana), path)
    workflow.set_private(review.incident, is_private=True, actor=olivia)
    for door in (path, "/learn/actions/", "/api/v1/actions/"):
        assert SECRET not in text(signed_in_as(ana), door)
    assert ActionItem.objects.get().reference_label == f"{review.incident.number} (private)"


def test_a_part_of_it_does_not_say_of_what(
    private: Incident, olivia: User, ana: User, ada: User
) -> None:
    part = make_incident(private.service, title="Slow")
    workflow.merge(part, into=private, actor=olivia)
    for door in ("/respond/{pk}/", "/api/v1/incidents/{pk}/", "/api/v1/incidents/"):
        shown = text(signed_in_as(ana), door.format(pk=part.pk))
        assert "Slow" in shown
        assert private.number not in shown
        assert SECRET not in shown
    shown = text(signed_in_as(ana), f"/api/v1/incidents/{part.pk}/timeline/")
    assert "made it part of a private incident" in shown
    assert private.get_absolute_url() in text(signed_in_as(olivia), part.get_absolute_url())
    workflow.unmerge(part, actor=olivia)
    assert private.number not in text(signed_in_as(ana), part.get_absolute_url())


def test_stakeholders_and_copies_are_told_nothing(
    checkout: Service, olivia: User, tmp_path: Path, settings: Any
) -> None:
    settings.STATUS_DIRECTORY = str(tmp_path)
    component = StatusComponent(name="Shop", service=checkout, is_public=True)
    component.changed_by = None
    component.save()
    group = workflow.keep_stakeholder_group(name="Board", severities=[0, 1], actor=None)
    workflow.keep_stakeholder(
        name="Dora", email="dora@example.net", phone="", groups=[group], actor=None
    )
    for is_private in (True, False):
        make_incident(
            checkout,
            title=SECRET if is_private else "Slow",
            severity=Severity.P0,
            is_private=is_private,
            actor=olivia,
        )
    reactions.react_to_all_due(clock.now())
    copies.copy_due(clock.now(), patience=10)

    told = StakeholderMessage.objects.values_list("subject", "text")
    assert told
    assert SECRET not in str(list(told))
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    number = Incident.objects.get(is_private=True).number.encode()
    assert all(SECRET.encode() not in each and number not in each for each in written)
