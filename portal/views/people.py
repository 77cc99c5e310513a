"""People: who works here, how far they may go, and letting them in and out."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import clock
from portal.access import may_read_messages_of, person_for, require_administrator
from portal.events import about
from portal.filters import PersonFilter
from portal.forms import AccessForm, InviteForm, ProfileForm, attempt
from portal.http import Request
from portal.listing import listing
from portal.models import Access, Membership, User
from portal.timeline import newest
from portal.workflow import people

form_or_page = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def person_list(request: Request) -> HttpResponse:
    rows = User.objects.visible_to(request.user).prefetch_related("teams")
    context = listing(request, rows, PersonFilter)
    return render(request, "portal/people.html", context)


@form_or_page
def invite(request: Request) -> HttpResponse:
    """Make a person; the answer shows the one-time password, this once."""
    require_administrator(request.user)
    form = InviteForm(request.POST or None)
    made = attempt(form, lambda: people.invite(**form.cleaned_data, actor=request.user))
    if made is None:
        status = 422 if form.is_bound else 200
        return render(request, "portal/person_invite.html", {"form": form}, status=status)
    person, password = made
    return _password_page(request, person, password)


@require_GET
def person(request: Request, pk: int) -> HttpResponse:
    return _person_page(request, person_for(request.user, pk))


@form_or_page
def edit(request: Request, pk: int) -> HttpResponse:
    someone = person_for(request.user, pk, may="change")
    form = ProfileForm(request.POST or None, instance=someone)
    saved = attempt(
        form, lambda: people.change_profile(someone, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        status = 422 if form.is_bound else 200
        context = {"person": User.objects.get(pk=pk), "form": form}
        return render(request, "portal/person_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect(saved)


@require_POST
def access(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    someone = person_for(request.user, pk, may="change")
    form = AccessForm(request.POST)
    if not form.is_valid():
        return _person_page(request, someone, form, status=422)
    wanted = Access(form.cleaned_data["access"])
    people.change_access(someone, access=wanted, actor=request.user)
    messages.success(request, _("Access changed."))
    return redirect(someone)


@require_POST
def deactivate(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    someone = people.deactivate(person_for(request.user, pk), actor=request.user)
    messages.success(
        request,
        _("%(name)s is shut out: sessions and tokens have ended.") % {"name": someone.name},
    )
    return redirect(someone)


@require_POST
def reactivate(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    someone = people.reactivate(person_for(request.user, pk), actor=request.user)
    messages.success(request, _("%(name)s may sign in again.") % {"name": someone.name})
    return redirect(someone)


@require_POST
def give_password(request: Request, pk: int) -> HttpResponse:
    """Replace a lost password; the answer shows the one-time one, this once."""
    require_administrator(request.user)
    someone = person_for(request.user, pk)
    return _password_page(request, *people.give_password(someone, actor=request.user))


def _password_page(request: Request, someone: User, password: str) -> HttpResponse:
    context = {"person": someone, "password": password}
    return render(request, "portal/person_password.html", context, status=201)


def _person_page(
    request: Request, someone: User, form: forms.Form | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user
    memberships = Membership.objects.filter(person=someone).select_related("team")
    context = {
        "person": someone,
        "memberships": memberships.order_by("team__name"),
        "there": clock.now(),
        "may_edit": user.is_administrator or user == someone,
        "may_read_messages": may_read_messages_of(user, someone),
        "may_administer": user.is_administrator,
        "access_form": form or AccessForm(initial={"access": someone.access}),
        "why_not_deactivate": people.why_not_deactivate(someone, actor=user),
        "timeline": newest(user, about(someone), about=someone),
    }
    return render(request, "portal/person.html", context, status=status)
