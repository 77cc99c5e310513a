"""Runs of runbooks: pinned, answered step by step, ended for a reason."""

from typing import Any

import pytest

from knowledge import workflow
from knowledge.models import RunbookRun, RunbookRunState, StepState
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.knowledge.make import (
    RUNBOOK,
    as_person,
    codes,
    make_alert,
    make_document,
    make_published,
    make_run,
    newest,
)

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}


class TestStarting:
    def test_the_steps_are_copied_from_what_readers_get(self, olivia: User) -> None:
        document = make_published()
        workflow.save_revision(
            document, base_number=1, title="T", body="## Steps\n\n1. New", actor=olivia
        )

        run = workflow.start_run(document, actor=olivia, reference="incident:7")

        steps = list(run.steps.all())
        assert [step.kind for step in steps] == ["do", "check", "do"]
        assert "kubectl" in steps[0].html
        assert steps[0].text.startswith(steps[0].title)
        assert "kubectl" not in steps[0].title
        assert run.revision.number == 1
        assert len(run.steps_hash) == 64
        assert Event.objects.get(kind="run.started").data == {
            "reference": "incident:7",
            "title": run.revision.title,
            "revision": 1,
            "url": run.get_absolute_url(),
        }

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"kind": "playbook"}, "not_a_runbook"),
            ({"body": "Only words"}, "no_steps"),
        ],
    )
    def test_what_cannot_be_run(self, fields: dict[str, str], code: str) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            make_run(make_published(**fields))
        assert codes(refused) == [code]

    def test_a_draft_and_an_archived_one_cannot_be_run(self) -> None:
        document = make_document()
        with pytest.raises(TransitionNotAllowed) as refused:
            make_run(document)
        assert codes(refused) == ["not_published"]
        workflow.publish(newest(document), actor=None)
        workflow.archive(document, actor=None)
        with pytest.raises(TransitionNotAllowed) as refused:
            make_run(document)
        assert codes(refused) == ["document_archived"]

    def test_from_the_document_and_from_an_alert(self, olivia: User, checkout: Service) -> None:
        document = make_published()
        alert = make_alert(checkout)
        client = as_person(olivia)
        address = f"{document.get_absolute_url()}run/"
        assert client.post(address).status_code == 302
        assert client.post(address, {"alert": alert.pk}).status_code == 302
        plain, of_alert = RunbookRun.objects.order_by("pk")
        assert plain.reference == ""
        assert of_alert.reference == f"alert:{alert.pk}"
        assert of_alert.service == checkout

        started = client.post(
            "/api/v1/runs/", {"document": document.slug, "reference": "incident:7"}, **JSON
        )
        assert started.status_code == 201
        assert [step["state"] for step in started.json()["steps"]] == ["pending"] * 3


