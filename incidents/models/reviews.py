"""Post-incident reviews: what happened, why, and what will be done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from knowledge.models import Document
from portal.models import Tracked, User


def check_sections(sections: Any) -> None:
    """Refuse an outline that a review could not be made from."""
    rows = sections if isinstance(sections, list) else [sections]
    are_right = all(
        isinstance(row, dict)
        and set(row) == {"key", "title", "hint"}
        and all(isinstance(value, str) for value in row.values())
        and row["key"].isidentifier()
        and row["title"].strip()
        for row in rows
    )
    if not rows or not are_right or len({row["key"] for row in rows}) < len(rows):
        raise ValidationError(
            _("A list of {“key”, “title”, “hint”} is expected, each key a word of its own."),
            "sections",
        )


class ReviewTemplate(Tracked):
    """The sections of a review, in order: `[{"key", "title", "hint"}]` (reference, part 2)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    sections = models.JSONField(_("sections"), default=list, validators=[check_sections])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class Review(Tracked):
    """The post-incident review (PIR) of one incident; due 48 hours after P0 and P1."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="review")
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=9, choices=ReviewState, default=ReviewState.DRAFT, editable=False
    )
    # The wording of each section by its key, as Markdown.
    sections = models.JSONField(default=dict)
    # [{"key", "title", "hint"}] as the template read when the draft was made.
    outline = models.JSONField(default=list, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    remind_at = models.DateTimeField(null=True, editable=False)
    # Goes up with each save, so that two writers do not overwrite each other.
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    document = models.ForeignKey(
        Document, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ReviewState.PUBLISHED, published_at__isnull=False)
                | Q(state=ReviewState.DRAFT, published_at__isnull=True),
                name="review_published_iff_published_at",
            )
        ]
        indexes = [
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="review_remind_at",
            )
        ]

    def __str__(self) -> str:
        return f"Review of {self.incident}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:review", args=[self.incident_id])

    def is_overdue_at(self, now: datetime) -> bool:
        return self.state == ReviewState.DRAFT and self.due_at is not None and self.due_at < now
