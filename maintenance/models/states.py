"""Where a maintenance request can be and what may follow; `workflow.guards` says how."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RequestState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ASSESSING = "assessing", _("Being assessed")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    VERIFYING = "verifying", _("Verifying")
    REVIEW = "review", _("In review")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    ON_HOLD = "on_hold", _("On hold")


S = RequestState

BEFORE_DECISION = {S.SUBMITTED, S.ASSESSING, S.AWAITING_APPROVAL}
READY = {S.APPROVED, S.SCHEDULED}  # decided, and not begun
WORKING = {S.IN_PROGRESS, S.VERIFYING}
HOLDABLE = BEFORE_DECISION | READY | WORKING
ENDED = {S.CLOSED, S.REJECTED, S.WITHDRAWN, S.CANCELLED, S.EXPIRED}

# An emergency may begin before it is decided.
REQUEST_TRANSITIONS: dict[RequestState, set[RequestState]] = {
    S.DRAFT: {S.SUBMITTED, S.WITHDRAWN},
    S.SUBMITTED: {
        S.ASSESSING,
        S.APPROVED,  # a standard change
        S.AWAITING_APPROVAL,
        S.IN_PROGRESS,
        S.REJECTED,
        S.DRAFT,
        S.WITHDRAWN,
        S.CANCELLED,
        S.ON_HOLD,
    },
    S.ASSESSING: {
        S.APPROVED,  # a standard change
        S.AWAITING_APPROVAL,
        S.IN_PROGRESS,
        S.REJECTED,
        S.DRAFT,
        S.WITHDRAWN,
        S.CANCELLED,
        S.ON_HOLD,
    },
    S.AWAITING_APPROVAL: {
        S.APPROVED,
        S.IN_PROGRESS,
        S.REJECTED,
        S.DRAFT,
        S.WITHDRAWN,
        S.CANCELLED,
        S.ON_HOLD,
    },
    S.APPROVED: {S.SCHEDULED, S.IN_PROGRESS, S.DRAFT, S.CANCELLED, S.EXPIRED, S.ON_HOLD},
    S.SCHEDULED: {S.IN_PROGRESS, S.DRAFT, S.CANCELLED, S.EXPIRED, S.ON_HOLD},
    S.IN_PROGRESS: {S.VERIFYING, S.ON_HOLD},
    S.VERIFYING: {S.REVIEW, S.IN_PROGRESS, S.ON_HOLD},
    S.REVIEW: {S.CLOSED},
    S.CLOSED: set(),
    S.REJECTED: {S.DRAFT},
    S.WITHDRAWN: {S.DRAFT},
    S.CANCELLED: set(),
    S.EXPIRED: {S.DRAFT},
    S.ON_HOLD: HOLDABLE | {S.CANCELLED},
}

OPEN = ~Q(state__in=list(ENDED))
# The same, in an order that a migration can keep.
UNENDED = sorted(set(S) - ENDED)

# While a request is in one of these, somebody who may has said yes to what it is.
AUTHORISED_STATES = [S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING, S.REVIEW, S.CLOSED]

# While a request is in one of these, its planned time is taken.
COMMITTED = [S.AWAITING_APPROVAL, S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING]

# What will not be done as it was planned.
GIVEN_UP = [S.REJECTED, S.WITHDRAWN, S.CANCELLED, S.EXPIRED]

# While a request is in one of these, its planned time is its own. What is approved is scheduled
# by itself; where it is not, something stands in the way of its time.
HOLDING = [S.SCHEDULED, S.IN_PROGRESS, S.VERIFYING]


class Outcome(models.TextChoices):
    SUCCEEDED = "succeeded", _("Succeeded")
    WITH_ISSUES = "with_issues", _("Succeeded with issues")
    FAILED = "failed", _("Failed")
    ROLLED_BACK = "rolled_back", _("Rolled back")


UNSUCCESSFUL = [Outcome.FAILED, Outcome.ROLLED_BACK]


class Category(models.TextChoices):
    """Why something is changed, after ISO/IEC/IEEE 14764."""

    CORRECTIVE = "corrective", _("Corrective: repair a fault")
    ADAPTIVE = "adaptive", _("Adaptive: keep up with a changed environment")
    PERFECTIVE = "perfective", _("Perfective: make it better")
    PREVENTIVE = "preventive", _("Preventive: before it fails")
    ADDITIVE = "additive", _("Additive: a new function")


CORRECTIONS = {Category.CORRECTIVE, Category.PREVENTIVE}  # all others are enhancements


class Authorisation(models.TextChoices):
    """How a change is allowed, which is another question than why it is made."""

    STANDARD = "standard", _("Standard")  # known and repeated: decided once for all
    NORMAL = "normal", _("Normal")
    EMERGENCY = "emergency", _("Emergency")  # may begin before all have decided


class OriginKind(models.TextChoices):
    """What made a request necessary."""

    BY_HAND = "by_hand", _("By hand")
    ACTION = "action", _("An action item")
    INCIDENT = "incident", _("An incident")
    REPORT = "report", _("A user's report")
    ALERT = "alert", _("An alert")
    CHECK = "check", _("A check")
    FORECAST = "forecast", _("A capacity forecast")
