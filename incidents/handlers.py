"""What alerts do to incidents; each handler bears running twice."""

from collections.abc import Sequence
from datetime import datetime

from incidents.workflow import alerts, answers, joining, unreached
from operations.models import Alert, Behaviour, Schedule
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
