"""Which document answers which alert: said here, or by an address that was once elsewhere."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document
from portal.models import Service, Tracked, User


class AlertLinkQuerySet(models.QuerySet["AlertLink"]):
    def visible_to(self, user: User) -> Self:
        read = Document.objects.visible_to(user).current()
        return self.filter(document__in=read.values("pk"))

    def with_list_columns(self) -> Self:
        return self.select_related("document", "document__published").defer(
            "document__published__body", "document__published__html"
        )


class AlertLink(Tracked):
    """Alerts of this name, with these labels, are answered by this document."""

    # Empty: any name; then the labels say which alerts.
    alert_name = models.CharField(_("alert"), max_length=200, blank=True)
    # Each must be there with exactly this value.
    labels = models.JSONField(_("labels"), default=dict, blank=True)
    document = models.ForeignKey(
        Document, verbose_name=_("document"), on_delete=models.PROTECT, related_name="+"
    )
    # The step to begin with, by its name; empty: the document from its top.
    anchor = models.CharField(_("step"), max_length=80, blank=True)

    objects = AlertLinkQuerySet.as_manager()

    class Meta:
        ordering = ["alert_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(alert_name="") | ~Q(labels={}), name="alert_link_names_something"
            )
        ]
        indexes = [models.Index(fields=["alert_name"], name="alert_link_by_name")]

    def __str__(self) -> str:
        words = [self.alert_name] if self.alert_name else []
        words += [f"{name}={value}" for name, value in sorted(self.labels.items())]
        return " ".join(words)

    def get_absolute_url(self) -> str:
        return reverse("knowledge:alert-links")


class DocumentAddressQuerySet(models.QuerySet["DocumentAddress"]):
    def visible_to(self, user: User) -> Self:
        read = Document.objects.visible_to(user).current()
        return self.filter(document__in=read.values("pk"))


class DocumentAddress(models.Model):
    """An address under which a document was known elsewhere, as before its import."""

    url = models.CharField(max_length=1000)
    url_hash = models.CharField(max_length=64, unique=True)  # of `url`, without scheme and end
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="addresses")

    objects = DocumentAddressQuerySet.as_manager()

    class Meta:
        ordering = ["url"]

    def __str__(self) -> str:
        return self.url


class ServiceRunbookQuerySet(models.QuerySet["ServiceRunbook"]):
    def visible_to(self, user: User) -> Self:
        read = Document.objects.visible_to(user).current()
        return self.filter(document__in=read.values("pk"))


class ServiceRunbook(Tracked):
    """The runbook for whatever goes wrong with a service and has none of its own."""

    service = models.OneToOneField(Service, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    objects = ServiceRunbookQuerySet.as_manager()

    class Meta:
        ordering = ["service"]

    def __str__(self) -> str:
        return f"{self.service}: {self.document}"
