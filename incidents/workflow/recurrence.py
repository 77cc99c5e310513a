"""The same factor on the same service again: what was done against it did not hold."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Review, ReviewFactor, ReviewState
from incidents.workflow.review_saving import record_review, rules
from knowledge.models import ActionItem, ActionState
from knowledge.workflow import reopen_as_finding
from portal.models import User


class Recurrence(NamedTuple):
    """A factor that an earlier review of the same service has named, too."""

    found: ReviewFactor
    earlier: ReviewFactor
    actions: list[ActionItem]

    @property
    def days(self) -> int:
        """How long after the earlier incident this one began."""
        began = self.found.review.incident.detected_at
        return (began - self.earlier.review.incident.detected_at).days


def recurrences_of(review: Review, *, reader: User | None = None) -> list[Recurrence]:
    """
    Return each factor that was named within the organisation's days before; two queries.

    With a `reader` only what came of incidents that this person may know of.
    """
    incident = review.incident
    mine = {
        found.factor_id: found
        for found in ReviewFactor.objects.filter(review=review).select_related("factor")
    }
    since: datetime = incident.detected_at - timedelta(days=rules().recurrence_days)
    earlier = (
        ReviewFactor.objects.filter(
            factor__in=mine,
            review__incident__service=incident.service_id,
            review__incident__detected_at__gte=since,
            review__incident__detected_at__lt=incident.detected_at,
        )
        .exclude(review=review)
        .exclude(review__state=ReviewState.NOT_NEEDED)
        .select_related("factor", "review__incident")
        .prefetch_related("actions")
        .order_by("-review__incident__detected_at")
    )
    if reader is not None:
        earlier = earlier.filter(review__in=Review.objects.visible_to(reader))
    found = []
    for one in earlier:
        own = mine[one.factor_id]
        own.review = review
        found.append(Recurrence(own, one, list(one.actions.all())))
    return found


@transaction.atomic
def reopen_what_recurred(review: Review, *, actor: User | None) -> list[ActionItem]:
    """
    Take up again what was done against a factor of this review that has come back.

    Many read of it who may not know of a private incident, so neither is such a one named
    there, nor what was promised because of it in the review of another.
    """
    reopened = []
    incident = review.incident
    named = _("a private incident") if incident.is_private else str(incident)
    for recurrence in recurrences_of(review):
        for action in recurrence.actions:
            if action.state != ActionState.DONE:
                continue
            because = _("“%(factor)s” was a factor again in %(incident)s") % {
                "factor": recurrence.found.factor,
                "incident": named,
            }
            reopened.append(reopen_as_finding(action, because=because, actor=actor))
            told = {"title": action.title, "url": action.get_absolute_url()}
            if recurrence.earlier.review.incident.is_private and not incident.is_private:
                told = {"title": _("what a private incident had led to"), "url": ""}
            factor = str(recurrence.found.factor)
            record_review("review.factor_recurred", review, actor, factor=factor, **told)
    return reopened
