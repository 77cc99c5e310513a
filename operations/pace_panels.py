"""What load shows on other pages: warnings on Today, teams on the board; what is private."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse

from operations import load_pages, load_teams, loads
from operations.load.buckets import Bucket
from operations.load.periods import period_of
from operations.models import LoadLook, PaceWarning, WeeklyHours
from operations.pace_words import warning_text
from portal import clock
from portal.hidden_events import hides_events
from portal.models import Team, User
from portal.slots import panel

SHOWN = 3


@panel("home.today", "operations/panels/pace.html", order=46)
def my_warnings(user: User, _subject: Any) -> dict[str, Any] | None:
    """What passed a limit of my load; nobody else sees it."""
    rows = PaceWarning.objects.of(user).open().select_related("person")[:SHOWN]
    return {"warnings": shown} if (shown := [warning_text(row) for row in rows]) else None


@panel("improve.board", "operations/panels/pace_teams.html", order=30)
def load_of_my_teams(user: User, _subject: Any) -> dict[str, Any] | None:
    """This quarter's totals of the teams that one works in."""
    if not user.may_look:
        return None
    teams = list(Team.objects.of(user).order_by("name"))
    if not teams:
        return None
    now = clock.now()
    period = period_of("quarter", loads.today(user, now))
    shown = load_teams.shown_teams(period, now=now)
    rows = [_row(team, period, shown) for team in teams]
    return {"rows": rows, "title": load_pages.period_text(period)}


def _row(team: Team, period: Any, shown: set[int]) -> dict[str, Any]:
    url = reverse("operations:pace-team", args=[team.slug])
    if team.pk not in shown:
        return {"team": team, "url": url}
    load = load_teams.load_of(team, period, now=clock.now())
    balance = None if load.balance is None else round(100 * load.balance)
    nights = load.interruptions(Bucket.SLEEP)
    return {"team": team, "url": url, "load": load, "balance": balance, "nights": nights}


@hides_events
def events_of_load(user: User | None) -> Q:
    """Hours and warnings are for the person, looks for who looks and whom they look at."""
    kinds = ContentType.objects.get_for_models(PaceWarning, WeeklyHours, LoadLook)
    if user is None:
        return Q(content_type__in=kinds.values())
    mine: dict[Any, Any] = {
        PaceWarning: PaceWarning.objects.of(user),
        WeeklyHours: WeeklyHours.history.filter(person=user),
    }
    if not user.is_administrator:  # who see to it that looks are not for curiosity
        mine[LoadLook] = LoadLook.objects.visible_to(user)
    hidden = Q(pk__in=[])
    for model, rows in mine.items():
        hidden |= Q(content_type=kinds[model]) & ~Q(object_id__in=rows.values("id"))
    return hidden
