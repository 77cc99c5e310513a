"""Reports that belong together: about one component, none long after the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from incidents.models import Harm, Incident, ProblemReport, StatusComponent
from incidents.similar import Similar, Traits, likeness, rarity_of, why_alike, words_of
from portal.models import User

APART = timedelta(minutes=30)
MOST = 300  # of the newest that wait
AMONG = 200  # open incidents
ENOUGH = 0.3
SHOWN = 5


class Burst(NamedTuple):
    """Reports that came together, the oldest first."""

    component: StatusComponent | None
    reports: list[ProblemReport]

    @property
    def first_at(self) -> datetime:
        return self.reports[0].received_at

    @property
    def blocked(self) -> int:
        return sum(each.harm == Harm.BLOCKED for each in self.reports)

    @property
    def declare_url(self) -> str:
        return declare_url(self.reports)


def declare_url(reports: Iterable[ProblemReport]) -> str:
    """Return the address of the form that declares an incident from these."""
    return f"{reverse('incidents:declare')}?{urlencode([('report', r.pk) for r in reports])}"


def bursts(user: User) -> list[Burst]:
    """What waits and was reported by several together, the largest first; one query."""
    rows = ProblemReport.objects.visible_to(user).waiting().with_list_columns()
    newest = sorted(
        rows.order_by("-received_at", "-pk")[:MOST],
        key=lambda row: (row.component_id or 0, row.received_at, row.pk),
    )
    found = [
        Burst(part[0].component, part)
        for _key, group in groupby(newest, key=lambda row: row.component_id)
        for part in _apart(list(group))
        if len(part) > 1
    ]
    return sorted(found, key=lambda each: (-len(each.reports), each.first_at))


def _apart(rows: list[ProblemReport]) -> list[list[ProblemReport]]:
    parts: list[list[ProblemReport]] = []
    for row in rows:
        if parts and row.received_at - parts[-1][-1].received_at <= APART:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def reported_with(report: ProblemReport, user: User) -> list[ProblemReport]:
    """Others that wait, about the same component and of about the same time; one query."""
    rows = ProblemReport.objects.visible_to(user).waiting().filter(component=report.component)
    near = rows.near(report.received_at, within=APART).exclude(pk=report.pk)
    return list(near.with_list_columns()[:AMONG])


def open_like(report: ProblemReport, user: User) -> list[Similar]:
    """Open incidents that this may be about, the likeliest first; one query."""
    service = report.component.service_id if report.component else None
    own = Traits(service or 0, words_of(report.text), frozenset())
    rows = Incident.objects.visible_to(user).unresolved().with_list_columns()
    found = list(rows.order_by("-detected_at", "-pk")[:AMONG])
    traits = [
        Traits(each.service_id, words_of(each.title, each.impact), frozenset())
        for each in found
    ]
    rarity = rarity_of(trait.words for trait in [own, *traits])
    scored = [
        Similar(each, likeness(own, trait, rarity), why_alike(own, trait))
        for each, trait in zip(found, traits, strict=True)
    ]
    like = [each for each in scored if each.score >= ENOUGH]
    return sorted(like, key=lambda each: (-each.score, -each.incident.pk))[:SHOWN]
