"""The admin: words are corrected and named, state is not moved, the playbook is edited."""

import pytest
from django.core.exceptions import ValidationError

from incidents.models import Incident, IncidentState, ReviewTemplate, SeverityPolicy
from incidents.policies import policy_of
from operations.models import Severity
from portal.models import Service, User
from tests.incidents.doors import signed_in_as
from tests.incidents.make import make_incident, make_review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

LISTS = [
    "problemreport",
    "reportletter",
    "incident",
    "review",
    "severitypolicy",
    "statustemplate",
    "statuscomponent",
    "componentspan",
    "affectedcomponent",
    "reviewtemplate",
    "timelinenote",
    "statusupdate",
    "escalationstep",
]


@pytest.mark.parametrize("name", LISTS)
def test_everything_is_there_to_be_read(
    checkout: Service, olivia: User, ada: User, vera: User, name: str
) -> None:
    make_review(checkout, olivia)
    url = f"/admin/incidents/{name}/"
    assert signed_in_as(ada).get(url).status_code == 200
    assert signed_in_as(vera).get(url).status_code != 200
    assert signed_in_as(ada).get(f"{url}add/").status_code == 403


def test_a_correction_is_named_and_moves_no_state(checkout: Service, ada: User) -> None:
    incident = make_incident(checkout, title="Chekcout is slow")
    url = f"/admin/incidents/incident/{incident.pk}/change/"
    said = {
        "title": "Checkout is slow",
        "impact": "",
        "source": "team",
        "impact_started_at_0": "",
        "impact_started_at_1": "",
        "state": "closed",
        "severity": "0",
    }
    client = signed_in_as(ada)
    assert client.get(url).status_code == 200
    assert client.post(url, said).status_code == 302

    incident.refresh_from_db()
    assert incident.title == "Checkout is slow"
    assert (incident.state, incident.severity) == (IncidentState.TRIGGERED, Severity.P2)
    assert incident.history.latest().history_user == ada


def test_who_does_not_set_things_up_corrects_nothing(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout)
    url = f"/admin/incidents/incident/{incident.pk}/change/"
    assert signed_in_as(olivia).post(url, {"title": "Mine"}).status_code == 403
    assert Incident.objects.get().title == "Checkout is slow"


def test_an_edited_policy_holds_for_the_next_incident(checkout: Service, ada: User) -> None:
    policy = SeverityPolicy.objects.get(severity=Severity.P2)
    client = signed_in_as(ada)
    url = f"/admin/incidents/severitypolicy/{policy.pk}/change/"
    page = client.get(url)
    said = {
        name: "" if value is None else value
        for name, value in page.context["adminform"].form.initial.items()
    }
    assert client.post(url, said | {"response_minutes": "30"}).status_code == 302

    incident = make_incident(checkout, severity=Severity.P2)
    due_at = incident.response_due_at
    assert due_at is not None
    assert (due_at - incident.detected_at).total_seconds() == 1800
    assert policy_of(Severity.P2).history.latest().history_user == ada


@pytest.mark.parametrize(
    "sections",
    [
        [],
        {},
        "words",
        [{"key": "a"}],
        [{"key": "a", "title": "", "hint": ""}],
        [{"key": "no word", "title": "A", "hint": ""}],
        [{"key": "a", "title": "A", "hint": ""}, {"key": "a", "title": "B", "hint": ""}],
        [{"key": 1, "title": "A", "hint": ""}],
    ],
)
def test_an_outline_that_no_review_could_have_is_refused(sections: object) -> None:
    template = ReviewTemplate.objects.get()
    template.sections = sections
    with pytest.raises(ValidationError):
        template.full_clean()
