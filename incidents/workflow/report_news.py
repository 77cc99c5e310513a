"""Who is told that users report problems: once an hour for each component, never in a flood."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Harm, ProblemReport, ReportState, StatusComponent
from incidents.page_settings import page_settings
from operations.on_call import who_is_on_call
from portal import clock, notify
from portal.access import managers_of, members_of
from portal.models import Access, Team, Urgency, User

AT_ONCE_WITHIN = timedelta(minutes=15)
TOPIC = "problem-reports"


@transaction.atomic
def tell_of_report(report: ProblemReport) -> None:
    """
    Tell who is on triage, outside of their quiet hours; and at once if that many cannot work.

    The hour is part of the key, so that a hundred reports are one message, and the next one
    comes an hour later with how many wait by then.
    """
    if report.state != ReportState.NEW:
        return
    people = on_triage(report.component)
    hour = f"{report.received_at:%Y%m%d%H}"
    about = report.component_id or 0
    waiting = ProblemReport.objects.waiting().filter(component=report.component).count()
    _tell(people, f"reports:{about}:{hour}", Urgency.LOW, report, _reported(report, waiting))
    if (blocked := _blocked(report)) is not None:
        subject = ngettext(
            "%(n)d user cannot work: %(name)s", "%(n)d users cannot work: %(name)s", blocked
        ) % {"n": blocked, "name": _name(report)}
        _tell(people, f"reports-at-once:{about}:{hour}", Urgency.HIGH, report, subject)


def on_triage(component: StatusComponent | None) -> list[User]:
    """
    Who looks at reports about this component.

    Of the team that owns its service, or of the one named in the settings: who is on call, or
    else its managers, or else its members. Without a team the administrators.
    """
    team = component.service.team if component is not None and component.service else None
    team = team or page_settings().report_team
    if team is None:
        return list(User.objects.filter(is_active=True, access=Access.ADMINISTRATOR))
    return [person for person in _of(team) if person.may_work]


def _of(team: Team) -> list[User]:
    return (
        list(who_is_on_call(team, clock.now()).people)
        or list(managers_of(team))
        or list(members_of(team))
    )


def _blocked(report: ProblemReport) -> int | None:
    """Return how many cannot work lately, if that is as many as are told of at once."""
    enough = page_settings().reports_wake_from
    if not enough or report.harm != Harm.BLOCKED:
        return None
    lately = ProblemReport.objects.exclude(state=ReportState.SPAM).filter(
        component=report.component,
        harm=Harm.BLOCKED,
        received_at__gt=report.received_at - AT_ONCE_WITHIN,
        received_at__lte=report.received_at,
    )
    count = lately.count()
    return count if count >= enough else None


def _reported(report: ProblemReport, waiting: int) -> str:
    words = ngettext(
        "%(n)d user report waits: %(name)s", "%(n)d user reports wait: %(name)s", waiting
    )
    return words % {"n": waiting, "name": _name(report)}


def _name(report: ProblemReport) -> str:
    return report.component.name if report.component else _("no component named")


def _tell(
    people: list[User], key: str, urgency: Urgency, report: ProblemReport, subject: str
) -> None:
    for person in people:
        notify.notify(
            person,
            key=key,
            urgency=urgency,
            kind="notice",
            subject=subject,
            body=report.headline,
            url=f"{reverse('incidents:reports')}?state={ReportState.NEW}",
            topic=TOPIC,
        )
