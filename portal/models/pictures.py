"""Pictures that people put in: a screenshot in a timeline, a drawing in a review."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# Named once: the sweep's index helps only a query that repeats the condition exactly.
UNUSED = Q(reference="")


class MediaType(models.TextChoices):
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    WEBP = "image/webp", "WebP"


class Picture(models.Model):
    """
    A picture as we wrote it anew from what was sent; its file lies in the media folder.

    The name is random and says nothing. What the picture belongs to decides who may see it
    (`portal.pictures.keeper`); until it belongs to anything, only who sent it may.
    """

    name = models.CharField(max_length=40, unique=True, editable=False)
    media_type = models.CharField(max_length=10, choices=MediaType, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveIntegerField(editable=False)  # bytes
    sha256 = models.CharField(max_length=64, editable=False)
    # What the sender called it; shown, and never part of a path.
    label = models.CharField(_("name"), max_length=100, blank=True)
    # Such as "note:7"; upper floors give it a meaning, this one only keeps it.
    reference = models.CharField(max_length=100, blank=True, default="", editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(media_type__in=MediaType.values), name="picture_type_known"
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, size__gt=0), name="picture_is_something"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=UNUSED, name="picture_unused"),
            models.Index(fields=["reference"], condition=~UNUSED, name="picture_by_reference"),
        ]

    def __str__(self) -> str:
        return self.label or self.name

    def get_absolute_url(self) -> str:
        return reverse("picture", args=[self.name])

    @property
    def path(self) -> str:
        """Where its file lies in the media folder."""
        return f"pictures/{self.name[:2]}/{self.name}"