class TestAnswering:
    def test_who_and_when_are_kept(self, olivia: User) -> None:
        run = make_run()
        step = workflow.answer_step(run.steps.get(order=2), state="done", actor=olivia)
        assert (step.state, step.answered_by) == (StepState.DONE, olivia)
        assert step.answered_at is not None

    @pytest.mark.parametrize("state", ["skipped", "failed"])
    def test_not_done_needs_a_reason(self, olivia: User, state: str) -> None:
        step = make_run().steps.get(order=1)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.answer_step(step, state=state, actor=olivia, note="  ")
        assert codes(refused) == ["note_missing"]
        answered = workflow.answer_step(step, state=state, actor=olivia, note="No access")
        assert answered.note == "No access"

    def test_the_second_person_is_told_who_was_first(self, olivia: User, ana: User) -> None:
        step = make_run().steps.get(order=1)
        workflow.answer_step(step, state="done", actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.answer_step(step, state="done", actor=ana)
        assert codes(refused) == ["step_answered"]
        assert "Olivia" in str(refused.value)

    def test_a_button_pressed_twice_answers_once(self, olivia: User) -> None:
        step = make_run().steps.get(order=1)
        for _ in range(2):
            workflow.answer_step(step, state="done", actor=olivia)
        assert Event.objects.filter(kind="run.step_answered").count() == 1

    def test_an_answer_can_be_taken_back_and_both_are_kept(self, olivia: User) -> None:
        step = make_run().steps.get(order=1)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.answer_step(step, state="pending", actor=olivia)
        assert codes(refused) == ["step_not_answered"]
        workflow.answer_step(step, state="failed", actor=olivia, note="Wrong cluster")
        again = workflow.answer_step(step, state="pending", actor=olivia)
        assert (again.state, again.answered_by, again.note) == ("pending", None, "")
        back = Event.objects.get(kind="run.step_taken_back")
        assert back.data["before"] == {"state": "failed", "note": "Wrong cluster"}

    def test_page_and_api_answer_alike(self, olivia: User, ana: User) -> None:
        run = make_run()
        client = as_person(olivia)
        address = f"{run.get_absolute_url()}steps/1/"
        kept = client.post(address, {"state": "failed", "note": ""})
        assert kept.status_code == 422
        page = kept.content.decode()
        assert "Say why" in page
        assert 'href="#id_1_note"' in page
        assert 'id="id_1_note"' in page
        assert client.post(address, {"state": "done"}).status_code == 302
        assert as_person(ana).post(address, {"state": "done"}).status_code == 409

        api = f"/api/v1/runs/{run.pk}/answer/"
        told = as_person(ana).post(api, {"step": 1, "state": "done"}, **JSON)
        assert told.json()["reasons"][0]["code"] == "step_answered"
        done = client.post(api, {"step": 2, "state": "skipped", "note": "n"}, **JSON)
        assert done.json()["answered_count"] == 2
        assert client.post(api, {"step": 9, "state": "done"}, **JSON).status_code == 404
        assert client.post(api, {"step": 3, "state": "maybe"}, **JSON).status_code == 400


class TestEnding:
    def test_it_succeeds_when_every_step_is_answered(self, olivia: User) -> None:
        run = make_run()
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.finish_run(run, state="succeeded", actor=olivia)
        assert codes(refused) == ["steps_pending"]
        for step in run.steps.all():
            workflow.answer_step(step, state="done", actor=olivia)

        ended = workflow.finish_run(run, state="succeeded", actor=olivia)

        assert (ended.state, ended.finished_by) == (RunbookRunState.SUCCEEDED, olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.finish_run(run, state="failed", actor=olivia)
        assert codes(refused) == ["run_ended"]
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.answer_step(run.steps.get(order=1), state="pending", actor=olivia)
        assert codes(refused) == ["run_ended"]

    def test_a_failed_step_means_no_success(self, olivia: User) -> None:
        run = make_run()
        for step in run.steps.all():
            workflow.answer_step(step, state="failed", actor=olivia, note="No")
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.finish_run(run, state="succeeded", actor=olivia)
        assert codes(refused) == ["steps_failed"]
        assert workflow.finish_run(run, state="failed", actor=olivia).state == "failed"

    def test_it_may_be_abandoned_at_any_time(self, olivia: User) -> None:
        assert workflow.finish_run(make_run(), state="abandoned", actor=olivia).finished_at

    def test_running_is_no_end(self) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.finish_run(make_run(), state="running", actor=None)
        assert codes(refused) == ["not_an_end"]

    def test_page_and_api_end_alike(self, olivia: User) -> None:
        run, other = make_run(), make_run(make_published("Other"))
        client = as_person(olivia)
        page = f"{run.get_absolute_url()}finish/"
        api = f"/api/v1/runs/{other.pk}/finish/"
        assert client.post(page, {"state": "succeeded"}).status_code == 409
        assert client.post(api, {"state": "succeeded"}, **JSON).status_code == 409
        assert client.post(page, {"state": "abandoned"}).status_code == 302
        ended = client.post(api, {"state": "abandoned"}, **JSON)
        assert ended.json()["state"] == "abandoned"
        assert client.post(page, {"state": "so-so"}).status_code == 422


def test_a_newer_revision_is_told_and_does_not_change_the_steps(olivia: User) -> None:
    document = make_published()
    run = make_run(document)
    workflow.save_revision(
        document, base_number=1, title="T", body=RUNBOOK + "4. Something else\n", actor=olivia
    )
    workflow.publish(newest(document), actor=olivia)

    page = as_person(olivia).get(run.get_absolute_url()).content.decode()

    assert "Revision 2 was published while you run revision 1" in page
    assert "?from=1&amp;to=2" in page
    assert run.steps.count() == 3
    api = as_person(olivia).get(f"/api/v1/runs/{run.pk}/").json()
    assert (api["revision_number"], api["newer_number"]) == (1, 2)


def test_the_document_says_how_its_runs_went(olivia: User) -> None:
    document = make_published()
    run = make_run(document)
    for step in run.steps.all():
        workflow.answer_step(step, state="done", actor=olivia)
    workflow.finish_run(run, state="succeeded", actor=olivia)
    workflow.finish_run(make_run(document), state="abandoned", actor=olivia)
    page = as_person(olivia).get(document.get_absolute_url()).content.decode()
    assert "1 of 1 succeeded on this revision" in page


@pytest.mark.parametrize(
    ("name", "read", "work"),
    [("olivia", 200, 302), ("ana", 200, 302), ("vera", 200, 403), ("otto", 404, 404)],
)
def test_who_may_run(request: pytest.FixtureRequest, name: str, read: int, work: int) -> None:
    run = make_run()
    client = as_person(request.getfixturevalue(name))
    assert client.get(run.get_absolute_url()).status_code == read
    assert client.get(f"/api/v1/runs/{run.pk}/").status_code == read
    assert client.get("/learn/runs/").status_code == read
    answer = client.post(f"{run.get_absolute_url()}steps/1/", {"state": "done"})
    assert answer.status_code == work
    api = client.post(f"/api/v1/runs/{run.pk}/answer/", {"step": 2, "state": "done"}, **JSON)
    assert api.status_code == (200 if work == 302 else work)
    document = run.revision.document
    assert client.post(f"{document.get_absolute_url()}run/").status_code == work
