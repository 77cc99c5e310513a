"""Watching documents and spaces, and the list of what one watches."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, space_for
from knowledge.models import ReaderSettings, Space, Watch
from knowledge.watching_forms import WatchesOwnForm
from portal.access import require_look
from portal.api.pagination import Page
from portal.http import Request


@require_GET
def watching(request: Request) -> HttpResponse:
    require_look(request.user)
    watches = Watch.objects.of(request.user).select_related("document", "space")
    settings = ReaderSettings.objects.filter(person=request.user).first() or ReaderSettings()
    watched = watches.exclude(space=None).values("space")
    context = {
        "page": Page(request, watches.order_by("-pk")),
        "form": WatchesOwnForm(initial={"watches_own": settings.watches_own}),
        "spaces": Space.objects.visible_to(request.user).current().exclude(pk__in=watched)[:50],
    }
    return render(request, "knowledge/watching.html", context)


@require_POST
def watches_own(request: Request) -> HttpResponse:
    require_look(request.user)
    form = WatchesOwnForm(request.POST)
    form.full_clean()  # a box: ticked or not
    workflow.set_watches_own(**form.cleaned_data, actor=request.user)
    messages.success(request, _("Kept."))
    return redirect("knowledge:watching")


@require_POST
def watch_document(request: Request, slug: str, *, is_on: bool) -> HttpResponse:
    document = document_for(request.user, slug=slug)
    (workflow.watch if is_on else workflow.unwatch)(document, actor=request.user)
    return redirect("knowledge:watching") if "list" in request.POST else redirect(document)


@require_POST
def watch_space(request: Request, slug: str, *, is_on: bool) -> HttpResponse:
    space = space_for(request.user, slug=slug)
    (workflow.watch if is_on else workflow.unwatch)(space, actor=request.user)
    return redirect("knowledge:watching") if "list" in request.POST else redirect(space)
