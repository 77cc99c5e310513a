"""Maintenance requests: what is to be changed, why, by which steps, and who said yes."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import ActionItem, Document, Revision
from operations.models import Severity
from portal.models import Service, TeamRole, Tracked, User


class Category(models.TextChoices):
    """Why something is changed, after ISO/IEC/IEEE 14764."""

    CORRECTIVE = "corrective", _("Corrective: repair a fault")
    ADAPTIVE = "adaptive", _("Adaptive: keep up with a changed environment")
    PERFECTIVE = "perfective", _("Perfective: make it better")
    PREVENTIVE = "preventive", _("Preventive: before it fails")


class ProcessTemplate(Tracked):
    """The steps that requests of a category go through; copied into each new request."""

    category = models.CharField(max_length=10, choices=Category, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    trigger = models.TextField(_("trigger or examples"), max_length=1000, blank=True)
    schedule = models.CharField(_("schedule"), max_length=200, blank=True)
    steps = models.JSONField(_("steps"), default=list)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="process_category_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RequestState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    IN_PROGRESS = "in_progress", _("In progress")
    VERIFYING = "verifying", _("Verifying")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


REQUEST_TRANSITIONS: dict[RequestState, set[RequestState]] = {
    RequestState.DRAFT: {RequestState.AWAITING_APPROVAL, RequestState.WITHDRAWN},
    RequestState.AWAITING_APPROVAL: {
        RequestState.APPROVED,
        RequestState.REJECTED,
        RequestState.DRAFT,
        RequestState.WITHDRAWN,
    },
    RequestState.APPROVED: {
        RequestState.IN_PROGRESS,
        RequestState.DRAFT,
        RequestState.WITHDRAWN,
    },
    RequestState.REJECTED: {RequestState.DRAFT},
    RequestState.IN_PROGRESS: {RequestState.VERIFYING},
    RequestState.VERIFYING: {RequestState.CLOSED, RequestState.IN_PROGRESS},
    RequestState.CLOSED: set(),
    RequestState.WITHDRAWN: {RequestState.DRAFT},
}

OPEN = ~Q(state__in=[RequestState.CLOSED, RequestState.WITHDRAWN, RequestState.REJECTED])

# While a request is in one of these, somebody who may has said yes to what it is.
AUTHORISED_STATES = [
    RequestState.APPROVED,
    RequestState.IN_PROGRESS,
    RequestState.VERIFYING,
    RequestState.CLOSED,
]


class Outcome(models.TextChoices):
    SUCCEEDED = "succeeded", _("Succeeded")
    WITH_ISSUES = "with_issues", _("Succeeded with issues")
    FAILED = "failed", _("Failed")
    ROLLED_BACK = "rolled_back", _("Rolled back")


class MaintenanceRequestQuerySet(models.QuerySet["MaintenanceRequest"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def open(self) -> Self:
        return self.filter(OPEN)

    def for_approval_by(self, user: User) -> Self:
        """What waits for this manager, who neither asked for it nor will carry it out."""
        if not user.may_work:
            return self.none()
        return (
            self.filter(
                state=RequestState.AWAITING_APPROVAL,
                service__team__membership__person=user,
                service__team__membership__role=TeamRole.MANAGER,
            )
            .exclude(requester=user)
            .exclude(implementer=user)
        )

    def with_list_columns(self) -> Self:
        return self.select_related("service", "requester", "implementer")

    def with_details(self) -> Self:
        return self.select_related(
            "service__team",
            "requester",
            "implementer",
            "action_item",
            "runbook__published",
            "runbook_revision__document",
        )


class MaintenanceRequest(Tracked):
    """A wish to change a running system, from the first idea to the verified result."""

    title = models.CharField(_("title"), max_length=200)
    category = models.CharField(_("category"), max_length=10, choices=Category)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Severity, default=Severity.P3
    )
    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("why"), max_length=5000)
    plan = models.TextField(_("plan"), max_length=20000, blank=True)
    test_evidence = models.TextField(_("test evidence"), max_length=5000, blank=True)
    rollback_plan = models.TextField(_("rollback plan"), max_length=10000, blank=True)
    planned_start = models.DateTimeField(_("planned start"), null=True, blank=True)
    planned_end = models.DateTimeField(_("planned end"), null=True, blank=True)
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    implementer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action_item = models.ForeignKey(
        ActionItem, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    runbook = models.ForeignKey(
        Document,
        verbose_name=_("runbook to update"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    runbook_revision = models.ForeignKey(
        Revision, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        max_length=17, choices=RequestState, default=RequestState.DRAFT, editable=False
    )
    # SHA-256 over what approvers decide on; a vote counts only for the digest it names.
    plan_digest = models.CharField(max_length=64, blank=True, editable=False)
    outcome = models.CharField(max_length=11, choices=Outcome, blank=True, editable=False)
    verification = models.TextField(_("how it was verified"), blank=True, editable=False)
    without_deployment_because = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = MaintenanceRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="request_category_known"
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.CLOSED, closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=RequestState.CLOSED) & Q(closed_at__isnull=True),
                name="request_closed_iff_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(planned_end__isnull=True) | Q(planned_end__gt=F("planned_start")),
                name="request_ends_after_it_starts",
                violation_error_message=_("The planned end must be after the planned start."),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="request_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="request_by_state"),
            models.Index(fields=["service", "-created_at"], name="request_by_service"),
            models.Index(
                fields=["submitted_at"],
                condition=Q(state="awaiting_approval"),
                name="request_awaiting_approval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:request", args=[self.pk])

    @property
    def number(self) -> str:
        return f"CHG-{self.pk}"


class StepState(models.TextChoices):
    PENDING = "pending", _("To do")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")


class RequestStep(models.Model):
    """One step of the category's process, as it read when the request was made."""

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="steps"
    )
    order = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=7, choices=StepState, default=StepState.PENDING)
    note = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "order"], name="request_step_order_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(note=""), name="request_step_skip_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Vote(models.Model):
    """One manager's word on one exact plan; kept for ever, and superseded by another plan."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Approve")
        REJECT = "reject", _("Reject")

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.PROTECT, related_name="votes"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    plan_digest = models.CharField(max_length=64)
    decision = models.CharField(max_length=7, choices=Decision)
    reason = models.TextField(max_length=2000, blank=True)
    voted_at = models.DateTimeField(default=timezone.now, editable=False)
    # Since when it does not count any more: the plan became another, or went back to draft.
    superseded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-voted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision="reject") | ~Q(reason=""), name="vote_rejects_with_reason"
            ),
            models.UniqueConstraint(
                fields=["request", "person", "plan_digest"],
                condition=Q(superseded_at__isnull=True),
                name="vote_once_per_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.decision}"
