"""Processes in versions: drafted, published, frozen into requests; and whose step it is."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from maintenance import workflow
from maintenance.models import (
    MaintenanceRequest,
    ProcessVersion,
    RequestState,
    process_step,
)
from portal.errors import TransitionNotAllowed
from portal.models import Service, User
from tests.maintenance.make import make_process, make_request, own_queries, request_in

FIX, CHECK = process_step("Fix", "work"), process_step("Check", "verify", evidence="text")


def texts(request: MaintenanceRequest) -> list[str]:
    return list(request.steps.values_list("text", flat=True))


def codes(refused: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


class TestVersions:
    def test_a_request_keeps_the_version_it_began_with(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        process = make_process("corrective", "Fix")
        before = make_request(checkout, olivia)

        workflow.save_process(process, steps=[FIX, CHECK], message="Look twice", actor=max)
        drafted = make_request(checkout, olivia)
        version = workflow.publish_process(process, actor=max)
        after = make_request(checkout, olivia)

        assert texts(before) == texts(drafted) == ["Fix"]
        assert texts(after) == ["Fix", "Check"]
        assert (before.template_version.number, after.template_version) == (1, version)  # type: ignore[union-attr]  # made with a process
        assert version.number == 2
        step = after.steps.get(order=2)
        assert (step.phase, step.evidence_wanted, step.mandatory) == ("verify", "text", True)

    def test_numbers_are_dense_also_after_a_draft_was_thrown_away(self, max: User) -> None:
        process = make_process("corrective", "Fix")
        workflow.save_process(process, steps=[CHECK], actor=max)
        workflow.discard_process_draft(process, actor=max)
        workflow.save_process(process, steps=[FIX, CHECK], actor=max)
        workflow.publish_process(process, actor=max)

        numbers = process.versions.values_list("number", flat=True)
        assert list(numbers) == [2, 1]

    def test_nothing_is_published_without_a_draft_or_without_a_change(self, max: User) -> None:
        process = make_process("corrective", FIX)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish_process(process, actor=max)
        assert codes(refused) == ["no_draft"]

        workflow.save_process(process, steps=[FIX], actor=max)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish_process(process, actor=max)
        assert codes(refused) == ["nothing_changed"]

    def test_of_two_who_change_it_the_second_is_told(self, max: User, ada: User) -> None:
        process = make_process("corrective", "Fix")
        seen = process.versions.get().seen
        workflow.save_process(process, steps=[FIX], seen=seen, actor=max)

        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.save_process(process, steps=[CHECK], seen=seen, actor=ada)

        assert codes(refused) == ["newer_version"]
        assert process.versions.get(state="draft").steps == [FIX]

    @pytest.mark.parametrize(
        "steps", [[], [{"text": "Fix"}], [{**FIX, "text": " "}], [{**FIX, "phase": "later"}]]
    )
    def test_steps_that_no_request_could_have_are_refused(
        self, max: User, steps: list[Any]
    ) -> None:
        process = make_process("corrective", "Fix")
        with pytest.raises(ValidationError):
            workflow.save_process(process, steps=steps, actor=max)
        assert process.versions.count() == 1

    def test_the_database_keeps_one_draft(self, max: User) -> None:
        process = make_process("corrective", "Fix")
        workflow.save_process(process, steps=[FIX], actor=max)
        row = ProcessVersion(template=process, number=9, steps=[FIX])
        row.changed_by = None
        with pytest.raises(IntegrityError):
            row.save()


class TestSteps:
    """Max manages the team, Olivia carries out; `request` is in work."""

    def begun(self, by: User, manager: User, service: Service, *steps: Any) -> Any:
        make_process("corrective", *steps)
        return request_in(RequestState.IN_PROGRESS, service, by, manager)

    @pytest.mark.parametrize(
        ("role", "may"),
        [
            ("anyone", ["olivia", "max"]),
            ("requester", ["olivia"]),
            ("implementer", ["olivia"]),
            ("reviewer", ["max"]),
            ("approver", ["max"]),
        ],
    )
    def test_a_step_is_answered_by_its_role(
        self, olivia: User, max: User, checkout: Service, role: str, may: list[str]
    ) -> None:
        request = self.begun(olivia, max, checkout, process_step("Look", "work", role=role))
        for name, person in [("olivia", olivia), ("max", max)]:
            if name in may:
                workflow.answer_step(request, order=1, state="done", actor=person)
                continue
            with pytest.raises(TransitionNotAllowed) as refused:
                workflow.answer_step(request, order=1, state="done", actor=person)
            assert codes(refused) == ["not_your_step"]

    def test_a_manager_may_skip_what_is_for_another(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        step = process_step("Look", "work", role="requester")
        request = self.begun(olivia, max, checkout, step)

        skipped = workflow.answer_step(
            request, order=1, state="skipped", note="She is ill.", actor=max
        )

        assert (skipped.state, skipped.answered_by) == ("skipped", max)

    def test_evidence_is_asked_for_and_kept(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        step = process_step("Review", "work", evidence="link")
        request = self.begun(olivia, max, checkout, step)
        for given, code in [("", "missing_evidence"), ("In Git", "evidence_no_link")]:
            with pytest.raises(TransitionNotAllowed) as refused:
                workflow.answer_step(
                    request, order=1, state="done", evidence=given, actor=olivia
                )
            assert codes(refused) == [code]

        link = "https://git.example/4f2a"
        answered = workflow.answer_step(
            request, order=1, state="done", evidence=link, actor=olivia
        )

        assert (answered.state, answered.evidence) == ("done", link)

    def test_the_work_is_not_finished_while_its_steps_are_open(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        optional = process_step("Tune", "work", mandatory=False)
        request = self.begun(olivia, max, checkout, FIX, optional, CHECK)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.finish_work(request, actor=olivia)
        assert codes(refused) == ["work_open"]
        assert refused.value.refusals[0].sentence.endswith(": 1.")

        workflow.answer_step(request, order=1, state="done", actor=olivia)
        assert workflow.finish_work(request, actor=olivia).state == "verifying"

    def test_the_analysis_is_answered_before_the_work_and_the_rest_in_its_phase(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        look = process_step("Reproduce", "analyse")
        make_process("corrective", look, FIX, process_step("Watch", "verify"), "Archive")
        request = make_request(checkout, olivia)
        workflow.answer_step(request, order=1, state="done", actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.answer_step(request, order=2, state="done", actor=olivia)
        assert codes(refused) == ["work_not_begun"]

        request = workflow.submit(request, actor=olivia)
        request = workflow.approve(request, digest=request.plan_digest, actor=max)
        request = workflow.start(request, actor=olivia)
        workflow.answer_step(request, order=2, state="done", actor=olivia)
        request = workflow.finish_work(request, actor=olivia)
        told = {"outcome": "succeeded", "verification": "Seen.", "no_deployment_reason": "-"}
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.verify(request, actor=olivia, **told)
        assert codes(refused) == ["verification_open"]
        workflow.answer_step(request, order=3, state="done", actor=olivia)
        request = workflow.verify(request, actor=olivia, **told)

        assert request.state == RequestState.REVIEW
        workflow.answer_step(request, order=4, state="done", actor=olivia)
        assert workflow.close(request, actor=olivia).state == RequestState.CLOSED


class TestPages:
    def test_a_manager_changes_and_publishes_it_without_script(
        self, client: Client, olivia: User, max: User
    ) -> None:
        process = make_process("corrective", FIX)
        door = f"/change/processes/{process.pk}/"
        client.force_login(max)
        form = client.get(f"{door}edit/").context["form"]
        typed = {
            bound.html_name: bound.value() for row in form.rows for bound in row.values()
        } | {"seen": form["seen"].value(), "message": "Review first"}
        typed |= {"text_1": "Review", "order_1": 1, "order_0": 2, "evidence_1": "link"}
        typed = {name: value for name, value in typed.items() if value not in (None, False)}

        assert client.post(f"{door}edit/", typed).status_code == 302
        page = client.get(door).content.decode()
        assert "<ins>Review (Work, evidence: a link)</ins>" in page
        assert client.post(f"{door}publish/", {"seen": "2.1"}).status_code == 302

        process.refresh_from_db()
        assert [step["text"] for step in process.steps] == ["Review", "Fix"]
        assert "published version 2" in client.get(door).content.decode()

        again = client.post(f"{door}edit/", typed)
        assert (again.status_code, "Review first" in again.content.decode()) == (409, True)

    def test_an_empty_process_is_sent_back(self, client: Client, max: User) -> None:
        process = make_process("corrective", FIX)
        client.force_login(max)
        answer = client.post(f"/change/processes/{process.pk}/edit/", {"seen": "1.1"})
        assert answer.status_code == 422

    def test_the_request_shows_how_far_its_steps_are(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        make_process("corrective", FIX, process_step("Look", "work", role="reviewer"), CHECK)
        request = request_in(RequestState.IN_PROGRESS, checkout, olivia, max)
        client.force_login(olivia)
        door = request.get_absolute_url()
        client.post(f"{door}steps/1/", {"state": "done"})

        page = client.get(door).content.decode()

        assert "1 of 2 answered" in page
        assert "0 of 1 answered" in page
        assert "For a reviewer, who does not carry it out." in page
        assert f"{door}steps/2/" not in page
        refused = client.post(f"{door}steps/2/", {"state": "done", "note": "I looked."})
        words = refused.content.decode()
        assert (refused.status_code, "I looked." in words) == (409, True)
        assert "Step 2 is for a reviewer" in words

    def test_the_pages_cost_the_same_for_many_versions(self, client: Client, max: User) -> None:
        process = make_process("corrective", FIX)
        client.force_login(max)
        door = f"/change/processes/{process.pk}/"
        one = own_queries(client, door)
        for number in range(5):
            workflow.save_process(process, steps=[process_step(f"S{number}")], actor=max)
            workflow.publish_process(process, actor=max)
        assert own_queries(client, door) == one


class TestApi:
    def test_a_program_drafts_and_publishes(self, client: Client, max: User) -> None:
        process = make_process("corrective", FIX)
        door = f"/api/v1/process-templates/{process.pk}/"
        client.force_login(max)
        post: dict[str, Any] = {"content_type": "application/json"}

        saved = client.post(
            f"{door}save-draft/", {"steps": [{"text": "Fix", "phase": "close"}]}, **post
        )
        published = client.post(f"{door}publish/", {"seen": saved.json()["seen"]}, **post)

        assert (saved.status_code, saved.json()["state"]) == (200, "draft")
        assert (published.status_code, published.json()["number"]) == (200, 2)
        assert [row["number"] for row in client.get(f"{door}versions/").json()] == [2, 1]
        assert client.get(door).json()["published"]["steps"][0]["phase"] == "close"
        refused = client.post(f"{door}publish/", {}, **post)
        assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (409, "no_draft")
        wrong = client.post(f"{door}save-draft/", {"steps": [{"text": ""}]}, **post)
        assert wrong.status_code == 400
