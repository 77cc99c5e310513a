"""
Doing without: a waiver lets an incident be closed before its review is published, and a
decision that no review is needed ends it.

Both take a manager of the service's team, or an administrator, who is not the review's owner:
nobody lets themselves off. A waiver changes nothing about the review, which stays owed.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentState, Review, ReviewState, ReviewWaiver
from incidents.reminders import next_reminder
from incidents.workflow import clocks
from incidents.workflow.review_saving import (
    ensure_written,
    locked_review,
    record_review,
    set_review,
    topic_of,
)
from incidents.workflow.saving import locked_incident
from portal import clock, events, notify
from portal.access import managers_of
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Access, User

MOST_NAMED = 5


def standing_waiver(incident: Incident) -> ReviewWaiver | None:
    standing = ReviewWaiver.objects.filter(incident=incident, revoked_at__isnull=True)
    return standing.select_related("granted_by").first()


def who_may_waive(incident: Incident) -> list[User]:
    """The team's managers, and administrators where there is none; never the review's owner."""
    owners = Review.objects.filter(incident=incident, owner__isnull=False).values("owner")
    managers = managers_of(incident.service.team_id).exclude(pk__in=owners)
    if people := list(managers[:MOST_NAMED]):
        return people
    administrators = User.objects.filter(is_active=True, access=Access.ADMINISTRATOR)
    return list(administrators.exclude(pk__in=owners)[:MOST_NAMED])


def why_not_waive(incident: Incident, actor: User | None) -> list[Refusal]:
    """Return why this person cannot grant a waiver for this incident now."""
    if incident.state == IncidentState.CLOSED:
        return [Refusal("already_closed", _("This incident is closed."))]
    review = Review.objects.filter(incident=incident).first()
    if review is None:
        return [Refusal("no_review_owed", _("This incident owes no review."))]
    if not review.is_being_written:
        return [Refusal("review_settled", _("Its review does not stand in the way."))]
    if standing_waiver(incident) is not None:
        return [Refusal("waiver_stands", _("A waiver stands already."))]
    return _own_review(review, actor)


@transaction.atomic
def waive_review(incident: Incident, *, reason: str, actor: User | None) -> ReviewWaiver:
    """Let this incident be closed without its published review; `reason` says why."""
    locked = locked_incident(incident)
    if not reason.strip():
        raise refuse("reason_missing", _("Say why it may be closed without its review."))
    if reasons := why_not_waive(locked, actor):
        raise TransitionNotAllowed(reasons)
    waiver = ReviewWaiver(
        incident=locked,
        reason=reason.strip(),
        granted_by=actor,
        granted_at=clock.now(),
        is_demo=locked.is_demo,
    )
    waiver.changed_by = actor
    waiver.save()
    events.record("incident.review_waived", locked, actor=actor, reason=waiver.reason)
    return waiver


@transaction.atomic
def revoke_waiver(waiver: ReviewWaiver, *, actor: User | None) -> ReviewWaiver:
    """Take it back, as long as the incident is not closed."""
    incident = locked_incident(waiver.incident)
    locked = ReviewWaiver.objects.select_for_update().get(pk=waiver.pk)
    if locked.revoked_at is not None:
        raise refuse("waiver_revoked", _("This waiver was revoked already."))
    if incident.state == IncidentState.CLOSED:
        sentence = _("The incident was closed by this waiver.")
        raise refuse("already_closed", sentence, _("Reopen it if it is not over."))
    _revoke(locked, actor)
    events.record("incident.waiver_revoked", incident, actor=actor)
    return locked


def lapse_waivers(incident: Incident, *, actor: User | None) -> None:
    """An incident that goes on is closed by the same rules as before."""
    for waiver in ReviewWaiver.objects.filter(incident=incident, revoked_at__isnull=True):
        _revoke(waiver, actor)


@transaction.atomic
def set_not_needed(review: Review, *, reason: str, actor: User | None) -> Review:
    """Decide that nothing is to be learned here that is not known already."""
    locked_incident(review.incident)  # before the review, as the verbs of incidents do
    locked = locked_review(review)
    ensure_written(locked)
    if not reason.strip():
        raise refuse("reason_missing", _("Say why no review is needed."))
    if reasons := _own_review(locked, actor):
        raise TransitionNotAllowed(reasons)
    set_review(
        locked,
        actor,
        state=ReviewState.NOT_NEEDED,
        not_needed_because=reason.strip(),
        remind_at=None,
    )
    notify.cancel(topic_of(locked))
    clocks.follow(locked.incident, actor=actor)
    record_review("review.not_needed", locked, actor, reason=reason.strip())
    return locked


@transaction.atomic
def take_up_review(review: Review, *, actor: User | None) -> Review:
    """Write it after all; its clock runs as before."""
    locked_incident(review.incident)
    locked = locked_review(review)
    if locked.state != ReviewState.NOT_NEEDED:
        raise refuse("review_wanted", _("This review was not set aside."))
    if locked.incident.state == IncidentState.CLOSED:
        sentence = _("The incident was closed because no review was needed.")
        raise refuse("already_closed", sentence, _("Reopen it if it is not over."))
    now = clock.now()
    remind_at = next_reminder(locked.due_at, now) if locked.due_at else None
    set_review(
        locked, actor, state=ReviewState.DRAFT, not_needed_because="", remind_at=remind_at
    )
    clocks.follow(locked.incident, actor=actor)
    record_review("review.taken_up", locked, actor)
    return locked


def _own_review(review: Review, actor: User | None) -> list[Refusal]:
    if actor is None or actor.pk != review.owner_id:
        return []
    return [
        Refusal(
            "own_review",
            _("You own this review; nobody lets themselves off."),
            _("Ask another manager or an administrator."),
        )
    ]


def _revoke(waiver: ReviewWaiver, actor: User | None) -> None:
    waiver.revoked_at = clock.now()
    waiver.revoked_by = actor
    waiver.changed_by = actor
    waiver.save(update_fields=["revoked_at", "revoked_by"])
