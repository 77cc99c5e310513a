"""Makers of this app's things; they go through the verbs, as everybody does."""

from datetime import date
from typing import Any

from django.test import Client

from knowledge import workflow
from knowledge.models import ActionItem, Document, Retrospective, Revision, RunbookRun
from operations.models import Alert, Integration
from portal import clock
from portal.models import Service, Team, User

RUNBOOK = """\
Read all of it first.

## Steps

1. Look at the pods

   ```bash
   kubectl get pods
   ```

2. check: Is it better?
3. Tell the team
"""


RULES = """\
groups:
  - name: web
    rules:
      - alert: HighErrorRate
        expr: rate(errors[5m]) > 1
        labels: {severity: critical}
        annotations:
          summary: Too many errors
      - record: errors:rate5m
        expr: rate(errors[5m])
      - alert: DiskFull
        expr: disk > 90
        annotations:
          runbook_url: https://runbooks.example/{{ $labels.host }}
"""


def make_alert(service: Service | None, name: str = "HighErrorRate", **fields: Any) -> Alert:
    """Something that fires; those of one test have one monitor."""
    integration = Integration.objects.filter(key_hash="h").first()
    if integration is None:
        integration = Integration(name="Prometheus", key_prefix="p", key_hash="h")
        integration.changed_by = None
        integration.save()
    now = clock.now()
    alert = Alert.objects.create(
        integration=integration,
        fingerprint=f"{name} {fields.get('labels')}"[:64],
        service=service,
        name=name,
        severity=1,
        state="unacked",
        started_at=now,
        last_seen_at=now,
        **fields,
    )
    alert.occurrences.create(started_at=now, severity=1)
    return alert


def as_person(person: User) -> Client:
    """A browser in which this person is signed in; it speaks to the API, too."""
    client = Client()
    client.force_login(person)
    return client


def codes(refused: Any) -> list[str]:
    """The codes of the refusals that `pytest.raises` caught."""
    return [refusal.code for refusal in refused.value.refusals]


def make_document(title: str = "High error rate", **fields: Any) -> Document:
    fields = {"kind": "runbook", "body": RUNBOOK, "team": None, "actor": None} | fields
    return workflow.create_document(title=title, **fields)


def make_published(title: str = "High error rate", **fields: Any) -> Document:
    document = make_document(title, **fields)
    workflow.publish(newest(document), actor=None)
    document.refresh_from_db()
    return document


def newest(document: Document) -> Revision:
    document.refresh_from_db()
    return document.revisions.get(number=document.latest_number)


def make_run(document: Document | None = None, **fields: Any) -> RunbookRun:
    return workflow.start_run(document or make_published(), **{"actor": None} | fields)


def make_action(owner: User, title: str = "Add an alert", **fields: Any) -> ActionItem:
    fields = {"due_on": date(2026, 12, 1), "actor": None} | fields
    return workflow.create_action(title=title, owner=owner, **fields)


def make_retrospective(team: Team, facilitator: User, **fields: Any) -> Retrospective:
    told: dict[str, Any] = {"title": "Sprint 12", "held_on": date(2026, 11, 20), "actor": None}
    return workflow.hold(team=team, facilitator=facilitator, **told | fields)
