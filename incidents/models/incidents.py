"""Incidents: what each severity demands, their states, and what is said about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.grouping import GroupingRule
from operations.models import Alert, Severity
from portal.models import Service, TeamRole, Tracked, User


class TargetRule(models.TextChoices):
    """What a target counts."""

    MINUTES = "minutes", _("A number of minutes")
    BUSINESS_DAY = "business_day", _("Until the end of the next business day")
    SPRINT = "sprint", _("Until the end of the next sprint")


class ClockHours(models.TextChoices):
    """When the minutes of a target count."""

    ALWAYS = "always", _("Around the clock")
    BUSINESS = "business", _("In business hours, unless the service pages always")


class SeverityPolicy(Tracked):
    """What a severity means and demands (reference, part 2); editable, with history."""

    severity = models.PositiveSmallIntegerField(choices=Severity, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    impact = models.CharField(_("impact"), max_length=200)
    examples = models.CharField(_("examples"), max_length=300)
    paging = models.CharField(_("paging"), max_length=100)
    pages_on_call = models.BooleanField(_("pages the person on call"), default=False)
    response_target = models.CharField(_("response time"), max_length=60)
    resolution_target = models.CharField(_("resolution target"), max_length=60)
    response_rule = models.CharField(
        _("response counts"), max_length=12, choices=TargetRule, default=TargetRule.MINUTES
    )
    resolution_rule = models.CharField(
        _("resolution counts"), max_length=12, choices=TargetRule, default=TargetRule.MINUTES
    )
    clock_hours = models.CharField(
        _("minutes count"),
        max_length=8,
        choices=ClockHours,
        default=ClockHours.ALWAYS,
        help_text=_("Without business hours, minutes count around the clock."),
    )
    at_risk_percent = models.PositiveSmallIntegerField(
        _("at risk from (per cent of a target)"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    # None: nobody waits for a first word.
    communication_minutes = models.PositiveIntegerField(
        _("first update within (minutes)"), null=True, blank=True
    )
    # Minutes; None where the target is a calendar matter ("next sprint").
    response_minutes = models.PositiveIntegerField(
        _("response within (minutes)"), null=True, blank=True
    )
    resolution_minutes = models.PositiveIntegerField(
        _("resolution within (minutes)"), null=True, blank=True
    )
    communication = models.CharField(_("stakeholder communication"), max_length=200)
    # Hours after resolution; None where no review is demanded.
    review_hours = models.PositiveIntegerField(
        _("review within (hours)"), null=True, blank=True
    )
    # Minutes until the team's managers are told too, where no escalation policy says more.
    escalate_minutes = models.PositiveIntegerField(_("escalate after (minutes)"), default=5)
    waits_for_hours = models.BooleanField(
        _("pages in business hours only"),
        default=False,
        help_text=_("Unless the service says that it pages always, or no hours are set."),
    )
    # None: an acknowledgement stands until somebody gives it back.
    ack_minutes = models.PositiveIntegerField(
        _("acknowledgement lapses after (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text=_("Without any activity on the incident; then paging starts again."),
    )

    class Meta:
        ordering = ["severity"]
        verbose_name_plural = "severity policies"

    def __str__(self) -> str:
        return self.name

    @property
    def demands_review(self) -> bool:
        return self.review_hours is not None


class IncidentState(models.TextChoices):
    TRIGGERED = "triggered", _("Triggered")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    # Users are well again; the cause is not removed, so the resolution clock runs on.
    MITIGATED = "mitigated", _("Mitigated")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    # Part of another one, which rules; taken apart again, it is what it was.
    MERGED = "merged", _("Merged")


OPEN = [IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED, IncidentState.MITIGATED]
OVER = [IncidentState.RESOLVED, IncidentState.CLOSED]
# Somebody has it: it wakes nobody until something new happens.
ANSWERED = [IncidentState.ACKNOWLEDGED, IncidentState.MITIGATED]

INCIDENT_TRANSITIONS: dict[IncidentState, set[IncidentState]] = {
    IncidentState.TRIGGERED: {
        IncidentState.ACKNOWLEDGED,
        IncidentState.MITIGATED,
        IncidentState.RESOLVED,
        IncidentState.MERGED,
    },
    IncidentState.ACKNOWLEDGED: {
        IncidentState.TRIGGERED,
        IncidentState.MITIGATED,
        IncidentState.RESOLVED,
        IncidentState.MERGED,
    },
    IncidentState.MITIGATED: {
        IncidentState.TRIGGERED,
        IncidentState.ACKNOWLEDGED,
        IncidentState.RESOLVED,
        IncidentState.MERGED,
    },
    IncidentState.RESOLVED: {IncidentState.TRIGGERED, IncidentState.CLOSED},
    IncidentState.CLOSED: {IncidentState.TRIGGERED},
    IncidentState.MERGED: set(OPEN),
}

# Named once: an index on this condition helps only a query that repeats it exactly.
UNRESOLVED = Q(state__in=OPEN)


class Source(models.TextChoices):
    """How it was detected (reference, "Detect")."""

    ALERT = "alert", _("Automated monitoring alert")
    USER = "user", _("User report")
    TEAM = "team", _("Team member observation")
    EXTERNAL = "external", _("External monitoring")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def unresolved(self) -> Self:
        return self.filter(UNRESOLVED)

    def visible_to(self, user: User) -> Self:
        """The one place that decides who sees which incident."""
        if not user.may_look:
            return self.none()
        if user.is_administrator:
            return self
        named = Q(roles__person=user, roles__ended_at=None)
        answers_for_it = Q(
            service__team__membership__person=user,
            service__team__membership__role=TeamRole.MANAGER,
        )
        may_know = Incident.objects.filter(
            named | answers_for_it | Q(acknowledged_by=user), is_private=True
        )
        return self.filter(Q(is_private=False) | Q(pk__in=may_know.values("pk")))

    def reaching(self, service: Service) -> Self:
        """Those of this service, and those of others that reach it too."""
        reached = Incident.objects.filter(affected__service=service).values("pk")
        return self.filter(Q(service=service) | Q(pk__in=reached))

    def public(self) -> Self:
        """Those of which outsiders may hear."""
        return self.filter(is_private=False)

    def with_list_columns(self) -> Self:
        """All that one row of the list shows, in a fixed number of queries."""
        return self.select_related("service", "commander", "merged_into")

    def with_clocks(self) -> Self:
        """Its clocks too, in one query more."""
        return self.prefetch_related("clocks")

    def with_room_columns(self) -> Self:
        """All that the incident room shows of the incident itself."""
        return self.select_related(
            "service__team", "commander", "acknowledged_by", "review", "merged_into"
        )


class Incident(Tracked):
    """An unplanned interruption of a service, from first report to the last lesson."""

    service = models.ForeignKey(
        Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(_("title"), max_length=200)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)
    state = models.CharField(
        max_length=12, choices=IncidentState, default=IncidentState.TRIGGERED, editable=False
    )
    source = models.CharField(
        _("detected by"), max_length=8, choices=Source, default=Source.TEAM
    )
    impact = models.CharField(_("impact"), max_length=500, blank=True)
    commander = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    impact_started_at = models.DateTimeField(null=True, blank=True)
    # When users no longer felt it.
    impact_ended_at = models.DateTimeField(null=True, blank=True)
    # Such as one of security: only who is named in it, and who answers for the team, sees it.
    is_private = models.BooleanField(_("private"), default=False, editable=False)
    detected_at = models.DateTimeField(default=timezone.now)
    # The first answer of a person; stays when another alert pages again.
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    acknowledged_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # When an acknowledgement lapses for lack of activity, and when a snooze ends.
    ack_expires_at = models.DateTimeField(null=True, editable=False)
    snoozed_until = models.DateTimeField(null=True, editable=False)
    # Which rule opened it for which group of alerts; people group nothing.
    grouping_rule = models.ForeignKey(
        GroupingRule, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    group_key = models.CharField(max_length=100, blank=True, default="", editable=False)
    # When it resolves by itself unless an alert fires before.
    quiet_due_at = models.DateTimeField(null=True, editable=False)
    # When users were well again, which may be written down later; kept when it ends.
    mitigated_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    resolution = models.TextField(_("what ended it"), blank=True, editable=False)
    # Worked out from the severity whenever it changes; None where nothing is demanded.
    response_due_at = models.DateTimeField(null=True, editable=False)
    resolution_due_at = models.DateTimeField(null=True, editable=False)
    # The first moment at which one of its clocks that run is breached.
    next_due_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="sources"
    )
    merged_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-detected_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=IncidentState.values), name="incident_state_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="incident_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OVER, resolved_at__isnull=False)
                | ~Q(state__in=OVER) & Q(resolved_at__isnull=True),
                name="incident_resolved_iff_resolved_at",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ANSWERED)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="incident_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=IncidentState.ACKNOWLEDGED)
                | Q(ack_expires_at__isnull=True, snoozed_until__isnull=True),
                name="incident_lapses_only_if_acknowledged",
            ),
            models.CheckConstraint(
                condition=Q(state=IncidentState.MITIGATED, mitigated_at__isnull=False)
                | Q(
                    state__in=[IncidentState.TRIGGERED, IncidentState.ACKNOWLEDGED],
                    mitigated_at__isnull=True,
                )
                | Q(state__in=[*OVER, IncidentState.MERGED]),
                name="incident_mitigated_at_while_mitigated",
            ),
            models.CheckConstraint(
                condition=Q(mitigated_at__isnull=True) | Q(mitigated_at__gte=F("detected_at")),
                name="incident_mitigated_after_detected",
                violation_error_message=_("An incident is not mitigated before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(impact_ended_at__isnull=True)
                | Q(impact_started_at__isnull=False)
                & Q(impact_ended_at__gte=F("impact_started_at")),
                name="incident_impact_ends_after_it_starts",
                violation_error_message=_("An impact cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(
                    state=IncidentState.MERGED,
                    merged_into__isnull=False,
                    merged_at__isnull=False,
                )
                | ~Q(state=IncidentState.MERGED)
                & Q(merged_into__isnull=True, merged_at__isnull=True),
                name="incident_merged_iff_merged_into",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
                name="incident_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(state=IncidentState.CLOSED, closed_at__isnull=False)
                | ~Q(state=IncidentState.CLOSED) & Q(closed_at__isnull=True),
                name="incident_closed_iff_closed_at",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("detected_at")),
                name="incident_resolved_after_detected",
                violation_error_message=_("An incident cannot end before it begins."),
            ),
        ]
        indexes = [
            models.Index(fields=["-detected_at", "-id"], name="incident_newest"),
            models.Index(
                fields=["severity", "-detected_at"],
                condition=UNRESOLVED,
                name="incident_unresolved",
            ),
            models.Index(fields=["state", "-detected_at", "-id"], name="incident_by_state"),
            models.Index(
                fields=["ack_expires_at"],
                condition=Q(ack_expires_at__isnull=False),
                name="incident_ack_lapses",
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="incident_snooze_ends",
            ),
            models.Index(fields=["service", "-detected_at"], name="incident_by_service"),
            models.Index(fields=["next_due_at", "id"], name="incident_next_due"),
            models.Index(
                fields=["quiet_due_at"],
                condition=Q(quiet_due_at__isnull=False),
                name="incident_quiet",
            ),
        ]

    def __str__(self) -> str:
        """Its number and title; where it is private the number alone, whoever may read it."""
        if self.is_private:
            return _("%(number)s (private)") % {"number": self.number}
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:incident", args=[self.pk])

    @property
    def number(self) -> str:
        """How people name it: "INC-7"."""
        return f"INC-{self.pk}"

    @property
    def reference(self) -> str:
        """Under which lower floors keep what belongs to it."""
        return f"incident:{self.pk}"

    @property
    def is_unresolved(self) -> bool:
        return self.state in OPEN

    @property
    def is_answered(self) -> bool:
        """Whether somebody has it, so that it wakes nobody by itself."""
        return self.state in ANSWERED

    @property
    def is_merged(self) -> bool:
        return self.state == IncidentState.MERGED

    @property
    def told_target(self) -> Incident | None:
        """What it is part of, unless that is private: who reads this may not know of that."""
        target = self.merged_into
        return None if target is None or target.is_private else target

    @property
    def time_to_acknowledge(self) -> timedelta | None:
        return self.acknowledged_at - self.detected_at if self.acknowledged_at else None

    @property
    def time_to_resolve(self) -> timedelta | None:
        """From detection to the end; None while it goes on."""
        return self.resolved_at - self.detected_at if self.resolved_at else None

    def is_visible_to(self, user: User) -> bool:
        """As `visible_to` decides, which is asked only where it matters who somebody is."""
        if not (user.may_look and self.is_private):
            return user.may_look
        return Incident.objects.visible_to(user).filter(pk=self.pk).exists()

    def lasted_until(self, now: datetime) -> timedelta:
        return (self.resolved_at or now) - self.detected_at


class IncidentAlert(models.Model):
    """An alert that belongs to an incident, with the occurrence that joined last."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="alerts")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="+")
    # Of the occurrence that joined.
    started_at = models.DateTimeField()
    joined_at = models.DateTimeField(default=timezone.now)
    # When that occurrence ended, by the monitor's clock.
    cleared_at = models.DateTimeField(null=True)
    # Alerts that were let go at once, as at the end of a maintenance window.
    batch = models.CharField(max_length=60, blank=True, default="")
    # Of a merged incident: to which it goes back if they are taken apart.
    merged_from = models.ForeignKey(
        Incident, null=True, on_delete=models.CASCADE, related_name="moved_alerts"
    )

    class Meta:
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "alert"], name="incident_alert_once")
        ]

    def __str__(self) -> str:
        return f"{self.alert} in {self.incident_id}"


