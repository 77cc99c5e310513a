"""Early warnings of load: found once, told to the person first, and to managers later."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from operations import loads
from operations.load.passed import Passed, limits_passed
from operations.load.spans import Span
from operations.models import PaceWarning
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Access, User

LOOKS_BACK = timedelta(weeks=14)
AT_ONCE = 100
WORKERS = (Access.MEMBER, Access.ADMINISTRATOR)


def look_for_warnings(now: datetime) -> int:
    """Look at the last weeks of everybody who works here; return how many warnings are new."""
    everybody = list(User.objects.filter(is_active=True, access__in=WORKERS).order_by("pk"))
    return sum(
        _warn_people(everybody[first : first + AT_ONCE], now=now)
        for first in range(0, len(everybody), AT_ONCE)
    )


def _warn_people(people: list[User], *, now: datetime) -> int:
    """Look at the last weeks of these people; return how many warnings are new."""
    bounds = loads.limits()
    rows = loads.rows_of(people, Span(now - LOOKS_BACK, now))
    return sum(
        keep_warnings(each, limits_passed(rows[each.pk], bounds, now), now=now)
        for each in people
    )


@transaction.atomic
def keep_warnings(person: User, found: Iterable[Passed], *, now: datetime) -> int:
    """Keep what is found under the same name; what is not found any more is gone."""
    User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    known = {(row.kind, row.about): row for row in PaceWarning.objects.filter(person=person)}
    new = 0
    for each in found:
        row = known.pop((each.kind, each.about), None)
        if row is None:
            _warn(person, each, now)
            new += 1
        else:
            PaceWarning.objects.filter(pk=row.pk).update(
                value=each.value, limit=each.limit, ends_at=each.ends_at, gone_at=None
            )
    not_found = [row.pk for row in known.values() if row.gone_at is None]
    PaceWarning.objects.filter(pk__in=not_found).update(gone_at=now)
    return new


@transaction.atomic
def settle_warning(warning: PaceWarning, *, note: str = "", actor: User | None) -> PaceWarning:
    """Say that something was done about it, or that it is well; managers are not told."""
    locked = PaceWarning.objects.select_for_update(of=("self",)).get(pk=warning.pk)
    if reasons := why_not_settle(locked):
        raise TransitionNotAllowed(reasons)
    locked.settled_at, locked.note = clock.now(), note.strip()
    locked.save(update_fields=["settled_at", "note"])
    events.record("pace.settled", locked, actor=actor)
    return locked


def why_not_settle(warning: PaceWarning) -> list[Refusal]:
    if warning.settled_at is not None:
        return [Refusal("is_settled", "This warning is settled already.")]
    return []


def tell_managers_of_warnings(now: datetime) -> int:
    """Record each warning that nobody settled in time, once; return how many."""
    due = PaceWarning.objects.open().filter(told_lead_at=None, due_at__lte=now)
    return sum(_tell(pk, now) for pk in due.order_by("due_at").values_list("pk", flat=True))


@transaction.atomic
def _tell(pk: int, now: datetime) -> bool:
    open_ones = PaceWarning.objects.open().select_for_update(of=("self",))
    row = open_ones.filter(pk=pk, told_lead_at=None).first()
    if row is None:
        return False
    PaceWarning.objects.filter(pk=pk).update(told_lead_at=now)
    events.record("pace.unsettled", row, actor=None)
    return True


def _warn(person: User, found: Passed, now: datetime) -> None:
    row = PaceWarning.objects.create(
        person=person,
        **found._asdict(),
        found_at=now,
        due_at=now + timedelta(days=loads.limits().lead_after_days),
        is_demo=person.is_demo,
    )
    events.record("pace.warned", row, actor=None)
