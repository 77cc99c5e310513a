"""The queue of users' reports: what is done with one, who may, who is told, what is kept."""

import itertools
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from incidents import workflow
from incidents.models import (
    CLOSINGS,
    IN_INCIDENT,
    REPORT_TRANSITIONS,
    Incident,
    ProblemReport,
    ReportLetter,
    ReportState,
    Source,
    StatusComponent,
)
from incidents.report_bursts import bursts, open_like
from incidents.tasks import forget_reports
from incidents.timeline import timeline
from incidents.workflow import report_letters
from portal import clock, reactions
from portal.errors import DomainError
from portal.hidden_events import hidden_from
from portal.models import Event, Notification, Service, Team, User
from tests.incidents.doors import DOORS, api, signed_in_as, taken
from tests.incidents.make import make_incident, make_schedule
from tests.incidents.status import make_shown_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

LUKE = "luke@example.net"
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


@pytest.fixture
def component(shop: Service) -> StatusComponent:
    return StatusComponent.objects.get(service=shop)


@pytest.fixture
def incident(shop: Service) -> Incident:
    return make_incident(shop, title="Payments fail")


def make_report(text: str = "I cannot pay", **said: Any) -> ProblemReport:
    return workflow.receive_report(text=text, **said, actor=None)


def do(door: str, person: User, report: ProblemReport, verb: str, **said: Any) -> HttpResponse:
    desk = signed_in_as(person)
    if door == "page":
        return desk.post(f"/respond/reports/{report.pk}/{verb}/", said)  # type: ignore[return-value]
    return api(desk, f"/api/v1/problem-reports/{report.pk}/{verb}/", said)


def deliver() -> None:
    reactions.react_to_all_due(clock.now())
    report_letters.send_due(clock.now())
    report_letters.desk.finish()


def letters() -> list[str]:
    return [str(letter.subject) for letter in mail.outbox if letter.to == [LUKE]]


@pytest.mark.parametrize("door", DOORS)
def test_a_report_joins_an_open_incident_and_stands_on_its_timeline(
    component: StatusComponent, incident: Incident, olivia: User, vera: User, door: str
) -> None:
    first, second = (make_report(component=component) for _each in range(2))
    assert do(door, vera, first, "join", incident=incident.pk).status_code == 403
    assert taken(door, do(door, olivia, first, "join", incident=incident.pk))
    if door == "api":
        do(door, olivia, second, "join", incident=incident.pk)
    else:
        do(door, olivia, second, "reopen")  # nothing was decided: refused
        do(door, olivia, second, "join", incident=incident.pk)
    first.refresh_from_db()
    assert (first.state, first.incident, first.decided_by) == ("joined", incident, olivia)
    said = [line["text"] for line in timeline(incident).lines]
    assert "added a user's report: “I cannot pay”; 2 users report this now" in said
    shown = signed_in_as(olivia).get(incident.get_absolute_url()).content.decode()
    assert "2 users report this</a>" in shown

    again = do(door, olivia, first, "join", incident=incident.pk)
    assert again.status_code == 409
    assert "was dealt with already" in again.content.decode()


