"""Asking colleagues to take a shift, for nothing or for one of theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import Tracked, User


class SwapState(models.TextChoices):
    OPEN = "open", _("Looking for somebody")
    ACCEPTED = "accepted", _("Taken")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Nobody took it")


SWAP_TRANSITIONS: dict[SwapState, set[SwapState]] = {
    SwapState.OPEN: {SwapState.ACCEPTED, SwapState.WITHDRAWN, SwapState.EXPIRED},
    SwapState.ACCEPTED: set(),
    SwapState.WITHDRAWN: set(),
    SwapState.EXPIRED: set(),
}
OPEN_SWAP = Q(state=SwapState.OPEN)


class SwapQuerySet(models.QuerySet["SwapRequest"]):
    def visible_to(self, user: User) -> Self:
        return self if user.may_look else self.none()

    def open(self) -> Self:
        return self.filter(OPEN_SWAP)

    def with_list_columns(self) -> Self:
        return self.select_related(
            "schedule__team", "person", "asked", "made_by", "accepted_by"
        )


class SwapRequest(Tracked):
    """
    Somebody looks for a colleague to take `[starts_at, ends_at)` of theirs.

    With `return_starts_at` it is a swap: they take that time of the one who accepts. Without,
    it is cover. Accepting makes the overrides.
    """

    schedule = models.ForeignKey(
        "operations.Schedule", on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # None: whoever of the team can.
    asked = models.ForeignKey(
        User,
        verbose_name=_("ask"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    return_starts_at = models.DateTimeField(_("in return, from"), null=True, blank=True)
    return_ends_at = models.DateTimeField(_("in return, until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    state = models.CharField(
        max_length=9, choices=SwapState, default=SwapState.OPEN, editable=False
    )
    made_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    closed_at = models.DateTimeField(null=True, editable=False)
    # The next reminder, or the end; None once it is closed.
    due_at = models.DateTimeField(null=True, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = SwapQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SwapState.values), name="swap_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="swap_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(return_starts_at=None, return_ends_at=None)
                | Q(return_ends_at__gt=F("return_starts_at")),
                name="swap_return_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="swap_closed_iff_not_open",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", accepted_by__isnull=False)
                | (~Q(state="accepted") & Q(accepted_by=None)),
                name="swap_accepted_iff_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=OPEN_SWAP, name="swap_due")]

    def __str__(self) -> str:
        return f"{self.person} from {self.starts_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("operations:swap", args=[self.pk])

    @property
    def is_swap(self) -> bool:
        return self.return_starts_at is not None

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.starts_at, self.ends_at
