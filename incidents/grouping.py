"""
Which incident an alert belongs to: the first rule that fits it decides.

An incident always belongs to one service. Within it, alerts with equal values of the rule's
labels go together while none is further from the nearest than the time window, by the times
at which they began and not by the order in which we heard of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from incidents.models import GroupingRule, Incident, IncidentState
from operations import noise
from operations.matchers import matches
from operations.models import Alert
from portal.models import Service

LONGEST_KEY = 100
SERVICE = "service"
MOST_PARTS = 50  # merged incidents of one group that are looked at


@dataclass(frozen=True)
class Group:
    """The rule that decides about an alert, and what its group is called."""

    rule: GroupingRule
    key: str


def default_rule() -> GroupingRule:
    """One open incident per service, which only people resolve."""
    return GroupingRule(name="One incident per service", is_default=True)


def group_of(alert: Alert, rules: list[GroupingRule] | None = None) -> Group:
    """Return the group of an alert. Its key is empty where the service alone is the group."""
    labels = noise.subject_of(alert).labels
    asked = list(GroupingRule.objects.in_turn()) if rules is None else rules
    rule = next((rule for rule in asked if matches(rule.matchers, labels)), default_rule())
    return Group(rule, _key(rule, labels))


def _key(rule: GroupingRule, labels: noise.Labels) -> str:
    names = [name for name in rule.group_by if name != SERVICE]
    if not names and rule.is_default:
        return ""
    text = json.dumps([rule.pk, *(labels.get(name, "") for name in names)])
    return text if len(text) <= LONGEST_KEY else hashlib.sha256(text.encode()).hexdigest()


def open_incident(
    service: Service, group: Group, started_at: datetime, *, batch: str = ""
) -> Incident | None:
    """
    Return the unresolved incident that an alert of this start joins, held; the gravest.

    What was released together (`batch`) goes together, whatever else the rule says.
    """
    mine = Incident.objects.unresolved().filter(service=service)
    held = mine.select_for_update(of=("self",)).select_related("service__team")
    ordered = held.order_by("severity", "-detected_at", "-pk")
    if batch and (found := ordered.filter(_took(batch)).first()):
        return found
    together = ordered.filter(group_key=group.key)
    if group.rule.window_minutes is not None:
        together = together.filter(_near(started_at, group.rule.window_minutes))
    return together.first()


def merged_part(service: Service, group: Group, started_at: datetime) -> Incident | None:
    """
    Return the merged incident to which this alert would belong, its target being open.

    The key of its group went to the target with it (`root_of`), also to another service's.
    """
    merged = Incident.objects.filter(
        service=service, group_key=group.key, state=IncidentState.MERGED
    ).order_by("severity", "-detected_at", "-pk")
    if group.rule.window_minutes is not None:
        near = _near(started_at, group.rule.window_minutes)
        moved = _span(started_at, group.rule.window_minutes)
        gone = Incident.objects.filter(moved_alerts__started_at__range=moved).values("pk")
        merged = merged.filter(near | Q(pk__in=gone))
    return next((part for part in merged[:MOST_PARTS] if root_of(part).is_unresolved), None)


def root_of(incident: Incident) -> Incident:
    """Return the incident of which it is a part, however many are in between; else itself."""
    while incident.merged_into is not None:
        incident = incident.merged_into
    return incident


def parts_of(incident: Incident) -> list[Incident]:
    """Return all that was merged into it, and into that."""
    found: list[Incident] = []
    ask = [incident.pk]
    while ask:
        parts = list(Incident.objects.filter(merged_into__in=ask).order_by("pk"))
        found += parts
        ask = [part.pk for part in parts]
    return found


def past_incident(service: Service, group: Group, *, now: datetime) -> Incident | None:
    """Return the incident that ended so recently that an alert reopens it."""
    if group.rule.reopen_minutes is None:
        return None
    since = now - timedelta(minutes=group.rule.reopen_minutes)
    ended = Incident.objects.filter(
        service=service,
        group_key=group.key,
        state=IncidentState.RESOLVED,
        resolved_at__gte=since,
    )
    return ended.select_related("service__team").order_by("-resolved_at", "-pk").first()


def gathered(alert: Alert, group: Group) -> list[Alert]:
    """Return the alerts, this one first, that count towards the threshold of its group."""
    if group.rule.threshold_count <= 1:
        return [alert]
    since = alert.started_at - timedelta(minutes=group.rule.threshold_minutes)
    firing = Alert.objects.firing().filter(
        service=alert.service_id, started_at__gt=since, is_held=False
    )
    rules = list(GroupingRule.objects.in_turn())
    others = [
        other
        for other in firing.exclude(pk=alert.pk)
        .with_list_columns()
        .order_by("started_at", "pk")
        if group_of(other, rules).key == group.key
    ]
    return [alert, *others]


def _took(batch: str) -> Q:
    from_batch = Incident.objects.filter(alerts__batch=batch).values("pk")
    return Q(pk__in=from_batch)


def _near(started_at: datetime, minutes: int) -> Q:
    span = _span(started_at, minutes)
    near = Incident.objects.filter(alerts__started_at__range=span).values("pk")
    return Q(pk__in=near) | Q(alerts__isnull=True, detected_at__range=span)


def _span(started_at: datetime, minutes: int) -> tuple[datetime, datetime]:
    window = timedelta(minutes=minutes)
    return started_at - window, started_at + window
