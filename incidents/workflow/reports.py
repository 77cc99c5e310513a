"""
The life of a problem report: received, then joined, declared, closed or known for spam.

Every decision can be taken back, which makes it new again. Who left an address is told that it
came and what became of it; that address is erased when nothing more is to be said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from incidents import subscriber_tokens
from incidents.models import (
    CLOSINGS,
    IN_INCIDENT,
    REPORT_TRANSITIONS,
    Harm,
    Incident,
    ProblemReport,
    ReportLetter,
    ReportLetterKind,
    ReportSource,
    ReportState,
    StatusComponent,
    SubscriberKind,
)
from incidents.workflow.saving import locked_incident
from incidents.workflow.subscribing import cleaned_address
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import OWED, SendState, User
from portal.models.tracked import delete_as
from portal.workflow.saving import wrong

NEW, SPAM = ReportState.NEW, ReportState.SPAM
JOINED, DECLARED = ReportState.JOINED, ReportState.DECLARED
LETTERS_A_DAY = 3  # that confirm a report, to one address
ADDRESS_KEPT = timedelta(days=30)  # after the last decision
SPAM_KEPT = timedelta(days=30)
AT_ONCE = 500


@transaction.atomic
def receive_report(
    *,
    text: str,
    component: StatusComponent | None = None,
    harm: str = Harm.SLOW,
    began_at: datetime | None = None,
    address: str = "",
    source: str = ReportSource.PAGE,
    is_trapped: bool = False,
    actor: User | None,
) -> ProblemReport:
    """
    Keep what somebody reports.

    `is_trapped`: what no person fills in was filled in. It is kept as spam, since it may be a
    person after all, but nobody is told and no address is kept.
    Raises `ValidationError` by field.
    """
    now = clock.now()
    if not text.strip():
        raise wrong("text", _("Say what is wrong."), "required")
    if began_at is not None and began_at > now:
        raise wrong("began_at", _("This lies in the future: when did it begin?"), "future")
    address = cleaned_address(SubscriberKind.EMAIL, address) if address.strip() else ""
    report = ProblemReport(
        text=text.strip(),
        component=component,
        harm=Harm(harm),
        began_at=began_at,
        received_at=now,
        source=ReportSource(source),
        sent_by=actor,
    )
    if is_trapped:
        report.state, report.decided_at = SPAM, now
    elif address:
        report.address, report.address_hash = address, _key_of(address)
    report.full_clean()
    report.changed_by = actor
    report.save()
    if is_trapped:
        events.record("report.spam", report, actor=None, because="trap")
        return report
    events.record("report.received", report, actor=actor, harm=str(report.harm))
    if _has_room(report):
        _owe(report, ReportLetterKind.RECEIVED)
    return report


@transaction.atomic
def join_report(
    report: ProblemReport, *, incident: Incident, actor: User | None
) -> ProblemReport:
    """Say that it is what this open incident is about."""
    locked = _locked(report)
    _ensure(locked, JOINED)
    found = locked_incident(incident)
    if reasons := why_not_take_reports(found):
        raise TransitionNotAllowed(reasons)
    _put_into(found, [locked], JOINED, actor)
    return locked


@transaction.atomic
def note_declared(
    reports: Iterable[ProblemReport], *, incident: Incident, actor: User | None
) -> None:
    """Say that this incident was declared because of these reports."""
    held = [_locked(each) for each in reports]
    if reasons := why_not_declare_from_reports(held):
        raise TransitionNotAllowed(reasons)
    _put_into(incident, held, DECLARED, actor)


@transaction.atomic
def close_report(
    report: ProblemReport, *, outcome: str, reason: str, actor: User | None
) -> ProblemReport:
    """Close it without an incident; the reporter reads the reason."""
    locked = _locked(report)
    if outcome not in CLOSINGS:
        raise wrong("outcome", _("Choose how it ends."), "invalid_choice")
    if not reason.strip():
        raise wrong("reason", _("Say why: the reporter reads it."), "required")
    _ensure(locked, ReportState(outcome))
    _decide(locked, ReportState(outcome), actor, reason=reason.strip())
    if locked.address:
        _owe(locked, ReportLetterKind.CLOSED)
    return locked


@transaction.atomic
def mark_report_spam(report: ProblemReport, *, actor: User | None) -> ProblemReport:
    """It is no report: nothing more is sent, and the address is erased."""
    locked = _locked(report)
    _ensure(locked, SPAM)
    _take_back(locked)
    _decide(locked, SPAM, actor, address="", address_hash="")
    return locked


@transaction.atomic
def reopen_report(report: ProblemReport, *, actor: User | None) -> ProblemReport:
    """Take back what was decided, whatever it was; what was not sent yet is not."""
    locked = _locked(report)
    _ensure(locked, NEW)
    _take_back(locked)
    before, incident = locked.state, locked.incident
    _save(
        locked,
        actor,
        state=NEW,
        incident=None,
        reason="",
        decided_by=None,
        decided_at=None,
        told_over_at=None,
    )
    events.record("report.reopened", locked, actor=actor, before=str(before))
    if incident is not None:
        events.record("incident.report_left", incident, actor=actor, reference=locked.reference)
    return locked


@transaction.atomic
def forget_report_address(report: ProblemReport, *, actor: User | None) -> ProblemReport:
    """Erase where the reporter wanted to be answered; a second call changes nothing."""
    locked = _locked(report)
    if locked.address:
        _take_back(locked)
        ReportLetter.objects.filter(report=locked).update(last_error="")
        _save(locked, actor, address="", address_hash="")
        events.record("report.address_erased", locked, actor=actor)
    return locked


def why_not_report(report: ProblemReport, to: str) -> list[Refusal]:
    """Return every reason why a report cannot go to this state now."""
    state = ReportState(report.state)
    if ReportState(to) in REPORT_TRANSITIONS[state]:
        return []
    if state == NEW:
        return [Refusal("report_is_new", _("Nothing was decided about this report yet."))]
    sentence = _("%(reference)s was dealt with already: %(state)s.")
    named = {"reference": report.reference, "state": str(state.label).lower()}
    return [Refusal("report_decided", sentence % named, _("Take that back first."))]


def why_not_take_reports(incident: Incident) -> list[Refusal]:
    if incident.is_unresolved:
        return []
    sentence = _("%(incident)s is not open any more.") % {"incident": incident.number}
    return [Refusal("incident_over", sentence, _("Reopen it, or declare a new one."))]


def why_not_declare_from_reports(reports: Iterable[ProblemReport]) -> list[Refusal]:
    return [reason for each in reports for reason in why_not_report(each, DECLARED)]


@transaction.atomic
def tell_reporters(incident: Incident) -> int:
    """Write to those whose reports this incident was about that it is over; each once."""
    now = clock.now()
    about = Q(incident=incident) | Q(incident__merged_into=incident)
    reports = ProblemReport.objects.select_for_update(of=("self",)).filter(
        about, state__in=IN_INCIDENT, told_over_at=None
    )
    found = list(reports.exclude(address=""))
    for report in found:
        _owe(report, ReportLetterKind.OVER)
    # Clockwork: no version of the report says more by it.
    ProblemReport.objects.filter(pk__in=[each.pk for each in found]).update(told_over_at=now)
    return len(found)


def forget_reports(now: datetime) -> int:
    """Erase addresses to which nothing more is to be said, and old spam; return how many."""
    over = Q(state__in=CLOSINGS) | Q(told_over_at__isnull=False)
    said = ProblemReport.objects.filter(
        over, decided_at__lt=now - ADDRESS_KEPT, is_demo=False
    ).exclude(address="")
    said = said.exclude(told_over_at__gte=now - ADDRESS_KEPT)
    erased = [forget_report_address(each, actor=None) for each in said[:AT_ONCE]]
    spam = ProblemReport.objects.filter(
        state=SPAM, decided_at__lt=now - SPAM_KEPT, is_demo=False
    )
    gone = list(spam[:AT_ONCE])
    for each in gone:
        _remove(each)
    return len(erased) + len(gone)


@transaction.atomic
def _remove(report: ProblemReport) -> None:
    """Spam is nobody's work: the row goes, and its versions with what it said."""
    versions = ProblemReport.history.filter(id=report.pk)
    delete_as(report, None)
    versions.delete()


