"""Escalation policies: drawn, edited, given to services; which one holds, what pages say."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from incidents import workflow
from incidents.ladder import drawn, services_of
from incidents.models import EscalationPolicy, PolicyStep, ServiceEscalation
from incidents.route import Atlas, policy_for
from incidents.workflow import Rung, Target
from operations.models import BusinessHours, Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import Channel, ContactMethod, NotificationRule, Service, Team, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident, make_schedule
from tests.incidents.make import page as let_the_pager_look
from tests.make import make_service, make_team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def make_policy(
    name: str = "Ours", *, team: Team | None = None, to: User | None = None, **fields: Any
) -> EscalationPolicy:
    rungs = fields.pop("rungs", [Rung([Target("person", to) if to else Target("schedule")])])
    return workflow.create_policy(name=name, team=team, rungs=rungs, actor=None, **fields)


def codes(refused: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


# Which policy holds.


def test_the_services_own_else_its_teams_else_the_houses_else_the_built_in(
    checkout: Service, payments: Team, platform: Team
) -> None:
    assert policy_for(checkout, 0).policy is None
    house = make_policy("House")
    assert policy_for(checkout, 0).policy == house
    make_policy("Elsewhere", team=platform)
    assert policy_for(checkout, 0).policy == house
    teams = make_policy("Teams", team=payments)
    assert policy_for(checkout, 0).policy == teams
    own = make_policy("Own")
    workflow.set_service_escalation(checkout, policy=own, actor=None)

    route = policy_for(checkout, 0)
    assert (route.policy, route.reason) == (own, "The service's own policy, “Own”.")
    assert [step.targets[0].kind for step in route.snapshot.steps] == ["schedule"]


def test_a_policy_without_a_step_is_none_yet(checkout: Service, payments: Team) -> None:
    make_policy(team=payments, rungs=[])
    assert policy_for(checkout, 0).policy is None


def test_the_first_is_the_default_and_another_can_be_made_it(
    checkout: Service, payments: Team, olivia: User
) -> None:
    first, second = make_policy("One", team=payments), make_policy("Two", team=payments)
    assert (first.is_default, second.is_default) == (True, False)
    workflow.make_default(second, actor=olivia)
    assert policy_for(checkout, 0).policy == second
    first.refresh_from_db()
    second.refresh_from_db()
    assert list(services_of(first)) == []
    assert list(services_of(second)) == [checkout]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.make_default(second, actor=olivia)
    assert codes(refused) == ["is_default"]


def test_the_database_keeps_one_default_for_each(payments: Team) -> None:
    for team in (payments, None):
        make_policy(f"One {team}", team=team)
        other = make_policy(f"Two {team}", team=team)
        with pytest.raises(IntegrityError), transaction.atomic():
            EscalationPolicy.objects.filter(pk=other.pk).update(is_default=True)


@pytest.mark.parametrize("many", [1, 30])
def test_routes_of_all_services_take_the_same_questions(
    checkout: Service, payments: Team, many: int, django_assert_max_num_queries: Any
) -> None:
    make_policy(team=payments)
    for number in range(many):
        service = make_service(f"Service {number}", team=make_team(f"Team {number}"))
        make_policy(f"Policy {number}", team=service.team)
    with django_assert_max_num_queries(7):
        atlas = Atlas.of()
        services = list(Service.objects.all())
        assert all(atlas.route(service, 0).policy for service in services)


# Drawing.


def test_steps_are_added_changed_moved_and_removed(
    payments: Team, olivia: User, manager: User
) -> None:
    policy = make_policy(team=payments, rungs=[])
    one = workflow.add_step(policy, Rung([Target("person", olivia)]), actor=olivia)
    two = workflow.add_step(policy, Rung([Target("managers")]), actor=olivia)
    three = workflow.add_step(policy, Rung([Target("team")], 30), actor=olivia)
    workflow.move_step(three, by=-1, actor=olivia)
    workflow.remove_step(one, actor=olivia)
    workflow.change_step(two, Rung([Target("person", manager)], 10), actor=olivia)

    steps = policy.steps.order_by("order")
    assert [(step.order, step.delay_minutes) for step in steps] == [(1, 30), (2, 10)]
    assert [str(step.targets.get()) for step in steps] == ["Everybody in a team", "Max"]
    said = [event.data.get("what") for event in events.about(policy)]
    assert said == [
        "step 2 changed",
        "step 1 removed",
        "step 3 moved",
        "step 3 added",
        "step 2 added",
        "step 1 added",
        None,
    ]


def test_what_cannot_be_drawn(payments: Team, olivia: User, vera: User) -> None:
    policy = make_policy(team=payments)
    room = Channel(name="Room", kind="apprise", destination="json://x", is_active=False)
    room.changed_by = None
    room.save()
    for rung, code in [
        (Rung([]), "no_target"),
        (Rung([Target("person", vera)]), "cannot_work"),
        (Rung([Target("channel", room)]), "channel_off"),
    ]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.add_step(policy, rung, actor=olivia)
        assert codes(refused) == [code]
    with pytest.raises(ValidationError):
        workflow.add_step(
            policy, Rung([Target("team")], conditions=[{"kind": "weather"}]), actor=olivia
        )
    with pytest.raises(ValidationError):
        workflow.add_step(policy, Rung([Target("team")], 100_000), actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.move_step(policy.steps.get(), by=1, actor=olivia)
    assert codes(refused) == ["at_the_end"]
    gone = policy.steps.get()
    workflow.remove_step(gone, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_step(gone, Rung([Target("team")]), actor=olivia)
    assert codes(refused) == ["step_gone"]


def test_one_that_a_service_names_is_not_removed(checkout: Service, olivia: User) -> None:
    policy = make_policy()
    workflow.set_service_escalation(checkout, policy=policy, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.remove_policy(policy, actor=olivia)
    assert codes(refused) == ["in_use"]

    workflow.set_service_escalation(checkout, policy=None, actor=olivia)
    incident = make_incident(checkout, severity=Severity.P0)
    workflow.remove_policy(policy, actor=olivia)
    run = incident.runs.get()
    assert (run.policy, run.snapshot["name"]) == (None, "Ours")  # its copy goes on


# The ladder on the page.


def test_the_ladder_says_when_whom_who_that_is_now_and_by_which_way(
    checkout: Service, payments: Team, olivia: User, manager: User, ada: User
) -> None:
    make_schedule(payments, olivia)
    night = {"kind": "severity", "severities": [0, 1]}
    policy = make_policy(
        team=payments,
        rungs=[
            Rung([Target("schedule")], 5),
            Rung([Target("managers")], 10, conditions=[night]),
        ],
        repeat_count=1,
    )
    client = signed_in_as(olivia)
    page = client.get(policy.get_absolute_url()).content.decode()

    for words in (
        "At once",
        "Whoever is on call for the owner team",
        "By Sign-in address.",
        "After 5 min",
        "The managers of the owner team",
        "Only P0, P1",
        "Manager of Payments.",
        "After 30 min",
        "The administrators",
        "climbed once more",
    ):
        assert words in page, words
    listed = client.get("/respond/escalation/").content.decode()
    assert "default of the team" in listed
    served = client.get(checkout.get_absolute_url()).content.decode()
    assert policy.get_absolute_url() in served


def test_it_warns_of_steps_that_reach_nobody_and_of_chains_that_are_too_slow(
    checkout: Service, payments: Team, olivia: User, ada: User
) -> None:
    phone = ContactMethod(person=olivia, kind="apprise", label="Phone", destination="json://x")
    phone.changed_by = None
    phone.save()
    for after in (0, 10):
        rule = NotificationRule(
            person=olivia, urgency="high", contact=phone, after_minutes=after
        )
        rule.changed_by = None
        rule.save()
    policy = make_policy(
        team=payments, rungs=[Rung([Target("schedule")]), Rung([Target("person", olivia)], 5)]
    )
    found = EscalationPolicy.objects.with_steps().get(pk=policy.pk)
    rungs = drawn(found, checkout, clock.now())

    assert rungs[0].warnings == ["Reaches nobody now. This team has no on-call schedule."]
    assert "Olivia is told by Phone after 10 min: the next step comes first." in (
        rungs[1].warnings
    )


def test_somebody_who_draws_a_slow_chain_is_told_which_step_overtakes_it(
    payments: Team, olivia: User, ana: User
) -> None:
    make_schedule(payments, olivia)
    phone = ContactMethod(person=olivia, kind="apprise", label="Phone", destination="json://x")
    phone.changed_by = None
    phone.save()
    rule = NotificationRule(person=olivia, urgency="high", contact=phone, after_minutes=10)
    rule.changed_by = None
    rule.save()
    for number, target in enumerate(
        [Target("schedule"), Target("person", olivia), Target("team", payments)]
    ):
        make_policy(f"Slow {number}", team=payments, rungs=[Rung([target], 5)])
    make_policy("Quick enough", team=payments, rungs=[Rung([Target("person", olivia)], 10)])
    make_policy("Others", team=payments, rungs=[Rung([Target("managers")], 5)])
    client = signed_in_as(olivia)

    page = client.get("/me/notifications/").content.decode()

    sentence = "waits 5 min, and Phone comes after 10 min: the next step is taken first."
    assert page.count(sentence) == 3
    assert "Quick enough" not in page
    assert "Others" not in page
    assert len(client.get("/api/v1/reach/").json()["doubts"]) == 3
    assert signed_in_as(ana).get("/api/v1/reach/").json()["doubts"] == []


# At the doors.

SAID = {"own_on_call": "on", "strategy": "all", "delay_minutes": "5"}


def test_it_is_drawn_on_the_page_without_a_script(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    client = signed_in_as(olivia)
    made = client.post(
        "/respond/escalation/new/",
        {"name": "Ours", "team": payments.pk, "repeat_count": "1", "last_resort": ""},
    )
    policy = EscalationPolicy.objects.get()
    assert made.headers["Location"] == f"/respond/escalation/{policy.pk}/steps/new/"
    conditions = {
        "severities": ["0", "1"],
        "business": "queue",
        "weekdays": ["0", "4"],
        "hours_from": "09:00",
        "hours_until": "17:00",
        "zone": "Europe/Berlin",
        "not_at_night": "on",
        "volume_alerts": "5",
        "volume_minutes": "10",
    }
    answer = client.post(made.headers["Location"], SAID | conditions)
    assert answer.status_code == 302, answer.content.decode()
    step = policy.steps.get()
    assert [condition["kind"] for condition in step.conditions] == [
        "severity",
        "queue",
        "hours",
        "night",
        "volume",
    ]
    form = client.get(f"/respond/escalation/{policy.pk}/steps/{step.pk}/").context["form"]
    shown = {name: value for name, value in form.initial.items() if value}
    assert shown["weekdays"] == [0, 4]
    assert shown["own_on_call"] is True

    people = {**SAID, "people": [manager.pk], "own_on_call": ""}
    client.post(f"/respond/escalation/{policy.pk}/steps/{step.pk}/", people)
    step.refresh_from_db()
    assert step.conditions == []
    assert step.targets.get().person == manager
    saved = client.get(policy.get_absolute_url()).content.decode()
    assert "Step 1 is saved." in saved


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"own_on_call": ""}, "Choose whom this step is to tell."),
        ({"delay_minutes": "-1"}, "greater than or equal to 0"),
        ({"volume_alerts": "5"}, "Say both how many and within how long."),
        ({"weekdays": ["0"]}, "Say from when until when on these days."),
    ],
)
def test_a_step_that_is_not_right_comes_back_as_it_was_typed(
    payments: Team, olivia: User, said: dict[str, Any], words: str
) -> None:
    policy = make_policy(team=payments)
    path = f"/respond/escalation/{policy.pk}/steps/new/"
    answer = signed_in_as(olivia).post(path, SAID | {"zone": "Asia/Tokyo"} | said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Asia/Tokyo" selected' in page
    assert policy.steps.count() == 1


def test_buttons_move_remove_apply_and_make_default(
    checkout: Service, payments: Team, olivia: User
) -> None:
    other = make_policy("Other", team=payments)
    policy = make_policy(
        team=payments, rungs=[Rung([Target("schedule")], 1), Rung([Target("managers")], 2)]
    )
    client = signed_in_as(olivia)
    first = policy.steps.get(order=1)

    def press(what: str) -> None:
        path = f"/respond/escalation/{policy.pk}/{what}/"
        assert client.post(path).status_code == 302

    press("default")
    make_incident(checkout, severity=Severity.P0)
    press(f"steps/{first.pk}/down")
    assert [step.delay_minutes for step in policy.steps.order_by("order")] == [2, 1]
    press(f"steps/{first.pk}/up")
    press(f"steps/{policy.steps.get(order=2).pk}/remove")
    press("apply")
    assert events.about(policy).filter(kind="escalation_policy.applied").exists()
    press("remove")
    assert list(EscalationPolicy.objects.all()) == [other]


def test_a_service_chooses_on_its_page_and_in_the_api(
    checkout: Service, payments: Team, olivia: User, ana: User
) -> None:
    policy = make_policy(team=payments)
    page, door = (
        "/respond/services/checkout/escalation/",
        "/api/v1/services/checkout/escalation/",
    )
    client = signed_in_as(olivia)
    assert "Its team" in client.get(page).content.decode()
    client.post(page, {"policy": policy.pk, "pages_always": "on"})
    row = ServiceEscalation.objects.get()
    assert (row.policy, row.pages_always) == (policy, True)

    told = api(client, door, {"policy": None}).json()  # type: ignore[attr-defined]
    assert told == {
        "policy": None,
        "pages_always": True,
        "climbs": policy.pk,
        "reason": "Its team's policy, “Ours”.",
    }
    for path in (page, door):
        assert signed_in_as(ana).post(path, {}).status_code == 403


def test_the_api_draws_the_same(
    checkout: Service, payments: Team, olivia: User, ana: User
) -> None:
    client = signed_in_as(olivia)
    body = {
        "name": "Ours",
        "team": "payments",
        "repeat_count": 2,
        "steps": [
            {"targets": [{"kind": "schedule"}], "delay_minutes": 5},
            {
                "targets": [{"kind": "person", "id": olivia.pk}],
                "conditions": [{"kind": "severity", "severities": [0]}],
            },
        ],
    }
    made = api(client, "/api/v1/escalation-policies/", body)
    assert made.status_code == 201, made.content
    told = made.json()  # type: ignore[attr-defined]
    assert [step["targets"] for step in told["steps"]] == [
        [{"kind": "schedule", "id": None, "name": "Whoever is on call"}],
        [{"kind": "person", "id": olivia.pk, "name": "Olivia"}],
    ]
    path = f"/api/v1/escalation-policies/{told['id']}/"

    def patch(who: User, **said: Any) -> Any:
        return signed_in_as(who).patch(path, said, content_type="application/json")

    assert patch(ana, name="Mine").status_code == 403
    assert patch(olivia, steps=[{"targets": []}]).status_code == 409
    assert patch(olivia, steps=[{"targets": [{"kind": "person", "id": 0}]}]).status_code == 400
    wrong = [{"targets": [{"kind": "team"}], "conditions": [{"kind": "weather"}]}]
    assert patch(olivia, steps=wrong).status_code == 400
    assert PolicyStep.objects.count() == 2
    assert patch(olivia, steps=[{"targets": [{"kind": "team"}]}]).json()["repeat_count"] == 2
    assert PolicyStep.objects.count() == 1

    now = client.get(f"{path}now/").json()
    assert now[0]["told_now"] == ["Olivia"]
    assert client.delete(path).status_code == 204


def test_business_hours_are_set_changed_and_removed(
    checkout: Service, payments: Team, olivia: User, ana: User, ada: User
) -> None:
    client = signed_in_as(olivia)
    assert "P1 pages at any hour" in client.get("/operate/business-hours/").content.decode()
    said = {
        "team": payments.pk,
        "time_zone": "Europe/Berlin",
        "country": "de",
        "subdivision": "",
        **{f"from_{day}": "08:00" for day in range(5)},
        **{f"until_{day}": "18:00" for day in range(5)},
    }
    assert client.post("/operate/business-hours/new/", said).status_code == 302
    hours = BusinessHours.objects.get()
    assert hours.ranges == [[day, "08:00", "18:00"] for day in range(5)]
    assert (hours.country, hours.team) == ("DE", payments)
    again = client.post("/operate/business-hours/new/", said)
    assert again.status_code == 422
    assert "Payments has business hours already." in again.content.decode()

    path = hours.get_absolute_url()
    odd = client.post(path, said | {"country": "XX"})
    assert odd.status_code == 422
    half = client.post(path, said | {"until_0": ""})
    assert "Say both, or leave both empty." in half.content.decode()
    assert client.post(path, said | {"from_4": "", "until_4": ""}).status_code == 302
    hours.refresh_from_db()
    assert len(hours.ranges) == 4
    assert "P1 waits for the business hours of Payments" in (
        client.get(checkout.get_absolute_url()).content.decode()
    )
    never = signed_in_as(ada).post("/operate/business-hours/new/", {"time_zone": "UTC"})
    assert "Say the hours of at least one day." in never.content.decode()
    house = {"time_zone": "UTC", "from_0": "09:00", "until_0": "17:00"}
    assert client.post("/operate/business-hours/new/", house).status_code == 403
    made = signed_in_as(ada).post("/operate/business-hours/new/", house)
    assert made.status_code == 302, made.context["form"].errors
    assert signed_in_as(ana).post(f"{path}remove/").status_code == 403
    assert client.post(f"{path}remove/").status_code == 302


def test_business_hours_are_of_a_team_or_of_a_service(
    checkout: Service, payments: Team, olivia: User
) -> None:
    body = {"team": "payments", "service": checkout.slug, "ranges": [[0, "09:00", "17:00"]]}

    answer = api(signed_in_as(olivia), "/api/v1/business-hours/", body)

    assert answer.status_code == 400
    assert not BusinessHours.objects.exists()


def test_business_hours_in_the_api(payments: Team, olivia: User, ana: User) -> None:
    client = signed_in_as(olivia)
    body = {"team": "payments", "time_zone": "UTC", "ranges": [[0, "09:00", "17:00"]]}
    made = api(client, "/api/v1/business-hours/", body)
    assert made.status_code == 201, made.content
    path = f"/api/v1/business-hours/{made.json()['id']}/"  # type: ignore[attr-defined]
    bad = client.patch(path, {"ranges": [[9, "a", "b"]]}, content_type="application/json")
    assert bad.status_code == 400
    kept = client.patch(path, {"country": "FR"}, content_type="application/json")
    assert kept.json()["country"] == "FR"
    assert signed_in_as(ana).delete(path).status_code == 403
    assert client.delete(path).status_code == 204


def test_the_room_shows_the_ladder_and_the_api_tells_it(
    checkout: Service, payments: Team, olivia: User, manager: User, ana: User
) -> None:
    make_schedule(payments, olivia)
    incident = make_incident(checkout, severity=Severity.P0)
    let_the_pager_look()
    client: Client = signed_in_as(olivia)
    shown = client.get(incident.get_absolute_url()).content.decode()
    for words in ("Who is told", "Then Max", "Turn 1 of 1", "Escalate now"):
        assert words in shown, words
    desk = client.get(f"{incident.get_absolute_url()}desk/").content.decode()
    assert "Page somebody" in desk
    assert "Say that you are on it" in (
        signed_in_as(ana).get(incident.get_absolute_url()).content.decode()
    )
    told = client.get(f"/api/v1/incidents/{incident.pk}/escalation/").json()
    assert [step["state"] for step in told[0]["steps"]] == ["done", "due"]
    assert told[0]["steps"][0]["reached"][0]["name"] == "Olivia"
    let_the_pager_look(timedelta(minutes=6))
    let_the_pager_look(timedelta(minutes=20))
    assert "Everybody was told, and nobody has answered" in (
        client.get(incident.get_absolute_url()).content.decode()
    )


def test_the_room_foretells_past_a_step_whose_condition_does_not_hold(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    only_p3 = [{"kind": "severity", "severities": [3]}]
    make_schedule(payments, olivia)
    rungs = [
        Rung([Target("schedule")]),
        Rung([Target("team")], conditions=only_p3),
        Rung([Target("managers")]),
    ]
    make_policy(team=payments, rungs=rungs)
    incident = make_incident(checkout, severity=Severity.P0)
    let_the_pager_look()

    shown = signed_in_as(olivia).get(incident.get_absolute_url()).content.decode()
    assert "Then Max" in shown
    assert "Olivia" not in shown.split("Then Max")[1].split("</p>")[0]


@pytest.mark.parametrize("many", [1, 40])
def test_the_lists_ask_the_same_number_of_questions(
    payments: Team, olivia: User, many: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(many):
        make_policy(f"Policy {number}", team=payments, to=olivia)
    client = signed_in_as(olivia)
    client.get("/respond/escalation/")
    with django_assert_max_num_queries(25):
        assert client.get("/respond/escalation/").status_code == 200
    with django_assert_max_num_queries(25):
        assert client.get("/api/v1/escalation-policies/").status_code == 200
