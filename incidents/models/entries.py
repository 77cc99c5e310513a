"""What people write into the timeline of an incident, and what they pin of the rest."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from portal.models import Event, Picture, Tracked, User


class EntryKind(models.TextChoices):
    NOTE = "note", _("Note")
    DECISION = "decision", _("Decision")
    LINK = "link", _("Link")
    IMAGE = "image", _("Picture")


class Visibility(models.TextChoices):
    """Who reads an entry; what the public reads are status updates."""

    ALL = "all", _("Everybody who sees the incident")
    WORKERS = "workers", _("Only those who work on it")


NOT_REMOVED = Q(removed_at__isnull=True)


class TimelineNoteQuerySet(models.QuerySet["TimelineNote"]):
    def readable(self, *, by_workers: bool) -> Self:
        """Those that somebody reads who works on the incident, or who does not."""
        return self if by_workers else self.filter(visibility=Visibility.ALL)

    def with_line_columns(self) -> Self:
        return self.select_related("author", "picture", "edited_by", "removed_by")


class TimelineNote(Tracked):
    """
    An entry that a person wrote; its past wordings are its history.

    `happened_at` is theirs to correct, `recorded_at` is when it was first written and never
    changes. What is removed stays as a struck line.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=EntryKind, default=EntryKind.NOTE)
    text = models.TextField(_("text"), max_length=4000, blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    picture = models.ForeignKey(
        Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    happened_at = models.DateTimeField(_("when it happened"), default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    is_pinned = models.BooleanField(_("pinned"), default=False)
    visibility = models.CharField(
        _("who reads it"), max_length=7, choices=Visibility, default=Visibility.ALL
    )
    # Somebody who may not stop the paging said that they are on it.
    is_acknowledgement = models.BooleanField(default=False, editable=False)
    # Grows with each wording, so that nobody overwrites what they have not read.
    version = models.PositiveIntegerField(default=1, editable=False)
    edited_at = models.DateTimeField(null=True, editable=False)
    edited_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    removed_because = models.CharField(_("why"), max_length=300, blank=True, editable=False)

    objects = TimelineNoteQuerySet.as_manager()

    class Meta:
        ordering = ["happened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="entry_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="entry_visibility_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.LINK) | ~Q(url=""),
                name="entry_link_leads_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.IMAGE, picture__isnull=False)
                | ~Q(kind=EntryKind.IMAGE) & Q(picture__isnull=True),
                name="entry_image_iff_picture",
            ),
            models.CheckConstraint(
                condition=NOT_REMOVED | Q(is_pinned=False), name="entry_pinned_only_if_there"
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "-happened_at", "-id"], name="entry_newest"),
        ]

    def __str__(self) -> str:
        return self.text[:80] or self.url[:80] or self.get_kind_display()

    @property
    def reference(self) -> str:
        """Under which lower floors keep what belongs to it."""
        return f"note:{self.pk}"

    @property
    def is_backdated(self) -> bool:
        return self.recorded_at > self.happened_at


class PinnedEvent(models.Model):
    """Something that was recorded by itself and that somebody wants in the review."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="pins")
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    pinned_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    pinned_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["event"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "event"], name="event_pinned_once")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} in {self.incident_id}"
