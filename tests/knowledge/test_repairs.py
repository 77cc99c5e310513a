"""The repair loop: said by people, shown by runs, dealt with by a revision or a reason."""

from datetime import timedelta
from typing import Any

import pytest

from knowledge import handlers, workflow
from knowledge.models import (
    Document,
    Freshness,
    FreshnessState,
    Repair,
    RunbookRun,
)
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, Team, User
from tests.knowledge.make import (
    RUNBOOK,
    as_person,
    codes,
    make_document,
    make_published,
    make_run,
    newest,
)

pytestmark = pytest.mark.django_db
JSON: dict[str, Any] = {"content_type": "application/json"}


@pytest.fixture
def document(payments: Team) -> Document:
    return make_published(team=payments)


def ended(document: Document, actor: User, *, seconds: int = 10, skip: int = 0) -> RunbookRun:
    """A run whose first step took so long, or that skipped one."""
    run = make_run(document, actor=actor)
    RunbookRun.objects.filter(pk=run.pk).update(
        started_at=clock.now() - timedelta(seconds=seconds)
    )
    for step in run.steps.all():
        state = "skipped" if step.order == skip else "done"
        note = "Not here" if step.order == skip else ""
        workflow.answer_step(step, state=state, note=note, actor=actor)
    workflow.finish_run(run, state="succeeded", actor=actor)
    workflow.judge_run(run.pk)
    return run


class TestOpening:
    def test_a_wrong_step_stands_on_its_line_tells_the_keepers_and_makes_it_due(
        self, document: Document, olivia: User, max: User
    ) -> None:
        run = make_run(document)
        client = as_person(olivia)
        page = f"{document.get_absolute_url()}repairs/new/?run={run.pk}&step=1"
        assert "This step is wrong" in client.get(run.get_absolute_url()).content.decode()
        assert client.get(page).status_code == 200
        assert client.post(page, {"reason": "wrong", "order": 1}).status_code == 422
        told = {"reason": "wrong", "order": 1, "what": "Pods are gone"}
        assert client.post(page, told).status_code == 302

        repair = Repair.objects.get()
        assert (repair.line, repair.quote, repair.run) == (5, "Look at the pods", run)
        fresh = Freshness.objects.get(document=document)
        assert fresh.state_at(clock.now()) == FreshnessState.OVERDUE
        assert "Look at the pods" in fresh.due_reason
        assert Notification.objects.filter(person=max, subject__startswith="To repair").exists()
        assert Event.objects.filter(kind="run.step_called_wrong").exists()
        assert "Pods are gone" in client.get(document.get_absolute_url()).content.decode()

    def test_a_step_that_is_reported_says_so_and_is_joined(
        self, document: Document, olivia: User, max: User, ana: User
    ) -> None:
        run = make_run(document)
        page = f"{document.get_absolute_url()}repairs/new/?run={run.pk}&step=1"
        hers, his = as_person(olivia), as_person(ana)
        told = {"reason": "wrong", "order": 1, "what": "Pods are gone"}
        for _ in range(2):
            shown = hers.post(page, told, follow=True).content.decode()
            assert "Whoever keeps this document knows of it." in shown
            assert "Reported by Olivia" in shown
        repair = Repair.objects.get()
        about_it = Notification.objects.filter(person=max, subject__startswith="To repair")
        assert about_it.count() == 1
        assert Event.objects.filter(kind="run.step_called_wrong").count() == 1

        shown = his.post(page, told | {"what": "Use sts"}, follow=True).content.decode()
        assert "Olivia has reported this, too; what you wrote is added there." in shown
        assert "Use sts" in hers.get(repair.get_absolute_url()).content.decode()
        assert (Repair.objects.count(), about_it.count()) == (1, 1)

        his.post(page, told | {"order": 2})
        workflow.dismiss_repair(repair, reason="They are there", actor=max)
        assert "Reported by Olivia" not in hers.get(run.get_absolute_url()).content.decode()
        assert "Reported by Ana" in hers.get(run.get_absolute_url()).content.decode()
        hers.post(page, told)
        assert Repair.objects.open().count() == 2

    def test_api_says_the_same_and_refuses_what_only_runs_show(
        self, document: Document, olivia: User
    ) -> None:
        client = as_person(olivia)
        told = {"document": document.slug, "reason": "missing", "what": "Tell the customers"}
        assert client.post("/api/v1/repairs/", told, **JSON).json()["state"] == "open"
        other = make_run(make_published("Other"))
        for wrong in ({"reason": "slow"}, {"step": 9}, {"run": other.pk, "step": 1}):
            answer = client.post("/api/v1/repairs/", told | wrong, **JSON)
            assert answer.status_code in {400, 409}

    def test_skipped_by_two_people_opens_one_and_by_one_person_none(
        self, document: Document, olivia: User, ana: User
    ) -> None:
        for _ in range(2):
            ended(document, olivia, skip=2)
        assert not Repair.objects.exists()
        ended(document, ana, skip=2)
        ended(document, olivia, skip=2)
        repair = Repair.objects.get()
        assert (repair.reason, repair.quote) == ("skipped", "Is it better?")

        workflow.dismiss_repair(repair, reason="Not always needed", actor=olivia)
        ended(document, olivia, skip=2)
        assert Repair.objects.open().count() == 0

    def test_three_times_the_median_is_slow(self, document: Document, olivia: User) -> None:
        for _ in range(3):
            ended(document, olivia, seconds=60)
        ended(document, olivia, seconds=170)
        assert not Repair.objects.exists()
        ended(document, olivia, seconds=190)
        assert Repair.objects.get().reason == "slow"