@pytest.mark.parametrize("door", DOORS)
def test_what_is_over_takes_no_more_reports(
    incident: Incident, olivia: User, door: str
) -> None:
    workflow.resolve(incident, summary="Done", actor=olivia)
    report = make_report()
    answer = do(door, olivia, report, "join", incident=incident.pk)
    assert answer.status_code == (409 if door == "api" else 422)
    with pytest.raises(DomainError) as refused:
        workflow.join_report(report, incident=incident, actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["incident_over"]


def test_joining_one_takes_along_what_was_reported_with_it(
    component: StatusComponent, incident: Incident, olivia: User
) -> None:
    with time_machine.travel(NOON, tick=False) as at:
        early = make_report("Long ago", component=component)
        at.shift(timedelta(hours=2))
        ours = [make_report(component=component) for _each in range(3)]
        elsewhere = make_report("Elsewhere")
        do("page", olivia, ours[0], "join", incident=incident.pk, with_others="on")
    joined = ProblemReport.objects.filter(incident=incident)
    assert set(joined) == set(ours)
    assert {early, elsewhere} == set(ProblemReport.objects.waiting())


@pytest.mark.parametrize("door", DOORS)
def test_an_incident_is_declared_from_reports(
    component: StatusComponent, shop: Service, olivia: User, door: str
) -> None:
    began = clock.now() - timedelta(minutes=20)
    reports = [make_report("I cannot pay\nAt all", component=component) for _each in range(2)]
    reports.append(make_report("Card refused", component=component, began_at=began))
    said: dict[str, Any] = {"service": "shop", "title": "Payments fail", "severity": 2}
    said["reports"] = [each.pk for each in reports]
    desk = signed_in_as(olivia)
    if door == "page":
        query = "&".join(f"report={each.pk}" for each in reports)
        form = desk.get(f"/respond/declare/?{query}").context["form"]
        assert form.initial["service"] == "shop"
        assert form.initial["title"] == "I cannot pay"
        assert form.initial["impact"].startswith("3 users report it. “I cannot pay")
        answer = desk.post("/respond/declare/", said | {"source": Source.TEAM})
    else:
        answer = api(desk, "/api/v1/incidents/", said)  # type: ignore[assignment]
    assert taken(door, answer)  # type: ignore[arg-type]
    made = Incident.objects.get()
    assert (made.source, made.impact_started_at) == (Source.USER, began)
    joined = list(ProblemReport.objects.filter(incident=made))
    assert set(joined) == set(reports)
    assert {each.state for each in joined} == {ReportState.DECLARED}
    assert "added 3 users' reports: “I cannot pay”" in [
        line["text"] for line in timeline(made).lines
    ]


@pytest.mark.parametrize("door", DOORS)
def test_what_was_dealt_with_meanwhile_is_not_declared_again(
    shop: Service, olivia: User, door: str
) -> None:
    report = make_report()
    workflow.mark_report_spam(report, actor=olivia)
    said = {"service": "shop", "title": "T", "severity": 2, "reports": [report.pk]}
    desk = signed_in_as(olivia)
    path = "/respond/declare/"
    page = desk.post(path, said | {"source": Source.TEAM})
    answer = page if door == "page" else api(desk, "/api/v1/incidents/", said)
    assert answer.status_code == (422 if door == "page" else 400)
    assert not Incident.objects.exists()
    with pytest.raises(DomainError):
        workflow.declare_judged(
            service=shop, title="T", severity=2, reports=[report], actor=olivia
        )


@pytest.mark.parametrize("door", DOORS)
def test_who_closes_one_says_why_and_the_reporter_reads_it(olivia: User, door: str) -> None:
    report = make_report(address=LUKE)
    assert do(door, olivia, report, "close", outcome="answered").status_code in {400, 422}
    assert do(door, olivia, report, "close", outcome="spam", reason="x").status_code in {
        400,
        422,
    }
    answer = do(door, olivia, report, "close", outcome="answered", reason="100 % works: reload")
    assert taken(door, answer)
    report.refresh_from_db()
    assert (report.state, report.reason) == ("answered", "100 % works: reload")
    deliver()
    assert len(letters()) == 2
    # Both are sent at one time, in whatever order they arrive.
    assert any("100 % works: reload" in str(letter.body) for letter in mail.outbox)


@pytest.mark.parametrize("door", DOORS)
def test_every_decision_can_be_taken_back(
    incident: Incident, olivia: User, vera: User, door: str
) -> None:
    report = make_report(address=LUKE)
    do(door, olivia, report, "close", outcome="not_a_problem", reason="As it should be")
    assert do(door, vera, report, "reopen").status_code == 403
    assert taken(door, do(door, olivia, report, "reopen"))
    report.refresh_from_db()
    assert (report.state, report.reason, report.decided_at) == ("new", "", None)
    assert [each.state for each in report.letters.filter(kind="closed")] == ["cancelled"]
    do(door, olivia, report, "join", incident=incident.pk)
    do(door, olivia, report, "reopen")
    assert Event.objects.filter(kind="incident.report_left").exists()
    assert do(door, olivia, report, "reopen").status_code == 409


@pytest.mark.parametrize("door", DOORS)
def test_spam_is_written_to_by_nobody(olivia: User, door: str) -> None:
    report = make_report(address=LUKE)
    assert taken(door, do(door, olivia, report, "spam"))
    report.refresh_from_db()
    assert (report.state, report.address) == ("spam", "")
    deliver()
    assert letters() == []


@pytest.mark.parametrize("door", DOORS)
def test_administrators_read_and_erase_the_address_others_see_that_there_is_one(
    olivia: User, ada: User, door: str
) -> None:
    report = make_report(address=LUKE)

    def shown(person: User) -> str:
        path = f"/respond/reports/{report.pk}/"
        if door == "api":
            path = f"/api/v1/problem-reports/{report.pk}/"
        return signed_in_as(person).get(path).content.decode()

    assert LUKE in shown(ada)
    assert LUKE not in shown(olivia)
    assert "example.net" in shown(olivia)
    assert do(door, olivia, report, "erase").status_code == 403
    assert taken(door, do(door, ada, report, "erase"))
    assert "example.net" not in shown(ada)


@pytest.mark.parametrize(
    ("before", "after"), list(itertools.product(ReportState, repeat=2)), ids=str
)
def test_every_step_is_allowed_by_the_table_or_refused(
    incident: Incident, olivia: User, before: ReportState, after: ReportState
) -> None:
    report = make_report()

    def go(to: ReportState) -> None:
        if to == ReportState.NEW:
            workflow.reopen_report(report, actor=olivia)
        elif to == ReportState.JOINED:
            workflow.join_report(report, incident=incident, actor=olivia)
        elif to == ReportState.DECLARED:
            workflow.note_declared([report], incident=incident, actor=olivia)
        elif to in CLOSINGS:
            workflow.close_report(report, outcome=to, reason="So", actor=olivia)
        else:
            workflow.mark_report_spam(report, actor=olivia)

    if before != ReportState.NEW:
        go(before)
    if after in REPORT_TRANSITIONS[before]:
        go(after)
        report.refresh_from_db()
        assert report.state == after
    else:
        with pytest.raises(DomainError):
            go(after)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "joined", "decided_at": NOON},
        {"state": "answered", "decided_at": NOON},
        {"state": "spam"},
        {"state": "odd", "decided_at": NOON},
        {"harm": "odd"},
        {"reason": "A reason"},
        {"address_hash": "x"},
        {"began_at": datetime(2999, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_the_database_says_what_a_report_is(wrong: dict[str, Any]) -> None:
    report = make_report()
    with pytest.raises(IntegrityError), transaction.atomic():
        ProblemReport.objects.filter(pk=report.pk).update(**wrong)


def test_who_may_not_know_of_an_incident_does_not_see_its_reports(
    shop: Service, olivia: User, ana: User, ada: User
) -> None:
    secret = make_incident(shop, title="Somebody is in", is_private=True, actor=olivia)
    report = make_report("My data is public")
    path = f"/respond/reports/{report.pk}/"
    assert signed_in_as(ana).get(path).status_code == 200
    assert do("api", ana, report, "join", incident=secret.pk).status_code == 404
    assert do("page", ana, report, "join", incident=secret.pk).status_code == 422
    assert taken("page", do("page", olivia, report, "join", incident=secret.pk))

    for person, answer in ((ana, 404), (olivia, 200), (ada, 200)):
        desk = signed_in_as(person)
        assert desk.get(path).status_code == answer
        assert desk.get(f"/api/v1/problem-reports/{report.pk}/").status_code == answer
        listed = desk.get(f"/respond/reports/?incident={secret.pk}").context["rows"]
        assert len(listed) == (answer == 200)
        assert do("page", person, report, "spam").status_code == (404 if answer == 404 else 409)
    hidden = Event.objects.all()
    for each in hidden_from(ana):
        hidden = hidden.exclude(each)
    assert not hidden.filter(kind__startswith="report.").exists()


@pytest.mark.parametrize("is_merged", [False, True], ids=["alone", "merged"])
def test_who_left_an_address_is_told_once_that_it_is_over(
    shop: Service, incident: Incident, olivia: User, *, is_merged: bool
) -> None:
    report = make_report(address=LUKE)
    workflow.join_report(report, incident=incident, actor=olivia)
    leading = incident
    if is_merged:
        leading = make_incident(shop, title="The whole of it")
        workflow.merge(incident, into=leading, reason="Same", actor=olivia)
    workflow.resolve(leading, summary="A secret cause", actor=olivia)
    deliver()
    workflow.reopen(leading, reason="Again", actor=olivia)
    workflow.resolve(leading, summary="Done", actor=olivia)
    deliver()
    assert [subject.partition(":")[0] for subject in letters()] == [
        f"We have your report {report.reference}",
        "What you reported is over",
    ]
    assert "A secret cause" not in str(mail.outbox[-1].body)


def test_a_flood_of_reports_is_one_message_an_hour_for_who_is_on_call(
    component: StatusComponent, payments: Team, olivia: User, max: User
) -> None:
    with time_machine.travel(NOON, tick=False) as at:
        make_schedule(payments, olivia)
        for _each in range(30):
            make_report(component=component, harm="blocked")
        deliver()
        (told,) = Notification.objects.filter(topic="problem-reports")
        assert (told.person, told.urgency) == (olivia, "low")
        assert told.subject == "30 user reports wait: Shop"
        at.shift(timedelta(hours=1))
        make_report(component=component)
        deliver()
        assert Notification.objects.filter(topic="problem-reports").count() == 2


def test_many_who_cannot_work_are_told_of_at_once_where_the_settings_say_so(
    component: StatusComponent, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    workflow.change_page_settings(reports_wake_from=3, actor=None)
    urgent = Notification.objects.filter(topic="problem-reports", urgency="high")
    make_report(component=component, harm="slow")
    for _each in range(2):
        make_report(component=component, harm="blocked")
    deliver()
    assert not urgent.exists()
    make_report(component=component, harm="blocked")
    make_report(component=component, harm="blocked")
    deliver()
    assert urgent.get().person == olivia


def test_what_belongs_to_no_team_goes_to_the_one_that_is_named_or_to_administrators(
    platform: Team, ana: User, ada: User
) -> None:
    make_report()
    deliver()
    told = Notification.objects.filter(topic="problem-reports")
    assert {each.person for each in told} == {ada}
    told.delete()
    workflow.change_page_settings(report_team=platform, actor=None)
    make_report()
    deliver()
    assert {each.person for each in told.all()} == {ana}


def test_reports_about_one_component_within_a_short_time_are_shown_together(
    component: StatusComponent, olivia: User
) -> None:
    with time_machine.travel(NOON, tick=False) as at:
        make_report("Long ago", component=component)
        at.shift(timedelta(hours=3))
        for _each in range(3):
            make_report(component=component, harm="blocked")
            at.shift(timedelta(minutes=20))
        make_report("Elsewhere")
        (burst,) = bursts(olivia)
        assert [len(burst.reports), burst.blocked] == [3, 3]
        (told,) = signed_in_as(olivia).get("/api/v1/problem-reports/together/").json()
        assert told["reports"] == [each.pk for each in burst.reports]
        assert (told["component"], told["blocked"]) == ("shop", 3)
        shown = signed_in_as(olivia).get("/respond/reports/?state=new").content.decode()
        assert "3 reports, 3 cannot work" in shown


def test_open_incidents_that_it_may_be_about_are_suggested(
    shop: Service, search: Service, component: StatusComponent, olivia: User, ana: User
) -> None:
    ours = make_incident(shop, title="Card payments time out")
    words = make_incident(search, title="Card payments are refused")
    make_incident(search, title="Disk is full")
    make_incident(shop, title="Card payments leak", is_private=True, actor=olivia)
    report = make_report("Card payments", component=component)
    assert [each.incident for each in open_like(report, ana)] == [ours, words]
    shown = signed_in_as(ana).get(report.get_absolute_url()).content.decode()
    assert "both say: payments, card" in shown
    path = f"/api/v1/problem-reports/{report.pk}/related/"
    told = signed_in_as(ana).get(path).json()["open_incidents"]
    assert [each["incident"] for each in told] == [ours.pk, words.pk]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Pay", "Slow", "Odd"}),
        ("state=new", {"Pay", "Slow"}),
        ("component=shop", {"Pay"}),
        ("harm=slow", {"Slow", "Odd"}),
        ("q=pay", {"Pay"}),
        ("incident=99", set()),
        ("order=worst", {"Pay", "Slow", "Odd"}),
    ],
)
def test_page_and_api_filter_alike(
    component: StatusComponent, olivia: User, query: str, found: set[str]
) -> None:
    make_report("Pay", component=component, harm="blocked")
    make_report("Slow")
    workflow.mark_report_spam(make_report("Odd"), actor=olivia)
    desk = signed_in_as(olivia)
    page = desk.get(f"/respond/reports/?{query}")
    told = desk.get(f"/api/v1/problem-reports/?{query}").json()["results"]
    assert {row["report"].text for row in page.context["rows"]} == found
    assert {row["text"] for row in told} == found
    if query == "order=worst":
        assert told[0]["text"] == "Pay"


def test_many_at_once_are_each_told_of(incident: Incident, olivia: User, vera: User) -> None:
    reports = [make_report() for _each in range(3)]
    workflow.mark_report_spam(reports[2], actor=olivia)
    chosen = {"report": [each.pk for each in reports]}
    assert signed_in_as(vera).post("/respond/reports/spam/", chosen).status_code == 403
    desk = signed_in_as(olivia)
    shown = desk.post(
        "/respond/reports/join/", {**chosen, "incident": incident.pk}, follow=True
    ).content.decode()
    assert f"{reports[0].reference} is part of the incident." in shown
    assert f"{reports[2].reference} was dealt with already: spam." in shown
    assert ProblemReport.objects.filter(incident=incident).count() == 2
    assert (
        "Choose at least one report."
        in desk.post("/respond/reports/spam/", follow=True).content.decode()
    )


def test_a_program_sends_one_report_for_one_key_also_while_the_form_is_shut(
    component: StatusComponent, olivia: User, vera: User
) -> None:
    desk = signed_in_as(olivia)
    said = {"text": "I cannot pay", "component": "shop", "harm": "blocked"}

    def send() -> HttpResponse:
        return desk.post(  # type: ignore[return-value]
            "/api/v1/problem-reports/",
            said,
            content_type="application/json",
            headers={"Idempotency-Key": "ticket-7"},
        )

    assert [send().status_code, send().status_code] == [201, 201]
    report = ProblemReport.objects.get()
    assert (report.source, report.sent_by, report.component) == ("api", olivia, component)
    assert api(signed_in_as(vera), "/api/v1/problem-reports/", said).status_code == 403
    wrong = api(
        desk, "/api/v1/problem-reports/", {"text": "", "component": "x", "address": "y"}
    )
    assert wrong.status_code == 400
    fields = {each["field"] for each in wrong.json()["errors"]}  # type: ignore[attr-defined]
    assert fields == {"text", "component"}


@pytest.mark.parametrize(
    "path", ["/respond/reports/?state=new", "/api/v1/problem-reports/?page_size=100"]
)
def test_the_queue_costs_the_same_however_long_it_is(
    component: StatusComponent, olivia: User, path: str
) -> None:
    desk = signed_in_as(olivia)
    make_report(component=component)
    make_report(component=component)
    with CaptureQueriesContext(connection) as few:
        desk.get(path)
    for _each in range(60):
        make_report(component=component)
    with CaptureQueriesContext(connection) as many:
        desk.get(path)
    assert len(many) == len(few) <= QUERIES[path.partition("?")[0]]


QUERIES = {"/respond/reports/": 14, "/api/v1/problem-reports/": 3}


def test_addresses_are_erased_and_spam_goes_when_nothing_is_to_be_said(
    incident: Incident, olivia: User
) -> None:
    with time_machine.travel(NOON, tick=False) as at:
        waiting, closed, joined, spam = (make_report(address=LUKE) for _each in range(4))
        workflow.close_report(closed, outcome="answered", reason="So", actor=olivia)
        workflow.join_report(joined, incident=incident, actor=olivia)
        workflow.mark_report_spam(spam, actor=olivia)
        forget_reports()
        assert ProblemReport.objects.count() == 4
        at.shift(timedelta(days=31))
        forget_reports()
        left = dict(ProblemReport.objects.values_list("pk", "address_hash"))
        assert set(left) == {waiting.pk, closed.pk, joined.pk}
        assert [bool(left[each.pk]) for each in (waiting, closed, joined)] == [
            True,
            False,
            True,
        ]
        assert not ProblemReport.history.filter(id=spam.pk).exists()
        workflow.resolve(incident, summary="Done", actor=olivia)
        deliver()
        at.shift(timedelta(days=31))
        forget_reports()
        joined.refresh_from_db()
        assert joined.address == ""
    assert ReportLetter.objects.filter(report=joined, kind="over", state="sent").exists()
    assert set(IN_INCIDENT) >= {joined.state}


def test_today_and_respond_say_how_many_wait(shop: Service, olivia: User) -> None:
    make_report()
    make_report()
    desk = signed_in_as(olivia)
    assert "2 reports of users wait to be looked at." in desk.get("/").content.decode()
    assert "2 reports of users wait" in desk.get("/respond/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_told_so(olivia: User, max: User) -> None:
    report = make_report()
    together = Barrier(2)
    outcomes: list[str] = []

    def decide(person: User) -> None:
        together.wait()
        try:
            workflow.close_report(report, outcome="answered", reason="So", actor=person)
            outcomes.append("done")
        except DomainError as refused:
            outcomes.append(refused.refusals[0].code)
        finally:
            connection.close()

    threads = [Thread(target=decide, args=[person]) for person in (olivia, max)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "report_decided"]
    assert Event.objects.filter(kind="report.answered").count() == 1
