"""Maintenance requests: what is to be changed, why, by which steps, and who said yes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import ActionItem, Document, Revision
from maintenance.models.approvals import RiskLevel
from maintenance.models.processes import (
    EvidenceWanted,
    ProcessStep,
    ProcessVersion,
    StepPhase,
    StepRole,
)
from maintenance.models.states import (
    COMMITTED,
    CORRECTIONS,
    OPEN,
    UNENDED,
    WORKING,
    Authorisation,
    Category,
    OriginKind,
    Outcome,
    RequestState,
)
from maintenance.timing import Span, effective
from operations.models import Severity
from portal.models import Service, Tracked, User

LONGEST = 7 * 24 * 60  # minutes of preparation, or of a rollback
PRODUCTION = "production"


def environment_named(text: str) -> str:
    """Return the name as it is kept: production is spelt in one way, since rules go by it."""
    name = text.strip()
    return PRODUCTION if name.lower() == PRODUCTION else name


class ProcessTemplate(Tracked):
    """The process of a category; new requests take over the steps of its published version."""

    category = models.CharField(max_length=10, choices=Category, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    trigger = models.TextField(_("trigger or examples"), max_length=1000, blank=True)
    schedule = models.CharField(_("schedule"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    published = models.ForeignKey(
        ProcessVersion, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="process_category_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("maintenance:process", args=[self.pk])

    @property
    def steps(self) -> list[ProcessStep]:
        """What a new request would take over now."""
        return self.published.steps if self.published else []


class MaintenanceRequestQuerySet(models.QuerySet["MaintenanceRequest"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def open(self) -> Self:
        return self.filter(OPEN)

    def committed(self) -> Self:
        """Those whose time is asked for, given or running; a draft takes nobody's time."""
        return self.filter(state__in=COMMITTED)

    def planned_within(self, start: datetime, end: datetime) -> Self:
        """Those in whose planned time some of `[start, end)` lies, by start."""
        near = self.filter(planned_start__lt=end, planned_end__gt=start)
        return near.order_by("planned_start", "pk")

    def touching(self, services: Iterable[Service | int]) -> Self:
        """Those of these services, and those that touch one of them besides their own."""
        beside = MaintenanceRequest.other_services.through.objects.filter(
            service__in=services
        ).values("maintenancerequest")
        return self.filter(Q(service__in=services) | Q(pk__in=beside))

    def voted_on(self) -> Self:
        """What waits for votes: before its work, or after it began without them."""
        begun = [*WORKING, RequestState.REVIEW]
        unsettled = Q(break_glass__settled_at=None, break_glass__isnull=False)
        return self.filter(
            Q(state=RequestState.AWAITING_APPROVAL) | Q(state__in=begun) & unsettled
        )

    def for_approval_by(self, user: User) -> Self:
        """What this person's word is still wanted for, their own or as a delegate."""
        return self.filter(asked__person=user) if user.may_work else self.none()

    def newest_of_each_state(self, states: list[RequestState], most: int) -> Self:
        """The columns of a board in one query: up to `most` requests of each state."""
        place = Window(
            RowNumber(), partition_by="state", order_by=[F("created_at").desc(), F("pk").desc()]
        )
        return self.filter(state__in=states).annotate(nth=place).filter(nth__lte=most)

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
            "template_version__template",
            "standard_version__standard__approved",
            "analysis__kind_decided_by",
            "recurrence__work",
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
    other_services = models.ManyToManyField(
        Service, verbose_name=_("services also touched"), related_name="+", blank=True
    )
    resources = models.ManyToManyField(
        "maintenance.ExclusiveResource",
        verbose_name=_("what it needs to itself"),
        related_name="+",
        blank=True,
    )
    # The two lists above as ids, `{"services": [2], "resources": [1]}`, without empty ones:
    # so past versions and digests know them, too.
    touches = models.JSONField(default=dict, editable=False)
    reason = models.TextField(_("why"), max_length=5000)
    plan = models.TextField(_("plan"), max_length=20000, blank=True)
    test_evidence = models.TextField(_("test evidence"), max_length=5000, blank=True)
    rollback_plan = models.TextField(_("rollback plan"), max_length=10000, blank=True)
    planned_start = models.DateTimeField(_("planned start"), null=True, blank=True)
    planned_end = models.DateTimeField(_("planned end"), null=True, blank=True)
    # What the planned time needs before it, and after it if it has to be taken back.
    prepare_minutes = models.PositiveIntegerField(
        _("preparation (minutes)"), default=0, validators=[MaxValueValidator(LONGEST)]
    )
    rollback_minutes = models.PositiveIntegerField(
        _("time to roll back (minutes)"), default=0, validators=[MaxValueValidator(LONGEST)]
    )
    environment = models.CharField(_("environment"), max_length=40, default=PRODUCTION)
    # What may be deployed under it, byte for byte; blank: whatever the plan says.
    artefact_sha256 = models.CharField(
        _("artefact (SHA-256)"),
        max_length=64,
        blank=True,
        validators=[
            RegexValidator(
                r"^[0-9a-f]{64}$", _("A SHA-256 is 64 digits from 0 to 9 and a to f.")
            )
        ],
    )
    announces = models.BooleanField(
        _("announce it on the status page, and hold alerts meanwhile"), default=False
    )
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
    # Corrective work that cannot wait; it is followed up by a request that mends it for good.
    emergency = models.BooleanField(_("emergency"), default=False)
    authorisation = models.CharField(
        _("authorisation"),
        max_length=9,
        choices=Authorisation,
        default=Authorisation.NORMAL,
    )
    # What made it necessary: upper floors resolve the reference, such as "incident:7".
    origin_kind = models.CharField(
        _("origin"),
        max_length=8,
        choices=OriginKind,
        default=OriginKind.BY_HAND,
        editable=False,
    )
    origin_reference = models.CharField(max_length=60, blank=True, editable=False)
    origin_label = models.CharField(max_length=250, blank=True, editable=False)
    origin_url = models.CharField(max_length=300, blank=True, editable=False)
    # The standard change, in its version, whose fixed fields it took over.
    standard_version = models.ForeignKey(
        "maintenance.StandardVersion",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    follows_up = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )
    state = models.CharField(
        max_length=17, choices=RequestState, default=RequestState.DRAFT, editable=False
    )
    risk_impact = models.PositiveSmallIntegerField(_("risk: impact"), null=True, blank=True)
    risk_likelihood = models.PositiveSmallIntegerField(
        _("risk: likelihood"), null=True, blank=True
    )
    # The highest of the engines when it was last analysed; empty: nobody has estimated it.
    risk_level = models.CharField(
        _("risk"), max_length=9, choices=RiskLevel, blank=True, editable=False
    )
    # The version of the process whose steps it took over; a newer one changes nothing here.
    template_version = models.ForeignKey(
        ProcessVersion, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # Where it goes on when it is taken off hold; empty unless it is on hold.
    held_from = models.CharField(
        max_length=17, choices=RequestState, blank=True, editable=False
    )
    # Since when it rests, and for how long it did before: its clock stood still meanwhile.
    held_at = models.DateTimeField(null=True, editable=False)
    held_seconds = models.PositiveIntegerField(default=0, editable=False)
    # SHA-256 over what approvers decide on; a vote counts only for the digest it names.
    plan_digest = models.CharField(max_length=64, blank=True, editable=False)
    outcome = models.CharField(max_length=11, choices=Outcome, blank=True, editable=False)
    verification = models.TextField(_("how it was verified"), blank=True, editable=False)
    without_deployment_because = models.CharField(max_length=300, blank=True, editable=False)
    runbook_right_because = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    # Until when the approval may be used; a start uses it up.
    approved_until = models.DateTimeField(null=True, editable=False)
    approval_used_at = models.DateTimeField(null=True, editable=False)
    # Whom it has to be approved by, as the policy said when it asked; see `policies`.
    approval_rule = models.JSONField(default=dict, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
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
                condition=Q(risk_impact__isnull=True) | Q(risk_impact__in=[1, 2, 3]),
                name="request_risk_impact_known",
                violation_error_message=_("Impact is 1, 2 or 3."),
            ),
            models.CheckConstraint(
                condition=Q(risk_likelihood__isnull=True) | Q(risk_likelihood__in=[1, 2, 3]),
                name="request_risk_likelihood_known",
                violation_error_message=_("Likelihood is 1, 2 or 3."),
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.CLOSED, closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=RequestState.CLOSED) & Q(closed_at__isnull=True),
                name="request_closed_iff_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(authorisation__in=Authorisation.values),
                name="request_authorisation_known",
            ),
            models.CheckConstraint(
                condition=Q(emergency=False) | Q(category=Category.CORRECTIVE),
                name="request_emergency_is_corrective",
                violation_error_message=_("Only corrective work can be an emergency."),
            ),
            models.CheckConstraint(
                condition=Q(state=RequestState.ON_HOLD) & ~Q(held_from="")
                | ~Q(state=RequestState.ON_HOLD) & Q(held_from=""),
                name="request_on_hold_from_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(planned_end__isnull=True) | Q(planned_end__gt=F("planned_start")),
                name="request_ends_after_it_starts",
                violation_error_message=_("The planned end must be after the planned start."),
            ),
            models.CheckConstraint(
                condition=Q(origin_kind__in=OriginKind.values), name="request_origin_known"
            ),
            models.UniqueConstraint(
                fields=["origin_reference"],
                condition=~Q(origin_reference="") & Q(state__in=UNENDED),
                name="request_one_open_of_each_origin",
            ),
        ]
        indexes = [
            models.Index(
                fields=["origin_reference"],
                condition=~Q(origin_reference=""),
                name="request_by_origin",
            ),
            models.Index(fields=["-created_at", "-id"], name="request_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="request_by_state"),
            models.Index(fields=["service", "-created_at"], name="request_by_service"),
            models.Index(
                fields=["submitted_at"],
                condition=Q(state="awaiting_approval"),
                name="request_awaiting_approval",
            ),
            models.Index(
                fields=["planned_start", "planned_end"],
                condition=Q(planned_start__isnull=False),
                name="request_by_planned_time",
            ),
            models.Index(
                fields=["approved_until"],
                condition=Q(state__in=["approved", "scheduled"]),
                name="request_approval_runs_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("maintenance:request", args=[self.pk])

    @property
    def number(self) -> str:
        return f"CHG-{self.pk}"

    @property
    def touched_services(self) -> set[int]:
        return {self.service_id, *self.touches.get("services", [])}

    @property
    def needed_resources(self) -> set[int]:
        return set(self.touches.get("resources", []))

    @property
    def group(self) -> str:
        """`correction` or `enhancement`, after ISO/IEC/IEEE 14764."""
        return "correction" if self.category in CORRECTIONS else "enhancement"

    @property
    def kind(self) -> str:
        """`problem_report` or `modification_request`, as the category says."""
        return "problem_report" if self.category in CORRECTIONS else "modification_request"

    @property
    def effective(self) -> Span | None:
        """From the start of its preparation to the end of a rollback; None without a plan."""
        if self.planned_start is None or self.planned_end is None:
            return None
        return effective(
            self.planned_start,
            self.planned_end,
            prepare=timedelta(minutes=self.prepare_minutes),
            rollback=timedelta(minutes=self.rollback_minutes),
        )


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
    role = models.CharField(max_length=11, choices=StepRole, default=StepRole.ANYONE)
    phase = models.CharField(max_length=7, choices=StepPhase, default=StepPhase.CLOSE)
    mandatory = models.BooleanField(default=True)
    evidence_wanted = models.CharField(
        max_length=4, choices=EvidenceWanted, default=EvidenceWanted.NONE
    )
    help = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=7, choices=StepState, default=StepState.PENDING)
    note = models.CharField(max_length=1000, blank=True)
    evidence = models.CharField(max_length=1000, blank=True)
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
    """One person's word on one exact plan; kept for ever, and superseded by another plan."""

    class Decision(models.TextChoices):
        APPROVE = "approve", _("Approve")
        REJECT = "reject", _("Reject")

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.PROTECT, related_name="votes"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Whose vote it is, where a delegate gave it.
    on_behalf_of = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    step = models.CharField(max_length=8, default="1")
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
                fields=["request", "person", "step", "plan_digest"],
                condition=Q(superseded_at__isnull=True),
                name="vote_once_per_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.decision}"


class ApprovalAsked(models.Model):
    """
    Whose word on a request is wanted now, so that lists need not count its votes.

    Worked out anew whenever something happens to it; a vote never relies on it.
    """

    request = models.ForeignKey(
        MaintenanceRequest, on_delete=models.CASCADE, related_name="asked"
    )
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "request"], name="approval_asked_once_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.person_id}"


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def open(self) -> Self:
        """Those that are still to be decided, or to be reviewed."""
        return self.filter(Q(settled_at=None) | Q(request__implementation_review=None))

    def with_list_columns(self) -> Self:
        return self.select_related(
            "person", "request__service", "request__implementation_review"
        )


class BreakGlass(models.Model):
    """Somebody let an emergency begin before it was approved; that is asked for afterwards."""

    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.PROTECT, related_name="break_glass"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=2000)
    # The codes of all that spoke against a start.
    passed = models.JSONField(default=list)
    broken_at = models.DateTimeField()
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    was_approved = models.BooleanField(null=True)

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        ordering = ["-broken_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="break_glass_has_reason"),
            models.CheckConstraint(
                condition=Q(settled_at=None, was_approved=None)
                | Q(settled_at__isnull=False, was_approved__isnull=False),
                name="break_glass_settled_with_answer",
            ),
        ]
        indexes = [
            models.Index(fields=["-broken_at", "-id"], name="break_glass_newest"),
            models.Index(
                fields=["due_at"], condition=Q(settled_at=None), name="break_glass_unsettled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.reason[:60]}"


class ImplementationReview(models.Model):
    """Looking back at a change that went wrong, was rushed or overran, by somebody else."""

    request = models.OneToOneField(
        MaintenanceRequest, on_delete=models.PROTECT, related_name="implementation_review"
    )
    compared = models.TextField(_("the outcome against the plan"), max_length=5000)
    deviations = models.TextField(_("what went otherwise"), max_length=5000, blank=True)
    incidents = models.TextField(_("incidents it caused"), max_length=2000, blank=True)
    lessons = models.TextField(_("lessons"), max_length=5000)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(compared="") & ~Q(lessons=""), name="review_says_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request.number}: {self.reviewer}"
