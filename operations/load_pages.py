"""What the pages of load show, and the file for pay."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from operations import load_charts, load_teams, loads
from operations.load.buckets import Bucket
from operations.load.fairness import balance, mean, overloaded
from operations.load.figures import Figures
from operations.load.listed import OFF, Figure, listed
from operations.load.periods import Period
from operations.load.spans import hours, total
from operations.load.suppression import FEWEST
from operations.models import LoadLook, Schedule
from operations.pace_words import BUCKETS, FIGURES, MARKS
from portal.models import Membership, Team, User
from portal.spreadsheets import row_of

TOP = ("on_call", "interruptions", "disrupted_hours", "nights")
PARTS = ("planned", "primary", "secondary", "by_rotation", "by_override")
LIMITED = (
    "on_call_share",
    "shift_incidents",
    "weeks_running",
    "week_hours",
    "operational_share",
)
NAMED = ("on_call", "sleep", "interruptions", "disrupted_hours", "incidents", "nights")
PAY = [
    *("person", "from", "to", "zone", "planned_h", "actual_h", "business_h", "off_h"),
    *("sleep_h", "holiday_h", "interruptions", "disrupted_hours", "incidents"),
]


def own_page(its: Figures, period: Period) -> dict[str, Any]:
    figures, query = listed(its), query_of(period)

    def shown(keys: Sequence[str]) -> list[dict[str, Any]]:
        return [
            figure_shown(figures[key], reverse("operations:pace-rows", args=[key]) + query)
            for key in keys
        ]

    return {
        "period": period,
        "title": period_text(period),
        "zone": its.rows.clock.zone,
        "query": query,
        "before": query_of(period.before),
        "next": query_of(period.next),
        "top": shown(TOP),
        "buckets": [
            {
                "label": label,
                "hours": figure,
                "interruptions": pages,
            }
            for (_bucket, label), figure, pages in zip(
                BUCKETS.items(),
                shown([bucket.value for bucket in BUCKETS]),
                shown([f"interruptions_{bucket.value}" for bucket in BUCKETS]),
                strict=True,
            )
        ],
        "parts": shown(PARTS),
        "limited": shown(LIMITED),
        "charts": load_charts.of_person(its),
        "has_load": bool(its.hours.all or its.pages),
    }


def figure_shown(figure: Figure, url: str) -> dict[str, Any]:
    label, definition = FIGURES[figure.key]
    return {
        "figure": figure,
        "label": label,
        "definition": definition,
        "value": "" if figure.value is None else f"{figure.value:g}",
        "unit": figure.unit,
        "limit": "" if figure.limit is None else f"{figure.limit:g} {figure.unit}".strip(),
        "is_over": figure.is_over,
        "url": url,
    }


def evidence(
    its: Figures, key: str, period: Period, *, of: User | None = None, look: int | None = None
) -> dict[str, Any]:
    """The lines of one figure; of somebody else, without what the pages were about."""
    figure = listed(its).get(key)
    if figure is None or (look and key not in NAMED):
        raise Http404
    names = _schedules(figure)
    label, definition = FIGURES[key]
    back = reverse("operations:pace-look", args=[look]) if look else reverse("operations:pace")
    return {
        "label": label,
        "definition": definition,
        "figure": figure_shown(figure, ""),
        "title": period_text(period),
        "person": of,
        "crumbs": [
            {
                "label": _("Load by person") if look else _("My load"),
                "url": back if look else back + query_of(period),
            }
        ],
        "zone": its.rows.clock.zone,
        "lines": [
            {
                "starts_at": its.rows.clock.local(line.starts_at),
                "ends_at": line.ends_at and its.rows.clock.local(line.ends_at),
                "hours": None
                if line.ends_at is None
                else f"{hours(line.ends_at - line.starts_at):g}",
                "schedules": [names[pk] for pk in line.schedules if pk in names],
                "mark": MARKS.get(line.mark, line.mark),
                "subject": "" if of else line.subject,
            }
            for line in figure.lines
        ],
    }


def team_page(team: Team, period: Period, *, now: datetime, is_shown: bool) -> dict[str, Any]:
    context: dict[str, Any] = {
        "crumbs": [{"label": _("Pace"), "url": reverse("operations:pace")}],
        "period": period,
        "title": period_text(period),
        "before": query_of(period.before),
        "next": query_of(period.next),
        "query": query_of(period),
        "fewest": FEWEST,
        "is_shown": is_shown,
    }
    if not is_shown:
        return context
    load = load_teams.load_of(team, period, now=now)
    limit = loads.limits().balanced_percent
    return context | {
        "load": load,
        "totals": team_totals(load),
        "balance": None if load.balance is None else round(100 * load.balance),
        "is_balanced": load.balance is not None and 100 * load.balance >= limit,
        "balanced_from": limit,
        "buckets": [
            {
                "label": label,
                "hours": f"{load.in_bucket(bucket):g}",
                "interruptions": load.interruptions(bucket),
            }
            for bucket, label in BUCKETS.items()
        ],
        "charts": load_charts.of_team(load, period),
    }


def team_totals(load: load_teams.TeamLoad) -> list[dict[str, Any]]:
    rows = [
        (_("On call"), f"{load.hours:g}", "h", FIGURES["on_call"][1]),
        (_("Interruptions"), str(load.interruptions()), "", FIGURES["interruptions"][1]),
        (_("Of these at night"), str(load.interruptions(Bucket.SLEEP)), "", ""),
        (_("Disrupted hours"), str(load.disrupted_hours), "", FIGURES["disrupted_hours"][1]),
        (_("Incidents"), str(load.incidents), "", FIGURES["incidents"][1]),
    ]
    if load.mean_week is not None:
        row = (_("Working hours of a week"), f"{load.mean_week:.1f}", "h")
        rows.append((*row, _("Mean of the weeks that people entered.")))
    return [
        {"label": label, "value": value, "unit": unit, "definition": definition}
        for label, value, unit, definition in rows
    ]


def named_page(look: LoadLook, people: Mapping[User, Figures]) -> dict[str, Any]:
    period = Period(look.period, look.first, look.after)
    on_call = {who.pk: hours(total(its.hours.all)) for who, its in people.items()}
    above, even = overloaded(on_call), balance(on_call)
    return {
        "crumbs": [
            {"label": _("Pace"), "url": reverse("operations:pace")},
            {
                "label": str(look.team),
                "url": reverse("operations:pace-team", args=[look.team.slug])
                + query_of(period),
            },
        ],
        "look": look,
        "title": period_text(period),
        "heads": [FIGURES[key][0] for key in NAMED],
        "people": [
            {
                "person": who,
                "is_overloaded": who.pk in above,
                "cells": [
                    figure_shown(
                        figure,
                        reverse("operations:pace-look-rows", args=[look.pk, who.pk, key]),
                    )
                    for key, figure in listed(its).items()
                    if key in NAMED
                ],
            }
            for who, its in people.items()
        ],
        "mean": mean(on_call),
        "balance": None if even is None else round(100 * even),
        "balanced_from": loads.limits().balanced_percent,
        "charts": load_charts.of_people(people),
    }


def people_of_look(look: LoadLook, *, now: datetime) -> dict[User, Figures]:
    """Of those who were told of the look, and nobody who joined since."""
    period = Period(look.period, look.first, look.after)
    return loads.figures_of(look.people.order_by("name", "pk"), period, now=now)


def teams_of(user: User) -> list[dict[str, Any]]:
    rows = Membership.objects.filter(person=user).select_related("team").order_by("team__name")
    return [
        {"team": row.team, "url": reverse("operations:pace-team", args=[row.team.slug])}
        for row in rows
    ]


def pay_file(people: Mapping[User, Figures], period: Period) -> HttpResponse:
    """One line for each person; what is on call is never added to work here."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"on-call-{period.first:%Y-%m-%d}"
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(answer)
    writer.writerow(PAY)
    writer.writerows(row_of(pay_line(who, its).values()) for who, its in people.items())
    return answer


