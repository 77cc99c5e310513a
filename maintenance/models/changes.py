"""Changes of production that are no deployment: a flag switched, a setting turned."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Service, User


class ChangeKind(models.TextChoices):
    FLAG = "flag", _("Feature flag")
    CONFIGURATION = "configuration", _("Configuration")
    OTHER = "other", _("Other change")


class ChangeEventQuerySet(models.QuerySet["ChangeEvent"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("service", "actor")


class ChangeEvent(models.Model):
    """Something that a program or a person changed, told once and never edited."""

    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=13, choices=ChangeKind)
    title = models.CharField(_("what changed"), max_length=200)
    detail = models.TextField(_("details"), max_length=2000, blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    source = models.CharField(_("told by"), max_length=60, default="api")
    # What the source calls it; told again, it is the same change.
    external_id = models.CharField(max_length=200)
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ChangeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="change_event_once_per_source"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="change_event_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="change_event_newest"),
            models.Index(fields=["service", "-happened_at"], name="change_event_by_service"),
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.title}"

    def get_absolute_url(self) -> str:
        return f"{reverse('maintenance:change-events')}#change-{self.pk}"