def _put_into(
    incident: Incident, reports: list[ProblemReport], to: ReportState, actor: User | None
) -> None:
    for report in reports:
        _decide(report, to, actor, incident=incident)
    first = min(reports, key=lambda report: (report.received_at, report.pk))
    events.record(
        "incident.report_joined",
        incident,
        actor=actor,
        reference=first.reference,
        words=first.headline,
        added=len(reports),
        number=ProblemReport.objects.filter(incident=incident).count(),
        url=first.get_absolute_url(),
    )


def _decide(locked: ProblemReport, to: ReportState, actor: User | None, **fields: Any) -> None:
    _save(locked, actor, state=to, decided_by=actor, decided_at=clock.now(), **fields)
    told: dict[str, Any] = {"incident": locked.incident_id} if locked.incident_id else {}
    events.record(f"report.{to}", locked, actor=actor, **told)


def _save(locked: ProblemReport, actor: User | None, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.changed_by = actor
    locked.save(update_fields=list(fields))


def _locked(report: ProblemReport) -> ProblemReport:
    rows = ProblemReport.objects.select_for_update(of=("self",))
    return rows.select_related("component__service", "incident").get(pk=report.pk)


def _ensure(locked: ProblemReport, to: ReportState) -> None:
    if reasons := why_not_report(locked, to):
        raise TransitionNotAllowed(reasons)


def _key_of(address: str) -> str:
    return subscriber_tokens.address_hash(SubscriberKind.EMAIL, address.lower())


def _has_room(report: ProblemReport) -> bool:
    """Whether one more confirmation may go there today: anybody can type any address."""
    if not report.address:
        return False
    lately = ProblemReport.objects.filter(
        address_hash=report.address_hash,
        received_at__gt=report.received_at - timedelta(days=1),
    )
    return lately.count() <= LETTERS_A_DAY


def _owe(report: ProblemReport, kind: str) -> ReportLetter:
    now = clock.now()
    return ReportLetter.objects.create(report=report, kind=kind, due_at=now, wanted_at=now)


def _take_back(locked: ProblemReport) -> None:
    owed = ReportLetter.objects.filter(OWED, report=locked)
    owed.update(state=SendState.CANCELLED, claim="", lease_until=None)
