"""Layers of a schedule: who takes turns, by which lengths and at which hours."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from operations.models import Layer, Participant, RotationKind, Schedule
from operations.workflow.past import schedule_to_edit
from portal import events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Membership, Team, User
from portal.models.tracked import delete_as

Groups = Sequence[Sequence[User]]


def why_not_in_rotation(team: Team, people: Iterable[User]) -> list[Refusal]:
    """Return a reason for each person who cannot be on call for this team."""
    members = set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
    reasons = []
    for person in dict.fromkeys(people):
        if person.pk not in members:
            sentence = f"{person} does not belong to {team}."
            reasons.append(Refusal("not_a_member", sentence, "Add them to the team first."))
        elif not person.may_work:
            reasons.append(Refusal("cannot_work", f"{person} has no access for work."))
    return reasons


@transaction.atomic
def add_layer(
    schedule: Schedule, *, groups: Groups = (), actor: User | None, **fields: Any
) -> Layer:
    """
    Add a layer; `groups` take turns in their order, those of one group together.

    `fields` are the layer's own. A layer that follows a calendar has no groups.
    """
    locked = schedule_to_edit(schedule)
    layer = Layer(schedule=locked, **fields)
    _check(layer, groups)
    save_layer(layer, groups, actor=actor)
    _tell(layer, f"Layer added: {layer}", actor)
    return layer


@transaction.atomic
def change_layer(
    layer: Layer, *, groups: Groups | None = None, actor: User | None, **fields: Any
) -> Layer:
    """Change a layer from now on; without `groups`, the same people take turns as before."""
    locked_schedule = schedule_to_edit(layer.schedule)
    locked = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    locked.schedule = locked_schedule
    for name, value in fields.items():
        setattr(locked, name, value)
    kept = groups_of(locked) if groups is None else groups
    # Who has left since may stay where nobody touches the turns: they are passed over.
    _check(locked, kept, are_new=groups is not None)
    save_layer(locked, kept, actor=actor)
    _tell(locked, f"Layer changed: {locked}", actor)
    return locked


@transaction.atomic
def move_layer(layer: Layer, *, is_up: bool, actor: User | None) -> Layer:
    """Let a layer change places with the one above it, or below it."""
    schedule = schedule_to_edit(layer.schedule)
    rows = list(Layer.objects.select_for_update(of=("self",)).filter(schedule=schedule))
    ordered = sorted(rows, key=lambda row: (row.priority, -row.pk))  # the lowest first
    place = next(number for number, row in enumerate(ordered) if row.pk == layer.pk)
    other = place + 1 if is_up else place - 1
    if not 0 <= other < len(ordered):
        where = "top" if is_up else "bottom"
        raise refuse("is_at_the_end", f"This layer is at the {where} already.")
    ordered[place], ordered[other] = ordered[other], ordered[place]
    for priority, row in enumerate(ordered):
        if row.priority != priority:
            row.priority = priority
            row.changed_by = actor
            row.save(update_fields=["priority"])
    moved = next(row for row in ordered if row.pk == layer.pk)
    _tell(moved, f"Layer moved {'up' if is_up else 'down'}: {moved}", actor)
    return moved


@transaction.atomic
def remove_layer(layer: Layer, *, actor: User | None) -> None:
    """Take a layer out from now on; its overrides go with it, its past stays."""
    schedule_to_edit(layer.schedule)
    locked = Layer.objects.select_for_update(of=("self",)).get(pk=layer.pk)
    _tell(locked, f"Layer removed: {locked}", actor)
    delete_as(locked, actor)


def save_layer(layer: Layer, groups: Groups, *, actor: User | None) -> None:
    """Save a layer and who takes part; the schedule is locked and its past written down."""
    layer.full_clean(exclude=["schedule"])
    layer.changed_by = actor
    layer.save()
    wanted = [
        (order, person) for order, group in enumerate(groups, start=1) for person in group
    ]
    rows = list(layer.participants.order_by("order", "pk"))
    if [(row.order, row.person_id) for row in rows] == [(o, p.pk) for o, p in wanted]:
        return
    for row in rows:
        delete_as(row, actor)
    for order, person in wanted:
        made = Participant(layer=layer, person=person, order=order)
        made.changed_by = actor
        made.save()


def groups_of(layer: Layer) -> list[list[User]]:
    """Return who takes turns, those of one place together."""
    places: dict[int, list[User]] = {}
    for row in layer.participants.select_related("person").order_by("order", "pk"):
        places.setdefault(row.order, []).append(row.person)
    return list(places.values())


def _check(layer: Layer, groups: Groups, *, are_new: bool = True) -> None:
    if layer.valid_from and layer.valid_until and layer.valid_until <= layer.valid_from:
        raise refuse("ends_before_it_begins", "It must be in force until later than from when.")
    if layer.holiday_rule and not layer.holiday_country:
        raise refuse("no_country", "Say whose public holidays count.")
    people = [person for group in groups for person in group]
    if layer.rotation == RotationKind.CALENDAR:
        if people:
            raise refuse("follows_a_calendar", "A calendar says who is on call in this layer.")
        return
    if not people:
        raise refuse("nobody", "A rotation needs at least one person.")
    if any(len(set(group)) != len(group) for group in groups):
        raise refuse("twice_in_a_group", "Somebody stands twice in one place of the rotation.")
    if are_new and (reasons := why_not_in_rotation(layer.schedule.team, people)):
        raise TransitionNotAllowed(reasons)


def _tell(layer: Layer, what: str, actor: User | None) -> None:
    events.record(
        "schedule.changed",
        layer.schedule,
        actor=actor,
        change="layer",
        layer_id=layer.pk,
        what=what,
    )
