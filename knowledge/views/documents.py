"""Reading documents: the list, the published words, and every revision."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from knowledge.access import Archived, document_for, may_change_document, revision_of
from knowledge.backlinks import linked_from
from knowledge.comparing import Comparison, usual_numbers
from knowledge.drafts import writers_of
from knowledge.filters import DocumentFilter
from knowledge.known_values import filled_for_reading
from knowledge.models import Document, DocumentKind, Revision, RunbookRun
from knowledge.reading_page import note_opened
from knowledge.review_page import is_unreviewed, reviewing_of
from knowledge.run_forms import ValuesForm, by_hand
from knowledge.runs import history_of
from knowledge.showing import show
from knowledge.texts import contents_of
from knowledge.workflow.run_guards import why_not_start
from portal.access import require_look
from portal.api.pagination import Page
from portal.http import Request
from portal.listing import listing
from portal.thread import thread

RUNS_SHOWN = 5


@require_GET
def document_list(request: Request) -> HttpResponse:
    require_look(request.user)
    documents = Document.objects.visible_to(request.user).current().with_list_columns()
    context = {
        **listing(request, documents, DocumentFilter),
        "may_work": request.user.may_work,
    }
    return render(request, "knowledge/documents.html", context)


@require_GET
def detail(request: Request, slug: str) -> HttpResponse:
    try:
        document = document_for(request.user, slug=slug)
    except Archived as gone:
        return _gone(request, gone.document)
    page = render(request, "knowledge/document.html", _about(request, document))
    if document.published is not None:
        note_opened(request.user, document.published)
    return page


@require_GET
def history(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug)
    revisions = (
        document.revisions.select_related("author", "published_by")
        .defer("body", "html")
        .order_by("-number")
    )
    context = {
        "document": document,
        "page": Page(request, revisions),
        "usual": usual_numbers(document),
    }
    return render(request, "knowledge/history.html", context)


@require_GET
def revision(request: Request, slug: str, number: int) -> HttpResponse:
    document = document_for(request.user, slug=slug)
    shown = revision_of(document, number)
    may_change = may_change_document(request.user, document)
    review = reviewing_of(request.user, document, shown, may_change=may_change)
    context = {
        "document": document,
        "revision": shown,
        **_changes(request, document, shown, is_asked=review["is_asked"]),
        "html": show(shown, request.user),
        "is_published": document.published_id == shown.pk,
        "is_newest": document.latest_number == shown.number,
        "may_change": may_change,
        **review,
        "thread": thread(request.user, document),
    }
    note_opened(request.user, shown)
    return render(request, "knowledge/revision.html", context)


def _about(request: Request, document: Document) -> dict[str, Any]:
    published = document.published
    reference = request.GET.get("for", "")
    values = filled_for_reading(document, request.user, by_hand(request.GET), reference)
    html = show(published, request.user, values=values or None) if published else ""
    may_change = may_change_document(request.user, document)
    is_runbook = document.kind in {DocumentKind.RUNBOOK, DocumentKind.PROCEDURE}
    runs = RunbookRun.objects.visible_to(request.user).of(document).with_list_columns()
    return {
        "document": document,
        "revision": published,
        "html": html,
        "values_form": ValuesForm(values) if values else None,
        "reference": reference,
        "alert": reference.removeprefix("alert:") if reference.startswith("alert:") else "",
        "contents": contents_of(html),
        "draft": _draft(document),
        "is_unreviewed": is_unreviewed(document),
        "writers": writers_of(document, besides=request.user),
        "may_change": may_change,
        "may_run": request.user.may_work and is_runbook,
        "why_not_run": why_not_start(document) if is_runbook else [],
        "is_runbook": is_runbook,
        "runs": runs[:RUNS_SHOWN] if is_runbook else [],
        "run_history": history_of(published) if published and is_runbook else None,
        "facts": _facts(document, published),
        "linked_from": linked_from(request.user, document),
        "broken_count": document.links.broken_for(request.user).count(),
        "attachment_count": document.attachments.current().count(),
        "thread": thread(request.user, document),
    }


def _changes(
    request: Request, document: Document, shown: Revision, *, is_asked: bool
) -> dict[str, Any]:
    """What changes for readers when they get this revision; a reviewer is shown that first."""
    published = document.published
    if published is None or published.pk == shown.pk:
        return {}
    wanted = request.GET.get("show", "changes" if is_asked else "text")
    tabs = [
        {"label": _("The whole text"), "url": "?show=text", "active": wanted != "changes"},
        {
            "label": _("What changes for readers"),
            "url": "?show=changes",
            "active": wanted == "changes",
        },
    ]
    if wanted != "changes":
        return {"tabs": tabs}
    old, new = sorted([published, shown], key=lambda revision: revision.number)
    return {"tabs": tabs, "comparison": Comparison(old, new, request.user)}


def _draft(document: Document) -> Revision | None:
    """The newest revision, where it is not what readers get."""
    shown = document.published.number if document.published else 0
    if document.latest_number == shown:
        return None
    return document.revisions.select_related("author").get(number=document.latest_number)


def _facts(document: Document, revision: Revision | None) -> list[dict[str, Any]]:
    team = document.team
    facts: list[dict[str, Any]] = [
        {"label": _("Kind"), "value": document.get_kind_display()},
        {
            "label": _("Space"),
            "value": document.space,
            "url": document.space.get_absolute_url(),
        },
        {
            "label": _("Owner team"),
            "value": team or _("None: any member may change it"),
            "url": team.get_absolute_url() if team else "",
        },
    ]
    facts += [
        {"label": _("Service"), "value": service, "url": service.get_absolute_url()}
        for service in document.services.all()
    ]
    if document.owner:
        url = document.owner.get_absolute_url()
        facts.append({"label": _("Owner"), "value": document.owner, "url": url})
    if document.is_team_only:
        facts.append({"label": _("Who reads"), "value": _("Only the owner team")})
    facts += [
        {
            "label": _("Tag"),
            "value": tag,
            "url": f"{reverse('knowledge:documents')}?{urlencode({'tag': tag.name})}",
        }
        for tag in document.tags.all()
    ]
    facts += [{"label": _("Answers"), "value": name} for name in document.alert_names]
    if revision:
        facts += [
            {
                "label": _("Revision"),
                "value": revision.number,
                "url": revision.get_absolute_url(),
            },
            {"label": _("Published"), "at": revision.published_at},
            {"label": _("Published by"), "value": revision.published_by or _("the system")},
        ]
    return facts


def _gone(request: Request, document: Document) -> HttpResponse:
    """Say that there was something here, to its keepers how to have it back."""
    context = {
        "slug": document.slug,
        "may_change": may_change_document(request.user, document),
    }
    return render(request, "knowledge/archived.html", context, status=410)
