"""My own affairs: profile, how I am reached, my tokens, my password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import clock, limits
from portal.access import contact_for, token_for
from portal.forms import (
    ContactForm,
    ContactUseForm,
    ProfileForm,
    SignInForm,
    TokenForm,
    attempt,
)
from portal.http import Request
from portal.models import ApiToken, ContactKind, ContactMethod, Notification, User
from portal.views.people import form_or_page
from portal.workflow import contacts, people, tokens

RESETS = 5  # mails to one address within the window
RESETS_WINDOW = 3600  # seconds


@form_or_page
def profile(request: Request) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    saved = attempt(
        form,
        lambda: people.change_profile(request.user, actor=request.user, **form.cleaned_data),
    )
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("preferences")
    context = {"form": form, "tabs": _tabs("preferences")}
    return render(request, "portal/profile.html", context, status=422 if form.is_bound else 200)


@require_GET
def notification_preferences(request: Request) -> HttpResponse:
    return _contacts_page(request, ContactForm())


@require_POST
def add_contact(request: Request) -> HttpResponse:
    form = ContactForm(request.POST)
    made = attempt(
        form,
        lambda: contacts.add_contact(request.user, actor=request.user, **form.cleaned_data),
    )
    if made is None:
        return _contacts_page(request, form, status=422)
    messages.success(request, _("Added. Send a test message to see that it works."))
    return redirect("notification-preferences")


@form_or_page
def change_contact(request: Request, pk: int) -> HttpResponse:
    contact = contact_for(request.user, pk)
    form = ContactUseForm(request.POST or None, instance=contact)
    saved = attempt(
        form,
        lambda: contacts.change_contact(contact, actor=request.user, **form.cleaned_data),
    )
    if saved is None:
        context = {"form": form, "contact": contact, "masked": contacts.masked(contact)}
        status = 422 if form.is_bound else 200
        return render(request, "portal/contact_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("notification-preferences")


@require_POST
def remove_contact(request: Request, pk: int) -> HttpResponse:
    contacts.remove_contact(contact_for(request.user, pk), actor=request.user)
    messages.success(request, _("Removed."))
    return redirect("notification-preferences")


@require_POST
def test_contact(request: Request, pk: int) -> HttpResponse:
    contacts.send_test(contact_for(request.user, pk), actor=request.user)
    messages.success(request, _("A test message is on its way; see the log below."))
    return redirect("notification-preferences")


def _contacts_page(request: Request, form: ContactForm, *, status: int = 200) -> HttpResponse:
    mine = list(ContactMethod.objects.filter(person=request.user))
    log = Notification.objects.filter(person=request.user).select_related("contact")
    context = {
        "ways": [{"contact": way, "masked": contacts.masked(way)} for way in mine],
        "wakes_me": any(
            way.for_high and not way.is_broken and way.kind != ContactKind.EMAIL for way in mine
        ),
        "reaches_me": any(way.for_high and not way.is_broken for way in mine),
        "log": log.order_by("-pk")[:20],
        "form": form,
        "tabs": _tabs("notification-preferences"),
    }
    return render(request, "portal/notification_preferences.html", context, status=status)


@require_GET
def token_list(request: Request) -> HttpResponse:
    return _tokens_page(request, TokenForm())


@require_POST
def create_token(request: Request) -> HttpResponse:
    """Make a token; the answer shows it, this once."""
    form = TokenForm(request.POST)
    made = attempt(
        form,
        lambda: tokens.create_token(
            request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=clock.now() + form.lifetime,
            actor=request.user,
        ),
    )
    if made is None:
        return _tokens_page(request, form, status=422)
    token, secret = made
    return _tokens_page(request, TokenForm(), status=201, made=token, secret=secret)


@require_POST
def revoke_token(request: Request, pk: int) -> HttpResponse:
    token = tokens.revoke_token(token_for(request.user, pk), actor=request.user)
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("tokens")


def _tokens_page(
    request: Request, form: TokenForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    now = clock.now()
    mine = ApiToken.objects.filter(person=request.user)[:100]
    context = {
        "tokens": [{"token": token, "is_valid": token.is_valid_at(now)} for token in mine],
        "form": form,
        "tabs": _tabs("tokens"),
        **more,
    }
    return render(request, "portal/tokens.html", context, status=status)


def _tabs(active: str) -> list[dict[str, Any]]:
    parts = [
        ("preferences", _("Profile"), "/me/"),
        ("notification-preferences", _("How I am reached"), "/me/notifications/"),
        ("tokens", _("API tokens"), "/me/tokens/"),
        ("password", _("Password"), "/password/change/"),
    ]
    return [{"label": label, "url": url, "active": key == active} for key, label, url in parts]


class SignIn(auth.LoginView):
    """Signing in; the log keeps who did."""

    authentication_form = SignInForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        people.note_sign_in(form.get_user())
        return response


class ChangePassword(auth.PasswordChangeView):
    """A new password; this session goes on, all others end."""

    def form_valid(self, form: Any) -> HttpResponse:
        person = _set(form)
        update_session_auth_hash(self.request, person)
        return HttpResponseRedirect(self.get_success_url())


class ResetForm(PasswordResetForm):
    """Asks for a link by e-mail; a few for each address, so that nobody is flooded."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        address = self.cleaned_data["email"]
        if limits.count("reset", address, window=RESETS_WINDOW) <= RESETS:
            super().save(*args, **kwargs)


class ResetPassword(auth.PasswordResetView):
    form_class = ResetForm
    extra_email_context = {
        "protocol": settings.SITE_URL.partition("://")[0],
        "domain": settings.SITE_URL.partition("://")[2],
    }


class ConfirmReset(auth.PasswordResetConfirmView):
    """Where the link from the mail leads; it works once."""

    def form_valid(self, form: Any) -> HttpResponse:
        _set(form)
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        return HttpResponseRedirect(self.get_success_url())


def _set(form: SetPasswordForm[User]) -> User:
    password = form.cleaned_data["new_password1"]
    return people.change_password(form.user, password=password, actor=form.user)
