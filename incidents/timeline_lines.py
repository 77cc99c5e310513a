"""
One line of a timeline: what it looks like, and its place in the one order of all of them.

The order is by when it happened, then by what kind of row it is, then by number: so a place in
it can be named (`Place`), and each kind of row can be asked for what comes after, by an index.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as in_words
from django.utils.translation import gettext as _

from incidents.models import EntryKind, Phase, StatusUpdate, TimelineNote, Visibility

Line = dict[str, Any]

CHANGE, EVENT, UPDATE, NOTE = range(4)  # ranks: which goes first where the instant is the same
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

ICONS = {
    EntryKind.NOTE: ("note", "neutral"),
    EntryKind.DECISION: ("flag", "info"),
    EntryKind.LINK: ("link", "neutral"),
    EntryKind.IMAGE: ("eye", "neutral"),
}


class Place(NamedTuple):
    """Where a line stands; `str` of it is fit for an address."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // MICROSECOND}.{self.rank}.{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Raises `ValueError` for what was not written by `str`."""
        moment, rank, pk = (int(part) for part in text.split(".", 2))
        if not (-(2**55) < moment < 2**55 and rank in range(4) and 0 <= pk < 2**63):
            raise ValueError(text)
        return cls(EPOCH + moment * MICROSECOND, rank, pk)

    def later_rows(self, rank: int, field: str) -> Q:
        """What stands after this place among rows of one rank, the newest first."""
        earlier = Q(**{f"{field}__lt": self.at})
        if rank > self.rank:
            return earlier
        same = Q(**{field: self.at})
        return earlier | (same & Q(pk__lt=self.pk) if rank == self.rank else same)


def line_at(at: datetime, rank: int, pk: int, **shown: Any) -> Line:
    """A line with its place, and its time in the reader's zone."""
    local = timezone.localtime(at)
    return {
        "at": at,
        "order": pk,
        "place": Place(at, rank, pk),
        "iso": local.isoformat(timespec="seconds"),
        "when": in_words(local, "j M, H:i"),
        "zone": local.tzname(),
        **shown,
    }


def note_line(note: TimelineNote) -> Line:
    """What a person wrote: words, link or picture, and what became of it since."""
    icon, tone = ICONS[EntryKind(note.kind)]
    text = NOTE_WORDS[EntryKind(note.kind)]()
    if note.is_acknowledgement:
        icon, tone = "flag", "busy"
        text = _("acknowledged it without being entitled to; paging goes on")
    line = line_at(
        note.happened_at,
        NOTE,
        note.pk,
        ref=f"note-{note.pk}",
        icon=icon,
        tone=tone,
        actor=note.author.name if note.author else "",
        text=text,
        words=note.text,
        link=note.url,
        pinned=note.is_pinned,
        only_workers=note.visibility == Visibility.WORKERS,
        may_edit=not note.is_acknowledgement and note.removed_at is None,
        written_at=note.recorded_at if note.is_backdated else None,
    )
    if note.removed_at is not None:
        return line | _removed(note)
    if note.picture is not None:
        line["picture"] = note.picture
    return line | _edited(note)


NOTE_WORDS = {
    EntryKind.NOTE: lambda: _("noted"),
    EntryKind.DECISION: lambda: _("decided"),
    EntryKind.LINK: lambda: _("linked"),
    EntryKind.IMAGE: lambda: _("added a picture"),
}


def _edited(note: TimelineNote) -> Line:
    if note.edited_at is None:
        return {}
    return {
        "edited_at": note.edited_at,
        "edited_by": str(note.edited_by or ""),
        "history_url": reverse("history", args=["incidents.timelinenote", note.pk]),
    }


def _removed(note: TimelineNote) -> Line:
    return _edited(note) | {
        "tone": "neutral",
        "removed_at": note.removed_at,
        "removed_by": str(note.removed_by or ""),
        "removed_because": note.removed_because,
        "link": "",
    }


def update_line(update: StatusUpdate) -> Line:
    return line_at(
        update.posted_at,
        UPDATE,
        update.pk,
        ref=f"update-{update.pk}",
        icon="megaphone",
        tone="info",
        actor=update.author.name if update.author else "",
        text=_("told the public: %(phase)s") % {"phase": Phase(update.phase).label},
        words=update.text,
    )
