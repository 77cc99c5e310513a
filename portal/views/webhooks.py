"""Webhooks out: which programs hear of our events, and what became of each delivery."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import require_administrator, webhook_for
from portal.api.pagination import Page
from portal.filters import DeliveryFilter
from portal.forms import WebhookForm, attempt
from portal.http import Request
from portal.listing import listing
from portal.models import SendState, Webhook, WebhookDelivery
from portal.views.administration import tabs
from portal.views.people import form_or_page
from portal.workflow import webhooks


@require_GET
def webhook_list(request: Request) -> HttpResponse:
    require_administrator(request.user)
    failed = Count("deliveries", filter=Q(deliveries__state=SendState.FAILED))
    page = Page(request, Webhook.objects.annotate(failed_count=failed).order_by("name", "pk"))
    context = {"page": page, "tabs": tabs(request.user, "webhooks")}
    return render(request, "portal/webhooks.html", context)


@form_or_page
def create(request: Request) -> HttpResponse:
    """Make a webhook; the answer shows its secret, this once."""
    require_administrator(request.user)
    form = WebhookForm(request.POST or None)
    made = attempt(
        form, lambda: webhooks.create_webhook(**form.cleaned_data, actor=request.user)
    )
    if made is None:
        status = 422 if form.is_bound else 200
        return render(request, "portal/webhook_edit.html", {"form": form}, status=status)
    webhook, secret = made
    context = {"webhook": webhook, "secret": secret}
    return render(request, "portal/webhook_secret.html", context, status=201)


@require_GET
def webhook(request: Request, pk: int) -> HttpResponse:
    found = webhook_for(request.user, pk)
    rows = WebhookDelivery.objects.filter(webhook=found).select_related("event")
    context = listing(request, rows, DeliveryFilter)
    context["webhook"] = found
    context["why_not_test"] = webhooks.why_not_test(found)
    return render(request, "portal/webhook.html", context)


@form_or_page
def edit(request: Request, pk: int) -> HttpResponse:
    found = webhook_for(request.user, pk)
    form = WebhookForm(request.POST or None, instance=found)
    saved = attempt(
        form, lambda: webhooks.change_webhook(found, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        context = {"form": form, "webhook": webhook_for(request.user, pk)}
        status = 422 if form.is_bound else 200
        return render(request, "portal/webhook_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("webhook", pk)


@require_POST
def switch_on(request: Request, pk: int) -> HttpResponse:
    webhooks.switch_on(webhook_for(request.user, pk), actor=request.user)
    return redirect("webhook", pk)


@require_POST
def switch_off(request: Request, pk: int) -> HttpResponse:
    webhooks.switch_off(webhook_for(request.user, pk), actor=request.user)
    return redirect("webhook", pk)


@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    found = webhook_for(request.user, pk)
    webhooks.delete_webhook(found, actor=request.user)
    messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
    return redirect("webhooks")


@require_POST
def send_test(request: Request, pk: int) -> HttpResponse:
    webhooks.send_test(webhook_for(request.user, pk), actor=request.user)
    messages.success(request, _("A test delivery is on its way; see the log below."))
    return redirect("webhook", pk)


@require_POST
def retry(request: Request, pk: int, delivery: int) -> HttpResponse:
    deliveries = WebhookDelivery.objects.filter(webhook=webhook_for(request.user, pk))
    webhooks.retry(get_object_or_404(deliveries, pk=delivery), actor=request.user)
    messages.success(request, _("It is tried again now."))
    return redirect("webhook", pk)
