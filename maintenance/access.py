"""
Who may do what in maintenance: asked by the pages and by the API.

Everybody with access reads. A request, a deployment and a window change by the hands of the
team that owns the service; a request is decided by that team's managers.
"""

import re
from collections.abc import Sequence
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from maintenance.models import (
    ApprovalDelegation,
    ApprovalPolicy,
    ChangeFeed,
    ChangeWindow,
    Deployment,
    DeploymentSource,
    ExclusiveResource,
    Freeze,
    GateQuestion,
    MaintenanceRequest,
    MaintenanceWindow,
    ProcessTemplate,
    RecurringWork,
    SourceCall,
    StandardChange,
    SupplierNotice,
)
from maintenance.policies import Electorate, Traits, rule_for
from portal.access import manages, require_look, require_work, works_in
from portal.models import Membership, Service, Team, TeamRole, User

May = Literal["view", "change", "decide", "vote"]
NUMBER = re.compile(r"(?:CHG-)?([0-9]{1,18})", re.IGNORECASE)


def request_for(user: User, pk: int, may: May = "view") -> MaintenanceRequest:
    requests = MaintenanceRequest.objects.visible_to(user).with_details()
    request = get_object_or_404(requests, pk=pk)
    if may == "vote":
        require_work(user)
        if user.pk not in voters_of(request):
            raise PermissionDenied
    _require(user, request.service, may)
    return request


def voters_of(request: MaintenanceRequest) -> set[int]:
    """Those whom the rule of approval names, and those who may stand in for them."""
    rule = request.approval_rule or rule_for(Traits.of(request))
    return Electorate(rule, request.service).voters


def request_numbered(user: User, number: str) -> MaintenanceRequest:
    """Find the request called "CHG-12" or "12"; raises `Http404` if there is none."""
    found = NUMBER.fullmatch(number.strip())
    if found is None:
        raise Http404
    return request_for(user, int(found[1]))


def deployment_for(user: User, pk: int, may: May = "view") -> Deployment:
    deployments = Deployment.objects.visible_to(user).with_details()
    deployment = get_object_or_404(deployments, pk=pk)
    _require(user, deployment.service, may)
    return deployment


def gate_question_for(user: User, pk: int) -> GateQuestion:
    questions = GateQuestion.objects.visible_to(user).with_list_columns()
    return get_object_or_404(questions, pk=pk)


def source_for(user: User, pk: int, may: May = "view") -> DeploymentSource:
    sources = DeploymentSource.objects.visible_to(user).with_list_columns()
    source = get_object_or_404(sources, pk=pk)
    if may != "view" and not works_in(user, source.team_id):
        raise PermissionDenied
    return source


def source_call_for(user: User, pk: int, may: May = "view") -> SourceCall:
    calls = SourceCall.objects.visible_to(user).select_related("source", "deployment__service")
    call = get_object_or_404(calls, pk=pk)
    if may != "view" and not works_in(user, call.source.team_id):
        raise PermissionDenied
    return call


def own_teams(user: User) -> QuerySet[Team]:
    """The teams that this person works in; an administrator, in all."""
    if user.is_administrator:
        return Team.objects.all()
    return (
        Team.objects.filter(membership__person=user) if user.may_work else Team.objects.none()
    )


def window_for(user: User, pk: int, may: May = "view") -> MaintenanceWindow:
    windows = MaintenanceWindow.objects.visible_to(user).with_list_columns()
    window = get_object_or_404(windows, pk=pk)
    if may == "change":
        require_services(user, list(window.services.all()))
    return window


def require_services(user: User, services: list[Service]) -> None:
    """Raise 403 unless the person works in the owner team of each of these services."""
    require_work(user)
    if not all(works_in(user, service.team_id) for service in services):
        raise PermissionDenied


def change_feed_for(user: User, pk: int) -> ChangeFeed:
    """A feed: for its owner, and for administrators, who may revoke any."""
    require_look(user)
    feeds = ChangeFeed.objects.select_related("team")
    return get_object_or_404(feeds if user.is_administrator else feeds.of(user), pk=pk)


def freeze_for(user: User, pk: int, may: May = "view") -> Freeze:
    freezes = Freeze.objects.visible_to(user).with_list_columns()
    freeze = get_object_or_404(freezes.select_related("author", "approved_by"), pk=pk)
    if may != "view":
        require_rule_of(
            user,
            list(freeze.services.all()),
            covers_all=freeze.covers_all,
            teams=list(freeze.teams.all()),
        )
    return freeze


def standard_for(user: User, pk: int, may: May = "view") -> StandardChange:
    standards = StandardChange.objects.visible_to(user).with_list_columns()
    standard = get_object_or_404(standards, pk=pk)
    _require(user, standard.service, may)
    return standard


def process_for(user: User, pk: int, may: May = "view") -> ProcessTemplate:
    require_look(user)
    process = get_object_or_404(ProcessTemplate.objects.select_related("published"), pk=pk)
    if may != "view":
        require_rule_of(user, [], covers_all=True)
    return process


