"""Noise: what is held now, the rules by which one alert mutes another, and the settings."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from operations import matchers, noise, workflow
from operations.access import inhibition_for, seen_by
from operations.filters import HeldNowFilter, InhibitionFilter
from operations.forms import InhibitionForm, NoiseSettingsForm
from operations.models import Hold, Inhibition
from portal import events
from portal.access import require_administrator, require_look
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.timeline import lines

MUTED = 50


@require_GET
def held_now(request: Request) -> HttpResponse:
    """Everything that is held back, each with the rule that holds it."""
    require_look(request.user)
    holds = Hold.objects.visible_to(request.user).open().with_list_columns()
    return render(request, "operations/noise.html", listing(request, holds, HeldNowFilter))


@require_http_methods(["GET", "POST"])
def settings(request: Request) -> HttpResponse:
    require_look(request.user)
    if request.method == "POST":
        require_administrator(request.user)
    form = NoiseSettingsForm(request.POST or None, instance=noise.settings())
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.Meta.fields}
        workflow.change_noise_settings(actor=request.user, **values)
        messages.success(request, _("The settings are saved."))
        return redirect("operations:noise-settings")
    context = {"form": form, "may_change": request.user.is_administrator}
    status = 422 if form.is_bound else 200
    return render(request, "operations/noise_settings.html", context, status=status)


@require_GET
def inhibition_list(request: Request) -> HttpResponse:
    require_look(request.user)
    context: dict[str, Any] = listing(
        request, seen_by(request.user, Inhibition.objects.all()), InhibitionFilter
    )
    context["rows"] = [_row(rule) for rule in context["page"].rows]
    context["may_create"] = request.user.is_administrator
    return render(request, "operations/inhibitions.html", context)


@require_GET
def inhibition(request: Request, pk: int) -> HttpResponse:
    rule = inhibition_for(request.user, pk)
    holds = Hold.objects.filter(inhibition=rule).with_list_columns()
    context = {
        **_row(rule),
        "held": holds[:MUTED],
        "may_change": request.user.is_administrator,
        "timeline": lines(events.about(rule)[:20], about=rule),
    }
    return render(request, "operations/inhibition.html", context)


@require_http_methods(["GET", "POST"])
def create_inhibition(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = InhibitionForm(request.POST or None)

    def make() -> Inhibition:
        return workflow.make_inhibition(**form.cleaned_data, actor=request.user)

    if form.is_bound and (made := attempt(form, make)):
        return redirect(made)
    return _form_page(request, form, title=_("New inhibition rule"))


@require_http_methods(["GET", "POST"])
def edit_inhibition(request: Request, pk: int) -> HttpResponse:
    rule = inhibition_for(request.user, pk, may="change")
    names = ["name", "source_matchers", "target_matchers", "equal", "is_active"]
    form = InhibitionForm(
        request.POST or None, initial={name: getattr(rule, name) for name in names}
    )

    def change() -> Inhibition:
        return workflow.change_inhibition(rule, **form.cleaned_data, actor=request.user)

    if form.is_bound and (changed := attempt(form, change)):
        return redirect(changed)
    return _form_page(request, form, title=_("Change this rule"), rule=rule)


def _form_page(
    request: Request, form: InhibitionForm, *, title: str, rule: Inhibition | None = None
) -> HttpResponse:
    back = reverse("operations:inhibitions")
    context = {
        "form": form,
        "title": title,
        "crumbs": [
            {"label": _("Alerts"), "url": reverse("operations:alerts")},
            {"label": _("Inhibition rules"), "url": back},
        ],
        "cancel_url": rule.get_absolute_url() if rule else back,
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


def _row(rule: Inhibition) -> dict[str, Any]:
    return {
        "rule": rule,
        "source": matchers.text(rule.source_matchers),
        "target": matchers.text(rule.target_matchers),
        "equal": ", ".join(rule.equal),
    }
