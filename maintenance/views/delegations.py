"""Delegations: who votes for whom, and until when."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import delegation_for
from maintenance.filters import DelegationFilter
from maintenance.models import ApprovalDelegation
from maintenance.policy_forms import DelegationForm
from maintenance.workflow.policies import why_not_revoke
from portal import clock
from portal.access import require_work
from portal.http import Request
from portal.listing import listing

STANDINGS: dict[str, tuple[Any, str]] = {
    "revoked": (_("Taken back"), "neutral"),
    "upcoming": (_("To come"), "info"),
    "in_force": (_("In force"), "good"),
    "over": (_("Over"), "neutral"),
}


@require_GET
def delegation_list(request: Request) -> HttpResponse:
    rows = ApprovalDelegation.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, DelegationFilter)
    page = context["page"]
    context |= {
        "rows": [_row(request, item) for item in page.rows],
        "total": ngettext("%(n)s delegation", "%(n)s delegations", page.counted)
        % {"n": page.total_text},
        "may_write": request.user.may_work,
    }
    return render(request, "maintenance/delegations.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        initial = {"starts_at": clock.now()}
        return _form_page(request, DelegationForm(user=request.user, initial=initial))
    form = DelegationForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        made = workflow.delegate_approvals(**form.cleaned_data, actor=request.user)
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
        return _form_page(request, form, status=422)
    return redirect(made)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    item = delegation_for(request.user, pk, may="change")
    return redirect(workflow.revoke_delegation(item, actor=request.user))


def _row(request: Request, item: ApprovalDelegation) -> dict[str, Any]:
    now = clock.now()
    standing = item.standing_at(now)
    label, tone = STANDINGS[standing]
    mine = request.user.is_administrator or item.giver_id == request.user.pk
    return {
        "item": item,
        "state": standing,
        "label": label,
        "tone": tone,
        "may_revoke": mine and not why_not_revoke(item, now),
    }


def _form_page(request: Request, form: DelegationForm, *, status: int = 200) -> HttpResponse:
    return render(request, "maintenance/delegation_new.html", {"form": form}, status=status)
