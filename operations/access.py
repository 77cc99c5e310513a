"""
Who may do what in operations: asked by page, API and panels alike.

Everybody with access sees all of it. What belongs to a service is changed by the service's
team, what belongs to a team by that team, and what belongs to nobody by administrators.
"""

from typing import Literal, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404

from operations.models import (
    Alert,
    Check,
    ChecklistItem,
    ChecklistRun,
    ChecklistTemplate,
    Integration,
    LogEntry,
    Override,
    Receipt,
    Schedule,
)
from portal.access import require_look, require_work, works_in
from portal.models import Service, Team, User

May = Literal["view", "change"]
M = TypeVar("M", bound=Model)


def seen_by(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Leave the rows to whoever may look, and none to strangers."""
    return rows if user.may_look else rows.none()


def may_change(user: User, service: Service | None) -> bool:
    """Whether the person works in the service's team; of no service, every worker may."""
    return works_in(user, service.team_id) if service else user.may_work


def may_set_up(user: User, service: Service | None) -> bool:
    """Whether the person may let a monitor in: for all services only administrators."""
    return works_in(user, service.team_id) if service else user.is_administrator


def alert_for(user: User, pk: int, may: May = "view") -> Alert:
    alerts = Alert.objects.visible_to(user).with_list_columns()
    alert = get_object_or_404(alerts.select_related("service__team", "acknowledged_by"), pk=pk)
    _require(may == "view" or may_change(user, alert.service))
    return alert


def require_set_up(user: User, service: Service | None) -> None:
    require_look(user)
    _require(may_set_up(user, service))


def integration_for(user: User, pk: int, may: May = "view") -> Integration:
    rows = seen_by(user, Integration.objects.select_related("service__team"))
    integration = get_object_or_404(rows, pk=pk)
    _require(may == "view" or may_set_up(user, integration.service))
    return integration


def receipt_for(user: User, pk: int, may: May = "view") -> Receipt:
    rows = seen_by(user, Receipt.objects.select_related("integration__service"))
    receipt = get_object_or_404(rows, pk=pk)
    _require(may == "view" or may_set_up(user, receipt.integration.service))
    return receipt


def schedule_for(user: User, pk: int, may: May = "view") -> Schedule:
    schedule = get_object_or_404(seen_by(user, Schedule.objects.select_related("team")), pk=pk)
    _require(may == "view" or works_in(user, schedule.team))
    return schedule


def override_for(user: User, pk: int, may: May = "view") -> Override:
    rows = Override.objects.select_related("schedule__team", "person")
    override = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or works_in(user, override.schedule.team))
    return override


def require_team(user: User, team: Team) -> None:
    """Raise 403 for whoever does not work in this team."""
    require_look(user)
    _require(works_in(user, team))


def check_for(user: User, pk: int, may: May = "view") -> Check:
    rows = seen_by(user, Check.objects.select_related("service__team"))
    check = get_object_or_404(rows, pk=pk)
    _require(may == "view" or works_in(user, check.service.team_id))
    return check


def template_for(user: User, pk: int) -> ChecklistTemplate:
    rows = seen_by(user, ChecklistTemplate.objects.select_related("team"))
    return get_object_or_404(rows, pk=pk)


def run_for(user: User, pk: int, may: May = "view") -> ChecklistRun:
    runs = ChecklistRun.objects.visible_to(user).with_list_columns()
    run = get_object_or_404(runs.prefetch_related("items__done_by"), pk=pk)
    _require(may == "view" or works_in(user, run.team))
    return run


def item_of(run: ChecklistRun, pk: int) -> ChecklistItem:
    """A point of a run that the caller has been given to change."""
    return get_object_or_404(ChecklistItem.objects.select_related("run"), run=run, pk=pk)


def entry_for(user: User, pk: int, may: May = "view") -> LogEntry:
    if may == "change":
        require_work(user)
    rows = LogEntry.objects.select_related("author", "service")
    return get_object_or_404(seen_by(user, rows), pk=pk)


def _require(holds: bool) -> None:  # noqa: FBT001 (the condition is all there is)
    if not holds:
        raise PermissionDenied
