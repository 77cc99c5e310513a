"""Overrides: somebody takes over, comes in addition, or is taken out for a while."""

from datetime import datetime

from django.db import transaction

from operations.models import Layer, Override, OverrideKind, Schedule
from operations.workflow.past import schedule_to_edit
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User
from portal.models.tracked import delete_as


def why_not_override(
    schedule: Schedule,
    *,
    person: User | None,
    starts_at: datetime,
    ends_at: datetime,
    kind: str = OverrideKind.REPLACE,
    layer: Layer | None = None,
    replaces: User | None = None,
    now: datetime,
) -> list[Refusal]:
    """Return every reason why this cannot be said."""
    reasons = []
    if ends_at <= starts_at:
        sentence = "The end must be later than the beginning."
        reasons.append(Refusal("ends_before_it_starts", sentence))
    elif ends_at <= now:
        reasons.append(Refusal("is_over", "This time is over already.", "Choose a later end."))
    if person is None and kind != OverrideKind.REMOVE:
        reasons.append(Refusal("nobody", "Say who it is."))
    elif person is not None and kind != OverrideKind.REMOVE and not person.may_work:
        reasons.append(Refusal("cannot_work", f"{person} has no access for work."))
    if layer is not None and layer.schedule_id != schedule.pk:
        reasons.append(Refusal("other_layer", f"{layer} is a layer of another schedule."))
    if replaces is not None and kind != OverrideKind.REPLACE:
        sentence = "Only who takes over takes somebody's place."
        reasons.append(Refusal("replaces_nobody", sentence))
    return reasons


@transaction.atomic
def override(
    schedule: Schedule,
    *,
    person: User | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    kind: str = OverrideKind.REPLACE,
    layer: Layer | None = None,
    replaces: User | None = None,
    actor: User | None,
) -> Override:
    """
    Say who is on call from `starts_at` to `ends_at`; of two, the later said wins.

    It holds for the whole schedule, or for the shifts of one layer. Taking over is from
    everybody, or from `replaces` alone; removing nobody by name removes everybody.
    """
    asked = {"person": person, "starts_at": starts_at, "ends_at": ends_at}
    said = {"kind": kind, "layer": layer, "replaces": replaces}
    reasons = why_not_override(schedule, **asked, **said, now=clock.now())  # type: ignore[arg-type]  # values of several types
    if reasons:
        raise TransitionNotAllowed(reasons)
    locked = schedule_to_edit(schedule)
    made = Override(schedule=locked, **asked, **said, reason=reason)
    made.changed_by = actor
    made.save()
    _tell(made, "override_added", f"Override: {_in_words(made)}", actor)
    return made


@transaction.atomic
def remove_override(taken_back: Override, *, actor: User | None) -> None:
    """Give the time back to the rotation; an override that is over stays as a record."""
    schedule_to_edit(taken_back.schedule)
    locked = (
        Override.objects.select_for_update(of=("self",))
        .select_related("schedule__team", "person")
        .get(pk=taken_back.pk)
    )
    if locked.ends_at <= clock.now():
        raise refuse("is_over", "This override is over and stays as a record.")
    _tell(locked, "override_removed", f"Override taken back: {_in_words(locked)}", actor)
    delete_as(locked, actor)


def _in_words(row: Override) -> str:
    who = row.person or "everybody"
    return f"{who} {row.get_kind_display()}"


def _tell(row: Override, change: str, what: str, actor: User | None) -> None:
    events.record(
        "schedule.changed",
        row.schedule,
        actor=actor,
        change=change,
        override_id=row.pk,
        person=str(row.person or ""),
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        what=what,
    )
