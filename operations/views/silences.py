"""Silences: the list, one with what it holds, and writing one with a look at what it would."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import matchers, noise, weekly, workflow
from operations.access import alert_for, may_silence, silence_for
from operations.filters import SilenceFilter
from operations.forms import ExtendForm, SilenceForm
from operations.models import Alert, Silence
from portal import clock, events
from portal.access import require_look, require_work, service_for
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.timeline import lines

STATES = {
    "active": (gettext_lazy("Active"), "busy"),
    "pending": (gettext_lazy("Still to come"), "info"),
    "waiting": (gettext_lazy("Between its hours"), "info"),
    "expired": (gettext_lazy("Over"), "neutral"),
}
HELD = 50
HOUR = timedelta(hours=1)


@require_GET
def silence_list(request: Request) -> HttpResponse:
    require_look(request.user)
    silences = Silence.objects.visible_to(request.user).with_list_columns()
    context: dict[str, Any] = listing(request, silences, SilenceFilter)
    context["rows"] = [_row(silence) for silence in context["page"].rows]
    return render(request, "operations/silences.html", context)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    silence = silence_for(request.user, pk)
    context = {
        **_row(silence),
        "services": list(silence.services.all()),
        "held": silence.holds.with_list_columns()[:HELD],
        "refusals": _why_not(request, silence),
        "extend_form": ExtendForm(),
        "may_work": request.user.may_work,
        "timeline": lines(events.about(silence)[:50], about=silence),
    }
    return render(request, "operations/silence.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        form = SilenceForm(user=request.user, initial=_initial(request))
        return _form_page(request, form, title=_("New silence"))
    form = SilenceForm(request.POST, user=request.user)
    if "preview" in request.POST and form.is_valid():
        return _form_page(request, form, title=_("New silence"), preview=_preview(form))

    def make() -> Silence:
        return workflow.make_silence(**form.values, actor=request.user)

    return _save(request, form, make, title=_("New silence"))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    silence = silence_for(request.user, pk, may="change")
    title = _("Change this silence")
    if request.method == "GET":
        form = SilenceForm(user=request.user, initial=_as_initial(silence))
        form.fields["team"].disabled = True
        return _form_page(request, form, title=title, silence=silence)
    form = SilenceForm(request.POST, user=request.user, initial=_as_initial(silence))
    form.fields["team"].disabled = True
    if "preview" in request.POST and form.is_valid():
        found = _preview(form)
        return _form_page(request, form, title=title, silence=silence, preview=found)

    def change() -> Silence:
        values = {name: value for name, value in form.values.items() if name != "team"}
        return workflow.change_silence(silence, **values, actor=request.user)

    return _save(request, form, change, title=title, silence=silence)


@require_POST
def end(request: Request, pk: int) -> HttpResponse:
    silence = silence_for(request.user, pk, may="change")
    ended = workflow.end_silence(silence, actor=request.user)
    messages.success(request, _("The silence has ended; what still fires is looked at again."))
    return redirect(ended)


@require_POST
def extend(request: Request, pk: int) -> HttpResponse:
    silence = silence_for(request.user, pk, may="change")
    form = ExtendForm(request.POST)
    if form.is_valid():
        ends_at = silence.ends_at + form.longer_by
        silence = workflow.change_silence(silence, ends_at=ends_at, actor=request.user)
        messages.success(request, _("The silence lasts longer."))
    return redirect(silence)


def _save(
    request: Request, form: SilenceForm, verb: Any, *, title: str, silence: Any = None
) -> HttpResponse:
    refusals: list[Refusal] = []
    try:
        if (saved := attempt(form, verb)) is not None:
            return redirect(saved)
    except DomainError as refused:
        refusals = refused.refusals
    status = 409 if refusals else 422
    return _form_page(
        request, form, title=title, silence=silence, refusals=refusals, status=status
    )


def _preview(form: SilenceForm) -> list[Alert]:
    said = form.cleaned_data
    return workflow.would_hold(
        matchers=said["matchers"], team=said["team"], services=said["services"]
    )


def _form_page(
    request: Request, form: SilenceForm, *, title: str, status: int = 200, **more: Any
) -> HttpResponse:
    silence = more.get("silence")
    back = silence.get_absolute_url() if silence else reverse("operations:silences")
    crumbs = [
        {"label": _("Alerts"), "url": reverse("operations:alerts")},
        {"label": _("Silences"), "url": reverse("operations:silences")},
    ]
    context = {"form": form, "title": title, "crumbs": crumbs, "cancel_url": back, **more}
    return render(request, "operations/silence_form.html", context, status=status)


def _initial(request: Request) -> dict[str, Any]:
    """An hour from now; of an alert that one, of a service all; of a silence the same again."""
    ends_at = clock.now() + HOUR
    if (pk := request.GET.get("copy", "")).isdecimal():
        return {**_as_initial(silence_for(request.user, int(pk))), "starts_at": None} | {
            "ends_at": ends_at
        }
    if (pk := request.GET.get("alert", "")).isdecimal():
        alert = alert_for(request.user, int(pk))
        service = alert.service
        return {
            "matchers": matchers.exactly(noise.subject_of(alert).labels),
            "team": service.team.slug if service else None,
            "services": [service.slug] if service else [],
            "ends_at": ends_at,
        }
    if slug := request.GET.get("service", ""):
        service = service_for(request.user, slug)
        return {"team": service.team.slug, "services": [slug], "ends_at": ends_at}
    return {"ends_at": ends_at}


def _as_initial(silence: Silence) -> dict[str, Any]:
    names = ["reason", "matchers", "starts_at", "ends_at", "weekly", "time_zone"]
    return {
        **{name: getattr(silence, name) for name in names},
        "team": silence.team.slug if silence.team else None,
        "services": [service.slug for service in silence.services.all()],
    }


def _why_not(request: Request, silence: Silence) -> list[Refusal]:
    if not may_silence(request.user, silence.team):
        owner = silence.team or _("Administrators")
        sentence = _("%(team)s: only they change this silence.") % {"team": owner}
        return [Refusal("not_yours", sentence)]
    return workflow.why_not_change_silence(silence, clock.now())


def _row(silence: Silence) -> dict[str, Any]:
    now = clock.now()
    state = silence.state_at(now)
    if state == "active" and not noise.holds_at(silence, now):
        state = "waiting"
    label, tone = STATES[state]
    return {
        "silence": silence,
        "state": state,
        "label": label,
        "tone": tone,
        "matchers": matchers.text(silence.matchers),
        "weekly": weekly.text(silence.weekly),
    }