def pay_line(person: User, its: Figures) -> dict[str, Any]:
    clock = its.rows.clock
    start, end = (clock.local(at).isoformat() for at in its.period.span(clock))

    def spent(*buckets: Bucket) -> str:
        return f"{hours(total(its.in_bucket(*buckets))):.2f}"

    values = [
        *(person.name, start, end, clock.zone),
        *(f"{hours(total(spans)):.2f}" for spans in (its.planned, its.hours.all)),
        *(spent(Bucket.BUSINESS), spent(*OFF), spent(Bucket.SLEEP), spent(Bucket.HOLIDAY)),
        *(len(its.interruptions), len(its.disrupted_hours), len(its.incidents)),
    ]
    return dict(zip(PAY, values, strict=True))


def query_of(period: Period) -> str:
    return "?" + urlencode({"period": period.kind, "day": period.first.isoformat()})


def period_text(period: Period) -> str:
    first, last = date_format(period.first, "j M Y"), date_format(period.last, "j M Y")
    return _("%(first)s to %(last)s") % {"first": first, "last": last}


def _schedules(figure: Figure) -> dict[int, Schedule]:
    wanted = {pk for line in figure.lines for pk in line.schedules}
    return {
        row.pk: row for row in Schedule.objects.filter(pk__in=wanted).select_related("team")
    }
