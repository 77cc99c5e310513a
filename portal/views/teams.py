"""Teams, and who belongs to them."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import manages, person_for, require_administrator, team_for
from portal.events import about
from portal.filters import TeamFilter
from portal.forms import MemberForm, RoleForm, TeamForm, attempt
from portal.http import Request
from portal.listing import listing
from portal.models import Access, Membership, Service, Team, TeamRole, User
from portal.timeline import newest
from portal.views.people import form_or_page
from portal.workflow import teams

WORKING = [Access.MEMBER, Access.ADMINISTRATOR]


@require_GET
def team_list(request: Request) -> HttpResponse:
    rows = Team.objects.visible_to(request.user).with_counts()
    return render(request, "portal/teams.html", listing(request, rows, TeamFilter))


@form_or_page
def create(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = TeamForm(request.POST or None)
    team = attempt(form, lambda: teams.create_team(**form.cleaned_data, actor=request.user))
    if team is None:
        status = 422 if form.is_bound else 200
        return render(request, "portal/team_edit.html", {"form": form}, status=status)
    messages.success(request, _("Team created. Now say who belongs to it."))
    return redirect(team)


@require_GET
def team(request: Request, slug: str) -> HttpResponse:
    return _team_page(request, team_for(request.user, slug))


@form_or_page
def edit(request: Request, slug: str) -> HttpResponse:
    found = team_for(request.user, slug, may="change")
    form = TeamForm(request.POST or None, instance=found)
    saved = attempt(
        form, lambda: teams.change_team(found, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        status = 422 if form.is_bound else 200
        context = {"form": form, "team": team_for(request.user, slug)}
        return render(request, "portal/team_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect(saved)


@require_POST
def add_member(request: Request, slug: str) -> HttpResponse:
    found = team_for(request.user, slug, may="change")
    form = MemberForm(request.POST, people=User.objects.visible_to(request.user))
    if not form.is_valid():
        return _team_page(request, found, form, status=422)
    teams.add_member(
        found,
        person=form.cleaned_data["person"],
        role=TeamRole(form.cleaned_data["role"]),
        actor=request.user,
    )
    return redirect(found)


@require_POST
def change_role(request: Request, slug: str, pk: int) -> HttpResponse:
    found = team_for(request.user, slug, may="change")
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _team_page(request, found, status=422)
    role = TeamRole(form.cleaned_data["role"])
    teams.change_role(found, person=person_for(request.user, pk), role=role, actor=request.user)
    return redirect(found)


@require_POST
def remove_member(request: Request, slug: str, pk: int) -> HttpResponse:
    found = team_for(request.user, slug, may="change")
    teams.remove_member(found, person=person_for(request.user, pk), actor=request.user)
    return redirect(found)


def _team_page(
    request: Request, found: Team, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user
    memberships = list(
        Membership.objects.filter(team=found).select_related("person").order_by("person__name")
    )
    managers = sum(row.role == TeamRole.MANAGER and row.person.is_active for row in memberships)
    may_change = user.is_administrator or manages(user, found)
    context = {
        "team": found,
        "members": [
            {
                "membership": row,
                "other_role": _other(row.role),
                "why_not_remove": teams.why_not_remove(row, managers=managers),
            }
            for row in memberships
        ],
        "may_change": may_change,
        "member_form": form or MemberForm(people=_may_join(user, found)),
        "services": Service.objects.visible_to(user).current().filter(team=found),
        "timeline": newest(user, about(found), about=found),
    }
    return render(request, "portal/team.html", context, status=status)


def _may_join(user: User, found: Team) -> QuerySet[User]:
    """Those who work and are not in this team yet."""
    working = User.objects.visible_to(user).filter(is_active=True, access__in=WORKING)
    return working.exclude(membership__team=found)


def _other(role: str) -> TeamRole:
    return TeamRole.MEMBER if role == TeamRole.MANAGER else TeamRole.MANAGER
