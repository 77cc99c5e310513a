"""My own affairs: profile, my tokens, my password."""

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
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import clock, limits
from portal.access import token_for
from portal.forms import ProfileForm, SignInForm, TokenForm, attempt
from portal.http import Request
from portal.models import ApiToken, User
from portal.views.people import form_or_page
from portal.workflow import people, tokens

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
    context = {"form": form, "tabs": tabs(request.user, "preferences")}
    return render(request, "portal/profile.html", context, status=422 if form.is_bound else 200)


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
        "tabs": tabs(request.user, "tokens"),
        **more,
    }
    return render(request, "portal/tokens.html", context, status=status)


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    """Return the pages of this person's own affairs."""
    parts = [
        ("preferences", _("Profile"), reverse("preferences")),
        (
            "notification-preferences",
            _("How I am reached"),
            reverse("notification-preferences"),
        ),
        ("deliveries", _("Delivery log"), reverse("deliveries", args=[user.pk])),
        ("tokens", _("API tokens"), reverse("tokens")),
        ("password", _("Password"), reverse("password_change")),
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
