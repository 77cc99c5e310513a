"""The admin shows everything and moves nothing."""

from datetime import date

import pytest
from django.urls import reverse

from knowledge import workflow
from knowledge.models import (
    DocumentKind,
    DocumentNews,
    DocumentRedirect,
    Freshness,
    ReviewPolicy,
    RevisionReview,
)
from portal.models import Service, Team, User
from tests.knowledge.make import (
    RULES,
    as_person,
    make_action,
    make_published,
    make_retrospective,
    make_run,
    newest,
)

pytestmark = pytest.mark.django_db


def test_every_record_can_be_looked_up(
    ada: User, olivia: User, payments: Team, checkout: Service
) -> None:
    document = make_published(services=[checkout])
    workflow.set_review_policy(["runbook"], actor=ada)
    RevisionReview.objects.create(revision=newest(document), asked_by=olivia)
    rows = [
        document,
        newest(document),
        make_run(document),
        DocumentRedirect.objects.create(slug="old", document=document),
        ReviewPolicy.objects.get(),
        RevisionReview.objects.get(),
        DocumentNews.objects.first(),
        workflow.ask_to_read(
            newest(document), people=[olivia], due_on=date(2100, 1, 1), actor=ada
        ),
        workflow.watch(document, actor=olivia),
        workflow.set_watches_own(watches_own=False, actor=olivia),
        workflow.comment_on(newest(document), text="Why?", actor=olivia),
        make_action(olivia),
        make_retrospective(payments, olivia),
        workflow.report_repair(document, reason="wrong", what="No", order=1, actor=olivia),
        Freshness.objects.get(document=document),
        workflow.link_alert(document, alert_name="DiskFull", actor=None),
        workflow.upload_rules(name="rules.yml", text=RULES, actor=None)[0],
    ]
    client = as_person(ada)
    for row in rows:
        assert row is not None
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert client.get(reverse(f"{name}_add")).status_code == 403
        assert client.get(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


def test_a_correction_is_named_and_moves_no_state(ada: User, payments: Team) -> None:
    document = make_published()
    address = reverse("admin:knowledge_document_change", args=[document.pk])
    form = {"kind": "procedure", "team": payments.pk, "title": "X", "latest_number": 9}
    assert as_person(ada).post(address, form).status_code == 302
    document.refresh_from_db()
    assert (document.kind, document.team) == (DocumentKind.PROCEDURE, payments)
    assert (document.title, document.latest_number) == ("High error rate", 1)
    assert document.history.latest().history_user == ada
