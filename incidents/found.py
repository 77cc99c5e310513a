"""What the auditor asks about incidents."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents.copy_places import places
from incidents.models import (
    CoverageRun,
    EndReason,
    EscalationRun,
    EscalationStep,
    HoleKind,
    Incident,
    IncidentClock,
    IncidentState,
    PageCopy,
    StakeholderDelivery,
)
from incidents.policies import policies
from portal.auditor import LATE_AFTER, Found, question
from portal.models import OWED, Gravity

PROVED_WITHIN = timedelta(days=2)
SOON = timedelta(days=1)
STAKEHOLDERS_LATE = timedelta(minutes=5)


@question
def escalations_go_on(now: datetime) -> Iterator[Found]:
    late = EscalationStep.objects.filter(
        state=EscalationStep.State.DUE, due_at__lt=now - LATE_AFTER
    )
    if count := late.count():
        sentence = _("Escalations are late: their steps fell due over a minute ago.")
        yield Found("escalation_late", sentence, count, Gravity.ALARM)


@question
def clocks_are_watched(now: datetime) -> Iterator[Found]:
    late = IncidentClock.objects.filter(wake_at__lt=now - LATE_AFTER)
    if count := late.count():
        sentence = _("Clocks are at risk or breached, and nobody was told of it in time.")
        yield Found("clock_late", sentence, count)


@question
def nobody_is_left_to_tell(now: datetime) -> Iterator[Found]:
    """Everybody on the ladder was told, and still nobody is on it."""
    if count := _waiting(now, Q(last_run=EndReason.EXHAUSTED)).count():
        sentence = _("Incidents wait, and everybody on their ladders has been told.")
        yield Found("incident_unanswered", sentence, count)


@question
def every_incident_has_a_next_step(now: datetime) -> Iterator[Found]:
    """What nobody has answered is being escalated, unless its alerts are held."""
    if count := without_next_step(now).count():
        sentence = _("Incidents wait for an answer, and nobody is being told of them.")
        yield Found("incident_without_next_step", sentence, count, Gravity.ALARM)


@question
def no_page_ends_at_nobody(now: datetime) -> Iterator[Found]:
    """Holes of today as last proved, and a daily proof that was not made."""
    newest = CoverageRun.objects.finished().order_by("-pk").first()
    if newest is None:
        return
    if now - newest.asked_at > PROVED_WITHIN:
        sentence = _("For two days nobody has proved that every page would end at somebody.")
        yield Found("coverage_not_proved", sentence, 1, Gravity.WARNING, _coverage())
    holes = newest.holes.filter(
        kind=HoleKind.NOBODY, starts_at__lt=now + SOON, ends_at__gt=now
    ).select_related("service")
    names = sorted({hole.service.name for hole in holes})
    if names:
        sentence = _("Within a day, a page would reach nobody: %(names)s.")
        said = sentence % {"names": ", ".join(names)}
        yield Found("paging_hole", said[:400], len(names), Gravity.WARNING, _coverage())


def _coverage() -> str:
    return reverse("incidents:coverage") + "?kind=nobody"


def without_next_step(now: datetime) -> QuerySet[Incident]:
    """What waits for an answer while nobody is told, though no hold and no end explains it."""
    accounted = ["", EndReason.EXHAUSTED, EndReason.HELD]
    return _waiting(now, Q(last_run=None) | ~Q(last_run__in=accounted))


def _waiting(now: datetime, ended: Q) -> QuerySet[Incident]:
    """
    Those that wake people and that nobody has answered, for longer than a minute.

    `last_run` says how their last climb ended: empty while it goes on, None for none at all.
    """
    wakes = [severity for severity, policy in policies().items() if policy.pages_on_call]
    runs = EscalationRun.objects.filter(incident=OuterRef("pk")).order_by("-number")
    waiting = Incident.objects.filter(
        state=IncidentState.TRIGGERED,
        severity__in=wakes,
        detected_at__lt=now - LATE_AFTER,
        is_demo=False,
    )
    return waiting.annotate(last_run=Subquery(runs.values("end_reason")[:1])).filter(ended)


@question
def copies_of_the_status_page_are_written(now: datetime) -> Iterator[Found]:
    """A copy that lags says so itself by its age; here it says so to whoever can mend it."""
    wanted = PageCopy.objects.filter(place__in=places())
    late = wanted.filter(Q(failing_since__isnull=False) | Q(due_at__lt=now - 5 * LATE_AFTER))
    if count := late.count():
        yield Found("status_copy_late", _("Copies of the status page are not written."), count)


@question
def stakeholders_are_written_to(now: datetime) -> Iterator[Found]:
    """Whoever must be told within minutes must not wait for a provider without a word."""
    late = StakeholderDelivery.objects.filter(OWED, wanted_at__lt=now - STAKEHOLDERS_LATE)
    if count := late.count():
        yield Found("stakeholders_late", _("Messages to stakeholders wait to be sent."), count)
