"""The pages of an incident: to whom a step tells them, and what they say."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import links
from incidents.escalation_plan import Decision, Gap
from incidents.models import EscalationStep, Incident, Role
from incidents.page_runbook import runbook_line
from incidents.resolving import DatabaseResolver
from incidents.workflow.roles import hold
from operations.models import Schedule, Severity
from portal.access import managers_of, members_of
from portal.models import Team, Urgency, User
from portal.notify import notify, notify_channel

SUBJECT_LENGTH = 110  # what a lock screen shows


def send(
    step: EscalationStep,
    incident: Incident,
    decision: Decision,
    resolver: DatabaseResolver,
    *,
    late_by: timedelta | None = None,
) -> None:
    """Owe a page to everybody whom this step reaches, and word to those who left a gap."""
    late = _("This page is late: it fell due %(n)d min ago.") % {
        "n": (late_by or timedelta(0)) // timedelta(minutes=1)
    }
    reasons = [step.run.because, *([late] if late_by else [])]
    for each in decision.reached:
        if each.kind == "channel":
            _to_channel(step, incident, resolver, each.id, reasons)
        elif (person := resolver.user(each.id)) is not None:
            to_person(
                person,
                incident,
                key=f"escalation:{step.pk}",
                reasons=[*reasons, each.why],
                at=decision.at,
            )
    for gap in decision.gaps:
        _tell_of_gap(step, incident, gap)


def to_person(
    person: User, incident: Incident, *, key: str, reasons: Iterable[str], at: datetime
) -> None:
    """Owe one person a page with the link that acknowledges; it names them in a private one."""
    if incident.is_private:
        hold(incident, Role.OBSERVER, person, actor=None)
    notify(
        person,
        key=key,
        urgency=Urgency.HIGH,
        kind="page",
        subject=page_subject(incident),
        body=page_body(incident, person.time_zone, [*reasons, runbook_line(incident, person)]),
        url=links.path_for(person, incident),
        topic=incident.reference,
        due_at=at,
        priority=incident.severity,
    )


def page_subject(incident: Incident) -> str:
    """Return what fits a lock screen: "P0 Checkout: High error rate"."""
    severity = Severity(incident.severity).name
    if incident.is_private:
        return _("%(severity)s: a private incident, %(number)s") % {
            "severity": severity,
            "number": incident.number,
        }
    return f"{severity} {incident.service.name}: {incident.title}"[:SUBJECT_LENGTH]


def page_body(incident: Incident, zone: str, reasons: Iterable[str]) -> str:
    since = timezone.localtime(incident.detected_at, ZoneInfo(zone))
    lines = [
        _("%(number)s, since %(since)s.")
        % {"number": incident.number, "since": f"{since:%H:%M %Z, %d %b}"},
        *([] if incident.is_private else [incident.impact, *reasons]),
    ]
    return "\n".join(line for line in lines if line)


def _to_channel(
    step: EscalationStep,
    incident: Incident,
    resolver: DatabaseResolver,
    pk: int,
    reasons: list[str],
) -> None:
    channel = resolver.channel_row(pk)
    if channel is None:
        return
    notify_channel(
        channel,
        key=f"escalation:{step.pk}",
        subject=page_subject(incident),
        body=page_body(incident, incident.service.team.time_zone, reasons),
        url=incident.get_absolute_url(),
        topic=incident.reference,
        priority=incident.severity,
    )


def _tell_of_gap(step: EscalationStep, incident: Incident, gap: Gap) -> None:
    """Tell the team of a schedule that it had nobody when somebody was needed."""
    schedules = Schedule.objects.filter(pk=gap.schedule_id or 0).select_related("team")
    schedule = schedules.first()
    team = schedule.team if schedule else Team.objects.filter(pk=gap.team_id or 0).first()
    if team is None:
        return
    owners = list(managers_of(team).distinct()) or list(members_of(team).distinct())
    for person in owners:
        notify(
            person,
            key=f"gap:{step.pk}:{gap.schedule_id or '-'}",
            urgency=Urgency.LOW,
            kind="gap",
            subject=_("Nobody was on call for %(team)s") % {"team": team},
            body=_("%(incident)s needed somebody. %(reason)s The next step was taken.")
            % {"incident": incident, "reason": gap.reason},
            url=schedule.get_absolute_url() if schedule else incident.get_absolute_url(),
            topic=f"team:{team.pk}",
        )
