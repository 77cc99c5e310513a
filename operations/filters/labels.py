"""
Alerts by their labels: those that stand in columns of ours, and those that monitors sent.

A pattern is matched here by RE2 against the different values that a label has, so that the
database sees only lists of values, and no pattern of a person's.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.expressions import Case, Combinable, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from operations.matchers import Matcher, value_matches
from operations.models import Alert, Severity

MOST_VALUES = 5000  # of one label, looked at for a pattern
COLUMNS = {"service": "service__slug", "alertname": "name", "integration": "integration__name"}


def value_of(label: str) -> Combinable:
    """Return the expression for an alert's value of a label; empty where it has none."""
    if label == "severity":
        whens = [When(severity=each, then=Value(each.name)) for each in Severity]
        return Case(*whens, output_field=CharField())
    if column := COLUMNS.get(label):
        return Coalesce(F(column), Value(""), output_field=CharField())
    text = KeyTextTransform(label, "labels")
    return Coalesce(text, Value(""), output_field=CharField())


def matching_labels(alerts: QuerySet[Alert], matchers: list[Matcher]) -> QuerySet[Alert]:
    """Return the alerts for which all of these hold."""
    for number, matcher in enumerate(matchers):
        name = f"label_{number}"
        alerts = alerts.alias(**{name: value_of(matcher["label"])})
        alerts = _narrow(alerts, name, matcher)
    return alerts


def _narrow(alerts: QuerySet[Alert], name: str, matcher: Matcher) -> QuerySet[Alert]:
    op, value = matcher["op"], matcher["value"]
    if op == "=":
        return alerts.filter(**{name: value})
    if op == "!=":
        return alerts.exclude(**{name: value})
    known: Any = (
        alerts.order_by()
        .values_list(value_of(matcher["label"]), flat=True)
        .distinct()[:MOST_VALUES]
    )
    wanted = [each for each in known if value_matches(op, value, each)]
    return alerts.filter(**{f"{name}__in": wanted})
