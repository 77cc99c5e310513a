"""
The way of a simulated alert to its ladder: its service, what holds it, what it would join.

Silences and windows are asked for any instant, with the function that intake asks. What else
depends on what fires and is open at that moment, and is known for now only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents import grouping
from incidents.grouping import Group
from incidents.models import Incident
from incidents.simulated_holds import Silences, muted_now
from incidents.simulation import (
    Climber,
    Line,
    Phase,
    Question,
    Rung,
    Simulation,
    end_of,
    remarks_on,
    stopped,
    wakes_nobody,
)
from operations.routing import SERVICE_LABEL
from portal.models import Service, ServiceLabel

NOW_IS = timedelta(minutes=5)  # within which what is open now says what would be open then
MOST_PHASES = 10  # of holding and climbing


def simulate(asked: Question, *, now: datetime) -> Simulation:
    """Return what this alert would set off, with the reason for each part of it."""
    service, route = _service(asked)
    if service is None:
        return Simulation(asked, None, route)
    found = Simulation(asked, service, route)
    if line := wakes_nobody(asked.severity):
        return replace(found, policy=line)
    climber = Climber(_whose_people(asked, service, now), asked.severity)
    phases = tuple(_phases(asked, service, climber))
    if abs(asked.at - now) <= NOW_IS:
        first = replace(phases[0], holds=(*muted_now(asked, service, now), *phases[0].holds))
        phases = (first, *phases[1:])
    found = replace(found, phases=phases)
    if found.starts_at is None:
        return found
    return replace(
        found,
        grouping=_grouping(asked, service, found.starts_at, now),
        policy=climber.policy,
        ends=end_of(found.rungs, asked.severity) if phases[-1].starts_at else None,
        remarks=tuple(remarks_on(found.rungs, asked.severity)),
    )


def _phases(asked: Question, service: Service, climber: Climber) -> Iterator[Phase]:
    """
    Climb, until a hold begins; and once more when it ends, as long as the alert fires.

    After a hold at whose end nothing is done, the next may wake people at its own end. A hold
    that begins after the last message is another story.
    """
    silences = Silences(asked, service)
    at: datetime | None = asked.at
    joined, climbs = None, 0
    for _phase in range(MOST_PHASES):
        if at is None:
            return
        held = silences.follow(at)
        at = None if held.is_last else silences.next_hold(held.ends_at)
        if not held.wakes:
            yield Phase(held.lines)
            continue
        joined = joined or held.ends_at
        rungs = climber.climb(held.ends_at, joined=joined, times=climbs)
        climbs += 1
        if at is not None and at > _last(rungs):
            at = None
        yield Phase(held.lines, held.ends_at, _until(rungs, at))


def _until(rungs: tuple[Rung, ...], hold: datetime | None) -> tuple[Rung, ...]:
    """What a hold leaves of a climb: with a step still to come, it stops it all."""
    return stopped(rungs, hold) if hold is not None and rungs[-1].at >= hold else rungs


def _last(rungs: tuple[Rung, ...]) -> datetime:
    messages = [message.at for rung in rungs for told in rung.told for message in told.messages]
    return max([rungs[-1].at, *messages])


def _service(asked: Question) -> tuple[Service | None, Line]:
    """Which service the alert belongs to, in the order that intake keeps to, and why."""
    if asked.alert is not None and asked.service is None:
        if asked.alert.service is None:
            return None, _belongs_to_nobody()
        return asked.alert.service, Line(_("The alert belongs to this service."))
    if asked.service is not None:
        return asked.service, Line(_("The service that you chose."))
    integration = asked.integration
    if integration is not None and integration.service is not None:
        text = _("All alerts of “%(integration)s” are this service's.")
        return integration.service, Line(text % {"integration": integration})
    return _by_labels(asked)


def _by_labels(asked: Question) -> tuple[Service | None, Line]:
    claimed = {
        (label.name, label.value): label.service
        for label in ServiceLabel.objects.filter(
            service__retired_at=None, name__in=asked.labels.keys()
        ).select_related("service__team")
    }
    for name, value in sorted(asked.labels.items()):
        if (name, value) in claimed:
            words = {"label": f"{name}={value}"}
            return claimed[name, value], Line(_("It claims the label %(label)s.") % words)
    slug = asked.labels.get(SERVICE_LABEL, "")
    named = Service.objects.current().select_related("team").filter(slug=slug).first()
    if named is not None:
        return named, Line(_("The label “service” names it."))
    return None, _belongs_to_nobody()


def _belongs_to_nobody() -> Line:
    return Line(
        _(
            "No service claims it, so it wakes nobody: it waits under Alerts. Give a service "
            "one of its labels, or the integration a service."
        ),
        tone="bad",
        url=reverse("services"),
    )


def _whose_people(asked: Question, service: Service, now: datetime) -> Service:
    """The service whose people are woken: that of the incident which it joins, if merged."""
    if abs(asked.at - now) > NOW_IS:
        return service
    current = _open_incident(service, grouping.group_of(asked.as_alert(service)), asked.at)
    return current.service if current is not None else service


def _grouping(asked: Question, service: Service, at: datetime, now: datetime) -> Line | None:
    """What is open now and would be joined; of other times nobody can know."""
    group = grouping.group_of(asked.as_alert(service))
    current = _open_incident(service, group, at)
    if current is None:
        return _of_its_own(service, group, now)
    name, url = _named(current)
    if abs(at - now) > NOW_IS:
        text = _("If %(incident)s is still open then, it joins that; shown is a new one.")
        return Line(text % {"incident": name}, tone="neutral", url=url)
    said = [*_joins(asked, current)]
    if current.service_id != service.pk:
        words = _("Its alerts go there since it was merged: people of %(service)s are woken.")
        said.append(words % {"service": current.service})
    return Line(" ".join(said), tone="busy", url=url)


def _named(incident: Incident) -> tuple[str, str]:
    """How it is called and where it is; of a private one, whoever asks learns neither."""
    if incident.is_private:
        return _("a private incident"), ""
    return str(incident), incident.get_absolute_url()


def _open_incident(service: Service, group: Group, at: datetime) -> Incident | None:
    together = Incident.objects.unresolved().filter(service=service, group_key=group.key)
    if (minutes := group.rule.window_minutes) is not None:
        window = timedelta(minutes=minutes)
        span = (at - window, at + window)
        near = Incident.objects.filter(alerts__started_at__range=span).values("pk")
        together = together.filter(
            Q(pk__in=near) | Q(alerts__isnull=True, detected_at__range=span)
        )
    if (found := together.order_by("severity", "-detected_at", "-pk").first()) is not None:
        return found
    # The key of a merged incident went to its target, which may be another service's.
    part = grouping.merged_part(service, group, at)
    return grouping.root_of(part) if part is not None else None


def _of_its_own(service: Service, group: Group, now: datetime) -> Line:
    """It opens an incident, or the one that ended just now again; alone or with others."""
    past = grouping.past_incident(service, group, now=now)
    if past is not None:
        name, url = _named(past)
        text = _("Since %(incident)s ended so recently, that is opened again.")
        return Line(text % {"incident": name}, tone="busy", url=url)
    if (count := group.rule.threshold_count) > 1:
        text = _(
            "By the grouping rule “%(rule)s” an incident is opened only from %(count)d alerts "
            "in %(minutes)d min; shown is what happens then."
        )
        minutes = group.rule.threshold_minutes
        return Line(
            text % {"rule": group.rule, "count": count, "minutes": minutes}, tone="busy"
        )
    return Line(_("It opens an incident of its own: none is open that it belongs to."))


def _joins(asked: Question, incident: Incident) -> Iterator[str]:
    yield _("It joins %(incident)s, which is open.") % {"incident": _named(incident)[0]}
    if asked.severity < incident.severity:
        yield _("It is graver, so people are woken from the first step on.")
    elif incident.is_answered:
        text = _("That is %(state)s; being another alert, it wakes people all the same.")
        yield text % {"state": incident.get_state_display().lower()}
    elif incident.runs.filter(ended_at=None).exists():
        yield _("People are being woken for that already, so nothing begins anew.")
    else:
        yield _("Everybody was told of that, and now they are told again.")
