"""Spaces: all that the reader may read, what lies in one, and its rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import space_for
from knowledge.filters import DocumentInSpaceFilter
from knowledge.models import Document, Space
from knowledge.space_forms import GrantForm, SpaceForm
from knowledge.workflow.spaces import Grant, why_not_archive
from portal.access import require_look, require_work
from portal.events import about
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.timeline import newest


@require_GET
def space_list(request: Request) -> HttpResponse:
    require_look(request.user)
    spaces = Space.objects.visible_to(request.user).with_list_columns()
    context = {
        "spaces": spaces.current(),
        "archived": spaces.exclude(archived_at=None),
        "may_work": request.user.may_work,
    }
    return render(request, "knowledge/spaces.html", context)


@require_GET
def space(request: Request, slug: str) -> HttpResponse:
    """What lies here, and beside it the rules and who is named."""
    return _page(request, space_for(request.user, slug=slug))


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    form = SpaceForm(request.POST or None, user=request.user)
    made = attempt(form, lambda: workflow.create_space(**form.cleaned_data, actor=request.user))
    if made is None:
        status = 422 if form.is_bound else 200
        return render(request, "knowledge/space_edit.html", {"form": form}, status=status)
    messages.success(request, _("The space is there. Now say who is named in it."))
    return redirect(made)


@require_http_methods(["GET", "POST"])
def change(request: Request, slug: str) -> HttpResponse:
    found = space_for(request.user, slug=slug, may="change")
    form = SpaceForm(request.POST or None, instance=found, user=request.user)
    saved = attempt(
        form,
        lambda: workflow.change_space(found, **form.cleaned_data, actor=request.user),
    )
    if saved is None:
        context = {"form": form, "space": space_for(request.user, slug=slug)}
        status = 422 if form.is_bound else 200
        return render(request, "knowledge/space_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect(saved)


@require_POST
def grant(request: Request, slug: str) -> HttpResponse:
    found = space_for(request.user, slug=slug, may="change")
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    wanted = Grant(form.to, form.cleaned_data["may"])
    workflow.grant(found, wanted, actor=request.user)
    return redirect(found)


@require_POST
def take_back(request: Request, slug: str, pk: int) -> HttpResponse:
    found = space_for(request.user, slug=slug, may="change")
    workflow.take_back(found, pk, actor=request.user)
    return redirect(found)


@require_POST
def archive(request: Request, slug: str) -> HttpResponse:
    found = space_for(request.user, slug=slug, may="change")
    workflow.archive_space(found, actor=request.user)
    messages.success(request, _("“%(name)s” is archived.") % {"name": found.name})
    return redirect("knowledge:spaces")


@require_POST
def bring_back(request: Request, slug: str) -> HttpResponse:
    found = space_for(request.user, slug=slug, may="change")
    return redirect(workflow.bring_space_back(found, actor=request.user))


def _page(
    request: Request, found: Space, form: GrantForm | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user
    documents = Document.objects.visible_to(user).current().filter(space=found)
    may_manage = Space.objects.managed_by(user).filter(pk=found.pk).exists()
    context: dict[str, Any] = {
        **listing(request, documents.with_list_columns(), DocumentInSpaceFilter),
        "space": found,
        "facts": _facts(found),
        "grants": found.grants.select_related("team", "person"),
        "may_manage": may_manage,
        "may_write": Space.objects.current().open_to(user).filter(pk=found.pk).exists(),
        "grant_form": form or GrantForm(),
        "why_not_archive": why_not_archive(found) if may_manage else [],
        "timeline": newest(user, about(found), about=found),
    }
    return render(request, "knowledge/space.html", context, status=status)


def _facts(space: Space) -> list[dict[str, Any]]:
    team = space.team
    return [
        {
            "label": _("Owner team"),
            "value": team or _("None: administrators manage it"),
            "url": team.get_absolute_url() if team else "",
        },
        {"label": _("Who reads"), "value": space.get_reading_display()},
        {"label": _("Who writes"), "value": space.get_writing_display()},
        {"label": _("What needs a review"), "value": space.get_reviewing_display()},
        {"label": _("Approvals needed"), "value": space.approvals_needed},
    ]
