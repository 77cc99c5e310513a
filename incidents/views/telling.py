"""Telling stakeholders of one incident: written, previewed, sent, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.audience import Audience, rule_for
from incidents.message_words import filled
from incidents.models import Incident, Medium, MessageTemplate
from incidents.stakeholder_forms import TellForm
from incidents.telling import deadline_of, delivery_rows
from portal.errors import DomainError, Refusal
from portal.http import Request

WORDS = ("subject", "text", "sms")


@require_http_methods(["GET", "POST"])
def tell(request: Request, pk: int) -> HttpResponse:
    """Write, look who gets what, send; in that order, on one page."""
    is_sent = request.method == "POST"
    incident = incident_for(request.user, pk, may="change" if is_sent else "view")
    rule = rule_for(incident)
    with_sms = Medium.SMS in rule.media
    if not is_sent:
        return _page(request, incident, _fresh(request, incident, with_sms=with_sms))
    form = TellForm(request.POST, with_sms=with_sms)
    if not form.is_valid():
        return _page(request, incident, form, status=422)
    found = workflow.preview(incident)
    wants_to_send = "send" in request.POST
    subject, text, sms = (form.words.get(name, "") for name in WORDS)
    template = form.words["template"]
    refusals = workflow.why_not_say(rule.media, subject, text, sms, template)
    if refusals or not wants_to_send:
        status = 409 if refusals else 200
        return _page(request, incident, form, found=found, refusals=refusals, status=status)
    try:
        workflow.tell_stakeholders(
            incident, **form.words, seen=request.POST.get("seen", ""), actor=request.user
        )
    except DomainError as refused:
        return _page(
            request, incident, form, found=found, refusals=refused.refusals, status=409
        )
    count = len(found.reached)
    messages.success(request, _("It is on its way to %(n)d addresses.") % {"n": count})
    return redirect(incident)


@require_GET
def message(request: Request, pk: int, message: int) -> HttpResponse:
    """One message with everybody who gets it, and how far it has come."""
    incident = incident_for(request.user, pk)
    row = get_object_or_404(incident.messages.with_progress(), pk=message)
    context = {
        "incident": incident,
        "message": row,
        "rows": delivery_rows(row, may_read=request.user.may_work),
    }
    return render(request, "incidents/message.html", context)


def _fresh(request: Request, incident: Incident, *, with_sms: bool) -> TellForm:
    """A form with a template's words in it, filled in as far as we know."""
    asked = request.GET.get("template", "")
    templates = MessageTemplate.objects.all()
    chosen = templates.filter(pk=int(asked)).first() if asked.isdecimal() else None
    if chosen is None:
        return TellForm(with_sms=with_sms)
    words = {
        name: filled(getattr(chosen, name), incident) for name in ("subject", "text", "sms")
    }
    return TellForm(initial={**words, "template": chosen}, with_sms=with_sms)


def _page(
    request: Request,
    incident: Incident,
    form: TellForm,
    *,
    found: Audience | None = None,
    refusals: list[Refusal] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_mine = may_work_on(request.user, incident)
    why_not = workflow.why_not_tell(incident)
    if not is_mine:
        sentence = _("%(team)s works on this incident.") % {"team": incident.service.team}
        remedy = _("Its members can do this, and whoever is on call.")
        why_not = [Refusal("not_yours", sentence, remedy)]
    context: dict[str, Any] = {
        "incident": incident,
        "rule": rule_for(incident),
        "deadline": deadline_of(incident),
        "form": form,
        "audience": found or workflow.preview(incident),
        "is_preview": found is not None,
        "may_read": request.user.may_work,
        "refusals": refusals or [],
        "why_not": why_not,
        "templates": MessageTemplate.objects.all(),
    }
    return render(request, "incidents/tell.html", context, status=status)
