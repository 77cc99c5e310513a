"""Documents and their revisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self, cast

from django.db import models
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.spaces import Reading, Space
from portal.models import Service, Team, Tracked, User
from portal.text_search import matching

# A page begins behind the last by what it is ordered by, which is therefore never empty.
NEVER = datetime(1900, 1, 1, tzinfo=UTC)
ALWAYS = datetime(2999, 12, 31, tzinfo=UTC)


class DocumentKind(models.TextChoices):
    RUNBOOK = "runbook", _("Runbook")
    PROCEDURE = "procedure", _("Procedure")
    PLAYBOOK = "playbook", _("Playbook")
    HOW_TO = "how_to", _("How-to")
    DECISION = "decision", _("Decision")
    MEETING = "meeting", _("Meeting note")
    SNIPPET = "snippet", _("Snippet")
    TEMPLATE = "template", _("Template")
    REVIEW = "review", _("Review")


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User) -> Self:
        """The one place that decides who reads which document."""
        if not user.may_look:
            return self.none()
        if user.is_administrator:
            return self
        readable = Space.objects.visible_to(user)
        ours = Q(is_team_only=False) | Q(team__in=Team.objects.of(user).values("pk"))
        return self.filter(ours, space__in=readable.values("pk"))

    def open_to_all(self) -> Self:
        """Those that everybody with access to the portal may read."""
        return self.filter(space__reading=Reading.EVERYONE, is_team_only=False)

    def shared_with(self, document: Document) -> Self:
        """Those that everybody may read who may read the document."""
        near = Q(space=document.space_id) | Q(space__reading=Reading.EVERYONE)
        theirs = Q(is_team_only=False)
        if document.is_team_only:
            theirs |= Q(team=document.team_id)
        return self.filter(near, theirs)

    def current(self) -> Self:
        return self.filter(archived_at=None)

    def with_list_columns(self) -> Self:
        rows = self.select_related("space", "team", "published")
        return rows.prefetch_related("services", "tags")

    def newest_first(self) -> Self:
        """What readers got last; what they do not get yet comes at the end."""
        at = Coalesce("published__published_at", Value(NEVER), output_field=DateTimeField())
        return self.annotate(given_at=at).order_by("-given_at", "-pk")

    def due_first(self) -> Self:
        """What is to be looked at again soonest; what nobody has to comes at the end."""
        at = Coalesce("freshness__due_at", Value(ALWAYS), output_field=DateTimeField())
        return self.annotate(look_at=at).order_by("look_at", "pk")

    def with_header(self) -> Self:
        """With what stands above a document: its owner, who published what, its services."""
        return self.select_related(
            "space", "team", "owner", "published__author", "published__published_by"
        ).prefetch_related("services")

    def awaiting_publication(self) -> Self:
        """Those whose newest revision readers do not get yet."""
        newer = Q(latest_number__gt=models.F("published__number"))
        return self.current().filter(Q(published=None) | newer)

    def runnable(self) -> Self:
        """The runbooks that readers get."""
        return self.current().filter(kind=DocumentKind.RUNBOOK, published__isnull=False)

    def most_run(self) -> Self:
        """The runbooks that readers get, the most used first."""
        return (
            self.runnable()
            .annotate(
                run_count=models.Count("revisions__runs"),
                last_run_at=models.Max("revisions__runs__started_at"),
            )
            .order_by("-run_count", "title", "pk")
        )

    def containing(self, text: str) -> Self:
        """Those with all these words in title, alert names or published text."""
        found = matching(self, text, "title", "alert_words", "published__body")
        return cast("Self", found)


class Tag(models.Model):
    """A word under which documents are found together."""

    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Document(Tracked):
    """A text that the team keeps right; readers get `published`, authors build on `latest`."""

    space = models.ForeignKey(
        Space, verbose_name=_("space"), on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=DocumentKind)
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("slug"), unique=True, max_length=200)
    team = models.ForeignKey(
        Team,
        verbose_name=_("owner team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Whoever keeps it right, where that is one person; the team stands behind them.
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # Narrower than its space, never wider.
    is_team_only = models.BooleanField(_("only the owner team reads it"), default=False)
    services = models.ManyToManyField(Service, blank=True, related_name="+")
    tags = models.ManyToManyField(Tag, blank=True, related_name="documents")
    # Alert names that this runbook answers.
    alert_names = models.JSONField(_("answers the alerts"), default=list, blank=True)
    # The same names as one line, for search; kept by the verb that sets them.
    alert_words = models.TextField(default="", blank=True, editable=False)
    # Where it lies in the folder that it was imported from, such as "db/restore.md".
    path = models.CharField(max_length=400, blank=True, default="", editable=False)
    # The number of the newest revision; allotted by the verb that adds one.
    latest_number = models.PositiveIntegerField(default=0, editable=False)
    published = models.ForeignKey(
        "Revision", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(is_team_only=False) | Q(team__isnull=False),
                name="document_team_only_has_team",
            ),
            models.UniqueConstraint(
                fields=["space", "path"], condition=~Q(path=""), name="one_document_a_path"
            ),
        ]
        indexes = [
            models.Index(fields=["space", "title", "id"], name="document_in_space"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:document", args=[self.slug])


class RevisionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    CHANGES = "changes", _("Changes asked for")
    PUBLISHED = "published", _("Published")


class RevisionQuerySet(models.QuerySet["Revision"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(document__in=Document.objects.visible_to(user).values("pk"))


class Revision(models.Model):
    """One wording of a document, never changed; numbers are dense from 1 for each document."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(editable=False)  # safe HTML, rendered when saved
    renderer = models.CharField(max_length=20, editable=False)
    body_hash = models.CharField(max_length=64, editable=False)  # SHA-256 in hex
    message = models.CharField(_("what changed"), max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=RevisionState, default=RevisionState.DRAFT)
    # The number of the revision whose words these are once more.
    restored_from = models.PositiveIntegerField(null=True, editable=False)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="revision_numbers_from_one"
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False)
                | Q(
                    state__in=["draft", "in_review", "changes"],
                    published_at__isnull=True,
                ),
                name="revision_published_iff_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, revision {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("knowledge:revision", args=[self.document.slug, self.number])
