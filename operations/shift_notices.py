"""What people are told about shifts: swaps, hand-overs, gaps; all of it can wait."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations import workflow
from operations.models import FindingKind, Handover, Schedule, ShiftFinding, SwapRequest
from operations.spans import moment_text, span_text
from operations.workflow.handovers import topic_of as topic_of_handover
from operations.workflow.swaps import topic_of as topic_of_swap
from portal.access import managers_of
from portal.models import Event, Urgency, User
from portal.notify import notify


def swap_wanted(swap: SwapRequest, event: Event) -> None:
    """Ask whoever could take it; the one that was asked by name alone, if there is one."""
    people = [swap.asked] if swap.asked else workflow.eligible_for(swap.schedule, swap.person)
    subject = _("%(name)s looks for somebody: %(span)s")
    if swap.is_swap:
        subject = _("%(name)s would swap with you: %(span)s")
    for person in people:
        span = span_text(swap.starts_at, swap.ends_at, person.time_zone)
        lines = [_("Schedule: %(schedule)s") % {"schedule": swap.schedule}]
        if swap.return_starts_at and swap.return_ends_at:
            back = span_text(swap.return_starts_at, swap.return_ends_at, person.time_zone)
            lines.append(_("In return: %(span)s") % {"span": back})
        lines += [swap.note] if swap.note else []
        _tell(
            person,
            event,
            kind="swap",
            subject=subject % {"name": swap.person, "span": span},
            body="\n\n".join(lines),
            url=swap.get_absolute_url(),
            topic=topic_of_swap(swap),
        )


def swap_over(swap: SwapRequest, event: Event) -> None:
    """Tell whose shift it is what became of it."""
    span = span_text(swap.starts_at, swap.ends_at, swap.person.time_zone)
    if event.kind == "swap.accepted":
        subject = _("%(name)s takes your shift: %(span)s")
    else:
        subject = _("Nobody took your shift: %(span)s")
    words = {"name": swap.accepted_by, "span": span}
    for person in {swap.person, swap.accepted_by or swap.person}:
        if person.pk != event.actor_id:
            _tell(
                person,
                event,
                kind="swap",
                subject=subject % words,
                body=_("Schedule: %(schedule)s") % {"schedule": swap.schedule},
                url=swap.get_absolute_url(),
            )


def shift_taken(schedule: Schedule, event: Event, people: Iterable[User]) -> None:
    data = event.data
    subject = _("%(person)s takes over from %(from_person)s: %(schedule)s") % {
        **data,
        "schedule": schedule,
    }
    starts_at, ends_at = (datetime.fromisoformat(data[key]) for key in ("starts_at", "ends_at"))
    for person in people:
        if person.pk != event.actor_id:
            body = _("%(span)s. Said by %(actor)s.") % {
                "span": span_text(starts_at, ends_at, person.time_zone),
                "actor": event.actor_label or _("the system"),
            }
            url = schedule.get_absolute_url()
            _tell(person, event, kind="shift", subject=subject, body=body, url=url)


def handover_offered(handover: Handover, event: Event) -> None:
    for person in [handover.taker, handover.leaver]:
        if person is None:
            continue
        subject = _("Hand-over to accept: %(handover)s")
        if person == handover.leaver:
            subject = _("Your shift has ended; write down what is going on: %(handover)s")
        body = _("Schedule: %(schedule)s") % {"schedule": handover.schedule}
        _tell_of(handover, person, event, subject=subject, body=body)


def handover_waits(handover: Handover, event: Event) -> None:
    """Remind who should accept; if it was the last time, tell the managers instead."""
    people: list[User] = [handover.taker] if handover.taker else []
    subject = _("Still to be accepted: %(handover)s")
    if event.kind == "handover.unaccepted" or not people:
        people = list(managers_of(handover.schedule.team_id))
        subject = _("Nobody has accepted this hand-over: %(handover)s")
    since = moment_text(handover.shift_ended_at, handover.schedule.time_zone)
    for person in people:
        body = _("The shift ended %(since)s. What the leaver holds stays with them until then.")
        _tell_of(handover, person, event, subject=subject, body=body % {"since": since})


def handover_accepted(handover: Handover, event: Event) -> None:
    if handover.leaver_id != event.actor_id:
        subject = _("Accepted: %(handover)s")
        body = _("By %(name)s.") % {"name": handover.accepted_by}
        _tell_of(handover, handover.leaver, event, subject=subject, body=body, topic="")


def findings_found(schedule: Schedule, findings: list[ShiftFinding], event: Event) -> None:
    """One message for each manager however much was found at once."""
    count = event.data["count"]
    subject = ngettext(
        "%(n)d problem in the shifts to come: %(schedule)s",
        "%(n)d problems in the shifts to come: %(schedule)s",
        count,
    ) % {"n": count, "schedule": schedule}
    for person in managers_of(schedule.team_id):
        lines = [finding_text(row, person.time_zone) for row in findings]
        _tell(
            person,
            event,
            kind="schedule",
            subject=subject,
            body="\n".join(lines),
            url=reverse("operations:shift-findings"),
        )


def calendar_failed(schedule: Schedule, event: Event) -> None:
    subject = _("A calendar cannot be read: %(name)s") % {"name": event.data["name"]}
    body = _("%(reason)s\n\nThe last good copy still says who is on call.") % {
        "reason": event.data["reason"]
    }
    for person in managers_of(schedule.team_id):
        url = schedule.get_absolute_url()
        _tell(person, event, kind="schedule", subject=subject, body=body, url=url)


def finding_text(row: ShiftFinding, time_zone: str) -> str:
    """One finding as a sentence that names what is missing."""
    span = span_text(row.starts_at, row.ends_at, time_zone)
    words = {"schedule": row.schedule, "other": row.other, "person": row.person, "span": span}
    sentences = {
        FindingKind.GAP: _("%(schedule)s: nobody is on call, %(span)s."),
        FindingKind.DOUBLE: _(
            "%(person)s is on call twice, in %(schedule)s and %(other)s, %(span)s."
        ),
        FindingKind.ON_LEAVE: _("%(schedule)s: %(person)s is on call while away, %(span)s."),
    }
    return sentences[FindingKind(row.kind)] % words


def _tell_of(
    handover: Handover,
    person: User,
    event: Event,
    *,
    subject: str,
    body: str,
    topic: str | None = None,
) -> None:
    _tell(
        person,
        event,
        kind="handover",
        subject=subject % {"handover": handover},
        body=body,
        url=handover.get_absolute_url(),
        topic=topic_of_handover(handover) if topic is None else topic,
    )


def _tell(
    person: User,
    event: Event,
    *,
    kind: str,
    subject: str,
    body: str,
    url: str,
    topic: str = "",
) -> None:
    notify(
        person,
        key=f"event:{event.pk}",
        urgency=Urgency.LOW,
        kind=kind,
        subject=subject,
        body=body,
        url=url,
        topic=topic,
        event=event,
    )
