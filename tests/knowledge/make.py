"""Makers of this app's things; they go through the verbs, as everybody does."""

from datetime import date
from typing import Any

from django.test import Client

from knowledge import workflow
from knowledge.models import ActionItem, Document, Retrospective, Revision, RunbookRun
from portal.models import Team, User

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
