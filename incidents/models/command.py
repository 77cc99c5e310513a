"""Who does what in an incident, what is to be done, whom it reaches, and how it was judged."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident
from operations.models import Severity
from portal.models import Service, User


class Role(models.TextChoices):
    COMMANDER = "commander", _("Commander")
    COMMUNICATIONS = "communications", _("Communications lead")
    SCRIBE = "scribe", _("Scribe")
    LIAISON = "liaison", _("Liaison")
    OBSERVER = "observer", _("Observer")
    REPORTER = "reporter", _("Reporter")


# Held by one person at a time; any number of people watch, or have reported it.
HELD_BY_ONE = [Role.COMMANDER, Role.COMMUNICATIONS, Role.SCRIBE, Role.LIAISON]
HELD = Q(ended_at__isnull=True)


class IncidentRole(models.Model):
    """That somebody has a role in an incident, from when to when; rows are kept."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=14, choices=Role)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    # Asked to take it over; until they accept, the holder has it.
    offered_to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["started_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="incident_role_known"
            ),
            models.UniqueConstraint(
                fields=["incident", "role"],
                condition=HELD & Q(role__in=HELD_BY_ONE),
                name="incident_role_held_by_one",
            ),
            models.UniqueConstraint(
                fields=["incident", "role", "person"],
                condition=HELD,
                name="incident_role_held_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="incident_role_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(offered_to__isnull=True)
                | (HELD & Q(role__in=HELD_BY_ONE) & ~Q(offered_to=F("person"))),
                name="incident_role_offered_while_held",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], condition=HELD, name="incident_role_of_person")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.person}"


class IncidentTask(models.Model):
    """One thing that somebody is to do before the incident can be closed."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tasks")
    text = models.CharField(_("what is to be done"), max_length=300)
    assignee = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_by__isnull=True) | Q(done_at__isnull=False),
                name="incident_task_done_by_when_done",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class AffectedService(models.Model):
    """A further service that the incident reaches, how its users feel it, and how long."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="affected")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    impact = models.CharField(_("impact on its users"), max_length=500, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["service__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "service"], name="incident_affects_service_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True)
                | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
                name="incident_affected_ends_after_it_starts",
                violation_error_message=_("An impact cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} in {self.incident_id}"


class Users(models.TextChoices):
    NONE = "none", _("None that we know of")
    SOME = "some", _("Some")
    MANY = "many", _("Many")
    ALL = "all", _("All, or nearly all")
    UNKNOWN = "unknown", _("Not known yet")


class Core(models.TextChoices):
    WORKS = "works", _("No: core functions work")
    MINOR = "minor", _("Minor functions only")
    MAJOR = "major", _("Yes: a major function fails or is very slow")
    DOWN = "down", _("Yes: nothing works")
    UNKNOWN = "unknown", _("Not known yet")


class Answer(models.TextChoices):
    NO = "no", _("No")
    YES = "yes", _("Yes")
    UNKNOWN = "unknown", _("Not known yet")


def _answer(question: Any) -> Any:
    return models.CharField(question, max_length=7, choices=Answer, default=Answer.UNKNOWN)


class Assessment(models.Model):
    """How somebody answered the five questions at a moment; a later answer is a later row."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="assessments")
    users = models.CharField(
        _("How many users are affected?"),
        max_length=7,
        choices=Users,
        default=Users.UNKNOWN,
    )
    core = models.CharField(
        _("Is core functionality impacted?"),
        max_length=7,
        choices=Core,
        default=Core.UNKNOWN,
    )
    data_at_risk = _answer(_("Is data at risk?"))
    sla = _answer(_("Are SLAs breached?"))
    security = _answer(_("Is security compromised?"))
    # What the answers spoke for then, None where they said nothing; and what it was given.
    suggested = models.PositiveSmallIntegerField(null=True, choices=Severity)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.incident_id}, {self.made_at:%Y-%m-%d %H:%M}"


class Merge(models.Model):
    """That one incident became part of another, and what it takes to undo that."""

    source = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="merges")
    target = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(_("why"), max_length=300, blank=True)
    merged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    # The columns of the source as they were, and of the target those that the merge changed.
    before = models.JSONField(default=dict)
    target_before = models.JSONField(default=dict)

    class Meta:
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(undone_at__isnull=True),
                name="incident_merged_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} into {self.target_id}"
