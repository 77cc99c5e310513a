"""How the status page looks, and its private address: kept by administrators."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents import workflow
from incidents.models import StatusPageSettings
from incidents.page_settings import page_settings
from incidents.status_forms import LogoForm, PageSettingsForm, as_lines
from portal.access import require_administrator
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request


@require_http_methods(["GET", "POST"])
def edit(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = _settings_form(request.POST or None)

    def change() -> StatusPageSettings:
        return workflow.change_page_settings(actor=request.user, **form.cleaned_data)

    if form.is_bound and attempt(form, change) is not None:
        return redirect("incidents:status-page")
    return _page(request, form, LogoForm(auto_id="id_logo_%s"))


@require_POST
def set_logo(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = LogoForm(request.POST, request.FILES, auto_id="id_logo_%s")
    if form.is_valid():
        said = form.cleaned_data
        try:
            workflow.set_logo(said["file"], alt=said["alt"], actor=request.user)
            return redirect("incidents:status-settings")
        except DomainError as refused:  # what was typed stays in the form
            for refusal in refused.refusals:
                form.add_error("file", " ".join([refusal.sentence, refusal.remedy]).strip())
    return _page(request, _settings_form(), form)


@require_POST
def remove_logo(request: Request) -> HttpResponse:
    require_administrator(request.user)
    workflow.remove_logo(actor=request.user)
    return redirect("incidents:status-settings")


def _settings_form(sent: Any = None) -> PageSettingsForm:
    kept = page_settings()
    initial = {name: getattr(kept, name) for name in PageSettingsForm.base_fields}
    initial["footer_links"] = as_lines(kept.footer_links)
    return PageSettingsForm(sent, initial=initial)


def _page(request: Request, form: PageSettingsForm, logo: LogoForm) -> HttpResponse:
    kept = page_settings()
    private = f"{settings.SITE_URL}/status/private/{kept.private_key}/"
    context = {
        "form": form,
        "logo_form": logo,
        "settings": kept,
        "private_url": private if kept.private_key else "",
        "crumbs": [{"label": _("Status page"), "url": reverse("incidents:status-page")}],
        "cancel_url": reverse("incidents:status-page"),
    }
    status = 422 if form.is_bound or logo.is_bound else 200
    return render(request, "incidents/status_settings.html", context, status=status)


@require_POST
def renew_address(request: Request) -> HttpResponse:
    require_administrator(request.user)
    workflow.renew_private_key(actor=request.user)
    return redirect("incidents:status-settings")


@require_POST
def shut_address(request: Request) -> HttpResponse:
    require_administrator(request.user)
    workflow.shut_private_address(actor=request.user)
    return redirect("incidents:status-settings")
