"""What alerts do to incidents; each handler bears running twice."""

from collections.abc import Sequence
from datetime import datetime

from incidents.models import (
    Incident,
    ProblemReport,
    PublicMaintenance,
    StatusUpdate,
    UpdateDraft,
)
from incidents.workflow import (
    alerts,
    announcing,
    answers,
    blaming,
    clocks,
    components,
    deadlines,
    draft_letters,
    joining,
    maintenance_phases,
    report_news,
    reports,
    status,
    telling,
    unreached,
)
from maintenance.models import MaintenanceWindow
from operations.models import Alert, Behaviour, Schedule
from portal import clock
from portal.models import Event, Notification, User
from portal.subscribers import on, on_many


@on_many("alert.opened", "alert.worsened", "alert.released")
def open_or_join(events: Sequence[Event]) -> None:
    """
    Take in what nothing holds back: not when it was told, and not by now either.

    Of a storm the first of each service opens the incident, and most others only join it.
    """
    first = {event.service_id: event for event in reversed(events)}
    waiting = _without_quiet(events)
    for event in [event for event in waiting if first[event.service_id] is event]:
        _open_or_join(event)
        waiting.remove(event)
    if len(waiting) > 1 and len(waiting) < len(events):
        waiting = _without_quiet(waiting)
    for event in waiting:
        _open_or_join(event)


def _without_quiet(events: Sequence[Event]) -> list[Event]:
    """Return those that do more than to join an open incident; the others have joined."""
    told = {
        event.pk: joining.Told(event.object_id, _occurrence(event))
        for event in events
        if event.kind == "alert.opened" and not event.data.get("held_by")
    }
    joined = joining.join_quietly(told.values()) if len(told) > 1 else set()
    return [event for event in events if told.get(event.pk) not in joined]


def _open_or_join(event: Event) -> None:
    alert = event.subject
    if not isinstance(alert, Alert):
        return
    started_at = _occurrence(event)
    is_release = event.kind == "alert.released"
    if event.data.get("held_by") or alert.is_held:
        _attach(alert, started_at)
    elif not is_release or (alert.is_firing and alert.started_at == started_at):
        alerts.take_in(
            alert,
            started_at=started_at,
            detected_at=event.recorded_at,
            has_worsened=event.kind == "alert.worsened",
            release=_release(event) if is_release else None,
        )


@on("alert.held")
def stop_paging(event: Event) -> None:
    """A silence that was declared late stops the paging of what fires already."""
    alert = event.subject
    if isinstance(alert, Alert) and alert.is_held:
        because = event.data.get("what", "")
        alerts.note_held(alert, started_at=_occurrence(event), because=because)


@on("alert.ended")
def note_end(event: Event) -> None:
    alert = event.subject
    if isinstance(alert, Alert):
        alerts.note_end(alert, started_at=_occurrence(event), ended_at=event.happened_at)


@on("shift.handed_over")
def pass_on_what_is_held(event: Event) -> None:
    """Who takes the next shift answers for what the leaver has acknowledged."""
    schedule = Schedule.objects.filter(pk=event.data["schedule_id"]).first()
    people = User.objects.in_bulk([event.data["from_id"], event.data["to_id"]])
    leaver, taker = (people.get(event.data[name]) for name in ("from_id", "to_id"))
    if schedule is not None and leaver is not None and taker is not None:
        answers.transfer_acknowledgements(schedule, leaver=leaver, taker=taker)


@on("page.delivery_failed")
def go_on_without(event: Event) -> None:
    """Whoever cannot be reached is not waited for: the next step is taken."""
    failed = Notification.objects.filter(pk=event.data.get("notification")).first()
    if failed is None or failed.kind not in {"page", "bundle"}:
        return
    for incident in unreached.incidents_of(event):
        unreached.note_unreached(incident, failed=failed, whom=event.subject_label)


@on(
    "incident.opened",
    "incident.severity_changed",
    "incident.reopened",
    "incident.resolved",
    "incident.merged",
    "incident.unmerged",
)
def tell_stakeholders(event: Event) -> None:
    """Set the deadline that severity and rule ask for, and send what goes out by itself."""
    incident = event.subject
    if isinstance(incident, Incident):
        deadlines.work_out(incident)
        telling.tell_by_itself(incident)


@on("incident.opened")
def suspect_a_deployment(event: Event) -> None:
    """What reached production shortly before is suspected, and no more."""
    incident = event.subject
    if isinstance(incident, Incident):
        blaming.suspect_deployment(incident)


