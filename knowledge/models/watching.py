"""Who wants to be told of what happens to a document or to a space."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document
from knowledge.models.spaces import Space
from portal.models import User

WATCHED = Q(is_on=True)


class WatchReason(models.TextChoices):
    CHOSEN = "chosen", _("chosen")
    AUTHOR = "author", _("you wrote at it")
    COMMENT = "comment", _("you commented on it")
    REVIEW = "review", _("you reviewed it")


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: User) -> Self:
        """What one watches is one's own affair."""
        return self.filter(person=user)

    def on(self) -> Self:
        return self.filter(WATCHED)

    def of(self, person: User) -> Self:
        """What the person watches and may still read."""
        documents = Document.objects.visible_to(person).filter(archived_at=None)
        readable = Q(document__in=documents.values("pk")) | Q(
            space__in=Space.objects.visible_to(person).values("pk")
        )
        return self.on().filter(readable, person=person)

    def about(self, document: Document) -> Self:
        """Those who watch it, or the space that it lies in and not this one off."""
        off = Watch.objects.filter(document=document, is_on=False).values("person")
        of_space = Q(space=document.space_id) & ~Q(person__in=off)
        return self.on().filter(Q(document=document) | of_space)


class Watch(models.Model):
    """
    That one person is told of a document, or of all in a space; or said that they are not.

    What somebody switched off is not switched on again because they write or comment.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(
        Document, null=True, on_delete=models.CASCADE, related_name="watches"
    )
    space = models.ForeignKey(
        Space, null=True, on_delete=models.CASCADE, related_name="watches"
    )
    is_on = models.BooleanField(default=True)
    reason = models.CharField(
        max_length=7, choices=WatchReason, default=WatchReason.CHOSEN, editable=False
    )
    since = models.DateTimeField(default=timezone.now, editable=False)

    objects = WatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "watches"
        constraints = [
            models.CheckConstraint(
                condition=Q(document__isnull=False, space__isnull=True)
                | Q(document__isnull=True, space__isnull=False),
                name="watch_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=WatchReason.values), name="watch_reason_known"
            ),
            models.UniqueConstraint(
                fields=["document", "person"], name="document_watched_once"
            ),
            models.UniqueConstraint(fields=["space", "person"], name="space_watched_once"),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="watch_by_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.document or self.space}"


class ReaderSettingsQuerySet(models.QuerySet["ReaderSettings"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(person=user)


class ReaderSettings(models.Model):
    """How one person follows the documents: what is watched by itself, what is not new."""

    person = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    watches_own = models.BooleanField(
        _("Watch what I write, comment on or review"), default=True
    )

    # The newest of the news when the person last said that they have read it all.
    news_seen = models.PositiveBigIntegerField(default=0, editable=False)
    # A program reads the news under a key; only its hash is kept.
    feed_prefix = models.CharField(max_length=12, blank=True, editable=False)
    feed_hash = models.CharField(max_length=64, blank=True, editable=False)
    feed_made_at = models.DateTimeField(null=True, editable=False)
    feed_used_at = models.DateTimeField(null=True, editable=False)

    objects = ReaderSettingsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "reader settings"
        constraints = [
            models.CheckConstraint(
                condition=Q(feed_hash="", feed_made_at__isnull=True)
                | ~Q(feed_hash="") & Q(feed_made_at__isnull=False),
                name="reader_feed_iff_made_at",
            ),
            models.UniqueConstraint(
                fields=["feed_hash"], condition=~Q(feed_hash=""), name="reader_feed_key_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)