def change_window_for(user: User, pk: int, may: May = "view") -> ChangeWindow:
    windows = ChangeWindow.objects.visible_to(user).with_list_columns()
    window = get_object_or_404(windows, pk=pk)
    if may != "view":
        require_rule_of(user, list(window.services.all()), covers_all=window.covers_all)
    return window


def notice_for(user: User, pk: int) -> SupplierNotice:
    notices = SupplierNotice.objects.visible_to(user).with_list_columns()
    return get_object_or_404(notices, pk=pk)


def recurring_for(user: User, pk: int, may: May = "view") -> RecurringWork:
    rows = RecurringWork.objects.visible_to(user).with_list_columns()
    work = get_object_or_404(rows.select_related("runbook"), pk=pk)
    _require(user, work.service, may)
    return work


def resource_for(user: User, pk: int, may: May = "view") -> ExclusiveResource:
    resources = ExclusiveResource.objects.visible_to(user).with_list_columns()
    resource = get_object_or_404(resources, pk=pk)
    if may != "view":
        services = list(resource.services.all())
        require_rule_of(user, services, covers_all=not services)
    return resource


def policy_for(user: User, pk: int, may: May = "view") -> ApprovalPolicy:
    policies = ApprovalPolicy.objects.visible_to(user).with_list_columns()
    policy = get_object_or_404(policies, pk=pk)
    if may != "view":
        require_policy_of(user, list(policy.services.all()))
    return policy


def require_policy_of(user: User, services: list[Service]) -> None:
    """
    Raise 403 unless the person may say who has to agree to changes of these services.

    Who agrees for all services is for administrators to say: else one manager could name
    themselves for every team.
    """
    require_work(user)
    if not services and not user.is_administrator:
        raise PermissionDenied
    require_rule_of(user, services, covers_all=not services)


def delegation_for(user: User, pk: int, may: May = "view") -> ApprovalDelegation:
    """Whoever gave it takes it back, and an administrator may for them."""
    delegations = ApprovalDelegation.objects.visible_to(user).with_list_columns()
    row = get_object_or_404(delegations, pk=pk)
    if may != "view":
        require_work(user)
        if not (user.is_administrator or row.giver_id == user.pk):
            raise PermissionDenied
    return row


def require_rule_of(
    user: User, services: list[Service], *, covers_all: bool, teams: Sequence[Team] = ()
) -> None:
    """Raise 403 unless the person may say when these services are changed."""
    require_work(user)
    if not rules_all_of(user, services, covers_all=covers_all, teams=teams):
        raise PermissionDenied


def rules_all_of(
    user: User, services: list[Service], *, covers_all: bool, teams: Sequence[Team] = ()
) -> bool:
    """
    Whether the person may say when these services, and all of these teams, are changed.

    Administrators may for all; managers for the services of their teams, and any manager for
    what covers everything, since a lockdown cannot wait for an administrator.
    """
    if covers_all:
        return rules_somewhere(user)
    chosen = ruled_services(user).filter(pk__in=[service.pk for service in services])
    if chosen.count() < len(services):
        return False
    if not teams:
        return True
    managed = ruled_teams(user).filter(pk__in=[team.pk for team in teams])
    return managed.count() == len(teams)


def ruled_teams(user: User) -> QuerySet[Team]:
    """The teams for all of whose services this person may say when they are changed."""
    if user.is_administrator:
        return Team.objects.all()
    if not user.may_work:
        return Team.objects.none()
    return Team.objects.filter(membership__person=user, membership__role=TeamRole.MANAGER)


def ruled_services(user: User) -> QuerySet[Service]:
    """The services for which this person may say when they are changed."""
    services = Service.objects.visible_to(user).current()
    if user.is_administrator:
        return services
    if not user.may_work:
        return services.none()
    return services.filter(
        team__membership__person=user, team__membership__role=TeamRole.MANAGER
    )


def rules_somewhere(user: User) -> bool:
    """Whether the person sets the rules for anybody: a manager, or an administrator."""
    if user.is_administrator:
        return True
    managed = Membership.objects.filter(person=user, role=TeamRole.MANAGER)
    return user.may_work and managed.exists()


def own_services(user: User) -> QuerySet[Service]:
    """The services that this person may make requests, deployments and windows for."""
    services = Service.objects.visible_to(user).current()
    if user.is_administrator:
        return services
    if not user.may_work:
        return services.none()
    return services.filter(team__membership__person=user)


def may_change_service(user: User, service: Service) -> bool:
    return works_in(user, service.team_id)


def may_change(user: User, request: MaintenanceRequest) -> bool:
    return works_in(user, request.service.team_id)


def _require(user: User, service: Service, may: May) -> None:
    if may == "change" and not works_in(user, service.team_id):
        raise PermissionDenied
    if may == "decide" and not manages(user, service.team_id):
        raise PermissionDenied