@on("incident.mitigated", "incident.resolved")
def recover_deployments(event: Event) -> None:
    """Users are well again, so what caused it has recovered."""
    incident = event.subject
    if isinstance(incident, Incident):
        blaming.recover_blamed(incident)


@on("report.received")
def tell_triage(event: Event) -> None:
    report = event.subject
    if isinstance(report, ProblemReport):
        report_news.tell_of_report(report)


@on("incident.resolved")
def tell_reporters(event: Event) -> None:
    """Unless it is open again by now."""
    incident = event.subject
    if isinstance(incident, Incident) and not incident.is_unresolved:
        reports.tell_reporters(incident)


@on("incident.update_posted")
def tell_subscribers(event: Event) -> None:
    update = StatusUpdate.objects.filter(pk=event.data.get("update")).first()
    if update is not None:
        announcing.announce_update(update)


@on("incident.update_drafted", "incident.update_posted")
def ask_for_eyes(event: Event) -> None:
    """An update that waits for a second person, or went out before one saw it."""
    drafts = UpdateDraft.objects.with_list_columns()
    if event.kind == "incident.update_posted":
        draft = drafts.filter(update=event.data.get("update"), needs_look=True).first()
    else:
        draft = drafts.filter(pk=event.data.get("draft")).first()
    if draft is not None:
        draft_letters.ask_for_eyes(draft, event=event)


DECISIONS = [
    "incident.update_approved",
    "incident.update_rejected",
    "incident.update_withdrawn",
]


@on(*DECISIONS, "incident.update_seen")
def ask_no_more_for_eyes(event: Event) -> None:
    draft = UpdateDraft.objects.with_list_columns().filter(pk=event.data.get("draft")).first()
    if draft is None:
        return
    draft_letters.ask_no_more(draft.pk)
    if event.kind in DECISIONS:
        draft_letters.tell_author(draft, event=event)


WINDOW_PHASES = {
    "window.announced": "scheduled",
    "window.changed": "changed",
    "window.cancelled": "cancelled",
}


@on(*WINDOW_PHASES)
def tell_subscribers_of_maintenance(event: Event) -> None:
    window = event.subject
    if isinstance(window, MaintenanceWindow):
        announcing.announce_maintenance(
            window,
            WINDOW_PHASES[event.kind],
            key=f"maintenance:{event.pk}",
            at=event.happened_at,
        )


@on(
    *("business_hours.set", "business_hours.changed", "business_hours.removed"),
    *("sprints.set", "sprints.changed", "sprints.removed"),
    "service.escalation_set",
)
def count_anew(_event: Event) -> None:
    """Clocks that run count by the calendar as it reads now."""
    clocks.recount_all()


def _occurrence(event: Event) -> datetime:
    return datetime.fromisoformat(event.data["occurrence_started_at"])


def _release(event: Event) -> alerts.Release:
    data = event.data
    return alerts.Release(
        rule=data.get("rule", ""),
        batch=data.get("batch", ""),
        size=data.get("batch_size", 1),
    )


def _attach(alert: Alert, started_at: datetime) -> None:
    held = alert.holds.open().filter(silence__behaviour=Behaviour.ATTACH)
    if held.exists():
        alerts.attach(alert, started_at=started_at)


@on("service.created", "service.changed", "service.restored")
def put_on_the_status_page(_event: Event) -> None:
    """A service that is for the public from now on is a component of the status page."""
    components.cover_public_services(actor=None)


@on_many(*status.TELLING)
def refresh_status_page(_events: Sequence[Event]) -> None:
    """What the page shows has perhaps changed; looking again twice is as once."""
    status.told_something(clock.now())


@on("window.announced", "window.changed", "window.ended", "window.cancelled")
def follow_maintenance(event: Event) -> None:
    window = event.subject
    if isinstance(window, MaintenanceWindow):
        maintenance_phases.announce_maintenance(window, actor=event.actor)


MAINTENANCE_PHASES = {
    "status.maintenance_reminded": "reminder",
    "status.maintenance_started": "in_progress",
    "status.maintenance_verifying": "verifying",
    "status.maintenance_completed": "completed",
}


@on(*MAINTENANCE_PHASES)
def tell_subscribers_how_far_it_is(event: Event) -> None:
    maintenance = event.subject
    if isinstance(maintenance, PublicMaintenance):
        announcing.announce_maintenance(
            maintenance.window,
            MAINTENANCE_PHASES[event.kind],
            key=f"maintenance:{event.pk}",
            at=event.happened_at,
            note=event.data.get("note", ""),
        )
