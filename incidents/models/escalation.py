"""
Who is told next: the ladders that people draw, and each climb of one.

A policy is edited; a run is a climb with a copy of the policy taken when it began, so that an
edit never changes one under way. Each run has at most one step that is due: the next is
written in the transaction that takes this one.
"""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from operations.models import Schedule
from portal.models import Channel, Service, Team, Tracked, User

MOST_REPEATS = 9
LONGEST_DELAY = 1440  # minutes
MOST_STEPS = 20
DUE = Q(state="due")
RUNNING = Q(ended_at__isnull=True)


class PolicyQuerySet(models.QuerySet["EscalationPolicy"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_steps(self) -> Self:
        """Each with all that a climb of it needs to know, in a fixed number of queries."""
        targets = StepTarget.objects.select_related(
            "person", "schedule__team", "team", "channel"
        )
        return self.select_related("team", "last_resort").prefetch_related(
            models.Prefetch(
                "steps",
                PolicyStep.objects.order_by("order").prefetch_related(
                    models.Prefetch("targets", targets)
                ),
            )
        )


class EscalationPolicy(Tracked):
    """A ladder: whom to tell first, whom next, and who is told when nobody has answered."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    # Who keeps it; None: it belongs to the house, and administrators keep it.
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    repeat_count = models.PositiveSmallIntegerField(
        _("times it is repeated"),
        default=0,
        validators=[MaxValueValidator(MOST_REPEATS)],
        help_text=_("How often the ladder is climbed again while nobody has acknowledged."),
    )
    last_resort = models.ForeignKey(
        User,
        verbose_name=_("last resort"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Told when nobody has answered; without one, the administrators are."),
    )
    # Climbed by the team's services that name no other; of the house, by all the rest.
    is_default = models.BooleanField(_("the default"), default=False, editable=False)
    # Counts climbs, so that a round robin goes on with the next person.
    turns = models.PositiveIntegerField(default=0, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "escalation policies"
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_default=True, team__isnull=False),
                name="policy_default_of_a_team_once",
            ),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True, team__isnull=True),
                name="policy_default_of_the_house_once",
            ),
            models.CheckConstraint(
                condition=Q(repeat_count__lte=MOST_REPEATS), name="policy_repeats_bounded"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("incidents:escalation-policy", args=[self.pk])


class Strategy(models.TextChoices):
    ALL = "all", _("Everybody at once")
    ROUND_ROBIN = "round_robin", _("One after the other, incident by incident")


class PolicyStep(Tracked):
    """One rung: whom to tell, on what condition, and how long to wait for an answer."""

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.CASCADE, related_name="steps")
    order = models.PositiveSmallIntegerField()
    delay_minutes = models.PositiveIntegerField(
        _("minutes to wait for an answer"),
        default=5,
        validators=[MaxValueValidator(LONGEST_DELAY)],
        help_text=_("Then the next step is taken."),
    )
    strategy = models.CharField(
        _("who of them"), max_length=11, choices=Strategy, default=Strategy.ALL
    )
    # Shapes: `incidents.conditions`.
    conditions = models.JSONField(_("conditions"), default=list, blank=True)

    class Meta:
        ordering = ["policy", "order"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "order"], name="policy_step_once"),
            models.CheckConstraint(
                condition=Q(strategy__in=Strategy.values), name="policy_step_strategy_known"
            ),
            models.CheckConstraint(
                condition=Q(delay_minutes__lte=LONGEST_DELAY), name="policy_step_delay_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}, step {self.order}"


class TargetKind(models.TextChoices):
    PERSON = "person", _("A person")
    SCHEDULE = "schedule", _("Whoever is on call")
    TEAM = "team", _("Everybody in a team")
    MANAGERS = "managers", _("The managers of a team")
    CHANNEL = "channel", _("A channel")
    WEBHOOK = "webhook", _("A webhook")


class StepTarget(Tracked):
    """
    Whom a step tells.

    A schedule or a team that is left open is the owner team's of the service, so that one
    policy serves many teams.
    """

    step = models.ForeignKey(PolicyStep, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=8, choices=TargetKind)
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    schedule = models.ForeignKey(
        Schedule, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", person__isnull=False)
                | Q(kind__in=["schedule", "team", "managers"], person__isnull=True)
                | Q(kind__in=["channel", "webhook"], channel__isnull=False),
                name="step_target_names_what_it_is",
            )
        ]

    def __str__(self) -> str:
        return str(self.named or self.get_kind_display())

    @property
    def named(self) -> User | Schedule | Team | Channel | None:
        """What it points to; None is the owner team's own."""
        return self.person or self.schedule or self.team or self.channel

    @property
    def named_id(self) -> int | None:
        return self.person_id or self.schedule_id or self.team_id or self.channel_id


class ServiceEscalation(Tracked):
    """What a service says about its own paging, where it says anything."""

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="+")
    policy = models.ForeignKey(
        EscalationPolicy,
        verbose_name=_("escalation policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: that of its team, or else the house's."),
    )
    pages_always = models.BooleanField(
        _("pages outside business hours too"),
        default=False,
        help_text=_("For severities that otherwise wait for the business hours, such as P1."),
    )

    class Meta:
        ordering = ["service"]

    def __str__(self) -> str:
        return str(self.service)

    def get_absolute_url(self) -> str:
        return self.service.get_absolute_url()


class EndReason(models.TextChoices):
    """Why nobody is told any more."""

    ANSWERED = "answered", _("Somebody answered")
    RESOLVED = "resolved", _("It was resolved")
    MERGED = "merged", _("It became part of another one")
    AGAIN = "again", _("It began again")
    LOWERED = "lowered", _("The severity wakes nobody")
    HELD = "held", _("Its alerts are held")
    EXHAUSTED = "exhausted", _("Everybody was told")


class EscalationRun(models.Model):
    """One climb of a ladder for one incident, with the copy of the policy that it climbs."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="runs")
    # Counts up each time the escalation starts again, for instance after a reopening.
    number = models.PositiveIntegerField(default=1)
    policy = models.ForeignKey(
        EscalationPolicy, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Shape: `incidents.snapshots.Snapshot.as_data`.
    snapshot = models.JSONField()
    # Why this policy, in words.
    route = models.CharField(max_length=300, blank=True)
    # What began this run, in words, for the pages that it sends.
    because = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=9, choices=EndReason, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "number"], name="escalation_run_number_once"
            ),
            models.UniqueConstraint(
                fields=["incident"], condition=RUNNING, name="escalation_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=EndReason.values),
                name="escalation_run_ended_iff_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}, run {self.number}"


class StepState(models.TextChoices):
    DUE = "due", _("Due")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Skipped")
    CANCELLED = "cancelled", _("Not needed any more")


class EscalationStep(models.Model):
    """A rung of one climb: due, or taken with whom it reached; a row cannot be lost."""

    State = StepState

    run = models.ForeignKey(EscalationRun, on_delete=models.CASCADE, related_name="steps")
    # How often the ladder was climbed before, and which rung; one above the last of them is
    # the last resort.
    loop = models.PositiveSmallIntegerField(default=0)
    order = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=StepState, default=StepState.DUE)
    due_at = models.DateTimeField()
    # Somebody asked for it now: it does not wait for business hours.
    is_forced = models.BooleanField(default=False)
    executed_at = models.DateTimeField(null=True)
    # Where that was more than a minute after it fell due.
    late_by = models.DurationField(null=True)
    # Whom it told: [{"kind": "person" or "channel", "id", "name", "why"}].
    reached = models.JSONField(default=list)
    # Why them, why nobody, or what it waits for, in words.
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["run", "loop", "order"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "loop", "order"], name="escalation_step_once"
            ),
            models.UniqueConstraint(
                fields=["run"], condition=DUE, name="escalation_step_one_due"
            ),
            models.CheckConstraint(
                condition=Q(state__in=StepState.values), name="escalation_step_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "skipped"], executed_at__isnull=False)
                | Q(state__in=["due", "cancelled"], executed_at__isnull=True),
                name="escalation_step_taken_iff_executed_at",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=DUE, name="escalation_due")]

    def __str__(self) -> str:
        return f"{self.run_id}, step {self.order}"

    @property
    def incident(self) -> Incident:
        return self.run.incident
