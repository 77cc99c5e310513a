"""What every review is made from: the organisation's outline, in versions, and its rules."""

from __future__ import annotations

from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User

MOST_SECTIONS = 30
# Sections that the reference's template asks for, where an outline does not say so itself.
REQUIRED = ["root_cause", "resolution", "went_well", "went_wrong", "prevention"]
_WORDS = {"key", "title", "hint"}


class _Section(TypedDict):
    key: str
    title: str
    hint: str


class Section(_Section, total=False):
    """One part of an outline; an older one does not say whether it is `required`."""

    required: bool


def is_required(section: Section) -> bool:
    """Whether a review is not published before something stands in this section."""
    return section.get("required", section["key"] in REQUIRED)


def check_sections(sections: Any) -> None:
    """Refuse an outline that a review could not be made from."""
    rows = sections if isinstance(sections, list) else [sections]
    if not 0 < len(rows) <= MOST_SECTIONS or not all(_is_section(row) for row in rows):
        raise ValidationError(
            _(
                "A list of {“key”, “title”, “hint”, “required”} is expected, "
                "each key a word of its own."
            ),
            "sections",
        )
    if len({row["key"] for row in rows}) < len(rows):
        raise ValidationError(_("Two sections have the same key."), "sections")


def _is_section(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and _WORDS <= set(row) <= _WORDS | {"required"}
        and all(isinstance(row[name], str) for name in _WORDS)
        and isinstance(row.get("required", False), bool)
        and row["key"].isidentifier()
        and bool(row["title"].strip())
    )


class ReviewTemplate(Tracked):
    """The sections of a review as they are now: `[{"key", "title", "hint", "required"}]`."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    sections = models.JSONField(_("sections"), default=list, validators=[check_sections])
    # The newest of its versions; a save names the one that it was built on.
    latest_number = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:review-template")


class ReviewTemplateVersion(models.Model):
    """The sections as they once were; never changed, because reviews go on with them."""

    template = models.ForeignKey(
        ReviewTemplate, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    sections = models.JSONField(validators=[check_sections])
    message = models.CharField(max_length=200, blank=True)
    restored_from = models.PositiveIntegerField(null=True)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="template_version_numbered_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"


class ReviewRules(Tracked):
    """What this organisation asks of a review before it is published; one row."""

    only = models.PositiveSmallIntegerField(default=1, unique=True, editable=False)
    approvals_needed = models.PositiveSmallIntegerField(
        _("approvals needed"),
        default=0,
        validators=[MaxValueValidator(5)],
        help_text=_("0: a draft may be published without asking anybody."),
    )
    comments_block = models.BooleanField(
        _("open comments keep a review from being published"), default=True
    )
    verification_needed = models.BooleanField(
        _("each action must say how we will know that it worked"), default=False
    )
    recurrence_days = models.PositiveSmallIntegerField(
        _("a factor recurs within (days)"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("The same factor on the same service."),
    )

    class Meta:
        verbose_name = verbose_name_plural = _("rules of reviews")
        constraints = [
            models.CheckConstraint(condition=Q(only=1), name="review_rules_are_one_row"),
            models.CheckConstraint(
                condition=Q(recurrence_days__gte=1), name="review_rules_recurrence_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(_("Rules of reviews"))
