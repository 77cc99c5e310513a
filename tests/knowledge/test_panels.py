"""What knowledge shows on the pages of others, and its own first page."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from knowledge import workflow
from knowledge.suggestions import suggested_runbooks
from portal.models import Service, Team, User
from portal.thread import thread
from tests.knowledge.make import (
    as_person,
    make_action,
    make_alert,
    make_document,
    make_published,
    make_retrospective,
    make_run,
)
from tests.searching import found

pytestmark = pytest.mark.django_db


def shown(slot: str, user: User, subject: Any = None) -> str:
    request = RequestFactory().get("/")
    request.user = user
    template = Template("{% load portal %}{% panels slot subject %}")
    return template.render(Context({"request": request, "slot": slot, "subject": subject}))


def test_a_service_shows_its_runbooks(olivia: User, checkout: Service) -> None:
    make_published("Queue stuck", services=[checkout])
    make_published("Elsewhere")
    make_document("Only a draft", services=[checkout])
    page = shown("service.detail", olivia, checkout)
    assert "Queue stuck" in page
    assert "Elsewhere" not in page
    assert "Only a draft" not in page


def test_an_alert_shows_what_may_help_and_starts_it(
    olivia: User, vera: User, checkout: Service
) -> None:
    alert = make_alert(checkout, "QueueStuck")
    assert "No runbook answers this alert yet" in shown("alert.detail", olivia, alert)
    of_service = make_published("Of the service", services=[checkout])
    assert suggested_runbooks(olivia, "QueueStuck", checkout) == [of_service]
    named = make_published("Named", alert_names=["QueueStuck"])
    both = make_published("Zebra", alert_names=["QueueStuck"], services=[checkout])
    assert suggested_runbooks(olivia, "QueueStuck", checkout) == [both, named]
    page = shown("alert.detail", olivia, alert)
    assert f'value="{alert.pk}"' in page
    assert f"/learn/documents/{named.slug}/run/" in page
    assert "/run/" not in shown("alert.detail", vera, alert)


def test_today_shows_what_is_due_within_a_week(olivia: User, ana: User) -> None:
    today = timezone.localdate()
    assert "My action items" not in shown("home.today", olivia)
    make_action(olivia, "Late", due_on=today - timedelta(days=3))
    make_action(olivia, "Soon", due_on=today + timedelta(days=7))
    make_action(olivia, "Far", due_on=today + timedelta(days=8))
    make_action(ana, "Hers", due_on=today)
    page = shown("home.today", olivia)
    assert "Late" in page
    assert "Soon" in page
    assert "Far" not in page
    assert "Hers" not in page


def test_the_thread_of_an_alert_names_what_was_run_and_promised(
    olivia: User, checkout: Service
) -> None:
    alert = make_alert(checkout)
    run = make_run(reference=f"alert:{alert.pk}")
    action = make_action(olivia, reference=f"alert:{alert.pk}")
    items = [item for item in thread(olivia, alert) if item["kind"] in {"action", "document"}]
    urls = [item["url"] for item in items]
    assert urls == [action.get_absolute_url(), run.revision.document.get_absolute_url()]
    [own] = [item for item in thread(olivia, action) if item.get("current")]
    assert own["url"] == action.get_absolute_url()


def test_search_finds_what_readers_get(olivia: User, otto: User) -> None:
    make_published("Queue stuck", alert_names=["QueueFull"])
    archived = make_published("Queue gone")
    workflow.archive(archived, actor=None)
    make_action(olivia, "Watch the queue")

    assert set(found(olivia, "queue")) == {"Queue stuck", "Watch the queue"}
    assert found(olivia, "QueueFull") == ["Queue stuck"]
    assert "Queue gone" in found(olivia, "queue", with_archived=True)
    assert found(otto, "queue") == []


def test_learn_shows_where_to_begin(olivia: User, otto: User, payments: Team) -> None:
    used = make_published("Used often")
    workflow.finish_run(make_run(used), state="abandoned", actor=olivia)
    make_run(used)
    make_published("Never used")
    make_document("Not yet published")
    make_action(olivia, "Promised", due_on=date(2026, 12, 1))
    make_retrospective(payments, olivia, title="Long ago", held_on=date(2026, 1, 2))
    make_retrospective(payments, olivia)
    make_retrospective(payments, olivia, title="Before", held_on=date(2026, 11, 6))

    page = as_person(olivia).get("/learn/")

    assert [runbook.title for runbook in page.context["runbooks"]] == [
        "Used often",
        "Never used",
    ]
    for words in ("Not yet published", "Promised", "Sprint 12", "Running now"):
        assert words in page.content.decode()
    assert as_person(otto).get("/learn/").status_code == 404


def test_an_empty_house_says_what_is_for_what(vera: User) -> None:
    client = as_person(vera)
    for address in ("", "documents/", "runs/", "actions/", "retrospectives/"):
        assert client.get(f"/learn/{address}").status_code == 200
    assert "Write one" not in client.get("/learn/documents/").content.decode()
