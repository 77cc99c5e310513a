"""
Who may do what in operations: asked by page, API and panels alike.

Everybody with access sees all of it. What belongs to a service is changed by the service's
team, what belongs to a team by that team, and what belongs to nobody by administrators.
"""

from typing import Literal, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.shortcuts import get_object_or_404

from operations.models import (
    Alert,
    BusinessHours,
    CalendarFeed,
    CalendarImport,
    Check,
    ChecklistItem,
    ChecklistRun,
    ChecklistTemplate,
    Handover,
    Heartbeat,
    Inhibition,
    Integration,
    IntegrationMapping,
    Layer,
    Leave,
    LoadLook,
    LogEntry,
    Override,
    PaceWarning,
    Receipt,
    Schedule,
    ScheduleDraft,
    Silence,
    SprintCalendar,
    SwapRequest,
    TemporarySchedule,
    WeeklyHours,
)
from portal.access import manages, require_look, require_work, works_in
from portal.models import Membership, Service, Team, TeamRole, User

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


def mapping_for(user: User, pk: int, may: May = "view") -> IntegrationMapping:
    rows = IntegrationMapping.objects.select_related("integration__service")
    mapping = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or may_set_up(user, mapping.integration.service))
    return mapping


def receipt_for(user: User, pk: int, may: May = "view") -> Receipt:
    rows = seen_by(user, Receipt.objects.select_related("integration__service", "mapping"))
    receipt = get_object_or_404(rows, pk=pk)
    _require(may == "view" or may_set_up(user, receipt.integration.service))
    return receipt


def may_silence(user: User, team: Team | int | None) -> bool:
    """Whether the person may hold this team's alerts back; those of all, administrators."""
    return works_in(user, team) if team else user.is_administrator


def silence_for(user: User, pk: int, may: May = "view") -> Silence:
    silence = get_object_or_404(Silence.objects.visible_to(user).with_list_columns(), pk=pk)
    _require(may == "view" or may_silence(user, silence.team))
    return silence


def inhibition_for(user: User, pk: int, may: May = "view") -> Inhibition:
    """A rule for everybody's alerts, so administrators change it."""
    rule = get_object_or_404(seen_by(user, Inhibition.objects.all()), pk=pk)
    _require(may == "view" or user.is_administrator)
    return rule


def schedule_for(user: User, pk: int, may: May = "view") -> Schedule:
    schedule = get_object_or_404(seen_by(user, Schedule.objects.select_related("team")), pk=pk)
    _require(may == "view" or works_in(user, schedule.team))
    return schedule


def override_for(user: User, pk: int, may: May = "view") -> Override:
    rows = Override.objects.select_related("schedule__team", "person")
    override = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or works_in(user, override.schedule.team))
    return override


def layer_for(user: User, pk: int, may: May = "view") -> Layer:
    rows = Layer.objects.select_related("schedule__team")
    layer = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or works_in(user, layer.schedule.team))
    return layer


def temporary_for(user: User, pk: int, may: May = "view") -> TemporarySchedule:
    rows = TemporarySchedule.objects.select_related("schedule__team")
    temporary = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or works_in(user, temporary.schedule.team))
    return temporary


def may_act_for(user: User, person: User, team: Team) -> bool:
    """Whether somebody may pass this person's shifts on: their own, or as manager for all."""
    if user.is_administrator or manages(user, team):
        return True
    return user == person and works_in(user, team)


def require_act_for(user: User, person: User, team: Team) -> None:
    require_look(user)
    _require(may_act_for(user, person, team))


def swap_for(user: User, pk: int, may: May = "view") -> SwapRequest:
    rows = SwapRequest.objects.visible_to(user).with_list_columns()
    swap = get_object_or_404(rows, pk=pk)
    _require(may == "view" or works_in(user, swap.schedule.team))
    return swap


def handover_for(user: User, pk: int, may: May = "view") -> Handover:
    rows = Handover.objects.visible_to(user).with_list_columns()
    handover = get_object_or_404(rows, pk=pk)
    _require(may == "view" or works_in(user, handover.schedule.team))
    return handover


