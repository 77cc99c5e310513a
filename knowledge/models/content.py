"""What a text leads to, and the files that lie beside it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models.documents import Document, Revision
from portal.models import User

CURRENT = Q(superseded_at=None)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(document__in=Document.objects.visible_to(user))

    def current(self) -> Self:
        return self.filter(CURRENT)

    def unused(self) -> Self:
        """Those that no revision of their document names."""
        return self.with_uses().filter(is_read=False, is_in_newest=False, is_named=False)

    def with_uses(self) -> Self:
        """With whether readers see it, the newest revision shows it, or only an old one."""
        links = DocumentLink.objects.filter(attachment=OuterRef("pk"))
        published = Q(revision=F("document__published"))
        newest = Q(revision__number=F("document__latest_number"))
        names = Revision.objects.filter(
            document=OuterRef("document"), body__contains=OuterRef("name")
        )
        return self.annotate(
            is_read=Exists(links.filter(published)),
            is_in_newest=Exists(links.filter(newest)),
            is_named=Exists(names),
        )


class Attachment(models.Model):
    """
    A file beside a document, never changed; another under its name takes its place.

    A picture is written anew by `portal.pictures`; anything else is kept as it came and only
    ever downloaded. `path` says where it lies in an export, from the root of the folder.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="attachments")
    key = models.CharField(max_length=40, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    path = models.CharField(max_length=400)
    description = models.CharField(_("what it shows"), max_length=300, blank=True)
    # "image/png", "image/jpeg" or "image/webp" for a picture of ours, or else empty.
    media_type = models.CharField(max_length=10, blank=True, editable=False)
    size = models.PositiveIntegerField(editable=False)  # bytes
    sha256 = models.CharField(max_length=64, editable=False)
    sent_sha256 = models.CharField(max_length=64, editable=False)  # of what came, before ours
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "path"], condition=CURRENT, name="one_attachment_a_path"
            )
        ]
        indexes = [models.Index(fields=["path"], name="attachment_by_path")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attachment", args=[self.key])

    @property
    def is_picture(self) -> bool:
        return bool(self.media_type)

    @property
    def file_path(self) -> str:
        """Where its file lies in the media folder."""
        return f"attachments/{self.key[:2]}/{self.key}"


class LinkKind(models.TextChoices):
    DOCUMENT = "document", _("Document")
    ATTACHMENT = "attachment", _("Attachment")
    SNIPPET = "snippet", _("Snippet")
    EXTERNAL = "external", _("Elsewhere")


class LinkProblem(models.TextChoices):
    NONE = "", _("None")
    NO_DOCUMENT = "no_document", _("No such document")
    ARCHIVED = "archived", _("Archived")
    UNPUBLISHED = "unpublished", _("Not published")
    NO_HEADING = "no_heading", _("No such heading")
    NO_ATTACHMENT = "no_attachment", _("Attachment missing")


BROKEN = ~Q(problem=LinkProblem.NONE)


class DocumentLinkQuerySet(models.QuerySet["DocumentLink"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(document__in=Document.objects.visible_to(user).current())

    def read(self) -> Self:
        """Those of the revisions that readers get."""
        return self.filter(revision=F("document__published"))

    def to(self, document: Document) -> Self:
        """Those that lead to this document from others."""
        return self.filter(target=document).exclude(document=document)

    def broken_for(self, user: User) -> Self:
        """
        Those of what readers get that lead nowhere for this one, each with `why`.

        What is hidden from them is there no more than what never was: nobody finds out what
        there is by linking to it.
        """
        rows = self.visible_to(user).read()
        if user.is_administrator:
            return rows.filter(BROKEN).annotate(why=F("problem"))
        seen = Document.objects.visible_to(user).values("pk")
        no_document = Q(target__isnull=False) & ~Q(target__in=seen)
        no_file = Q(attachment__isnull=False) & ~Q(attachment__document__in=seen)
        return rows.filter(BROKEN | no_document | no_file).annotate(
            why=Case(
                When(no_document, then=Value(LinkProblem.NO_DOCUMENT.value)),
                When(no_file, then=Value(LinkProblem.NO_ATTACHMENT.value)),
                default=F("problem"),
            )
        )

    def with_list_columns(self) -> Self:
        return self.select_related("document", "revision").order_by("document__title", "pk")


class DocumentLink(models.Model):
    """One link in the published or in the newest words of a document; rebuilt at will."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="links")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="links")
    line = models.PositiveIntegerField()  # from 1; 0 is unknown
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind)
    address = models.CharField(_("leads to"), max_length=500)  # as it was written
    target = models.ForeignKey(
        Document, null=True, on_delete=models.SET_NULL, related_name="linked_from"
    )
    attachment = models.ForeignKey(
        Attachment, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    anchor = models.CharField(max_length=200, blank=True)
    # The address that a document would need to be the one that was meant.
    wanted = models.CharField(max_length=200, blank=True)
    problem = models.CharField(
        _("problem"), max_length=13, choices=LinkProblem, blank=True, default=LinkProblem.NONE
    )

    objects = DocumentLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=LinkKind.values), name="link_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(problem__in=LinkProblem.values), name="link_problem_known"
            ),
        ]
        indexes = [
            models.Index(fields=["document"], condition=BROKEN, name="link_broken"),
            models.Index(
                fields=["wanted"], condition=Q(target=None), name="link_waiting_for_target"
            ),
        ]

    why: str  # the problem as one reader is told of it

    def __str__(self) -> str:
        return self.address

    @property
    def why_words(self) -> str:
        return str(LinkProblem(self.why).label)

    @property
    def source_url(self) -> str:
        return self.revision.get_absolute_url()
