"""Telling of a flag or a setting that changed; said twice, it is told once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import ChangeEvent, ChangeKind
from portal import clock, events
from portal.errors import refuse
from portal.models import Service, User


@transaction.atomic
def record_change_event(
    *,
    service: Service,
    kind: str,
    title: str,
    external_id: str,
    source: str = "api",
    detail: str = "",
    url: str = "",
    happened_at: datetime | None = None,
    actor: User | None,
) -> tuple[ChangeEvent, bool]:
    """
    Keep what changed; return it, and whether it is new.

    `(source, external_id)` names it for ever; the same name for another service is refused.
    """
    now = clock.now()
    row, is_new = ChangeEvent.objects.get_or_create(
        source=source,
        external_id=external_id,
        defaults={
            "service": service,
            "kind": ChangeKind(kind),
            "title": title,
            "detail": detail,
            "url": url,
            "happened_at": min(happened_at or now, now),
            "actor": actor,
            "recorded_at": now,
        },
    )
    if row.service_id != service.pk:
        raise refuse(
            "other_change",
            _("This source has used “%(id)s” before, for %(service)s.")
            % {"id": external_id, "service": row.service},
            _("Give each change an external_id of its own."),
        )
    if is_new:
        events.record(
            "change_event.recorded",
            row,
            actor=actor,
            happened_at=row.happened_at,
            change=str(row.kind),
            title=title,
        )
    return row, is_new
