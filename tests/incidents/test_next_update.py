"""A promise of when the next word comes: given with an update, read by everybody."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.db.models import F
from django.test import Client

from incidents import workflow
from incidents.models import Incident, StatusUpdate
from portal.errors import TransitionNotAllowed
from portal.models import Team, User
from tests.incidents.doors import ask, taken
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service as make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def incident(payments: Team) -> Incident:
    shop = make_service("Shop", team=payments, is_public=True)
    return make_incident(shop)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("page", {"next_within": "30"}),
        ("api", {"next_update_by": NOW + timedelta(minutes=30)}),
    ],
)
def test_a_promise_is_kept_with_the_update(
    client: Client, incident: Incident, olivia: User, door: str, said: dict[str, object]
) -> None:
    with time_machine.travel(NOW, tick=False):
        words = {"phase": "identified", "text": "A cable."}
        assert taken(door, ask(door, olivia, incident, "updates", **words, **said))
        assert StatusUpdate.objects.get().next_update_by == NOW + timedelta(minutes=30)

        assert "Next update by:" in client.get("/status/").content.decode()
        (told,) = client.get("/status/status.json").json()["incidents"]
        assert told["updates"][0]["next_update_by"] == "2026-11-01T12:30:00Z"


@pytest.mark.parametrize(
    ("door", "said"), [("page", {"next_within": ""}), ("api", {"next_update_by": None})]
)
def test_nothing_need_be_promised(
    client: Client, incident: Incident, olivia: User, door: str, said: dict[str, object]
) -> None:
    words = {"phase": "identified", "text": "A cable."}
    assert taken(door, ask(door, olivia, incident, "updates", **words, **said))
    assert StatusUpdate.objects.get().next_update_by is None
    assert "Next update by:" not in client.get("/status/").content.decode()


def test_a_promise_for_the_past_is_refused(incident: Incident, olivia: User) -> None:
    late = NOW - timedelta(minutes=1)
    with time_machine.travel(NOW, tick=False):
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.post_update(
                incident,
                phase="identified",
                text="A cable.",
                next_update_by=late,
                actor=olivia,
            )
        assert [each.code for each in refused.value.refusals] == ["promise_in_the_past"]
        answer = ask(
            "api",
            olivia,
            incident,
            "updates",
            phase="identified",
            text="A cable.",
            next_update_by=late,
        )
    assert answer.status_code == 409
    assert not StatusUpdate.objects.exists()


def test_a_promise_comes_after_its_update(incident: Incident, olivia: User) -> None:
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    with pytest.raises(IntegrityError, match="update_promises_what_comes_after"):
        StatusUpdate.objects.update(next_update_by=F("posted_at"))


def test_what_is_over_promises_nothing(
    client: Client, incident: Incident, olivia: User
) -> None:
    by = datetime.now(UTC) + timedelta(hours=1)
    workflow.post_update(
        incident, phase="identified", text="A cable.", next_update_by=by, actor=olivia
    )
    workflow.resolve(incident, summary="Plugged in", actor=olivia)
    assert "Next update by:" not in client.get("/status/").content.decode()
