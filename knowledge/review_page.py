"""What the page of a revision says about its review."""

from typing import Any

from django.utils.translation import gettext as _

from knowledge.access import reviewers_for
from knowledge.forms import AskForReviewForm, ReviewReasonForm
from knowledge.models import Document, Revision, RevisionReview
from knowledge.variables import declared_in
from knowledge.workflow.review_guards import Verb, is_review_needed, why_not
from portal.models import User


def is_unreviewed(document: Document) -> bool:
    """Whether readers have what was published urgently and nobody else approved yet."""
    reviews = RevisionReview.objects.unreviewed()
    return document.published_id is not None and (
        reviews.filter(revision=document.published_id).exists()
    )


def lost_variables(revision: Revision, before: Revision | None) -> str:
    """Say so when a text declares no variables any more; its author may not have noticed."""
    if before is None or not declared_in(before.body) or declared_in(revision.body):
        return ""
    sentence = _("Revision %(number)s declared variables, this one declares none.")
    return sentence % {"number": before.number}


def _before(document: Document, revision: Revision) -> Revision | None:
    """What readers have, or where they have nothing yet, what was written before."""
    published = document.published
    if published is not None:
        return published if published.number < revision.number else None
    return document.revisions.filter(number=revision.number - 1).first()


def reviewing_of(
    user: User, document: Document, revision: Revision, *, may_change: bool
) -> dict[str, Any]:
    """Return the reviews of a revision, and for whoever may change it, what is open to them."""
    reviews = (
        revision.reviews.select_related("asked_by", "answered_by", "revision__document__space")
        .prefetch_related("approvals__person")
        .order_by("-pk")
    )
    context: dict[str, Any] = {
        "reviews": reviews,
        "is_unreviewed": document.published_id == revision.pk and is_unreviewed(document),
        "review_needed": is_review_needed(document),
        "lost_variables": lost_variables(revision, _before(document, revision)),
        "is_asked": revision.reviews.unanswered().exists(),
    }
    if not may_change:
        return context
    refusals = {f"why_not_{verb}": why_not(verb, document, revision, user) for verb in Verb}
    return context | {
        **refusals,
        "ask_form": AskForReviewForm(reviewers=reviewers_for(document, user)),
        "reason_form": ReviewReasonForm(auto_id="reject_%s"),
        "urgent_form": ReviewReasonForm(auto_id="urgent_%s"),
    }
