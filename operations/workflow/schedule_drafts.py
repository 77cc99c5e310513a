"""Exported schedules: kept for a dry run, then carried over."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from operations.calendar_people import Directory
from operations.importers import read_export
from operations.importers.comparing import mapped
from operations.importers.shape import Export, NotAnExport, ScheduleShape
from operations.models import Schedule, ScheduleDraft
from operations.workflow.calendars import add_calendar
from operations.workflow.layers import add_layer
from operations.workflow.overrides import override
from operations.workflow.schedules import make_schedule
from portal import clock, events
from portal.access import members_of
from portal.errors import refuse
from portal.models import Team, User
from portal.workflow.saving import wrong


@transaction.atomic
def keep_draft(
    *, team: Team, kind: str, file_name: str, source: bytes, actor: User | None
) -> ScheduleDraft:
    """Keep an exported file for a dry run; raise `ValidationError` if it cannot be read."""
    content = source.decode("utf-8-sig", "replace").replace("\0", "")
    try:
        export = read_export(kind, content)
    except NotAnExport as error:
        raise ValidationError({"file": ValidationError(str(error), "not_an_export")}) from None
    draft = ScheduleDraft.objects.create(
        team=team,
        kind=kind,
        file_name=file_name[:200],
        content=content,
        people=_matched(export, team),
        made_by=actor,
        made_at=clock.now(),
    )
    events.record("schedule_draft.uploaded", draft, actor=actor, kind_of_export=kind)
    return draft


@transaction.atomic
def map_people(
    draft: ScheduleDraft, *, people: Mapping[str, int | None], actor: User | None
) -> ScheduleDraft:
    """Say which of the team's people is meant by each name of the export."""
    locked = _open(draft)
    _check_people(people, locked)
    locked.people = {**locked.people, **people}
    locked.save(update_fields=["people"])
    events.record("schedule_draft.people_mapped", locked, actor=actor)
    return locked


@transaction.atomic
def carry_over(draft: ScheduleDraft, *, actor: User | None) -> list[Schedule]:
    """Make the schedules of a draft, with their layers and the overrides to come."""
    locked = _open(draft)
    export = read_export(locked.kind, locked.content)
    people = people_of(locked)
    made = [_make(shape, locked, people, actor) for shape in export.schedules]
    locked.carried_over_at = clock.now()
    locked.save(update_fields=["carried_over_at"])
    events.record(
        "schedule_draft.carried_over",
        locked,
        actor=actor,
        schedules=[schedule.pk for schedule in made],
    )
    return made


@transaction.atomic
def discard_draft(draft: ScheduleDraft, *, actor: User | None) -> None:
    """Forget an uploaded file; schedules that were made from it stay."""
    events.record("schedule_draft.discarded", draft, actor=actor)
    ScheduleDraft.objects.filter(pk=draft.pk).delete()


def people_of(draft: ScheduleDraft) -> dict[str, User | None]:
    """Return whom each name of the export means here, in one query."""
    known = User.objects.in_bulk([pk for pk in draft.people.values() if pk])
    return {key: known.get(pk) for key, pk in draft.people.items()}


def _check_people(people: Mapping[str, int | None], draft: ScheduleDraft) -> None:
    """Raise for a name that the file has not, and for somebody who is not in the team."""
    members = set(members_of(draft.team).values_list("pk", flat=True))
    for name, person in people.items():
        if name not in draft.people:
            raise wrong("people", f"The file does not name “{name}”.")
        if person is not None and person not in members:
            raise wrong("people", f"{draft.team} has nobody with the number {person}.")


def _matched(export: Export, team: Team) -> dict[str, int | None]:
    directory = Directory(team)
    return {
        key: person.pk
        if (person := directory.find(who.email) or directory.find(who.name))
        else None
        for key, who in export.people.items()
    }


def _open(draft: ScheduleDraft) -> ScheduleDraft:
    rows = ScheduleDraft.objects.select_for_update(of=("self",)).select_related("team")
    locked = rows.get(pk=draft.pk)
    if locked.carried_over_at is not None:
        raise refuse("carried_over", "These schedules were carried over already.")
    return locked


def _make(
    shape: ScheduleShape,
    draft: ScheduleDraft,
    people: Mapping[str, User | None],
    actor: User | None,
) -> Schedule:
    schedule = make_schedule(
        team=draft.team,
        name=shape.name[:100],
        time_zone=shape.time_zone,
        description=shape.description[:2000],
        actor=actor,
    )
    if shape.calendar:
        source = shape.calendar.encode()
        add_calendar(schedule, name=draft.file_name[:100], source=source, actor=actor)
    for layer in shape.layers:
        if groups := mapped(layer.groups, people):
            add_layer(schedule, groups=groups, actor=actor, **layer.fields())
    _say(schedule, shape, people, actor)
    return schedule


def _say(
    schedule: Schedule,
    shape: ScheduleShape,
    people: Mapping[str, User | None],
    actor: User | None,
) -> None:
    now = clock.now()
    for said in shape.overrides:
        person = people.get(said.key)
        if person is None or said.ends_at <= now:
            continue
        override(
            schedule,
            person=person,
            starts_at=said.starts_at,
            ends_at=said.ends_at,
            kind=said.kind,
            reason="Carried over",
            actor=actor,
        )
