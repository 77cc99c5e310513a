"""What users report of problems: the queue from which incidents are declared."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.models.components import StatusComponent
from incidents.models.incidents import Incident
from portal.crypto import EncryptedTextField
from portal.models import OWED, Outgoing, SendState, Service, User
from portal.models.messages import OutboxQuerySet
from portal.models.tracked import Attributed, versions

# Read aloud on the telephone, none is taken for another.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
TEXT = 2000  # characters


def new_reference() -> str:
    """Return what a reporter is told: it names the report, and tells nothing of the others."""
    return "R-" + "".join(secrets.choice(LETTERS) for _each in range(8))


class ReportState(models.TextChoices):
    NEW = "new", _("New")
    JOINED = "joined", _("Part of an incident")
    DECLARED = "declared", _("Declared as an incident")
    ANSWERED = "answered", _("Answered")
    NOT_A_PROBLEM = "not_a_problem", _("Not a problem")
    SPAM = "spam", _("Spam")


CLOSINGS = [ReportState.ANSWERED, ReportState.NOT_A_PROBLEM]
IN_INCIDENT = [ReportState.JOINED, ReportState.DECLARED]

REPORT_TRANSITIONS: dict[ReportState, set[ReportState]] = {
    ReportState.NEW: set(ReportState) - {ReportState.NEW},
    ReportState.JOINED: {ReportState.NEW},
    ReportState.DECLARED: {ReportState.NEW},
    ReportState.ANSWERED: {ReportState.NEW},
    ReportState.NOT_A_PROBLEM: {ReportState.NEW},
    ReportState.SPAM: {ReportState.NEW},
}

# Named once: an index on this condition helps only a query that repeats it exactly.
WAITING = Q(state=ReportState.NEW)


class Harm(models.TextChoices):
    """How bad it is for who reports it; the worst first."""

    BLOCKED = "blocked", _("I cannot work")
    SLOW = "slow", _("It is slow, or fails at times")
    COSMETIC = "cosmetic", _("It looks wrong, and works")


class ReportSource(models.TextChoices):
    PAGE = "page", _("The status page")
    API = "api", _("A program")


class ReportQuerySet(models.QuerySet["ProblemReport"]):
    def visible_to(self, user: User) -> Self:
        """All, but those of incidents that the person may not know of."""
        if not user.may_look:
            return self.none()
        if user.is_administrator:
            return self
        seen = Incident.objects.visible_to(user)
        return self.filter(Q(incident=None) | Q(incident__in=seen))

    def waiting(self) -> Self:
        return self.filter(WAITING)

    def with_list_columns(self) -> Self:
        return self.select_related("component__service", "incident", "decided_by")

    def worst_first(self) -> Self:
        ranks = [When(harm=harm, then=rank) for rank, harm in enumerate(Harm.values)]
        rank = Case(*ranks, default=len(ranks), output_field=models.PositiveSmallIntegerField())
        return self.annotate(rank=rank).order_by("rank", "-received_at", "-pk")

    def near(self, at: datetime, *, within: timedelta) -> Self:
        return self.filter(received_at__gte=at - within, received_at__lte=at + within)


class ProblemReport(Attributed):
    """
    What somebody outside says is wrong.

    The address is in no version and in no event: it belongs to somebody who may take it back,
    and is erased when nothing more is to be said.
    """

    reference = models.CharField(
        _("reference"), max_length=12, unique=True, default=new_reference, editable=False
    )
    text = models.TextField(_("what is wrong"), max_length=TEXT)
    component = models.ForeignKey(
        StatusComponent,
        verbose_name=_("component"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    harm = models.CharField(_("how bad"), max_length=8, choices=Harm, default=Harm.SLOW)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    source = models.CharField(
        max_length=4, choices=ReportSource, default=ReportSource.PAGE, editable=False
    )
    # Whose program sent it.
    sent_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    address = EncryptedTextField(max_length=500, blank=True, editable=False)
    # By which letters to one address are counted; keyed, so that nobody can try addresses out.
    address_hash = models.CharField(max_length=64, blank=True, editable=False)
    state = models.CharField(
        max_length=13, choices=ReportState, default=ReportState.NEW, editable=False
    )
    incident = models.ForeignKey(
        Incident, null=True, editable=False, on_delete=models.PROTECT, related_name="reports"
    )
    # What the reporter is answered.
    reason = models.CharField(max_length=500, blank=True, editable=False)
    decided_by = models.ForeignKey(
        User, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    # When the reporter was owed word that it is over: once.
    told_over_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    history = versions(excluded_fields=["address", "address_hash"])

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReportState.values), name="report_state_known"
            ),
            models.CheckConstraint(condition=Q(harm__in=Harm.values), name="report_harm_known"),
            models.CheckConstraint(
                condition=Q(source__in=ReportSource.values), name="report_source_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=IN_INCIDENT, incident__isnull=False)
                | ~Q(state__in=IN_INCIDENT) & Q(incident__isnull=True),
                name="report_in_incident_iff_state_says_so",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSINGS) & ~Q(reason="")
                | ~Q(state__in=CLOSINGS) & Q(reason=""),
                name="report_closed_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.NEW, decided_at__isnull=True)
                | ~Q(state=ReportState.NEW) & Q(decided_at__isnull=False),
                name="report_decided_iff_not_new",
            ),
            models.CheckConstraint(
                condition=Q(address="", address_hash="") | ~Q(address="") & ~Q(address_hash=""),
                name="report_address_with_its_hash",
            ),
            models.CheckConstraint(
                condition=Q(began_at__isnull=True) | Q(began_at__lte=F("received_at")),
                name="report_began_before_it_came",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="report_newest"),
            models.Index(
                fields=["component", "-received_at"], condition=WAITING, name="report_waiting"
            ),
            models.Index(fields=["state", "-received_at", "-id"], name="report_by_state"),
            models.Index(
                fields=["address_hash", "-received_at"],
                condition=~Q(address_hash=""),
                name="report_by_address",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("incidents:report", args=[self.pk])

    @property
    def service(self) -> Service | None:
        """That of its component, by which the log is read."""
        return self.component.service if self.component else None

    @property
    def headline(self) -> str:
        """Its first line, as lists and timelines quote it."""
        first = next(iter(self.text.strip().splitlines()), "")
        return first if len(first) <= 120 else f"{first[:119]}…"


def report_count() -> Coalesce:
    """How many reports are about an incident, as a column of a query of incidents."""
    rows = ProblemReport.objects.filter(incident=OuterRef("pk")).order_by()
    counted = rows.values("incident").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


class ReportLetterKind(models.TextChoices):
    RECEIVED = "received", _("It has come")
    OVER = "over", _("It is over")
    CLOSED = "closed", _("What became of it")


class ReportLetter(Outgoing):
    """One mail to who left an address with a report; kept as the log of what was sent."""

    report = models.ForeignKey(ProblemReport, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=8, choices=ReportLetterKind)
    lane = models.CharField(max_length=20, default="email", editable=False)

    objects = OutboxQuerySet["ReportLetter"].as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SendState.values), name="report_letter_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ReportLetterKind.values), name="report_letter_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["lane", "due_at"], condition=OWED, name="report_letter_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.report_id}"
