"""Who would be woken: by page and API, for any instant, with the reason for each part."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from incidents import workflow
from incidents.models import Incident
from incidents.simulating import simulate
from incidents.simulation import Question, Simulation
from incidents.workflow import Rung, Target
from operations import workflow as operations
from operations.models import BusinessHours, Schedule, Severity
from portal.models import (
    ContactMethod,
    Event,
    Notification,
    NotificationRule,
    Service,
    ServiceLabel,
    Team,
    User,
)
from tests.incidents.doors import signed_in_as
from tests.incidents.make import fire, make_alert, make_incident, make_integration
from tests.incidents.worlds import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
NIGHT = datetime(2026, 3, 6, 3, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAGE = "/respond/who-would-be-woken/"
API = "/api/v1/simulations/"


@pytest.fixture(autouse=True)
def _in_march() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def on_call(payments: Team, olivia: User, max: User) -> Schedule:
    """Olivia is on call all week, with a telephone; Max is the manager."""
    reach_by(olivia, "Telephone", "+49 170 1234821", after=2)
    return operations.set_schedule(
        payments, people=[olivia], starts_on=date(2026, 3, 2), actor=None
    )


def reach_by(person: User, label: str, destination: str, *, after: int = 0) -> ContactMethod:
    contact: ContactMethod = kept(
        ContactMethod(
            person=person,
            kind="apprise",
            label=label,
            destination=f"clicksend://user:secret@{destination.replace(' ', '')}",
            verified_at=NOW - DAY,
        )
    )
    kept(NotificationRule(person=person, urgency="high", contact=contact, after_minutes=after))
    return contact


def ask(service: Service | None = None, severity: int = Severity.P0, **said: Any) -> Simulation:
    said.setdefault("at", NIGHT)
    return simulate(Question(severity=severity, service=service, **said), now=NOW)


def told(found: Simulation) -> list[tuple[str, str]]:
    """Who is told by steps, with how long after the beginning."""
    assert found.starts_at is not None
    return [
        (each.name, str(rung.at - found.starts_at))
        for rung in found.rungs
        for each in rung.told
    ]


class TestTheWholeWay:
    @pytest.mark.usefixtures("on_call")
    def test_each_step_with_people_ways_and_times(self, checkout: Service, ada: User) -> None:
        found = ask(checkout)

        assert told(found) == [("Olivia", "0:00:00"), ("Max", "0:05:00"), ("Ada", "0:10:00")]
        first = found.rungs[0].told[0]
        assert "Turn 1 of 1" in first.why
        assert [(line.way, line.at) for line in first.messages] == [
            ("Telephone", NIGHT + 2 * MINUTE)
        ]
        assert "secret" not in first.messages[0].address
        assert found.rungs[-1].is_last_resort
        assert found.policy is not None
        assert "No policy is drawn" in found.policy.text

    @pytest.mark.usefixtures("on_call")
    def test_nothing_is_sent_and_nothing_written(self, checkout: Service) -> None:
        before = Event.objects.count()
        ask(checkout)
        assert not Notification.objects.exists()
        assert not Incident.objects.exists()
        assert Event.objects.count() == before

    def test_an_empty_step_is_passed_at_once_with_its_reason(
        self, checkout: Service, max: User
    ) -> None:
        found = ask(checkout)
        assert told(found)[0] == ("Max", "0:00:00")
        assert "no on-call schedule" in found.rungs[0].reason

    def test_a_severity_that_wakes_nobody_says_so(self, checkout: Service) -> None:
        found = ask(checkout, Severity.P3)
        assert found.rungs == ()
        assert found.policy is not None
        assert found.policy.text == "P3 wakes nobody: it waits in the list."

    def test_the_past_is_answered_by_who_was_on_call_then(
        self, checkout: Service, on_call: Schedule, olivia: User, ana: User, payments: Team
    ) -> None:
        operations.override(
            on_call, person=olivia, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR, actor=None
        )
        with time_machine.travel(NOW + DAY, tick=False):
            operations.freeze(on_call, now=NOW + DAY)
            found = simulate(
                Question(at=NOW + 90 * MINUTE, severity=0, service=checkout), now=NOW + DAY
            )
        assert "Override" in found.rungs[0].told[0].why

    def test_it_waits_for_business_hours_where_the_severity_does(
        self, checkout: Service, on_call: Schedule
    ) -> None:
        kept(BusinessHours(time_zone="UTC"))
        found = ask(checkout, Severity.P1)
        assert found.rungs[0].waits_until == NIGHT.replace(hour=9)
        assert found.rungs[1].told[0].name == "Olivia"

    def test_repeats_climb_again_and_say_so(self, checkout: Service, on_call: Schedule) -> None:
        policy = workflow.create_policy(
            name="Twice",
            team=checkout.team,
            rungs=[Rung([Target("schedule")], delay_minutes=10)],
            repeat_count=1,
            actor=None,
        )
        found = ask(checkout)
        assert [(rung.loop, rung.order) for rung in found.rungs] == [(0, 1), (1, 1), (1, 2)]
        assert found.policy is not None
        assert found.policy.url == policy.get_absolute_url()


class TestRoute:
    def test_labels_find_the_service_as_intake_does(
        self, checkout: Service, search: Service
    ) -> None:
        kept(ServiceLabel(service=search, name="team", value="platform"))
        assert ask(labels={"service": "checkout"}).service == checkout
        by_label = ask(labels={"service": "checkout", "team": "platform"})
        assert by_label.service == search
        assert by_label.route.text == "It claims the label team=platform."

    def test_an_integration_of_a_service_decides(self, search: Service) -> None:
        integration = make_integration()
        integration.service = search
        found = ask(labels={"service": "checkout"}, integration=integration)
        assert found.service == search

    def test_what_nobody_claims_wakes_nobody(self) -> None:
        found = ask(labels={"team": "unknown"})
        assert found.service is None
        assert not found.wakes_somebody
        assert "wakes nobody" in found.route.text


class TestHolds:
    @pytest.fixture
    def silence(self, checkout: Service, ada: User) -> Any:
        return operations.make_silence(
            team=None,
            services=[checkout],
            matchers=[],
            starts_at=NIGHT - HOUR,
            ends_at=NIGHT + 2 * HOUR,
            reason="Planned work",
            actor=ada,
        )

    @pytest.mark.usefixtures("on_call", "silence")
    def test_a_silence_holds_it_until_it_ends(self, checkout: Service) -> None:
        found = ask(checkout)
        assert found.starts_at == NIGHT + 2 * HOUR
        assert "Planned work" in found.phases[0].holds[0].text
        assert told(found)[0] == ("Olivia", "0:00:00")

    @pytest.mark.usefixtures("on_call", "silence")
    def test_one_that_begins_meanwhile_stops_the_climb(self, checkout: Service) -> None:
        found = ask(checkout, at=NIGHT - HOUR - 3 * MINUTE)
        first, second = found.phases
        assert [rung.order for rung in first.rungs] == [1]  # the managers are not told
        assert second.starts_at == NIGHT + 2 * HOUR
        assert [rung.order for rung in second.rungs] == [1, 2, 3]

    @pytest.mark.usefixtures("on_call")
    def test_one_that_ends_without_waking_says_so(self, checkout: Service, ada: User) -> None:
        operations.make_silence(
            team=None,
            services=[checkout],
            matchers=[],
            starts_at=NIGHT - HOUR,
            ends_at=NIGHT + HOUR,
            reason="Gone for good",
            at_end="nothing",
            actor=ada,
        )
        found = ask(checkout)
        assert found.starts_at is None
        assert not found.wakes_somebody
        assert "nobody is woken" in found.phases[0].holds[-1].text

        operations.make_silence(
            team=None,
            services=[checkout],
            matchers=[],
            starts_at=NIGHT + 3 * HOUR,
            ends_at=NIGHT + 4 * HOUR,
            reason="The next one",
            actor=ada,
        )
        found = ask(checkout)
        assert [phase.starts_at for phase in found.phases] == [None, NIGHT + 4 * HOUR]
        assert found.starts_at == NIGHT + 4 * HOUR
        assert told(found)[0] == ("Olivia", "0:00:00")

    @pytest.mark.usefixtures("on_call")
    def test_a_graver_alert_that_fires_now_mutes_it(self, checkout: Service, ada: User) -> None:
        operations.make_inhibition(
            name="Down says it all",
            source_matchers=[{"label": "alertname", "op": "=", "value": "Down"}],
            target_matchers=[{"label": "alertname", "op": "=", "value": "Slow"}],
            equal=[],
            actor=ada,
        )
        assert not ask(checkout, at=NOW, labels={"alertname": "Slow"}).is_held
        make_alert(checkout, name="Down")
        found = ask(checkout, at=NOW, labels={"alertname": "Slow"})
        assert "Down says it all" in found.phases[0].holds[0].text
        assert not ask(checkout, labels={"alertname": "Slow"}).is_held  # of then nobody knows


class TestGrouping:
    def test_what_is_open_now_is_joined(
        self, checkout: Service, on_call: Schedule, olivia: User
    ) -> None:
        incident = make_incident(checkout, severity=Severity.P0)
        found = ask(checkout, at=NOW)
        assert found.grouping is not None
        assert "nothing begins anew" in found.grouping.text
        workflow.acknowledge(incident, actor=olivia)
        found = ask(checkout, at=NOW)
        assert found.grouping is not None
        assert "wakes people all the same" in found.grouping.text
        assert found.grouping.url == incident.get_absolute_url()

    def test_the_key_of_a_merged_one_leads_to_its_target(
        self,
        checkout: Service,
        search: Service,
        on_call: Schedule,
        platform: Team,
        olivia: User,
        ana: User,
        ada: User,
    ) -> None:
        operations.set_schedule(platform, people=[ana], starts_on=date(2026, 3, 2), actor=None)
        part = make_incident(checkout, severity=Severity.P0)
        target = make_incident(search, severity=Severity.P0)
        workflow.merge(part, into=target, actor=ada)

        found = ask(checkout, at=NOW)

        assert found.grouping is not None
        assert found.grouping.url == target.get_absolute_url()
        assert "people of Search are woken" in found.grouping.text
        assert told(found)[0][0] == "Ana"
        # And so it goes.
        fire(checkout, severity=Severity.P0)
        assert target.alerts.count() == 1
        # Taken apart, the key is its own again.
        workflow.unmerge(part, actor=ada)
        found = ask(checkout, at=NOW)
        assert found.grouping is not None
        assert found.grouping.url == part.get_absolute_url()
        assert told(found)[0][0] == "Olivia"

    def test_a_private_one_is_not_named(
        self, checkout: Service, on_call: Schedule, olivia: User, ana: User
    ) -> None:
        incident = make_incident(
            checkout, title="Stolen", severity=Severity.P0, is_private=True, actor=olivia
        )
        shown = signed_in_as(ana).get(f"{PAGE}?service=checkout&severity=0")
        assert "It joins a private incident, which is open." in shown.content.decode()
        assert incident.number not in shown.content.decode()

    def test_of_another_time_it_cannot_be_known(self, checkout: Service) -> None:
        make_incident(checkout, severity=Severity.P0)
        found = ask(checkout)
        assert found.grouping is not None
        assert "still open then" in found.grouping.text

    def test_without_one_it_opens_its_own(self, checkout: Service) -> None:
        found = ask(checkout)
        assert found.grouping is not None
        assert "none is open" in found.grouping.text

    def test_a_rule_that_wants_several_alerts_says_so(self, checkout: Service) -> None:
        workflow.make_grouping_rule(
            name="Storms",
            matchers=[{"label": "alertname", "op": "=", "value": "Slow"}],
            threshold_count=3,
            threshold_minutes=10,
            actor=None,
        )
        found = ask(checkout, labels={"alertname": "Slow"})
        assert found.grouping is not None
        assert "only from 3 alerts in 10 min" in found.grouping.text

    def test_what_belongs_to_another_group_is_not_joined(
        self, checkout: Service, on_call: Schedule
    ) -> None:
        make_incident(checkout, severity=Severity.P0)
        workflow.make_grouping_rule(name="By zone", matchers=[], group_by=["zone"], actor=None)
        found = ask(checkout, at=NOW, labels={"zone": "eu"})
        assert found.grouping is not None
        assert "none is open" in found.grouping.text


class TestThePage:
    def test_it_explains_itself_first(self, olivia: User) -> None:
        shown = signed_in_as(olivia).get(PAGE).content.decode()
        assert "Ask before it happens" in shown

    @pytest.mark.usefixtures("on_call")
    def test_it_answers_first_and_gives_every_reason(
        self, checkout: Service, vera: User
    ) -> None:
        query = {"service": "checkout", "severity": "0", "at": "2026-03-06T03:00:00+00:00"}
        shown = signed_in_as(vera).get(PAGE, query).content.decode()
        assert "Olivia is woken first, on Fri 06 Mar, 03:02 UTC, by Telephone" in shown
        assert "+2 min" in shown
        assert "Last resort" in shown
        assert "secret" not in shown
        assert "P0 is never put together" in shown

    @pytest.mark.usefixtures("on_call")
    def test_its_link_asks_for_the_same_moment_later(
        self, checkout: Service, olivia: User
    ) -> None:
        client = signed_in_as(olivia)
        shown = client.get(PAGE, {"service": "checkout"})
        link = shown.context["link"]
        assert "at=2026-03-04T12%3A00%3A00" in link
        with time_machine.travel(NOW + DAY, tick=False):
            assert signed_in_as(olivia).get(link).context["found"].asked.at == NOW

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ({"severity": "0"}, "Choose a service, or give the labels of an alert."),
            ({"service": "checkout", "at": "yesterday"}, "Enter a valid date/time."),
            ({"labels": 'team=~"pay.*"'}, "use = alone"),
            ({"service": "nowhere"}, "Select a valid choice."),
        ],
    )
    def test_a_bad_question_keeps_what_was_typed(
        self, checkout: Service, olivia: User, query: dict[str, str], sentence: str
    ) -> None:
        answer = signed_in_as(olivia).get(PAGE, query)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        if "labels" in query:
            assert "team=~" in answer.content.decode()
        refused = signed_in_as(olivia).get(API, query)
        assert refused.status_code == 400

    def test_an_alert_asks_for_itself(self, checkout: Service, olivia: User) -> None:
        alert = fire(checkout)
        page = signed_in_as(olivia).get(alert.get_absolute_url()).content.decode()
        assert f"{PAGE}?alert={alert.pk}" in page
        shown = signed_in_as(olivia).get(PAGE, {"alert": alert.pk}).content.decode()
        assert "HighErrorRate" in shown

    def test_service_policy_and_schedule_lead_to_it(
        self, checkout: Service, olivia: User, on_call: Schedule
    ) -> None:
        policy = workflow.create_policy(
            name="Ours", team=checkout.team, rungs=[Rung([Target("schedule")])], actor=None
        )
        for subject in (checkout, on_call, policy):
            page = signed_in_as(olivia).get(subject.get_absolute_url()).content.decode()
            assert f"{PAGE}?service=checkout" in page, subject


class TestTheApi:
    @pytest.mark.usefixtures("on_call")
    def test_it_says_what_the_page_says(self, checkout: Service, olivia: User) -> None:
        client: Client = signed_in_as(olivia)
        query = {"labels": 'service="checkout"', "at": NIGHT.isoformat(), "severity": "0"}
        answer = client.get(API, query).json()
        assert answer["service"] == "checkout"
        assert answer["wakes_somebody"]
        first = answer["phases"][0]["rungs"][0]["told"][0]
        assert (first["kind"], first["name"]) == ("person", "Olivia")
        assert first["messages"][0]["at"] == "2026-03-06T03:02:00Z"
        assert "secret" not in str(answer)

    def test_it_knows_no_other_parameter(self, checkout: Service, olivia: User) -> None:
        answer = signed_in_as(olivia).get(API, {"service": "checkout", "when": "now"})
        assert answer.status_code == 400
        assert "when" in answer.content.decode()

    def test_strangers_learn_nothing(self, checkout: Service, otto: User) -> None:
        assert signed_in_as(otto).get(API, {"service": "checkout"}).status_code == 404
        assert signed_in_as(otto).get(PAGE, {"service": "checkout"}).status_code == 404


def test_an_alert_that_was_never_taken_in_can_be_asked_about(checkout: Service) -> None:
    alert = make_alert(checkout, severity=Severity.P1)
    found = simulate(Question(at=NOW, severity=alert.severity, alert=alert), now=NOW)
    assert found.service == checkout