class TestClosing:
    @pytest.fixture
    def repair(self, document: Document, olivia: User) -> Repair:
        return workflow.report_repair(
            document, reason="wrong", what="No", order=1, actor=olivia
        )

    def publish(self, document: Document, body: str) -> None:
        number = newest(document).number
        workflow.save_revision(document, base_number=number, title="T", body=body, actor=None)
        workflow.publish(newest(document), actor=None)

    def test_a_revision_that_says_the_line_otherwise_puts_it_right(
        self, document: Document, repair: Repair
    ) -> None:
        self.publish(document, RUNBOOK + "\nMore words.\n")
        repair.refresh_from_db()
        assert repair.state == "open"
        self.publish(document, RUNBOOK.replace("kubectl get", "kubectl describe"))
        repair.refresh_from_db()
        assert (repair.state, repair.resolved_by) == ("resolved", newest(document))

    def test_by_hand_only_a_later_published_revision_does(
        self, document: Document, repair: Repair, olivia: User
    ) -> None:
        client = as_person(olivia)
        url = f"{repair.get_absolute_url()}resolve/"
        assert client.post(url, {"number": 1}).status_code == 409
        self.publish(document, RUNBOOK + "\nMore words.\n")
        api = f"/api/v1/repairs/{repair.pk}/resolve/"
        assert client.post(api, {"number": 2}, **JSON).json()["resolved_by_number"] == 2
        assert client.post(url, {"number": 2}).status_code == 409

    def test_it_is_dismissed_with_a_reason(
        self, repair: Repair, olivia: User, ana: User
    ) -> None:
        url = f"{repair.get_absolute_url()}dismiss/"
        assert as_person(ana).post(url, {"reason": "No"}).status_code == 403
        assert as_person(olivia).post(url, {"reason": ""}).status_code == 422
        assert as_person(olivia).post(url, {"reason": "It is right"}).status_code == 302
        page = as_person(olivia).get("/learn/repairs/?state=dismissed").content.decode()
        assert "Look at the pods" in page


class TestFreshness:
    def test_publishing_is_a_look_and_so_is_still_correct(
        self, document: Document, olivia: User
    ) -> None:
        client = as_person(olivia)
        Freshness.objects.update(due_at=clock.now() - timedelta(days=1))
        assert (
            "Somebody should look" in client.get(document.get_absolute_url()).content.decode()
        )
        assert document.title in client.get("/learn/look-again/").content.decode()
        url = f"{document.get_absolute_url()}attest/"
        assert client.post(url, {"number": 2}).status_code == 409
        assert client.post(url, {"number": 1}).status_code == 302

        fresh = Freshness.objects.get()
        assert fresh.state_at(clock.now()) == FreshnessState.FRESH
        assert (fresh.reviewed_by, document.revisions.count()) == (olivia, 1)
        assert Event.objects.filter(kind="document.attested").exists()
        api = f"/api/v1/freshness/{document.pk}/"
        assert client.get(api).json()["state"] == "fresh"
        assert client.post(f"{api}attest/", {"number": 2}, **JSON).status_code == 409

    def test_what_nobody_published_has_none(self, olivia: User) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.attest(make_document(), number=1, actor=olivia)
        assert codes(refused) == ["not_published"]

    def test_the_interval_is_the_documents_own(self, document: Document, olivia: User) -> None:
        api = f"/api/v1/freshness/{document.pk}/interval/"
        told = as_person(olivia).post(api, {"days": 7}, **JSON).json()
        assert told["interval_days"] == 7
        assert told["state"] == "due_soon"
        assert as_person(olivia).post(api, {"days": 0}, **JSON).status_code == 400

    def test_keepers_hear_of_it_when_due_soon_when_due_and_weekly(
        self, document: Document, olivia: User
    ) -> None:
        fresh = Freshness.objects.get()
        told = []
        for days in (75, 76, 77, 90, 96, 97, 104):
            now = fresh.reviewed_at + timedelta(days=days, minutes=1)
            told.append(workflow.remind_of_document(fresh.pk, now=now))
            fresh.refresh_from_db()
        assert told == [False, True, False, True, False, True, True]
        assert Notification.objects.filter(person=olivia, subject__startswith="Look").exists()

    def test_a_changed_service_and_an_owner_who_left_make_it_due(
        self, document: Document, checkout: Service
    ) -> None:
        document.services.set([checkout])
        Freshness.objects.update(reviewed_at=clock.now() - timedelta(days=2))
        event = Event.objects.create(
            kind="service.changed",
            subject=checkout,
            subject_label="Checkout",
            happened_at=clock.now(),
        )
        for _ in range(2):
            handlers.look_again_at_what_is_about_a_service(event)
        assert Freshness.objects.get().due_reason == "Checkout changed."
        assert Event.objects.filter(kind="document.made_due").count() == 1

    def test_each_says_once_whether_it_helped_and_may_think_again(
        self, document: Document, olivia: User, vera: User
    ) -> None:
        url = f"{document.get_absolute_url()}helpful/"
        for person, word in ((vera, "no"), (vera, "yes"), (olivia, "no")):
            told = as_person(person).post(url, {"number": 1, "is_helpful": word})
            assert told.status_code == 302
        page = as_person(olivia).get(document.get_absolute_url()).content.decode()
        assert "1 yes, 1 no on this revision" in page
        assert "1 yes" not in as_person(vera).get(document.get_absolute_url()).content.decode()
