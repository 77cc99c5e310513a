"""
What changed before something went wrong, the likeliest reason first.

Deployments, requests, windows and change events of the affected services and of what these
need. Near in time and near in the catalogue ranks high; each says what its rank comes from.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maintenance.models import ChangeEvent, Deployment, MaintenanceRequest, MaintenanceWindow
from portal.dependencies import Upstream
from portal.models import User

BEFORE = timedelta(hours=24)
HALF = 30  # minutes after which a change counts half
EACH_STEP = 0.6  # of the weight for each step away in the catalogue
MOST = 50  # rows of each kind


class Change(NamedTuple):
    """One change; `weight` is what it is ranked by, `kind` an icon and a word."""

    kind: str
    at: datetime
    label: str
    url: str
    near: Upstream
    factor: float
    note: str = ""


class Ranked(NamedTuple):
    change: Change
    weight: float
    because: str


def changes_before(
    user: User, near: dict[int, Upstream], start: datetime, *, most: int = 12
) -> list[Ranked]:
    """Return what this person may see of `near` (as `upstream_of` returns it), best first."""
    since = start - BEFORE
    found = [
        *_deployments(user, near, since, start),
        *_change_events(user, near, since, start),
        *_requests(user, near, since, start),
        *_windows(user, near, since, start),
    ]
    ranked = [Ranked(each, weight_of(each, start), because(each, start)) for each in found]
    return sorted(ranked, key=lambda row: (-row.weight, row.change.url))[:most]


def weight_of(change: Change, start: datetime) -> float:
    """Halves with each half hour before the start, and falls with each step away."""
    minutes = max((start - change.at) / timedelta(minutes=1), 0)
    share: float = change.factor * EACH_STEP**change.near.distance
    return share / (1 + minutes / HALF)


def because(change: Change, start: datetime) -> str:
    """Say when it was, and how it hangs together with what is affected."""
    words = [_ago(start - change.at), _where(change.near)]
    return ", ".join([*words, change.note] if change.note else words)


def _ago(gap: timedelta) -> str:
    minutes = round(gap / timedelta(minutes=1))
    if minutes <= 0:
        return _("as it began")
    if minutes < 120:
        text = ngettext("%(n)d minute before", "%(n)d minutes before", minutes)
        return text % {"n": minutes}
    return _("%(n)d hours before") % {"n": round(minutes / 60)}


def _where(near: Upstream) -> str:
    if near.distance == 0:
        return _("in %(service)s itself") % {"service": near.service}
    if near.distance == 1:
        words = _("in %(service)s, which %(needing)s needs")
        return words % {"service": near.service, "needing": near.path[0]}
    words = _("in %(service)s, %(n)d steps away: %(path)s")
    path = " → ".join(near.path)
    return words % {"service": near.service, "n": near.distance, "path": path}


def _deployments(
    user: User, near: dict[int, Upstream], since: datetime, start: datetime
) -> Iterator[Change]:
    rows = (
        Deployment.objects.visible_to(user)
        .filter(service__in=near, environment="production")
        .annotate(at=Coalesce("finished_at", "started_at", "recorded_at"))
        .filter(at__gte=since, at__lte=start)
        # The same by plain columns, which have an index.
        .filter(Q(finished_at__gte=since) | Q(finished_at__isnull=True))
    )
    for row in rows.order_by("-at", "-pk")[:MOST]:
        near_by = near[row.service_id]
        failed = row.failed_at is not None
        yield Change(
            "deployment",
            row.finished_at or row.started_at or row.recorded_at,
            _("%(service)s %(version)s deployed")
            % {"service": near_by.service, "version": row.version},
            row.get_absolute_url(),
            near_by,
            1.4 if failed else 1.0,
            _("and it failed") if failed else "",
        )


def _change_events(
    user: User, near: dict[int, Upstream], since: datetime, start: datetime
) -> Iterator[Change]:
    rows = ChangeEvent.objects.visible_to(user).filter(
        service__in=near, happened_at__gte=since, happened_at__lte=start
    )
    for row in rows[:MOST]:
        yield Change(
            "flag" if row.kind == "flag" else "gear",
            row.happened_at,
            f"{row.get_kind_display()}: {row.title}",
            row.get_absolute_url(),
            near[row.service_id],
            1.0,
        )


def _requests(
    user: User, near: dict[int, Upstream], since: datetime, start: datetime
) -> Iterator[Change]:
    """Work that began, or that was closed and so went on until then."""
    in_time = Q(started_at__gte=since, started_at__lte=start)
    in_time |= Q(closed_at__gte=since, closed_at__lte=start, started_at__isnull=False)
    rows = MaintenanceRequest.objects.visible_to(user).filter(in_time, service__in=near)
    for row in rows.order_by(F("started_at").desc(), "-pk")[:MOST]:
        ended = row.closed_at if row.closed_at and row.closed_at <= start else None
        at = ended or row.started_at
        assert at is not None
        words = _("%(request)s closed") if ended else _("Work on %(request)s began")
        yield Change(
            "request",
            at,
            words % {"request": row},
            row.get_absolute_url(),
            near[row.service_id],
            0.9,
        )


def _windows(
    user: User, near: dict[int, Upstream], since: datetime, start: datetime
) -> Iterator[Change]:
    rows = (
        MaintenanceWindow.objects.visible_to(user)
        .filter(cancelled_at=None, starts_at__lte=start, ends_at__gte=since)
        .filter(services__in=near)
        .distinct()
        .prefetch_related("services")
    )
    for row in rows.order_by("-starts_at")[:MOST]:
        touched: list[Any] = [near[each.pk] for each in row.services.all() if each.pk in near]
        is_over = row.ends_at <= start
        words = _("Window over: %(window)s") if is_over else _("In the window: %(window)s")
        yield Change(
            "calendar",
            row.ends_at if is_over else row.starts_at,
            words % {"window": row},
            row.get_absolute_url(),
            min(touched, key=lambda each: (each.distance, each.service.name)),
            0.8 if is_over else 1.2,
        )