def people_led_by(user: User) -> QuerySet[User]:
    """Whose leave this person sees and changes: their own, and of the teams they manage."""
    if user.is_administrator:
        return User.objects.filter(is_active=True)
    if not user.may_work:
        return User.objects.none()
    led = Membership.objects.filter(person=user, role=TeamRole.MANAGER).values("team")
    mine = Membership.objects.filter(team__in=led).values("person")
    return User.objects.filter(Q(pk__in=mine) | Q(pk=user.pk), is_active=True)


def leave_for(user: User, pk: int) -> Leave:
    """Leave is personal: others than the person and their managers get 404."""
    rows = Leave.objects.select_related("person").filter(person__in=people_led_by(user))
    return get_object_or_404(rows, pk=pk)


def feed_for(user: User, pk: int) -> CalendarFeed:
    """A feed: for its owner, and for administrators, who may revoke any."""
    rows = CalendarFeed.objects.select_related("owner", "schedule__team")
    mine = rows if user.is_administrator else rows.filter(owner=user)
    return get_object_or_404(seen_by(user, mine), pk=pk)


def calendar_for(user: User, pk: int, may: May = "view") -> CalendarImport:
    rows = CalendarImport.objects.select_related("schedule__team", "layer")
    calendar = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(may == "view" or works_in(user, calendar.schedule.team))
    return calendar


def draft_for(user: User, pk: int) -> ScheduleDraft:
    """An uploaded export names people and addresses: it is for its team alone."""
    rows = ScheduleDraft.objects.select_related("team")
    draft = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(works_in(user, draft.team))
    return draft


def require_team(user: User, team: Team) -> None:
    """Raise 403 for whoever does not work in this team."""
    require_look(user)
    _require(works_in(user, team))


def hours_for(user: User, pk: int, may: May = "view") -> BusinessHours:
    """Business hours; a team keeps its own and its services', administrators the house's."""
    rows = seen_by(user, BusinessHours.objects.select_related("team", "service__team"))
    found = get_object_or_404(rows, pk=pk)
    if may == "change":
        require_hours(user, team=found.team, service=found.service)
    return found


def require_hours(user: User, *, team: Team | None, service: Service | None) -> None:
    """Raise 403 for whoever may not set the hours of these; of neither, of the house."""
    require_look(user)
    whose = service.team if service else team
    _require(works_in(user, whose) if whose else user.is_administrator)


def sprints_for(user: User, slug: str) -> SprintCalendar:
    """A team's sprints, for who works in the team to change."""
    rows = SprintCalendar.objects.select_related("team")
    found = get_object_or_404(seen_by(user, rows), team__slug=slug)
    require_team(user, found.team)
    return found


def require_lead(user: User, team: Team) -> None:
    """Raise 403 for whoever does not manage the team; administrators see no names either."""
    require_look(user)
    _require(manages(user, team))


def look_for(user: User, pk: int) -> LoadLook:
    """A look at single people: for who said why, as long as they manage the team."""
    rows = LoadLook.objects.with_list_columns().filter(looker=user)
    look = get_object_or_404(seen_by(user, rows), pk=pk)
    _require(manages(user, look.team))
    return look


def weekly_hours_for(user: User, pk: int) -> WeeklyHours:
    """Hours that somebody entered: for themselves alone."""
    rows = WeeklyHours.objects.select_related("person").filter(person=user)
    return get_object_or_404(seen_by(user, rows), pk=pk)


def pace_warning_for(user: User, pk: int) -> PaceWarning:
    """A warning of load: for whom it warns alone."""
    return get_object_or_404(PaceWarning.objects.of(user), pk=pk)


def check_for(user: User, pk: int, may: May = "view") -> Check:
    rows = seen_by(user, Check.objects.select_related("service__team"))
    check = get_object_or_404(rows, pk=pk)
    _require(may == "view" or works_in(user, check.service.team_id))
    return check


def heartbeat_for(user: User, pk: int, may: May = "view") -> Heartbeat:
    rows = Heartbeat.objects.visible_to(user).select_related("service__team")
    heartbeat = get_object_or_404(rows, pk=pk)
    _require(may == "view" or works_in(user, heartbeat.service.team_id))
    return heartbeat


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
