"""What alerts do to incidents; each handler bears running twice."""

from datetime import datetime

from incidents.workflow import alerts
from operations.models import Alert
from portal.models import Event
from portal.subscribers import on


@on("alert.opened", "alert.worsened")
def open_or_join(event: Event) -> None:
    alert = event.subject
    if isinstance(alert, Alert):
        alerts.take_in(
            alert,
            started_at=_occurrence(event),
            detected_at=event.recorded_at,
            has_worsened=event.kind == "alert.worsened",
        )


@on("alert.ended")
def note_end(event: Event) -> None:
    alert = event.subject
    if isinstance(alert, Alert):
        alerts.note_end(alert, started_at=_occurrence(event), ended_at=event.happened_at)


def _occurrence(event: Event) -> datetime:
    return datetime.fromisoformat(event.data["occurrence_started_at"])
