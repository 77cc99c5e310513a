"""Calendars of other programs that schedules are read from."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.crypto import EncryptedTextField
from portal.models.tracked import Attributed, versions

STALE_AFTER = timedelta(hours=24)  # since the last good copy


class CalendarImport(Attributed):
    """
    A calendar, by address or as an uploaded file, that says who is on call in one layer.

    `source` is the last copy that could be read; a fetch that fails leaves it as it is and
    says why in `error`. Its shifts are the rows of `ImportedShift`.
    """

    schedule = models.ForeignKey(
        "operations.Schedule", on_delete=models.CASCADE, related_name="calendars"
    )
    # What the engine answers from; it goes with the calendar.
    layer = models.OneToOneField(
        "operations.Layer", on_delete=models.CASCADE, related_name="calendar"
    )
    name = models.CharField(_("name"), max_length=100)
    # A private calendar's address is its password. Empty: the file was uploaded.
    url = EncryptedTextField(_("address"), blank=True, max_length=2000)
    source = models.TextField(blank=True, editable=False)
    source_hash = models.CharField(max_length=64, blank=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)  # the last good copy
    tried_at = models.DateTimeField(null=True, editable=False)
    # When it is fetched again, or an uploaded one is worked out further.
    due_at = models.DateTimeField(null=True, editable=False)
    etag = models.CharField(max_length=250, blank=True, editable=False)
    error_code = models.CharField(max_length=40, blank=True, editable=False)
    error = models.CharField(max_length=500, blank=True, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    # Sentences about what was left out of the good copy, and names that are nobody's here.
    notes = models.JSONField(default=list, editable=False)
    unmatched = models.JSONField(default=list, editable=False)
    shift_count = models.PositiveIntegerField(default=0, editable=False)

    history = versions(excluded_fields=["source"])

    class Meta:
        ordering = ["schedule", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(error_code="") | Q(tried_at__isnull=False),
                name="calendar_error_after_a_try",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="calendar_due"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("operations:calendar-import", args=[self.pk])

    def is_stale_at(self, now: datetime) -> bool:
        """Whether an address has given no good copy for a day; an upload does not age."""
        return bool(self.url) and (self.read_at is None or now - self.read_at > STALE_AFTER)
