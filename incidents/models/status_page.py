"""The status page itself: how it looks, what waits for it, its maintenance, its copies."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.incidents import Incident, Phase, StatusUpdate
from maintenance.models import MaintenanceWindow
from portal.models import Team, Tracked, User
from portal.models.messages import Outgoing
from portal.models.tracked import Attributed, versions

COLOUR = RegexValidator(r"^#[0-9a-f]{6}\Z", _("Write the colour as #1a2b3c."))


class StatusPageSettings(Attributed):
    """How the status page looks and who must see an update before everybody does."""

    name = models.CharField(
        _("name"), max_length=60, blank=True, help_text=_("Empty: the portal's.")
    )
    # A small picture as `data:image/png;base64,…`, made by us from what was sent.
    logo = models.TextField(_("logo"), blank=True, editable=False)
    logo_alt = models.CharField(
        _("what the logo shows"), max_length=100, blank=True, editable=False
    )
    accent = models.CharField(_("accent colour"), max_length=7, blank=True, validators=[COLOUR])
    accent_dark = models.CharField(
        _("accent colour in the dark"), max_length=7, blank=True, validators=[COLOUR]
    )
    # A list of label and url.
    footer_links = models.JSONField(_("links at the foot"), default=list, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    needs_approval = models.BooleanField(
        _("updates need a second person"),
        default=False,
        help_text=_("Who wrote one cannot let it out; one about a P0 is looked at afterwards."),
    )
    remind_minutes = models.PositiveIntegerField(
        _("remind of maintenance (minutes before)"), default=60
    )
    takes_reports = models.BooleanField(
        _("users may report problems"),
        default=False,
        help_text=_("A form for everybody, linked from the page; what comes waits in a queue."),
    )
    # Who looks at reports of what belongs to no team; None: the administrators.
    report_team = models.ForeignKey(
        Team,
        verbose_name=_("reports about no component go to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reports_wake_from = models.PositiveSmallIntegerField(
        _("reports that tell at once"),
        default=0,
        help_text=_(
            "So many of “I cannot work” about one component within 15 minutes tell who is on "
            "call at once, also at night. 0: never; they are told outside of quiet hours."
        ),
    )
    # Opens the page with its private components; a new one shuts the old address.
    private_key = models.CharField(max_length=64, blank=True, editable=False)

    history = versions(excluded_fields=["private_key", "logo"])

    class Meta:
        verbose_name_plural = "status page settings"

    def __str__(self) -> str:
        return str(_("Status page"))

    def get_absolute_url(self) -> str:
        return reverse("incidents:status-settings")


class DraftState(models.TextChoices):
    WAITING = "waiting", _("Waits for a second person")
    SCHEDULED = "scheduled", _("Scheduled")
    POSTED = "posted", _("Posted")
    REJECTED = "rejected", _("Not let out")
    WITHDRAWN = "withdrawn", _("Withdrawn")


NOT_YET_OUT = Q(state__in=[DraftState.WAITING, DraftState.SCHEDULED])
UNSEEN = Q(state=DraftState.POSTED, seen_at__isnull=True, needs_look=True)


class DraftQuerySet(models.QuerySet["UpdateDraft"]):
    def visible_to(self, user: User) -> Self:
        """Those of the incidents that the person may know of."""
        return self.filter(incident__in=Incident.objects.visible_to(user))

    def open(self) -> Self:
        """Those that still want something from somebody, or from the clock."""
        return self.filter(NOT_YET_OUT | UNSEEN)

    def due(self, now: datetime) -> Self:
        return self.filter(state=DraftState.SCHEDULED, publish_at__lte=now)

    def with_list_columns(self) -> Self:
        return self.select_related("incident__service__team", "author", "decided_by", "update")


class UpdateDraft(models.Model):
    """A status update that is not out yet, or that went out before a second person saw it."""

    incident = models.ForeignKey(
        Incident, on_delete=models.PROTECT, related_name="update_drafts"
    )
    phase = models.CharField(_("phase"), max_length=13, choices=Phase)
    text = models.TextField(_("text"), max_length=4000)
    next_update_by = models.DateTimeField(null=True)
    # {short name: state} of the components that it declares.
    components = models.JSONField(default=dict)
    # When it happened, if that was earlier; and when it is to go out, if that is later.
    posted_at = models.DateTimeField(null=True)
    publish_at = models.DateTimeField(null=True)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=9, choices=DraftState, default=DraftState.WAITING)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    update = models.OneToOneField(
        StatusUpdate, null=True, on_delete=models.PROTECT, related_name="draft"
    )
    # It went out at once, and somebody else looks at it afterwards.
    needs_look = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DraftState.values), name="draft_state_known"
            ),
            models.CheckConstraint(
                condition=Q(phase__in=Phase.values), name="draft_phase_known"
            ),
            models.CheckConstraint(
                condition=Q(state=DraftState.POSTED, update__isnull=False)
                | ~Q(state=DraftState.POSTED) & Q(update__isnull=True),
                name="draft_posted_iff_update",
            ),
            models.CheckConstraint(
                condition=~Q(state=DraftState.SCHEDULED) | Q(publish_at__isnull=False),
                name="draft_scheduled_for_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=True)
                | Q(decided_by__isnull=True)
                | Q(state__in=[DraftState.WITHDRAWN, DraftState.SCHEDULED])
                | ~Q(author=F("decided_by")),
                name="draft_decided_by_somebody_else",
            ),
        ]
        indexes = [
            models.Index(
                fields=["publish_at"],
                condition=Q(state=DraftState.SCHEDULED),
                name="draft_scheduled",
            ),
            models.Index(
                fields=["-written_at", "-id"], condition=NOT_YET_OUT, name="draft_not_yet_out"
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.get_phase_display()}] {self.text[:60]}"

    def get_absolute_url(self) -> str:
        return f"{reverse('incidents:status-drafts')}#draft-{self.pk}"


class MaintenanceState(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    VERIFYING = "verifying", _("Verifying")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Called off")


MAINTENANCE_TRANSITIONS: dict[MaintenanceState, set[MaintenanceState]] = {
    MaintenanceState.SCHEDULED: {MaintenanceState.IN_PROGRESS, MaintenanceState.CANCELLED},
    MaintenanceState.IN_PROGRESS: {
        MaintenanceState.VERIFYING,
        MaintenanceState.COMPLETED,
        MaintenanceState.CANCELLED,
    },
    MaintenanceState.VERIFYING: {
        MaintenanceState.IN_PROGRESS,
        MaintenanceState.COMPLETED,
        MaintenanceState.CANCELLED,
    },
    MaintenanceState.COMPLETED: set(),
    MaintenanceState.CANCELLED: set(),
}
ENDED = Q(state__in=[MaintenanceState.COMPLETED, MaintenanceState.CANCELLED])


class PublicMaintenanceQuerySet(models.QuerySet["PublicMaintenance"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def with_list_columns(self) -> Self:
        return self.select_related("window").prefetch_related("window__services", "updates")

    def due(self, now: datetime) -> Self:
        """Those whose clock says that they begin or end."""
        return self.filter(turn_at__lte=now)

    def to_remind_of(self, now: datetime) -> Self:
        return self.filter(remind_at__lte=now)


class PublicMaintenance(Tracked):
    """A maintenance window as the status page tells of it, from the announcement to the end."""

    window = models.OneToOneField(MaintenanceWindow, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(
        max_length=11, choices=MaintenanceState, default=MaintenanceState.SCHEDULED
    )
    starts_itself = models.BooleanField(_("begins by itself"), default=True)
    ends_itself = models.BooleanField(_("ends by itself"), default=True)
    announced_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    verifying_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When it is reminded of, and when it next begins or ends by itself.
    remind_at = models.DateTimeField(null=True)
    turn_at = models.DateTimeField(null=True)

    objects = PublicMaintenanceQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MaintenanceState.values), name="maintenance_state_known"
            ),
            models.CheckConstraint(
                condition=ENDED & Q(ended_at__isnull=False) | ~ENDED & Q(ended_at__isnull=True),
                name="maintenance_ended_iff_ended_at",
            ),
            models.CheckConstraint(
                condition=~ENDED | Q(turn_at__isnull=True, remind_at__isnull=True),
                name="maintenance_over_owes_nothing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["turn_at"],
                condition=Q(turn_at__isnull=False),
                name="maintenance_turns",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="maintenance_reminds",
            ),
        ]

    def __str__(self) -> str:
        return str(self.window)

    def get_absolute_url(self) -> str:
        return reverse("incidents:status-maintenance", args=[self.pk])

    @property
    def is_demo(self) -> bool:
        return self.window.is_demo

    @property
    def was_announced_before(self) -> bool:
        """Whether everybody was told before it began."""
        return self.announced_at < self.window.starts_at


class MaintenanceUpdate(models.Model):
    """What the public was told of a maintenance; never edited."""

    maintenance = models.ForeignKey(
        PublicMaintenance, on_delete=models.CASCADE, related_name="updates"
    )
    state = models.CharField(max_length=11, choices=MaintenanceState)
    text = models.TextField(_("text"), max_length=4000)
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MaintenanceState.values), name="maintenance_update_known"
            )
        ]

    def __str__(self) -> str:
        return f"[{self.get_state_display()}] {self.text[:60]}"


class PageCopy(Outgoing):
    """A place outside of the portal where the page is kept, so that it outlives the portal."""

    place = models.CharField(max_length=9, unique=True)  # directory, bucket
    # When what is written there was drawn, and what lies there: {path: SHA-256}.
    drawn_at = models.DateTimeField(null=True)
    files = models.JSONField(default=dict)
    # Since when nothing could be written there; None while all is well.
    failing_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "page copies"

    def __str__(self) -> str:
        return self.place
