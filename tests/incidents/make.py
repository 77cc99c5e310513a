"""Plain functions that make one thing of incidents each."""

from datetime import date, datetime, timedelta
from typing import Any

from incidents import workflow
from incidents.models import Incident, Review
from incidents.workflow import escalation
from knowledge import workflow as knowledge
from knowledge.models import Document
from operations import workflow as operations
from operations.models import Alert, AlertState, Integration, Schedule, Severity
from portal import clock, events, reactions
from portal.models import Service, Team, User

WORDS = {
    "root_cause": "The pool was too small.",
    "resolution": "A larger pool.",
    "went_well": "The alert came at once.",
    "went_wrong": "No alert on the pool.",
    "prevention": "Watch the pool.",
}


def make_incident(
    service: Service, *, severity: int = Severity.P2, actor: User | None = None, **fields: Any
) -> Incident:
    """An incident that a person declared; P2, so that nobody is paged unless asked for."""
    fields.setdefault("title", "Checkout is slow")
    return workflow.declare(service=service, severity=severity, actor=actor, **fields)


def make_schedule(team: Team, *people: User) -> Schedule:
    """A rotation that began long ago; with one person, that is who is on call."""
    return operations.set_schedule(team, people=people, starts_on=date(2026, 1, 5), actor=None)


def make_integration(name: str = "Prometheus") -> Integration:
    found = Integration.objects.filter(name=name).first()
    if found is not None:
        return found
    integration = Integration(name=name, key_prefix="ek_test", key_hash=name)
    integration.changed_by = None
    integration.save()
    return integration


def make_alert(
    service: Service | None,
    *,
    name: str = "HighErrorRate",
    severity: int = Severity.P0,
    started_at: datetime | None = None,
    **fields: Any,
) -> Alert:
    """An alert that fires since two minutes, and of which nobody has heard yet."""
    started_at = started_at or clock.now() - timedelta(minutes=2)
    fields.setdefault("summary", "High error rate")
    return Alert.objects.create(
        integration=make_integration(),
        fingerprint=name,
        service=service,
        name=name,
        severity=severity,
        state=AlertState.UNACKED,
        started_at=started_at,
        last_seen_at=started_at,
        **fields,
    )


def tell(kind: str, alert: Alert) -> None:
    """Say what intake says of an alert, and let everybody react."""
    happened = {"alert.opened": alert.started_at, "alert.ended": alert.ended_at}.get(kind)
    events.record(
        kind,
        alert,
        actor=None,
        happened_at=happened,
        occurrence_started_at=alert.started_at.isoformat(),
    )
    reactions.react_to_all_due(clock.now())


def fire(service: Service | None, **fields: Any) -> Alert:
    """An alert that opened, with all that follows but pages."""
    alert = make_alert(service, **fields)
    tell("alert.opened", alert)
    return alert


def clear(alert: Alert) -> None:
    alert.state = AlertState.RETURNED
    alert.ended_at = clock.now()
    alert.save(update_fields=["state", "ended_at"])
    tell("alert.ended", alert)


def fire_again(alert: Alert) -> None:
    """A new occurrence of a known alert."""
    alert.state = AlertState.UNACKED
    alert.started_at = clock.now()
    alert.ended_at = None
    alert.save(update_fields=["state", "started_at", "ended_at"])
    tell("alert.opened", alert)


def page(after: timedelta = timedelta(0)) -> int:
    """Let the pager look for due steps, now or later."""
    return escalation.escalate_due(clock.now() + after)


def make_review(service: Service, actor: User, **fields: Any) -> Review:
    """The draft that a resolved P0 owes."""
    fields.setdefault("severity", Severity.P0)
    incident = make_incident(service, actor=actor, **fields)
    workflow.acknowledge(incident, actor=actor)
    workflow.resolve(incident, summary="A larger pool.", actor=actor)
    return Review.objects.get(incident=incident)


def write(review: Review, actor: User, **words: str) -> Review:
    """Fill in what publishing asks for; give `key=""` to leave one out."""
    return workflow.save_review(
        review, version=review.version, sections={**WORDS, **words}, actor=actor
    )


def promise(review: Review, owner: User, title: str = "Watch the pool") -> None:
    due_on = clock.now().date() + timedelta(days=7)
    workflow.add_review_action(review, title=title, owner=owner, due_on=due_on, actor=owner)


def publish(review: Review, actor: User) -> Review:
    write(review, actor)
    promise(review, actor)
    return workflow.publish_review(review, actor=actor)


def make_runbook(team: Team, *services: Service, answers: str = "HighErrorRate") -> Document:
    document = knowledge.create_document(
        kind="runbook",
        title=f"Runbook for {answers}",
        body="# Steps\n\n1. Look at the logs\n2. Roll back\n",
        team=team,
        services=services,
        alert_names=[answers],
        actor=None,
    )
    knowledge.publish(document.revisions.get(number=1), actor=None)
    return Document.objects.get(pk=document.pk)
