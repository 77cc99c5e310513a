"""
How the public subscribes to the status page, changes that, and leaves.

What is opened only shows: mail scanners follow every link of a letter. A button acts, or the
one click of RFC 8058, which is a POST of its own. The token in the address is the secret, so
no cookie is asked for, no page is kept, and no address leaves with a link.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import subscriber_tokens, workflow
from incidents.components import named
from incidents.models import Subscriber, SubscriberKind, SubscriberState
from incidents.subscriber_forms import ChoicesForm, SubscribeForm
from portal import limits
from portal.clients import client_of
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.natures import mask

View = Callable[..., HttpResponse]

ASKS = 10  # from one client
ASKS_WINDOW = 60 * 60  # seconds since the last of them
ONE_CLICK = "One-Click"


def personal(view: View) -> View:
    """A page for whoever holds its address: shown on GET, acting on POST, kept nowhere."""

    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @never_cache
    @csrf_exempt  # no cookie gives a right here; the address itself does
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def asks_too_often(request: HttpRequest) -> bool:
    """Count one more; whether this client must wait, whatever address it asks for."""
    return limits.count("subscribe", client_of(request), window=ASKS_WINDOW) > ASKS


@personal
def subscribe(request: HttpRequest) -> HttpResponse:
    """Take in an address; the answer is the same for one that we know already."""
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _page("subscribe", {"form": form})
    if asks_too_often(request):
        form.add_error(None, _("Too many tries from here. Wait an hour, then try again."))
        return _page("subscribe", {"form": form}, status=429)

    def ask() -> object:
        said = {name: form.cleaned_data[name] for name in ("kind", "address")}
        return workflow.ask_to_subscribe(**said, **form.choices)

    if attempt(form, ask) is None:
        return _page("subscribe", {"form": form}, status=422)
    is_mail = form.cleaned_data["kind"] == SubscriberKind.EMAIL
    return _page("subscribe", {"form": None, "is_mail": is_mail})


@personal
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only the button begins the subscription."""
    subscriber = subscriber_tokens.confirmed_by(token)
    if subscriber is None:
        return _no_use()
    refusals = workflow.why_not_confirm(subscriber)
    if request.method == "POST" and not refusals:
        subscriber = workflow.confirm_subscription(subscriber)
    is_confirmed = subscriber.state in {SubscriberState.ACTIVE, SubscriberState.PAUSED}
    if request.method == "POST" and is_confirmed:
        manage = subscriber_tokens.token_of(subscriber.nonce, "manage")
        return redirect("status-subscription", manage)
    context = {"subscriber": subscriber, "refusals": refusals, "is_confirmed": is_confirmed}
    return _page("confirm", context | _told(subscriber), status=410 if refusals else 200)


@personal
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Show what somebody follows; change, pause or end it."""
    subscriber = subscriber_tokens.managed_by(token)
    if subscriber is None:
        return _no_use()
    if subscriber.state == SubscriberState.LEFT:
        return _page("left", {}, status=410)
    if request.method == "POST":
        return _act(request, subscriber, token)
    form = ChoicesForm(initial=_choices_of(subscriber))
    return _manage(subscriber, form, has_saved=request.GET.get("saved") == "1")


def _act(request: HttpRequest, subscriber: Subscriber, token: str) -> HttpResponse:
    verbs: dict[str, Callable[[Subscriber], Subscriber]] = {
        "pause": workflow.pause_subscription,
        "resume": workflow.resume_subscription,
        "leave": workflow.leave,
    }
    do = verbs.get(request.POST.get("do", ""))
    form = ChoicesForm(request.POST if do is None else None, initial=_choices_of(subscriber))
    try:
        if do is not None:
            changed = do(subscriber)
        elif (changed_or_none := _choose(form, subscriber)) is None:
            return _manage(subscriber, form, status=422)
        else:
            changed = changed_or_none
    except DomainError as refused:
        return _manage(subscriber, form, refusals=refused.refusals, status=409)
    if changed.state == SubscriberState.LEFT:
        return _page("left", {})
    response = redirect("status-subscription", token)
    response.headers["Location"] += "?saved=1"
    return response


def _choose(form: ChoicesForm, subscriber: Subscriber) -> Subscriber | None:
    return attempt(form, lambda: workflow.choose_subscription(subscriber, **form.choices))


@personal
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """
    End the subscription: by the button of this page, or by one click of a mail program.

    The one click is answered with 200 and no redirect, also when it comes twice (RFC 8058).
    """
    subscriber = subscriber_tokens.managed_by(token)
    if subscriber is None:
        return _no_use()
    if request.method == "POST":
        workflow.leave(subscriber)
        if request.POST.get("List-Unsubscribe") == ONE_CLICK:
            return HttpResponse("Unsubscribed.\n", content_type="text/plain")
        return _page("left", {})
    if subscriber.state == SubscriberState.LEFT:
        return _page("left", {})
    return _page("unsubscribe", {"subscriber": subscriber} | _told(subscriber))


def _choices_of(subscriber: Subscriber) -> dict[str, Any]:
    names = ("wants_incidents", "wants_maintenance", "components")
    return {name: getattr(subscriber, name) for name in names}


def _told(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "address": mask(subscriber.kind, subscriber.address) if subscriber.address else "",
        "components": named(subscriber.components),
    }


def _manage(
    subscriber: Subscriber,
    form: ChoicesForm,
    *,
    refusals: list[Refusal] | None = None,
    has_saved: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "subscriber": subscriber,
        "form": form,
        "refusals": refusals or [],
        "has_saved": has_saved,
    }
    return _page("subscription", context | _told(subscriber), status=status)


def _no_use() -> HttpResponse:
    """The same for a token that never was and for one that is not whole."""
    return _page("unknown", {}, status=404)


def _page(name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Drawn without the request, so that nothing about who looks can get in."""
    words = render_to_string(f"status/{name}.html", {**context, "brand_name": settings.NAME})
    return HttpResponse(words, status=status)
