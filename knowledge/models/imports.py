"""Folders of Markdown that came in: what was found in them, and what became of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import DocumentKind
from knowledge.models.spaces import Space
from portal.models import Team, User


class ImportState(models.TextChoices):
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


WORKING = [ImportState.CHECKING, ImportState.IMPORTING]


class DocumentImportQuerySet(models.QuerySet["DocumentImport"]):
    def visible_to(self, user: User) -> Self:
        """One's own; administrators see all."""
        if not user.may_work:
            return self.none()
        return self if user.is_administrator else self.filter(started_by=user)

    def working(self) -> Self:
        return self.filter(state__in=WORKING)


class DocumentImport(models.Model):
    """
    One archive on its way in, a file at a time.

    `position` counts the Markdown files of the current round, which first checks and then,
    when somebody says so, writes; a crash costs at most the file under way.
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    key = models.CharField(max_length=40, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=DocumentKind, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_published = models.BooleanField(_("publish at once"), default=False)
    state = models.CharField(
        max_length=9, choices=ImportState, default=ImportState.CHECKING, editable=False
    )
    position = models.PositiveIntegerField(default=0, editable=False)
    file_count = models.PositiveIntegerField(default=0, editable=False)
    # How many documents were made, got a revision, stayed as they are, or could not come in.
    created_count = models.PositiveIntegerField(default=0, editable=False)
    revised_count = models.PositiveIntegerField(default=0, editable=False)
    same_count = models.PositiveIntegerField(default=0, editable=False)
    refused_count = models.PositiveIntegerField(default=0, editable=False)
    started_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = DocumentImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["done", "cancelled"], ended_at__isnull=False)
                | Q(state__in=["checking", "checked", "importing"], ended_at__isnull=True),
                name="import_ended_iff_ended_at",
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["checking", "importing"]),
                name="import_working",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("knowledge:import", args=[self.pk])

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def archive_path(self) -> str:
        """Where its archive lies in the media folder."""
        return f"imports/{self.key}.zip"


class FindingLevel(models.TextChoices):
    ERROR = "error", _("Cannot come in")
    WARNING = "warning", _("To be seen to")
    NOTE = "note", _("Good to know")


class ImportFinding(models.Model):
    """Something about one file of an import, by line; line 0 is the whole file."""

    document_import = models.ForeignKey(
        DocumentImport, on_delete=models.CASCADE, related_name="findings"
    )
    path = models.CharField(_("file"), max_length=400)
    line = models.PositiveIntegerField(_("line"))
    level = models.CharField(_("how grave"), max_length=7, choices=FindingLevel)
    sentence = models.CharField(max_length=400)

    class Meta:
        ordering = ["path", "line", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=FindingLevel.values), name="finding_level_known"
            )
        ]
        indexes = [
            models.Index(
                fields=["document_import", "path", "line", "id"], name="finding_in_order"
            )
        ]

    def __str__(self) -> str:
        return self.sentence
