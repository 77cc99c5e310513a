"""
Incidents that are there get the clocks that they were promised, and severities their rules.

What was due stays due when it was, also for P1 in the night: it was told so. Of what is over
nobody is told any more. A first update was not measured until now.
"""

from datetime import timedelta

from django.db import migrations, transaction
from django.utils import timezone

SOME = 500  # incidents in one transaction


def write_rules(apps, schema_editor):
    policies = apps.get_model("incidents", "SeverityPolicy").objects
    policies.filter(severity=0).update(communication_minutes=5)
    policies.filter(severity=1).update(communication_minutes=15, clock_hours="business")
    by_calendar = policies.filter(severity=3)
    by_calendar.filter(response_minutes=None).update(response_rule="business_day")
    by_calendar.filter(resolution_minutes=None).update(resolution_rule="sprint")


def write_clocks(apps, schema_editor):
    incidents = apps.get_model("incidents", "Incident").objects
    clocks = apps.get_model("incidents", "IncidentClock").objects
    reviews = apps.get_model("incidents", "Review").objects
    now = timezone.now()
    last = 0
    while True:
        pks = list(
            incidents.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:SOME]
        )
        if not pks:
            return
        last = pks[-1]
        with transaction.atomic():
            # Begun anew after a break, it leaves what it has done.
            done = set(clocks.filter(incident__in=pks).values_list("incident", flat=True))
            some = incidents.filter(pk__in=pks).exclude(pk__in=done)
            owed = {row.incident_id: row for row in reviews.filter(incident__in=pks)}
            clocks.bulk_create(
                clocks.model(**fields)
                for incident in some
                for fields in _clocks_of(incident, owed.get(incident.pk), now)
            )
            for incident in some.filter(resolved_at=None):
                due = [incident.resolution_due_at]
                if incident.acknowledged_at is None:
                    due.append(incident.response_due_at)
                next_due_at = min((at for at in due if at), default=None)
                incidents.filter(pk=incident.pk).update(next_due_at=next_due_at)


def _clocks_of(incident, review, now):
    start, over = incident.detected_at, incident.resolved_at
    answered = incident.acknowledged_at
    yield _clock(
        incident, "response", start, incident.response_due_at, answered or over, now,
        ended="met" if answered else "not_needed",
    )  # fmt: skip
    yield _clock(incident, "resolution", start, incident.resolution_due_at, over, now)
    yield _clock(incident, "communication", start, None, over, now, ended="not_needed")
    if review is not None and review.due_at is not None and over is not None:
        yield _clock(incident, "review", over, review.due_at, review.published_at, now)


def _clock(incident, kind, start, due_at, stopped_at, now, *, ended="met"):
    """What one row says; stopped at or after its due time it is breached."""
    fields = {
        "incident": incident,
        "kind": kind,
        "severity": incident.severity,
        "started_at": start,
        "calendars": [{"since": start.isoformat(), "calendar": None}],
        "stopped_at": stopped_at,
        "elapsed": None if stopped_at is None else max(stopped_at - start, timedelta(0)),
        "outcome": "" if stopped_at is None else ended,
    }
    if due_at is None:
        return fields
    at_risk_at = start + 0.8 * (due_at - start)
    fields |= {"target": due_at - start, "due_at": due_at, "at_risk_at": at_risk_at}
    if due_at <= (stopped_at or now):
        fields |= {"breached_at": due_at, "breach_reason": "time", "breach_told_at": now}
        if stopped_at is not None:
            fields["outcome"] = "breached"
    elif stopped_at is None:
        is_at_risk = at_risk_at <= now
        fields["at_risk_told_at"] = now if is_at_risk else None
        fields["wake_at"] = due_at if is_at_risk else at_risk_at
    return fields


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0011_clocks")]
    operations = [
        migrations.RunPython(write_rules, migrations.RunPython.noop),
        migrations.RunPython(write_clocks, migrations.RunPython.noop),
    ]
