"""Verbs on suppliers' notices: take what a file tells, and say which services feel it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from maintenance import maintnote
from maintenance.maintnote import Fault, Notice, printable
from maintenance.models import RejectedNotice, SupplierNotice
from portal import clock, events
from portal.models import Service, User

EXCERPT = 2000  # characters kept of what was rejected
REJECTS_KEPT_FOR = timedelta(days=90)


class Taken(NamedTuple):
    """What became of a file, event by event."""

    new: list[SupplierNotice]
    changed: list[SupplierNotice]
    ignored: list[SupplierNotice]  # told before, with as high a sequence
    faults: list[Fault]


@transaction.atomic
def take_notices(source: bytes, *, actor: User | None) -> Taken:
    """Keep what a MAINTNOTE file tells; what is wrong with it is kept, too, to be seen."""
    notices, faults = maintnote.read(source)
    taken = Taken([], [], [], faults)
    for notice in notices:
        _take(notice, taken, actor)
    for fault in faults:
        row = RejectedNotice.objects.create(
            reason=printable(fault.sentence)[:500],
            excerpt=_lines(source)[:EXCERPT],
            person=actor,
            received_at=clock.now(),
        )
        events.record("supplier_notice.rejected", row, actor=actor, reason=row.reason)
    return taken


def forget_old_rejects(now: datetime) -> int:
    """Delete what was refused more than 90 days ago."""
    return RejectedNotice.objects.filter(received_at__lt=now - REJECTS_KEPT_FOR).delete()[0]


@transaction.atomic
def link_notice(
    notice: SupplierNotice, *, services: Iterable[Service], actor: User | None
) -> SupplierNotice:
    """Say which services feel a supplier's maintenance."""
    notice = SupplierNotice.objects.select_for_update().get(pk=notice.pk)
    chosen = list(services)
    notice.services.set(chosen)
    slugs = [service.slug for service in chosen]
    events.record("supplier_notice.linked", notice, actor=actor, services=slugs)
    return notice


def _lines(source: bytes) -> str:
    text = source[: 4 * EXCERPT].decode("utf-8", "replace")
    return "\n".join(printable(line) for line in text.splitlines())


def _take(notice: Notice, taken: Taken, actor: User | None) -> None:
    told = notice._asdict()
    told["objects_touched"] = told.pop("objects")
    name = {key: told.pop(key) for key in ("provider", "uid")}
    now = clock.now()
    row, is_new = SupplierNotice.objects.get_or_create(
        **name, defaults={**told, "received_at": now, "changed_at": now}
    )
    if is_new:
        taken.new.append(row)
        events.record("supplier_notice.received", row, actor=actor, impact=row.impact)
        return
    row = SupplierNotice.objects.select_for_update().get(pk=row.pk)
    if notice.sequence <= row.sequence:
        taken.ignored.append(row)
        return
    for field, value in {**told, "changed_at": now}.items():
        setattr(row, field, value)
    row.save()
    taken.changed.append(row)
    events.record("supplier_notice.changed", row, actor=actor, sequence=row.sequence)
