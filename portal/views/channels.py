"""Channels: the chat rooms, mailing lists and programs of teams, and what was sent there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import channel_for, channel_teams, require_look, require_work, works_in
from portal.api.pagination import Page
from portal.contact_forms import ChannelChangeForm, ChannelForm
from portal.filters import ChannelFilter
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.models import Channel, Notification
from portal.natures import mask
from portal.views.administration import tabs
from portal.views.people import form_or_page
from portal.workflow import channels


@require_GET
def channel_list(request: Request) -> HttpResponse:
    require_look(request.user)
    rows = Channel.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows.order_by("name", "pk"), ChannelFilter)
    context["rows"] = [
        {"channel": row, "masked": mask(row.kind, row.destination)}
        for row in context["page"].rows
    ]
    context["tabs"] = tabs(request.user, "channels")
    context["may_create"] = request.user.may_work
    return render(request, "portal/channels.html", context)


@form_or_page
def create(request: Request) -> HttpResponse:
    """Make a channel; for a webhook the answer shows its secret, this once."""
    require_work(request.user)
    form = ChannelForm(request.POST or None, **_choices(request))
    made = attempt(
        form, lambda: channels.create_channel(**form.cleaned_data, actor=request.user)
    )
    if made is None:
        return _edit_page(request, form)
    channel, secret = made
    if secret:
        context = {"channel": channel, "secret": secret}
        return render(request, "portal/channel_secret.html", context, status=201)
    messages.success(request, _("Added. Send a test message to see that it works."))
    return redirect(channel)


@require_GET
def channel(request: Request, pk: int) -> HttpResponse:
    row = channel_for(request.user, pk)
    sent = Notification.objects.filter(channel=row).order_by("-pk")
    context = {
        "channel": row,
        "masked": mask(row.kind, row.destination),
        "page": Page(request, sent),
        "may_change": works_in(request.user, row.team_id),
        "why_not_test": channels.why_not_test(row),
    }
    return render(request, "portal/channel.html", context)


@form_or_page
def edit(request: Request, pk: int) -> HttpResponse:
    row = channel_for(request.user, pk, may="change")
    form = ChannelChangeForm(
        request.POST or None, instance=channel_for(request.user, pk), **_choices(request)
    )
    saved = attempt(
        form,
        lambda: channels.change_channel(row, actor=request.user, **form.cleaned_data),
    )
    if saved is None:
        return _edit_page(request, form, row)
    messages.success(request, _("Saved."))
    return redirect(saved)


@require_POST
def switch_on(request: Request, pk: int) -> HttpResponse:
    row = channel_for(request.user, pk, may="change")
    return redirect(channels.switch_channel(row, is_active=True, actor=request.user))


@require_POST
def switch_off(request: Request, pk: int) -> HttpResponse:
    row = channel_for(request.user, pk, may="change")
    return redirect(channels.switch_channel(row, is_active=False, actor=request.user))


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    channels.remove_channel(channel_for(request.user, pk, may="change"), actor=request.user)
    messages.success(request, _("Removed."))
    return redirect("channels")


@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    row = channel_for(request.user, pk, may="change")
    channels.test_channel(row, actor=request.user)
    messages.success(request, _("A test message is on its way; see the log below."))
    return redirect(row)


def _choices(request: Request) -> dict[str, Any]:
    return {
        "teams": channel_teams(request.user),
        "for_everybody": request.user.is_administrator,
    }


def _edit_page(request: Request, form: ChannelForm, row: Channel | None = None) -> HttpResponse:
    context = {"form": form, "channel": row}
    status = 422 if form.is_bound else 200
    return render(request, "portal/channel_edit.html", context, status=status)
