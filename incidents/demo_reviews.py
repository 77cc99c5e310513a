"""The demo's reviews: what contributed, what caused what, and one that is being looked over."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import ProtectedError

from incidents.models import (
    CausalNode,
    Factor,
    FactorCategory,
    Review,
    ReviewComment,
    ReviewFactor,
    ReviewRequest,
    ReviewState,
    ReviewWaiver,
    Verdict,
)
from incidents.review_facts import facts_of
from incidents.workflow.review_templates import newest_version
from knowledge.models import ActionItem
from portal.demo import DAYS, Story, keep, tell, wipe

POOL = "Checkout fails: connection pool exhausted"
NIGHT = "Payments API is down"

FOUND = {
    POOL: [
        ("Capacity too small", "10 connections, while 31 requests waited (dashboard, 14:33)."),
        ("No alert", "The first alert was on errors; nothing watched the pool."),
        ("Nobody was told", "The mailing of 14:25 was in nobody's calendar here."),
    ],
    "Nobody can sign in": [
        ("Untested change", "The slow query was never run against a full table."),
        ("Resource leak", "Sign-in held 40 connections for minutes (pg_stat_activity)."),
    ],
    "Card payments time out": [
        ("Failure of a supplier", "Confirmed by the network's duty manager at 11:20."),
        ("Single point of failure", "There is one route to the network, in Frankfurt."),
    ],
    "Web shop is slow after a campaign": [
        ("Change at a bad time", "Release at 20:05, the busiest minute of the day."),
        ("Nobody was told", "The campaign began at 20:00."),
        ("Campaign without a forecast", "Nobody had asked how many visitors it would bring."),
    ],
    "Checkout fails for some after 2.14.0": [
        ("Untested change", "The contract test knew the newest app only."),
    ],
    NIGHT: [
        ("Expired certificate or secret", "The secret was rotated at 02:00, not rolled out."),
        ("Runbook wrong", "Step 3 names a file that was moved in spring."),
    ],
}

# A word that Harbour has added to those that the portal ships with.
OWN_WORD = ("Campaign without a forecast", "Customers were sent here and nobody had counted.")

# Each line stands under the nearest one before it that is less deep.
CAUSES = {
    POOL: [
        (1, "Requests waited for a connection"),
        (2, "The pool had 10 connections"),
        (3, "It was sized for the first year and never looked at again"),
        (2, "Three times the usual traffic arrived"),
        (3, "A mailing went out at 14:25"),
        (4, "There is no shared calendar of campaigns"),
        (1, "It took a minute until somebody knew"),
        (2, "Nothing watched the pool itself"),
    ],
    NIGHT: [
        (1, "All pods restarted in a loop"),
        (2, "They could not read the network's secret"),
        (3, "It was rotated, and not rolled out"),
        (4, "Rolling out is a step by hand"),
        (1, "The first fix did not help"),
        (2, "The runbook names a file that was moved"),
    ],
}


def load(story: Story) -> None:
    demo = Review.objects.filter(is_demo=True).select_related("incident", "owner")
    reviews = {review.incident.title: review for review in demo}
    _add_word(story)
    for title, found in FOUND.items():
        for name, evidence in found:
            _name(reviews[title], name, evidence)
    for title, causes in CAUSES.items():
        _draw(reviews[title], causes)
    for review in reviews.values():
        _finish(review)
    _look_over(story, reviews[NIGHT])
    _waive(story, reviews[NIGHT])


def remove() -> None:
    reviews = Review.objects.filter(incident__service__is_demo=True)
    ReviewRequest.objects.filter(review__in=reviews).delete()
    ReviewComment.objects.filter(review__in=reviews).delete()
    wipe(ReviewWaiver.objects.filter(incident__service__is_demo=True))
    wipe(ReviewFactor.objects.filter(review__in=reviews))
    for factor in Factor.objects.filter(is_demo=True):
        _remove_word(factor)
    nodes = CausalNode.objects.filter(review__in=reviews)  # causes before what they caused
    for node in nodes.order_by("-pk"):
        wipe(CausalNode.objects.filter(pk=node.pk))


def _remove_word(factor: Factor) -> None:
    """A word that real reviews use by now stays, as one of theirs."""
    try:
        wipe(Factor.objects.filter(pk=factor.pk))
    except ProtectedError:
        factor.is_demo, factor.changed_by = False, None
        factor.save(update_fields=["is_demo"])


def _add_word(story: Story) -> None:
    name, use = OWN_WORD
    if Factor.objects.filter(name=name).exists():
        return
    factor = Factor(name=name, category=FactorCategory.PROCESS, description=use, is_demo=True)
    keep(factor, by=story.manager("Web"), at=story.at(DAYS, 11))


def _name(review: Review, name: str, evidence: str) -> None:
    factor = Factor.objects.filter(name=name).first()
    if factor is None:
        return
    at = review.created_at + timedelta(hours=3)
    found = ReviewFactor(
        review=review, factor=factor, evidence=evidence, added_by=review.owner, added_at=at
    )
    keep(found, by=review.owner, at=at)
    found.actions.set(ActionItem.objects.filter(reference=review.incident.reference))


def _draw(review: Review, causes: list[tuple[int, str]]) -> None:
    at = review.created_at + timedelta(hours=4)
    top = CausalNode(review=review, text=review.incident.title)
    path = [keep(top, by=review.owner, at=at)]
    for order, (depth, text) in enumerate(causes):
        del path[depth:]
        node = CausalNode(review=review, parent=path[-1], order=order, text=text)
        path.append(keep(node, by=review.owner, at=at))


def _finish(review: Review) -> None:
    """Name the template's version and what was filled in, as a new draft does."""
    facts = facts_of(review.incident)
    filled_at = review.created_at.isoformat()
    review.template_version = newest_version()
    review.filled = {key: {"at": filled_at, "lines": lines} for key, lines in facts.items()}
    keep(review, by=None, at=review.published_at or review.created_at)


