from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import formats, workflow
from operations.access import integration_for, may_set_up, receipt_for, seen_by
from operations.filters import IntegrationFilter, ReceiptFilter
from operations.formats import Snippet
from operations.forms import IntegrationForm
from operations.forms.integrations import SENTENCES
from operations.models import (
    Integration,
    Receipt,
    ReceiptState,
    Rejection,
    RejectionReason,
)
from portal import events
from portal.access import require_look, require_work
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.models import Service, User
from portal.timeline import lines

SHOWN = 20
REJECTED_SHOWN = 5
BEGINNING_SHOWN = 2000  # bytes of a call that was turned away
BODY_SHOWN = 200_000  # characters


@require_GET
def integration_list(request: Request) -> HttpResponse:
    require_look(request.user)
    integrations = Integration.objects.select_related("service").annotate(
        last_call_at=_last_call(), last_call_state=_last_state()
    )
    rows = seen_by(request.user, integrations)
    context = listing(request, rows, IntegrationFilter)
    unknown = Rejection.objects.filter(
        integration=None, reason=RejectionReason.UNKNOWN_KEY
    ).first()
    context |= {"unknown_calls": unknown, "may_create": _services_of(request.user).exists()}
    return render(request, "operations/integrations.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = _form(request)
    if not form.is_valid():
        return _form_page(request, form, title=_("New integration"))
    integration, key = workflow.make_integration(**form.cleaned_data, actor=request.user)
    return _detail_page(request, integration, key=key, status=201)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _detail_page(request, integration_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    form = _form(request, integration)
    if not form.is_valid():
        return _form_page(request, form, title=_("Change this integration"), of=integration)
    workflow.change_integration(integration, **form.cleaned_data, actor=request.user)
    return redirect("operations:integration", pk)


@require_POST
def rotate_key(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    integration, key = workflow.rotate_key(integration, actor=request.user)
    return _detail_page(request, integration, key=key)


@require_POST
def switch_off(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    workflow.switch_off(integration, actor=request.user)
    return redirect(integration)


@require_POST
def switch_on(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    workflow.switch_on(integration, actor=request.user)
    return redirect(integration)


@require_POST
def send_test(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    receipt = workflow.send_test(integration, actor=request.user)
    messages.success(request, _("The test was taken in; here is what becomes of it."))
    return redirect(receipt)


@require_GET
def receipt_list(request: Request) -> HttpResponse:
    require_look(request.user)
    receipts = Receipt.objects.select_related("integration").defer("body")
    context = listing(request, seen_by(request.user, receipts), ReceiptFilter)
    return render(request, "operations/receipts.html", context)


@require_GET
def receipt(request: Request, pk: int) -> HttpResponse:
    shown = receipt_for(request.user, pk)
    context = {
        "receipt": shown,
        "body": bytes(shown.body[:BODY_SHOWN]).decode(errors="replace"),
        "is_long": len(shown.body) > BODY_SHOWN,
        "may_replay": may_set_up(request.user, shown.integration.service),
        "why_not_replay": workflow.why_not_replay(shown),
    }
    return render(request, "operations/receipt.html", context)


@require_POST
def replay(request: Request, pk: int) -> HttpResponse:
    shown = receipt_for(request.user, pk, may="change")
    workflow.replay(shown, actor=request.user)
    messages.success(request, _("It is being read again."))
    return redirect(shown)


def _snippets(integration: Integration, key: str) -> list[Snippet]:
    """What goes into the monitor; the key stays out of the address and so out of logs."""
    if integration.kind not in formats.FORMATS:  # the portal itself
        return []
    return formats.format_of(integration.kind).set_up(settings.SITE_URL, key)


def _rejected(integration: Integration) -> list[dict[str, Any]]:
    """The newest calls that were turned away with their beginnings, to be shown at once."""
    rows = integration.receipts.filter(state=ReceiptState.REJECTED)[:REJECTED_SHOWN]
    return [
        {
            "received_at": row.received_at,
            "error": row.error,
            "beginning": bytes(row.body[:BEGINNING_SHOWN]).decode(errors="replace"),
            "get_absolute_url": row.get_absolute_url(),
        }
        for row in rows
    ]


def _last_call() -> Subquery:
    """When each integration was heard last, whatever came of it."""
    calls = Receipt.objects.filter(integration=OuterRef("pk")).order_by("-pk")
    return Subquery(calls.values("received_at")[:1])


def _last_state() -> Subquery:
    calls = Receipt.objects.filter(integration=OuterRef("pk")).order_by("-pk")
    return Subquery(calls.values("state")[:1])


def _services_of(user: User) -> QuerySet[Service]:
    """Services that this person may let a monitor in for."""
    services = Service.objects.current().visible_to(user)
    if user.is_administrator:
        return services
    return services.filter(team__membership__person=user) if user.may_work else services.none()


def _form(request: Request, integration: Integration | None = None) -> IntegrationForm:
    return IntegrationForm(
        request.POST or None,
        instance=integration,
        services=_services_of(request.user),
        may_leave_open=request.user.is_administrator,
    )


def _form_page(
    request: Request, form: IntegrationForm, *, title: str, of: Integration | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [{"label": _("Integrations"), "url": reverse("operations:integrations")}],
        "cancel_url": of.get_absolute_url() if of else reverse("operations:integrations"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


def _detail_page(
    request: Request, integration: Integration, *, key: str = "", status: int = 200
) -> HttpResponse:
    may_change = may_set_up(request.user, integration.service)
    not_yours = Refusal("not_yours", _("Only the service's team changes this integration."))
    if integration.service is None:
        not_yours = Refusal("not_yours", _("Only administrators change this integration."))
    receipts = integration.receipts.select_related("integration").defer("body")
    refusals = workflow.why_not_change(integration) if may_change else [not_yours]
    context = {
        "integration": integration,
        "key": key,
        "sentence": SENTENCES.get(integration.kind, ""),
        "snippets": _snippets(integration, key or "KEY"),
        "has_rules": formats.rules_of(integration.kind) is not None,
        "mapping": integration.mappings.first(),
        "rejected": _rejected(integration),
        "refusals": refusals,
        "why_not_test": workflow.why_not_test(integration) if may_change else [not_yours],
        "why_not_map": workflow.why_not_map(integration) if may_change else [not_yours],
        "receipts": receipts[:SHOWN],
        "rejections": integration.rejections.all(),
        "timeline": lines(events.about(integration)[:SHOWN], about=integration),
    }
    return render(request, "operations/integration.html", context, status=status)
