"""Who is told of incidents: read by all who look, kept by administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import workflow
from incidents.audience import sms_is_possible
from incidents.models import (
    CommunicationDeadline,
    CommunicationRule,
    Incident,
    MessageTemplate,
    Stakeholder,
    StakeholderGroup,
)
from incidents.parts import parts
from incidents.stakeholder_forms import (
    GroupForm,
    RuleForm,
    ServiceRuleForm,
    StakeholderForm,
    TemplateForm,
)
from operations.models import Severity
from portal.access import require_administrator, require_look, service_for
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.http import Request
from portal.natures import HIDDEN, mask

HERE = "incidents:stakeholders"
MOST = 500


@require_GET
def directory(request: Request) -> HttpResponse:
    """Groups, people, rules, templates and missed deadlines on one page; there are few."""
    require_look(request.user)
    may_read = request.user.may_work
    people = Stakeholder.objects.visible_to(request.user).with_list_columns()
    rules = CommunicationRule.objects.select_related("service", "template")
    visible = CommunicationDeadline.objects.filter(
        incident__in=_incidents_of(request), breached_at__isnull=False
    )
    context = {
        "groups": StakeholderGroup.objects.visible_to(request.user).with_list_columns()[:MOST],
        "people": [_shown(each, may_read=may_read) for each in people[:MOST]],
        "house_rules": [_rule(rule) for rule in rules.filter(service=None)],
        "service_rules": [_rule(rule) for rule in rules.exclude(service=None)[:MOST]],
        "templates": MessageTemplate.objects.all()[:MOST],
        "missed": visible.select_related("incident__service").order_by("-due_at")[:10],
        "sms_is_possible": sms_is_possible(),
        "wants_sms": rules.filter(by_sms=True).exists(),
        "may_change": request.user.is_administrator,
        "parts": parts("stakeholders"),
    }
    return render(request, "incidents/stakeholders.html", context)


@require_http_methods(["GET", "POST"])
def group(request: Request, pk: int | None = None) -> HttpResponse:
    require_administrator(request.user)
    row = get_object_or_404(StakeholderGroup, pk=pk) if pk else None
    initial = (
        {name: getattr(row, name) for name in ("name", "description", "severities")}
        | {"services": row.services.all(), "is_active": row.is_active}
        if row
        else None
    )
    form = GroupForm(request.POST or None, initial=initial)
    title = _("Change “%(name)s”") % {"name": row} if row else _("New group")

    def keep() -> object:
        return workflow.keep_stakeholder_group(row, **form.cleaned_data, actor=request.user)

    return _edit(request, form, keep, title, row=row, remove="stakeholder-group-remove")


@require_POST
def remove_group(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    workflow.remove_stakeholder_group(
        get_object_or_404(StakeholderGroup, pk=pk), actor=request.user
    )
    return redirect(HERE)


@require_http_methods(["GET", "POST"])
def person(request: Request, pk: int | None = None) -> HttpResponse:
    require_administrator(request.user)
    row = get_object_or_404(Stakeholder, pk=pk) if pk else None
    names = ("person", "name", "email", "phone")
    initial = (
        {name: getattr(row, name) for name in names} | {"groups": row.groups.all()}
        if row
        else None
    )
    form = StakeholderForm(request.POST or None, initial=initial)
    title = _("Change “%(name)s”") % {"name": row} if row else _("New person")

    def keep() -> object:
        return workflow.keep_stakeholder(row, **form.cleaned_data, actor=request.user)

    return _edit(request, form, keep, title, row=row, remove="stakeholder-erase")


@require_POST
def erase_person(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    workflow.erase_stakeholder(get_object_or_404(Stakeholder, pk=pk), actor=request.user)
    return redirect(HERE)


@require_http_methods(["GET", "POST"])
def template(request: Request, pk: int | None = None) -> HttpResponse:
    require_administrator(request.user)
    row = get_object_or_404(MessageTemplate, pk=pk) if pk else None
    names = list(TemplateForm.base_fields)
    initial = {name: getattr(row, name) for name in names} if row else None
    form = TemplateForm(request.POST or None, initial=initial)
    title = _("Change “%(name)s”") % {"name": row} if row else _("New template")

    def keep() -> object:
        return workflow.keep_template(row, **form.cleaned_data, actor=request.user)

    return _edit(request, form, keep, title, row=row, remove="message-template-remove")


@require_POST
def remove_template(request: Request, pk: int) -> HttpResponse:
    require_administrator(request.user)
    row = get_object_or_404(MessageTemplate, pk=pk)
    workflow.remove_template(row, actor=request.user)
    return redirect(HERE)


@require_http_methods(["GET", "POST"])
def rule(request: Request, pk: int) -> HttpResponse:
    """Change a rule: of the house by administrators, of a service by its team."""
    require_look(request.user)
    row = _rule_for(request, pk)
    names = list(RuleForm.base_fields)
    form = RuleForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    title = _("Telling stakeholders: %(rule)s") % {"rule": row}

    def keep() -> object:
        return workflow.keep_rule(
            severity=row.severity,
            service=row.service,
            **form.cleaned_data,
            actor=request.user,
        )

    remove = "communication-rule-remove" if row.service_id else ""
    return _edit(request, form, keep, title, row=row, remove=remove)


@require_http_methods(["GET", "POST"])
def service_rule(request: Request, slug: str) -> HttpResponse:
    """Give a service a rule of its own at one severity."""
    service = service_for(request.user, slug, may="change")
    form = ServiceRuleForm(request.POST or None)
    title = _("How stakeholders of %(service)s are told") % {"service": service}

    def keep() -> object:
        return workflow.keep_rule(service=service, **form.cleaned_data, actor=request.user)

    return _edit(request, form, keep, title)


@require_POST
def remove_rule(request: Request, pk: int) -> HttpResponse:
    require_look(request.user)
    workflow.remove_rule(_rule_for(request, pk), actor=request.user)
    return redirect(HERE)


def _rule_for(request: Request, pk: int) -> CommunicationRule:
    row = get_object_or_404(CommunicationRule.objects.select_related("service"), pk=pk)
    if row.service is None:
        require_administrator(request.user)
    else:
        service_for(request.user, row.service.slug, may="change")
    return row


def _edit(
    request: Request,
    form: forms.Form,
    keep: Callable[[], object],
    title: str,
    *,
    row: Any = None,
    remove: str = "",
) -> HttpResponse:
    """Show a form and keep what it says; what a rule refuses stands above it."""
    refusals: list[Refusal] = []
    try:
        if form.is_bound and attempt(form, keep) is not None:
            messages.success(request, _("Saved."))
            return redirect(HERE)
    except DomainError as refused:
        refusals = refused.refusals
    back = reverse(HERE)
    context = {
        "form": form,
        "title": title,
        "row": row,
        "refusals": refusals,
        "remove_url": reverse(f"incidents:{remove}", args=[row.pk]) if row and remove else "",
        "history_url": _history_of(row),
        "erases": remove == "stakeholder-erase",
        "crumbs": [{"label": _("Stakeholders"), "url": back}],
        "cancel_url": back,
    }
    status = 409 if refusals else 422 if form.is_bound else 200
    return render(request, "incidents/stakeholder_form.html", context, status=status)


def _history_of(row: Any) -> str:
    """People's versions hold names and are kept for no page."""
    if row is None or isinstance(row, Stakeholder):
        return ""
    return reverse("history", args=[row._meta.label_lower, row.pk])


def _incidents_of(request: Request) -> Any:
    return Incident.objects.visible_to(request.user)


def _shown(row: Stakeholder, *, may_read: bool) -> dict[str, Any]:
    """Addresses are for those who work here; who only looks sees that there is one."""
    email = row.person.email if row.person else row.email
    return {
        "row": row,
        "groups": ", ".join(group.name for group in row.groups.all()),
        "email": email if may_read or not email else mask("email", email),
        "phone": row.phone if may_read or not row.phone else f"{HIDDEN}{row.phone[-4:]}",
    }


def _rule(row: CommunicationRule) -> dict[str, Any]:
    return {
        "row": row,
        "severity": Severity(row.severity),
        "ways": ", ".join(str(medium.label) for medium in row.media),
    }
