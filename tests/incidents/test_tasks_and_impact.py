"""Tasks that hold up the closing; whom an incident reaches; the five questions."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import workflow
from incidents.models import AffectedService, Answer, Core, Incident, Users
from incidents.severity_questions import QUESTIONS, suggestion
from operations.models import Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import Notification, Service, User
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import make_incident

playbook = pytest.mark.usefixtures("playbook")
HOUR = timedelta(hours=1)


@pytest.mark.django_db
@playbook
class TestTasks:
    @pytest.mark.parametrize("door", DOORS)
    def test_it_is_not_closed_while_one_is_open(
        self, checkout: Service, olivia: User, ana: User, door: str
    ) -> None:
        incident = make_incident(checkout)
        assert taken(door, ask(door, olivia, incident, "tasks", text="Tell", assignee=ana.pk))
        task = incident.tasks.get()
        assert Notification.objects.get(person=ana).body == "Tell"
        incident = workflow.resolve(incident, summary="Done", actor=olivia)
        codes = [refusal.code for refusal in workflow.refusals(incident, "close")]
        assert codes == ["tasks_open"]

        done = ask(door, ana, incident, f"tasks/{task.pk}/done")  # theirs, in another team
        assert taken(door, done)
        assert ask(door, olivia, incident, f"tasks/{task.pk}/done").status_code == 409
        workflow.close(incident, actor=olivia)
        assert events.about(incident).get(kind="incident.task_done").actor == ana

    def test_others_do_not_touch_it(self, checkout: Service, olivia: User, ana: User) -> None:
        incident = make_incident(checkout)
        task = workflow.add_task(incident, text="Tell", actor=olivia)
        assert ask("page", ana, incident, f"tasks/{task.pk}/done").status_code == 403
        assert ask("page", olivia, incident, f"tasks/{task.pk}/take").status_code == 302
        task.refresh_from_db()
        assert task.assignee == olivia
        shown = signed_in_as(olivia).get(incident.get_absolute_url()).content.decode()
        assert "Tell" in shown


@pytest.mark.django_db
@playbook
class TestImpact:
    @pytest.mark.parametrize("door", DOORS)
    def test_it_is_backdated_and_kept(self, checkout: Service, olivia: User, door: str) -> None:
        now = clock.now().replace(second=0, microsecond=0)
        incident = make_incident(checkout, impact="Some")
        said: dict[str, Any] = {
            "impact": "All of them",
            "impact_started_at": (now - 3 * HOUR).isoformat(),
            "impact_ended_at": (now - HOUR).isoformat(),
        }
        assert taken(door, ask(door, olivia, incident, "impact", **said))
        incident.refresh_from_db()
        assert incident.impact_ended_at == now - HOUR
        told = events.about(incident).get(kind="incident.impact_set")
        assert told.data["before"]["impact"] == "Some"
        for wrong in (
            {"impact_started_at": said["impact_ended_at"], "impact_ended_at": (now - 2 * HOUR)},
            {"impact_started_at": (now + HOUR).isoformat()},
            {"impact_started_at": "", "impact_ended_at": said["impact_ended_at"]},
        ):
            body = said | {key: str(value) for key, value in wrong.items()}
            if door == "api":
                body = {key: value or None for key, value in body.items()}
            answer = ask(door, olivia, incident, "impact", **body)
            assert answer.status_code == (422 if door == "page" else 409)

    def test_the_database_holds_the_order(self, checkout: Service, search: Service) -> None:
        now = clock.now()
        incident = make_incident(checkout)
        for change in (
            {"impact_ended_at": now},
            {"impact_started_at": now, "impact_ended_at": now - HOUR},
        ):
            with pytest.raises(IntegrityError, match="impact_ends"), transaction.atomic():
                Incident.objects.filter(pk=incident.pk).update(**change)
        with pytest.raises(IntegrityError, match="affected_ends"), transaction.atomic():
            AffectedService.objects.create(incident=incident, service=search, ended_at=now)

    @pytest.mark.parametrize("door", DOORS)
    def test_it_reaches_further_services(
        self, checkout: Service, search: Service, olivia: User, door: str
    ) -> None:
        incident = make_incident(checkout)
        said = {"service": search.slug, "impact": "Stale results"}
        assert taken(door, ask(door, olivia, incident, "affected", **said))
        ask(door, olivia, incident, "affected", **said | {"impact": "No results"})
        assert incident.affected.get().impact == "No results"
        own = ask(door, olivia, incident, "affected", service=checkout.slug)
        assert own.status_code == 409
        client = signed_in_as(olivia)
        assert incident.title in client.get(search.get_absolute_url()).content.decode()
        listed = client.get(f"/respond/incidents/?service={search.slug}").content.decode()
        assert incident.title in listed
        assert taken(door, ask(door, olivia, incident, "affected/remove", service=search.slug))
        assert not incident.affected.exists()


answers = st.fixed_dictionaries(
    {
        "users": st.sampled_from(Users.values),
        "core": st.sampled_from(Core.values),
        "data_at_risk": st.sampled_from(Answer.values),
        "sla": st.sampled_from(Answer.values),
        "security": st.sampled_from(Answer.values),
    }
)


class TestQuestions:
    @settings(max_examples=100)
    @given(answers, st.sampled_from(["data_at_risk", "sla", "security"]))
    def test_a_yes_never_makes_it_less_grave(self, said: dict[str, str], name: str) -> None:
        without = suggestion(said | {name: "no"}).severity
        with_it = suggestion(said | {name: "yes"}).severity
        assert with_it is not None
        assert without is None or with_it <= without

    @pytest.mark.parametrize(
        ("said", "severity"),
        [
            ({}, None),
            ({"data_at_risk": "yes"}, Severity.P0),
            ({"security": "yes", "core": "works"}, Severity.P0),
            ({"core": "down", "users": "all"}, Severity.P0),
            ({"core": "down", "users": "some"}, Severity.P1),
            ({"core": "major"}, Severity.P1),
            ({"sla": "yes", "core": "minor"}, Severity.P1),
            ({"core": "minor"}, Severity.P2),
            ({"core": "works", "users": "some"}, Severity.P3),
        ],
    )
    def test_what_they_speak_for(self, said: dict[str, str], severity: int | None) -> None:
        found = suggestion(said)
        assert found.severity == severity
        assert found.reasons

    @pytest.mark.django_db
    @playbook
    @pytest.mark.parametrize("door", DOORS)
    def test_answers_are_kept_and_force_nothing(
        self, checkout: Service, olivia: User, door: str
    ) -> None:
        incident = make_incident(checkout, severity=Severity.P2)
        said: dict[str, Any] = dict.fromkeys(QUESTIONS, "unknown") | {"core": "major"}
        ask(door, olivia, incident, "assess", **_body(door, said))
        incident.refresh_from_db()
        assert incident.severity == Severity.P2
        ask(door, olivia, incident, "assess", **_body(door, said, severity=1))
        incident.refresh_from_db()
        assert incident.severity == Severity.P1
        rows = list(incident.assessments.order_by("pk"))
        assert [(row.suggested, row.severity) for row in rows] == [(1, 2), (1, 1)]
        told = events.about(incident).get(kind="incident.severity_changed")
        assert told.data["because"].startswith("A major function fails")


def _body(door: str, answers: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {**answers, **said} if door == "page" else {"answers": answers, **said}


@pytest.mark.django_db
@playbook
def test_the_same_impact_is_refused(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, impact="Some")
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_impact(
            incident, impact="Some", impact_started_at=None, impact_ended_at=None, actor=olivia
        )
    assert [refusal.code for refusal in refused.value.refusals] == ["nothing_changed"]