class Phase(models.TextChoices):
    INVESTIGATING = "investigating", _("Investigating")
    IDENTIFIED = "identified", _("Identified")
    MONITORING = "monitoring", _("Monitoring")
    RESOLVED = "resolved", _("Resolved")
    POSTMORTEM = "postmortem", _("Post-mortem")


# Those with which an incident itself is announced, in order; each has a template.
PHASES = [Phase.INVESTIGATING, Phase.IDENTIFIED, Phase.MONITORING, Phase.RESOLVED]


class StatusTemplate(Tracked):
    """The words with which a phase is announced; `[…]` marks what the writer fills in."""

    phase = models.CharField(max_length=13, choices=Phase, unique=True, editable=False)
    text = models.TextField(_("text"), max_length=1000)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.get_phase_display()


class StatusUpdate(models.Model):
    """What the public was told about an incident, and when; never edited."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    phase = models.CharField(_("phase"), max_length=13, choices=Phase)
    text = models.TextField(_("text"), max_length=4000)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now, editable=False)
    # When it was written down, where that was not when it is said to have been posted.
    written_at = models.DateTimeField(null=True, editable=False)
    # The post that this one puts right.
    corrects = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # What everybody was promised; None where nothing was.
    next_update_by = models.DateTimeField(_("next update by"), null=True, editable=False)

    class Meta:
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(phase__in=Phase.values), name="update_phase_known"
            ),
            models.CheckConstraint(
                condition=Q(next_update_by__isnull=True) | Q(next_update_by__gt=F("posted_at")),
                name="update_promises_what_comes_after",
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.get_phase_display()}] {self.text[:60]}"

    @property
    def is_backdated(self) -> bool:
        """Whether it was written down later than it is said to have been posted."""
        return self.written_at is not None and self.written_at > self.posted_at

    @property
    def was_scheduled(self) -> bool:
        """Whether it was written before it went out, and the clock let it out."""
        return self.written_at is not None and self.written_at < self.posted_at
