"""Who would be woken: a question on the left, what would happen on the right."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents.parts import parts
from incidents.simulating import simulate
from incidents.simulation import Message, Question, Rung, Simulation
from incidents.simulation_form import SimulationForm
from incidents.wording import length
from portal import clock
from portal.access import require_look
from portal.http import Request


@require_GET
def who_would_be_woken(request: Request) -> HttpResponse:
    """Everybody who looks may ask; addresses are masked."""
    require_look(request.user)
    asks = bool(request.GET)
    form = SimulationForm(
        request.GET if asks else None, user=request.user, initial={"at": clock.now()}
    )
    context: dict[str, Any] = {"form": form, "parts": parts("who-would-be-woken")}
    if asks and form.is_valid():
        context |= _shown(request, simulate(form.question(), now=clock.now()))
    status = 422 if asks and not form.is_valid() else 200
    return render(request, "incidents/simulation.html", context, status=status)


def _shown(request: Request, found: Simulation) -> dict[str, Any]:
    begins = found.starts_at or found.asked.at
    return {
        "found": found,
        "answer": _answer(found),
        "link": request.build_absolute_uri(_link(found.asked)),
        "phases": [
            {"holds": phase.holds, "rungs": [_rung(rung, begins) for rung in phase.rungs]}
            for phase in found.phases
        ],
    }


def _link(asked: Question) -> str:
    """The address of exactly this question; “now” becomes the moment at which it was asked."""
    said = {
        "service": asked.service.slug if asked.service else "",
        "severity": asked.severity,
        "at": asked.at.isoformat(),
        "labels": ", ".join(f'{name}="{value}"' for name, value in asked.labels.items())
        if asked.alert is None
        else "",
        "integration": asked.integration.pk if asked.integration else "",
        "alert": asked.alert.pk if asked.alert else "",
    }
    query = urlencode({name: value for name, value in said.items() if value != ""})
    return f"{reverse('incidents:who-would-be-woken')}?{query}"


def _answer(found: Simulation) -> dict[str, Any]:
    """The whole in one sentence: who is told first, when, and by which way."""
    first = min(_messages_to_people(found), key=lambda row: row[0].at, default=None)
    if first is None:
        return {"tone": "bad" if found.rungs else "neutral", "text": _("Nobody is woken.")}
    message, name = first
    words = {
        "name": name,
        "at": f"{timezone.localtime(message.at):%a %d %b, %H:%M %Z}",
        "way": message.way,
        "address": message.address,
    }
    text = _("%(name)s is woken first, on %(at)s, by %(way)s (%(address)s).") % words
    if message.is_verified and not message.is_broken:
        return {"tone": "good", "text": text}
    return {"tone": "busy", "text": f"{text} {_doubt(found)}"}


def _doubt(found: Simulation) -> str:
    """That the first way is not proved to work, and who is surely reached."""
    sure = [
        row for row in _messages_to_people(found) if row[0].is_verified and not row[0].is_broken
    ]
    if not sure:
        return _("No way of anybody who is told has been proved to work.")
    message, name = min(sure, key=lambda row: row[0].at)
    assert found.starts_at is not None
    words = {"name": name, "after": length(message.at - found.starts_at)}
    return (
        _("That way is not proved to work; %(name)s is surely reached after %(after)s.") % words
    )


def _messages_to_people(found: Simulation) -> list[tuple[Message, str]]:
    return [
        (message, told.name)
        for rung in found.rungs
        for told in rung.told
        if told.kind == "person"
        for message in told.messages
    ]


def _rung(rung: Rung, begins: datetime) -> dict[str, Any]:
    tone, icon = _look_of(rung)
    return {
        "rung": rung,
        "title": _title(rung),
        "tone": tone,
        "icon": icon,
        "after": _after(rung.at - begins),
        "told": [
            {
                "told": told,
                "messages": [
                    {"message": message, "after": _after(message.at - begins)}
                    for message in told.messages
                ],
            }
            for told in rung.told
        ],
    }


def _after(span: timedelta) -> str:
    return f"+{length(span)}" if span else _("at once")


def _title(rung: Rung) -> str:
    if rung.is_last_resort:
        return _("Last resort")
    words = {"order": rung.order, "time": rung.loop + 1}
    if rung.loop:
        return _("Step %(order)d, climb %(time)d") % words
    return _("Step %(order)d") % words


def _look_of(rung: Rung) -> tuple[str, str]:
    """Its tone and icon: somebody is told, it waits, it is left out, or nobody is there."""
    if rung.waits_until is not None:
        return "neutral", "pause"
    if rung.skipped_because:
        return "neutral", "skip"
    if rung.told:
        return "info", "bell"
    return "bad", "state-bad"
