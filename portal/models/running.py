"""What runs: the processes' signs of life, and what the auditor found."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """A process says that it lives; the health page says which one has gone quiet."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20)
    beat_at = models.DateTimeField(default=timezone.now)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """Something that was due and did not happen, as the auditor saw it, until it is cleared."""

    code = models.CharField(max_length=60, unique=True)
    sentence = models.CharField(max_length=400)
    count = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-found_at"]

    def __str__(self) -> str:
        return self.code
