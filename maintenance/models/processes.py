"""The steps of a maintenance process, in versions; a published one never changes."""

from __future__ import annotations

from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User

MOST_STEPS = 40


class StepRole(models.TextChoices):
    """Who answers a step; `anyone` is everybody who may work on the request."""

    REQUESTER = "requester", _("Requester")
    IMPLEMENTER = "implementer", _("Implementer")
    REVIEWER = "reviewer", _("Reviewer")
    APPROVER = "approver", _("Approver")
    ANYONE = "anyone", _("Anyone")


class StepPhase(models.TextChoices):
    """Until when a step is answered, in the order of the work."""

    ANALYSE = "analyse", _("Analyse")
    WORK = "work", _("Work")
    VERIFY = "verify", _("Verify")
    CLOSE = "close", _("Close")


class EvidenceWanted(models.TextChoices):
    NONE = "none", _("None")
    TEXT = "text", _("Words")
    LINK = "link", _("A link")


class ProcessStep(TypedDict):
    """One step as a version keeps it; the copy in a request has the same words."""

    text: str
    role: str
    phase: str
    mandatory: bool
    evidence: str
    help: str


def process_step(
    text: str,
    phase: str = StepPhase.CLOSE,
    *,
    role: str = StepRole.ANYONE,
    mandatory: bool = True,
    evidence: str = EvidenceWanted.NONE,
    help: str = "",  # noqa: A002  # named as the field of the form and of the API
) -> ProcessStep:
    """Return a step; one that says no more than its text is asked for at closing, of anyone."""
    return ProcessStep(
        text=text,
        role=str(role),
        phase=str(phase),
        mandatory=mandatory,
        evidence=str(evidence),
        help=help,
    )


def check_steps(steps: Any) -> None:
    """Refuse what no request could take over as its steps."""
    rows = steps if isinstance(steps, list) else [steps]
    if not 0 < len(rows) <= MOST_STEPS:
        raise ValidationError(
            _("A process has from 1 to %(most)s steps.") % {"most": MOST_STEPS}, "count"
        )
    for number, row in enumerate(rows, start=1):
        if not _is_step(row):
            sentence = _("Step %(number)s is not complete: it needs a text of 300 at most.")
            raise ValidationError(sentence % {"number": number}, "step")


def _is_step(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and set(row) == set(ProcessStep.__annotations__)
        and isinstance(row["text"], str)
        and 0 < len(row["text"].strip()) <= 300
        and row["role"] in StepRole.values
        and row["phase"] in StepPhase.values
        and isinstance(row["mandatory"], bool)
        and row["evidence"] in EvidenceWanted.values
        and isinstance(row["help"], str)
        and len(row["help"]) <= 500
    )


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class ProcessVersion(Tracked):
    """The steps as they read at one time; requests go on with the version they began with."""

    template = models.ForeignKey(
        "maintenance.ProcessTemplate", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=VersionState, default=VersionState.DRAFT)
    steps = models.JSONField(default=list, validators=[check_steps])
    message = models.CharField(_("what changed, and why"), max_length=200, blank=True)
    # How often the draft was saved: who saves again names the one they had before them.
    edits = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="process_version_numbered_once"
            ),
            models.UniqueConstraint(
                fields=["template"],
                condition=Q(state="draft"),
                name="process_has_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True)
                | Q(state="published", published_at__isnull=False),
                name="process_version_published_iff_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}, {self.number}"

    @property
    def seen(self) -> str:
        """What a form carries, so that nobody saves over what they have not seen."""
        return f"{self.number}.{self.edits}"