def _look_over(story: Story, review: Review) -> None:
    """Sent to the manager, who asks something; a colleague has approved already."""
    at = min(review.created_at + timedelta(hours=6), story.now - timedelta(minutes=40))
    review.state = ReviewState.IN_REVIEW
    review.sections = {
        **review.sections,
        "root_cause": "The secret was rotated at 02:00, and no pod could read the new one.",
        "went_well": "- The page was answered within three minutes.",
        "went_wrong": "- The runbook named a file that was moved in spring.",
    }
    review.version += 1
    keep(review, by=review.owner, at=at)
    tell("review.sent", review, at=at, actor=review.owner, service=review.incident.service)
    max_, tomas, olivia = (story.people[name] for name in ("max", "tomas", "olivia"))
    ReviewRequest.objects.create(review=review, person=max_, asked_by=review.owner, asked_at=at)
    colleague = tomas if review.owner == olivia else olivia
    ReviewRequest.objects.create(
        review=review,
        person=colleague,
        asked_by=review.owner,
        asked_at=at,
        verdict=Verdict.APPROVED,
        answered_at=at + timedelta(minutes=20),
        about_version=review.version,
    )
    ReviewComment.objects.create(
        review=review,
        section="root_cause",
        text=f"Why did nobody notice at 02:00? @{colleague.name}, was there an alert?",
        author=max_,
        created_at=at + timedelta(minutes=25),
    )
    ReviewComment.objects.create(
        review=review,
        section="timeline",
        text="The restart at 03:10 is missing.",
        author=colleague,
        created_at=at + timedelta(minutes=15),
        resolved_at=at + timedelta(minutes=18),
        resolved_by=review.owner,
    )


def _waive(story: Story, review: Review) -> None:
    """The manager lets the incident be closed; its review stays owed."""
    incident, manager = review.incident, story.manager("Payments")
    at = story.now - timedelta(minutes=5)
    waiver = ReviewWaiver(
        incident=incident,
        reason="The secret is rolled out; the review waits for the report of the card network.",
        granted_by=manager,
        granted_at=at,
        is_demo=True,
    )
    keep(waiver, by=manager, at=at)
    tell("incident.review_waived", incident, at=at, actor=manager, reason=waiver.reason)
