"""The rules by which alerts become incidents: read by all, written by administrators."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import workflow
from incidents.grouping_forms import GroupingRuleForm
from incidents.models import GroupingRule
from incidents.parts import parts
from operations import matchers
from portal.access import require_administrator, require_look
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.http import Request

NAMES = list(GroupingRuleForm.base_fields)


@require_GET
def rule_list(request: Request) -> HttpResponse:
    """All rules in the order in which they are asked; there are few."""
    require_look(request.user)
    rules = GroupingRule.objects.visible_to(request.user)
    context = {
        "rows": [
            {"rule": rule, "matchers": matchers.text(rule.matchers)} for rule in rules[:500]
        ],
        "may_change": request.user.is_administrator,
        "parts": parts("grouping-rules"),
    }
    return render(request, "incidents/grouping_rules.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = GroupingRuleForm(request.POST or None)

    def make() -> GroupingRule:
        return workflow.make_grouping_rule(**form.cleaned_data, actor=request.user)

    if form.is_bound and attempt(form, make) is not None:
        return redirect("incidents:grouping-rules")
    return _form_page(request, form, title=_("New grouping rule"))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    rule = rule_for(request, pk)
    initial = {name: getattr(rule, name) for name in NAMES}
    form = GroupingRuleForm(request.POST or None, initial=initial)
    title = _("Change “%(rule)s”") % {"rule": rule}
    refusals: list[Refusal] = []

    def change() -> GroupingRule:
        return workflow.change_grouping_rule(rule, actor=request.user, **form.cleaned_data)

    try:
        if form.is_bound and attempt(form, change) is not None:
            return redirect("incidents:grouping-rules")
    except DomainError as refused:
        refusals = refused.refusals
    return _form_page(request, form, title=title, rule=rule, refusals=refusals)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    workflow.remove_grouping_rule(rule_for(request, pk), actor=request.user)
    return redirect("incidents:grouping-rules")


def rule_for(request: Request, pk: int) -> GroupingRule:
    require_administrator(request.user)
    return get_object_or_404(GroupingRule, pk=pk)


def _form_page(
    request: Request,
    form: GroupingRuleForm,
    *,
    title: str,
    rule: GroupingRule | None = None,
    refusals: list[Refusal] | None = None,
) -> HttpResponse:
    back = reverse("incidents:grouping-rules")
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "rule": rule,
        "refusals": refusals,
        "why_not_remove": workflow.why_not_remove_grouping(rule) if rule else [],
        "crumbs": [{"label": _("Grouping"), "url": back}],
        "cancel_url": back,
    }
    status = 409 if refusals else 422 if form.is_bound else 200
    return render(request, "incidents/grouping_rule.html", context, status=status)
