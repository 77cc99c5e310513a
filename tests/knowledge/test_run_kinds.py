"""Steps that decide, wait and want another's word; runs that pause, change hands and go on."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from knowledge import workflow
from knowledge.models import RunbookRun, RunEntry, RunStep
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.knowledge.make import (
    as_person,
    codes,
    make_alert,
    make_published,
    make_run,
    newest,
)
from tests.make import make_service

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}

KINDS = """---
variables:
  - {name: pod, label: pod}
  - {name: ns, default: production}
  - {name: token, secret: true}
---
## Investigation
1. decide: recent deployment? yes -> 2, no -> 4
2. Roll back
   ```bash
   kubectl -n {{ns}} delete pod {{pod}} --token {{token}}
   ```
## Resolution
3. wait: 10 minutes
4. approve: open the gate
## Escalation
- Call
"""


@pytest.fixture
def run(olivia: User) -> RunbookRun:
    return make_run(make_published("Gate", body=KINDS), actor=olivia)


def step(run: RunbookRun, order: int) -> RunStep:
    return run.steps.get(order=order)


def refused(*args: Any, **said: Any) -> list[str]:
    with pytest.raises(TransitionNotAllowed) as caught:
        workflow.answer_step(*args, **said)
    return codes(caught)


class TestKinds:
    def test_a_decision_passes_by_what_does_not_apply(
        self, run: RunbookRun, olivia: User
    ) -> None:
        assert refused(step(run, 1), state="done", actor=olivia) == ["choice_missing"]
        workflow.answer_step(step(run, 1), state="done", choice="no", actor=olivia)

        states = list(run.steps.values_list("state", flat=True))
        assert states == ["done", "not_applicable", "not_applicable", "pending"]
        assert step(run, 1).note == "no"
        assert "Step 1" in step(run, 2).note

    def test_a_wait_runs_from_the_step_before_and_can_be_skipped(
        self, run: RunbookRun, olivia: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        workflow.answer_step(step(run, 1), state="done", choice="yes", actor=olivia)
        workflow.answer_step(step(run, 2), state="done", actor=olivia)
        assert refused(step(run, 3), state="done", actor=olivia) == ["wait_not_over"]
        page = as_person(olivia).get(run.get_absolute_url()).content.decode()
        assert "The wait is over at" in page

        later = clock.now() + timedelta(minutes=10)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert workflow.answer_step(step(run, 3), state="done", actor=olivia).state == "done"

    def test_an_approval_is_somebody_elses(
        self, run: RunbookRun, olivia: User, ana: User, max: User
    ) -> None:
        workflow.answer_step(step(run, 3), state="skipped", note="Calm", actor=ana)
        for person in (olivia, ana):  # who leads, and who did the step before
            told = refused(step(run, 4), state="done", actor=person)
            assert told == ["approval_by_other"]
        assert workflow.answer_step(step(run, 4), state="done", actor=max).answered_by == max

    def test_who_begins_a_step_is_seen_and_it_is_still_open(
        self, run: RunbookRun, olivia: User
    ) -> None:
        begun = workflow.answer_step(step(run, 2), state="active", actor=olivia)
        assert (begun.is_open, begun.answered_by) == (True, None)
        assert refused(step(run, 2), state="active", actor=olivia) == ["step_begun"]
        workflow.answer_step(step(run, 2), state="done", actor=olivia, output="pod deleted")
        assert step(run, 2).output == "pod deleted"

    def test_every_answer_is_kept_and_the_newest_counts(
        self, run: RunbookRun, olivia: User
    ) -> None:
        for state, note in (("failed", "No"), ("pending", ""), ("done", "")):
            workflow.answer_step(step(run, 2), state=state, note=note, actor=olivia)
        entries = as_person(olivia).get(f"/api/v1/runs/{run.pk}/entries/").json()
        assert [entry["state"] for entry in entries] == ["failed", "pending", "done"]
        assert step(run, 2).state == RunEntry.objects.filter(step__order=2).last().state  # type: ignore[union-attr]


class TestValues:
    def test_the_alert_fills_the_commands_and_the_run_keeps_its_values(
        self, run: RunbookRun, olivia: User, checkout: Service
    ) -> None:
        alert = make_alert(checkout)
        alert.labels = {"pod": "web; rm -rf /"}
        alert.save()
        client = as_person(olivia)
        client.post(f"{run.revision.document.get_absolute_url()}run/", {"alert": alert.pk})
        started = RunbookRun.objects.latest("pk")
        assert started.variables == {"pod": "web; rm -rf /"}
        alert.labels = {}
        alert.save()
        page = client.get(started.get_absolute_url()).content.decode()
        assert "&#x27;web; rm -rf /&#x27;" in page
        assert "read -rs TOKEN" in page

    def test_by_hand_page_and_api_alike_and_never_a_secret(
        self, run: RunbookRun, olivia: User
    ) -> None:
        client = as_person(olivia)
        url = f"{run.get_absolute_url()}variables/"
        assert (
            client.post(url, {"value-pod": "web-1", "value-token": "s3cret"}).status_code == 302
        )
        run.refresh_from_db()
        assert run.variables == {"pod": "web-1"}
        assert client.post(url, {"value-pod": "-rf"}).status_code == 409
        api = f"/api/v1/runs/{run.pk}/variables/"
        told = client.post(api, {"variables": {"pod": "a\u202eb"}}, **JSON)
        assert told.json()["reasons"][0]["code"] == "value_refused"
        assert not Event.objects.filter(data__icontains="s3cret").exists()


def test_the_reading_page_fills_the_commands_by_hand_and_for_an_alert(
    olivia: User, checkout: Service
) -> None:
    document = make_published("Gate", body=KINDS)
    client = as_person(olivia)
    page = client.get(document.get_absolute_url()).content.decode()
    assert "{{pod}}: It has no value yet." in page
    by_hand = client.get(f"{document.get_absolute_url()}?value-pod=a+b").content.decode()
    assert "&#x27;a b&#x27;" in by_hand
    alert = make_alert(checkout, labels={"pod": "web-7"})
    page = client.get(f"{document.get_absolute_url()}?for=alert:{alert.pk}").content.decode()
    assert 'title="pod">web-7</span>' in page


def test_reading_for_an_alert_fills_what_a_run_for_it_is_filled_with(
    olivia: User, checkout: Service
) -> None:
    settings = "---\nvariables:\n  - {name: app, source: service.slug}\n---\n"
    body = f"{settings}## Steps\n\n1. `{{{{app}}}}`\n"
    document = make_published(
        "Both", body=body, services=[checkout, make_service("Ledger", team=checkout.team)]
    )
    alert = make_alert(checkout)
    client = as_person(olivia)
    filled = f'title="app">{checkout.slug}</span>'
    page = client.get(f"{document.get_absolute_url()}?for=alert:{alert.pk}").content.decode()
    assert filled in page
    begun = client.post(f"{document.get_absolute_url()}run/", {"alert": alert.pk}, follow=True)
    assert filled in begun.content.decode()
    for other in ("alert:999", "nothing", ""):
        page = client.get(f"{document.get_absolute_url()}?for={other}").content.decode()
        assert filled not in page


class TestHands:
    def test_a_paused_run_takes_no_answer_until_it_goes_on(
        self, run: RunbookRun, olivia: User
    ) -> None:
        client = as_person(olivia)
        assert (
            client.post(f"{run.get_absolute_url()}pause/", {"reason": "Lunch"}).status_code
            == 302
        )
        assert refused(step(run, 2), state="done", actor=olivia) == ["run_paused"]
        assert client.post(f"/api/v1/runs/{run.pk}/pause/", {}, **JSON).status_code == 409
        assert client.post(f"/api/v1/runs/{run.pk}/resume/", {}, **JSON).status_code == 200
        assert client.post(f"{run.get_absolute_url()}resume/").status_code == 409

    def test_it_is_handed_over_to_somebody_who_works(
        self, run: RunbookRun, olivia: User, ana: User, vera: User
    ) -> None:
        url = f"{run.get_absolute_url()}hand-over/"
        assert as_person(olivia).post(url, {"to": ana.pk}).status_code == 302
        run.refresh_from_db()
        assert run.lead == ana
        assert as_person(olivia).post(url, {"to": ana.pk}).status_code == 409
        assert as_person(olivia).post(url, {"to": vera.pk}).status_code == 422

    def test_going_on_by_a_newer_revision_takes_over_what_says_the_same(
        self, run: RunbookRun, olivia: User
    ) -> None:
        client = as_person(olivia)
        url = f"{run.get_absolute_url()}go-on/"
        assert client.post(url).status_code == 409
        workflow.answer_step(step(run, 2), state="done", note="Gone", actor=olivia)
        document = run.revision.document
        body = KINDS.replace("1. decide: recent", "1. decide: a recent")
        workflow.save_revision(document, base_number=1, title="Gate", body=body, actor=olivia)
        workflow.publish(newest(document), actor=None)
        page = client.get(run.get_absolute_url()).content.decode()
        assert "Go on by revision 2" in page

        assert client.post(url).status_code == 302

        new = RunbookRun.objects.get(continues=run)
        assert [s.state for s in new.steps.all()] == ["pending", "done", "pending", "pending"]
        assert step(new, 2).note == "Gone"
        run.refresh_from_db()
        assert (run.state, run.summary) == ("abandoned", "Went on with revision 2.")


class TestWithoutAConnection:
    def test_what_was_kept_is_taken_in_once_and_refusals_are_told(
        self, run: RunbookRun, olivia: User, ana: User
    ) -> None:
        workflow.answer_step(step(run, 3), state="skipped", note="Calm", actor=ana)
        answers = [
            {"step": 2, "state": "done", "note": "on the train"},
            {"step": 3, "state": "done"},
            {"step": 9, "state": "done"},
        ]
        for answer in answers:
            answer |= {"client_id": str(uuid4()), "client_at": "2026-11-20T03:00:00Z"}
        client = as_person(olivia)

        def send() -> list[Any]:
            body = json.dumps({"answers": answers})
            told = client.post(f"{run.get_absolute_url()}queue/", body, **JSON)
            return list(told.json()["answers"])

        first = send()
        assert [answer["taken"] for answer in first] == [True, False, False]
        assert first[1]["reasons"][0]["code"] == "step_answered"
        assert [answer["taken"] for answer in send()] == [True, False, False]
        entry = RunEntry.objects.get(step__order=2)
        assert (entry.client_at.hour, entry.at != entry.client_at) == (3, True)  # type: ignore[union-attr]
        told = client.post(f"{run.get_absolute_url()}queue/", "[", **JSON)
        assert told.status_code == 409

    def test_open_pages_hear_of_news_and_only_then_fetch_the_steps(
        self, run: RunbookRun, olivia: User, otto: User
    ) -> None:
        client = as_person(olivia)
        page = client.get(run.get_absolute_url())
        news = page.context["news_url"]
        assert client.get(f"{news}?seen={run.version}").status_code == 204
        live = f"{run.get_absolute_url()}live/"
        htmx = {"HX-Request": "true"}
        assert client.get(f"{live}?seen={run.version}", headers=htmx).status_code == 204
        workflow.answer_step(step(run, 2), state="done", actor=None)
        part = client.get(f"{live}?seen={run.version}", headers=htmx)
        assert part.status_code == 200
        assert b"<html" not in part.content
        assert client.get("/live/runs/forged/").status_code == 410

    def test_whoever_is_second_keeps_what_they_typed(
        self, run: RunbookRun, olivia: User, ana: User
    ) -> None:
        workflow.answer_step(step(run, 2), state="done", actor=ana)
        told = as_person(olivia).post(
            f"{run.get_absolute_url()}steps/2/", {"state": "failed", "note": "It hangs"}
        )
        assert told.status_code == 409
        page = told.content.decode()
        assert "Ana" in page
        assert "It hangs" in page
