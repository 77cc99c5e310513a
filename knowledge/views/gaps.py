"""Alerts and their runbooks: the gaps, the links that people make, the rules that are known."""

from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import address_for, document_for, link_for, require_owner, require_space
from knowledge.gap_forms import (
    AddressForm,
    AlertLinkForm,
    RulesForm,
    ServiceRunbookForm,
    WriteRunbookForm,
)
from knowledge.gaps import LABELS, gaps, is_any_alert_known
from knowledge.models import AlertLink, DocumentAddress, RuleFile, ServiceRunbook
from portal import clock
from portal.access import require_look, require_work, service_for
from portal.api.pagination import Page
from portal.errors import DomainError, refuse
from portal.http import Request

MOST_SHOWN = 500


@require_GET
def gap_list(request: Request) -> HttpResponse:
    require_look(request.user)
    return _gaps_page(request)


@require_POST
def write(request: Request) -> HttpResponse:
    """Begin the runbook that an alert lacks."""
    require_work(request.user)
    form = WriteRunbookForm(request.POST)
    if not form.is_valid():
        raise refuse("form_invalid", _("Say which alert the runbook answers."))
    require_owner(request.user, form.cleaned_data["team"])
    require_space(request.user, form.cleaned_data["space"])
    document = workflow.draft_runbook(**form.cleaned_data, actor=request.user)
    return redirect("knowledge:document-edit", document.slug)


@require_POST
def upload(request: Request) -> HttpResponse:
    """Take in a file of Prometheus rules; what is wrong in it is told by line."""
    require_work(request.user)
    form = RulesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _gaps_page(request, form, status=422)
    file = form.cleaned_data["file"]
    text = file.read().decode(errors="replace")
    try:
        known, problems = workflow.upload_rules(name=file.name, text=text, actor=request.user)
    except DomainError as refused:
        for reason in refused.refusals:
            form.add_error("file", reason.sentence)
        return _gaps_page(request, form, status=refused.status_code)
    count = known.rules.count()
    words = ngettext(
        "%(n)d rule is known from %(file)s.", "%(n)d rules are known from %(file)s.", count
    )
    messages.success(request, words % {"n": count, "file": known})
    if problems:
        messages.warning(request, _("Some of it could not be read; the list says what."))
    return redirect("knowledge:gaps")


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    require_work(request.user)
    file = get_object_or_404(RuleFile, pk=pk)
    workflow.remove_rules(file, actor=request.user)
    messages.success(request, _("%(file)s is forgotten.") % {"file": file})
    return redirect("knowledge:gaps")


@require_GET
def link_list(request: Request) -> HttpResponse:
    require_look(request.user)
    return _links_page(request)


@require_POST
def link(request: Request) -> HttpResponse:
    require_work(request.user)
    form = AlertLinkForm(request.POST, user=request.user)
    if not form.is_valid():
        return _links_page(request, form, status=422)
    said = dict(form.cleaned_data)
    document = document_for(request.user, pk=said.pop("document").pk, may="change")
    workflow.link_alert(document, **said, actor=request.user)
    return redirect("knowledge:alert-links")


@require_POST
def unlink(request: Request, pk: int) -> HttpResponse:
    workflow.unlink_alert(link_for(request.user, pk, may="change"), actor=request.user)
    return redirect("knowledge:alert-links")


@require_POST
def service_runbook(request: Request) -> HttpResponse:
    require_work(request.user)
    form = ServiceRunbookForm(request.POST, user=request.user)
    if not form.is_valid():
        raise refuse("form_invalid", _("Choose a service."))
    service = service_for(request.user, form.cleaned_data["service"].slug, may="change")
    document = form.cleaned_data["document"]
    workflow.set_service_runbook(service, document=document, actor=request.user)
    return redirect("knowledge:alert-links")


@require_POST
def know_address(request: Request) -> HttpResponse:
    require_work(request.user)
    form = AddressForm(request.POST, user=request.user)
    if not form.is_valid():
        raise refuse("form_invalid", _("Give an address and choose a document."))
    document = document_for(request.user, pk=form.cleaned_data["document"].pk, may="change")
    workflow.know_address(document, url=form.cleaned_data["url"], actor=request.user)
    return redirect("knowledge:alert-links")


@require_POST
def forget_address(request: Request, pk: int) -> HttpResponse:
    workflow.forget_address(address_for(request.user, pk), actor=request.user)
    return redirect("knowledge:alert-links")


def _gaps_page(
    request: Request, form: RulesForm | None = None, *, status: int = 200
) -> HttpResponse:
    found = gaps(request.user, clock.now())
    counts = Counter(gap.kind for gap in found)
    kind = request.GET.get("kind", "")
    shown = [gap for gap in found if not kind or gap.kind == kind]
    context = {
        "gaps": shown[:MOST_SHOWN],
        "is_any_known": bool(found) or is_any_alert_known(request.user),
        "kind": kind,
        "is_cut": len(shown) > MOST_SHOWN,
        "kinds": [
            {"kind": each, "label": words, "count": counts[each], "current": each == kind}
            for each, words in LABELS.items()
        ],
        "files": RuleFile.objects.select_related("uploaded_by"),
        "form": form or RulesForm(),
        "may_work": request.user.may_work,
    }
    return render(request, "knowledge/gaps.html", context, status=status)


def _links_page(
    request: Request, form: AlertLinkForm | None = None, *, status: int = 200
) -> HttpResponse:
    user = request.user
    links = AlertLink.objects.visible_to(user).with_list_columns()
    usual = ServiceRunbook.objects.visible_to(user).select_related("service", "document")
    asked = {"alert_name": request.GET.get("alert")}
    context = {
        "page": Page(request, links),
        "usual": usual,
        "addresses": DocumentAddress.objects.visible_to(user).select_related("document")[
            :MOST_SHOWN
        ],
        "address_form": AddressForm(user=user, auto_id="address_%s"),
        "form": form or AlertLinkForm(user=user, initial=asked),
        "usual_form": ServiceRunbookForm(user=user, auto_id="usual_%s"),
        "may_work": user.may_work,
    }
    return render(request, "knowledge/alert_links.html", context, status=status)
