"""
What people write into the timeline, correct, strike out and pin.

Nothing that was written goes silently: an edit keeps the old words with who changed them and
when (its history), and what is removed stays as a struck line with the reason.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import EntryKind, Incident, PinnedEvent, TimelineNote, Visibility
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Event, Picture, User
from portal.workflow.pictures import give_picture

WORDS = ["kind", "text", "url", "picture", "happened_at", "visibility"]


@transaction.atomic
def add_note(
    incident: Incident,
    *,
    text: str = "",
    happened_at: datetime | None = None,
    kind: str = EntryKind.NOTE,
    url: str = "",
    picture: Picture | None = None,
    is_pinned: bool = False,
    visibility: str = Visibility.ALL,
    actor: User | None,
) -> TimelineNote:
    """
    Write into the timeline; `happened_at` where it happened earlier than it is written.

    With a picture it is an entry of that kind, whatever `kind` says.
    """
    locked = locked_incident(incident)
    ensure(locked, "add_note")
    now = clock.now()
    note = TimelineNote(
        incident=locked,
        author=actor,
        kind=EntryKind.IMAGE if picture else EntryKind(kind),
        text=text.strip(),
        url=url,
        picture=picture,
        happened_at=happened_at or now,
        recorded_at=now,
        is_pinned=is_pinned,
        visibility=Visibility(visibility),
    )
    _check(note, now)
    _save_new(note, actor)
    events.record(
        "incident.noted", locked, actor=actor, happened_at=note.happened_at, note=note.pk
    )
    return note


def add_automatic(incident: Incident, *, text: str, actor: User, **fields: Any) -> TimelineNote:
    """Write what a verb says in somebody's name; the verb records its own event."""
    now = clock.now()
    note = TimelineNote(
        incident=incident, author=actor, text=text, happened_at=now, recorded_at=now, **fields
    )
    _save_new(note, actor)
    return note


@transaction.atomic
def edit_note(
    note: TimelineNote, *, version: int, actor: User | None, **words: Any
) -> TimelineNote:
    """
    Correct an entry that was read at `version`; what it said before is kept.

    Refused if somebody else corrected it since (`edited_meanwhile`), and once it is removed.
    """
    locked = _locked(note)
    if reasons := why_not_edit(locked):
        raise TransitionNotAllowed(reasons)
    if locked.version != version:
        raise refuse(
            "edited_meanwhile",
            _("%(person)s has changed this entry since you read it.")
            % {"person": locked.edited_by or _("Somebody")},
            _("Read it again, and change what is still to be changed."),
        )
    changed = [name for name in WORDS if name in words and words[name] != getattr(locked, name)]
    if not changed:
        return locked
    now = clock.now()
    for name in changed:
        setattr(locked, name, words[name])
    _follow_picture(locked, changed)
    _check(locked, now)
    locked.version += 1
    locked.edited_at, locked.edited_by = now, actor
    fields = [*dict.fromkeys([*changed, "kind"]), "version", "edited_at", "edited_by"]
    _save(locked, actor, fields, "incident.note_edited", changed=changed)
    return locked


@transaction.atomic
def remove_note(note: TimelineNote, *, because: str, actor: User | None) -> TimelineNote:
    """Strike an entry out: the line stays, with who removed it and why; a picture is hidden."""
    locked = _locked(note)
    if reasons := why_not_edit(locked):
        raise TransitionNotAllowed(reasons)
    locked.removed_at, locked.removed_by = clock.now(), actor
    locked.removed_because = because.strip()[:300]
    locked.is_pinned = False
    fields = ["removed_at", "removed_by", "removed_because", "is_pinned"]
    _save(locked, actor, fields, "incident.note_removed", because=locked.removed_because)
    return locked


@transaction.atomic
def pin_note(note: TimelineNote, *, is_pinned: bool, actor: User | None) -> TimelineNote:
    """Put an entry into the review's draft, or leave it out again; twice is as once."""
    locked = _locked(note)
    if is_pinned and (reasons := why_not_edit(locked)):
        raise TransitionNotAllowed(reasons)
    if locked.is_pinned != is_pinned:
        locked.is_pinned = is_pinned
        kind = "incident.note_pinned" if is_pinned else "incident.note_unpinned"
        _save(locked, actor, ["is_pinned"], kind)
    return locked


@transaction.atomic
def pin_event(incident: Incident, event: Event, *, is_pinned: bool, actor: User | None) -> None:
    """Do the same with what was recorded by itself."""
    locked = locked_incident(incident)
    pins = PinnedEvent.objects.filter(incident=locked, event=event)
    if pins.exists() == is_pinned:
        return
    if is_pinned:
        PinnedEvent.objects.create(
            incident=locked, event=event, pinned_by=actor, pinned_at=clock.now()
        )
    else:
        pins.delete()
    kind = "incident.event_pinned" if is_pinned else "incident.event_unpinned"
    events.record(kind, locked, actor=actor, event=event.pk)


def why_not_edit(note: TimelineNote) -> list[Refusal]:
    """Return every reason why this entry can be neither changed nor removed."""
    if note.removed_at is not None:
        return [Refusal("note_removed", _("This entry was removed."), _("Write a new one."))]
    if note.is_acknowledgement:
        sentence = _("This is what somebody did, not what they wrote.")
        return [Refusal("note_automatic", sentence, _("Write an entry that explains it."))]
    return []


def why_not_write(note: TimelineNote, now: datetime) -> list[Refusal]:
    """Return every reason why an entry cannot say this."""
    reasons = []
    if note.happened_at > now:
        reasons.append(Refusal("in_the_future", _("A note cannot be about the future.")))
    if note.kind == EntryKind.LINK and not note.url:
        reasons.append(Refusal("address_missing", _("A link needs the address it leads to.")))
    if note.kind in {EntryKind.NOTE, EntryKind.DECISION} and not note.text:
        reasons.append(Refusal("text_missing", _("An entry needs words.")))
    if note.kind == EntryKind.IMAGE and note.picture is None:
        reasons.append(Refusal("picture_missing", _("This entry needs its picture.")))
    return reasons


def _check(note: TimelineNote, now: datetime) -> None:
    if reasons := why_not_write(note, now):
        raise TransitionNotAllowed(reasons)
    note.clean_fields()


def _follow_picture(note: TimelineNote, changed: list[str]) -> None:
    """A picture makes it that kind of entry; without one it is a note again."""
    if "picture" not in changed:
        if note.picture is not None:
            note.kind = EntryKind.IMAGE
        return
    if note.picture is not None:
        note.kind = EntryKind.IMAGE
        give_picture(note.picture, to=note.reference)
    elif note.kind == EntryKind.IMAGE:
        note.kind = EntryKind.NOTE


def _save_new(note: TimelineNote, actor: User | None) -> None:
    note.changed_by = actor
    note.save()
    if note.picture is not None:
        give_picture(note.picture, to=note.reference)


def _locked(note: TimelineNote) -> TimelineNote:
    rows = TimelineNote.objects.select_for_update(of=("self",))
    return rows.select_related("incident__service", "picture", "edited_by").get(pk=note.pk)


def _save(
    note: TimelineNote, actor: User | None, fields: list[str], kind: str, **told: Any
) -> None:
    note.changed_by = actor
    note.save(update_fields=fields)
    events.record(kind, note.incident, actor=actor, note=note.pk, **told)
