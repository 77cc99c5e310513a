"""What the page of a revision says about its review."""

from typing import Any

from knowledge.access import reviewers_for
from knowledge.forms import AskForReviewForm, ReviewReasonForm
from knowledge.models import Document, Revision, RevisionReview
from knowledge.workflow.review_guards import Verb, is_review_needed, why_not
from portal.models import User


def is_unreviewed(document: Document) -> bool:
    """Whether readers have what was published urgently and nobody else approved yet."""
    reviews = RevisionReview.objects.unreviewed()
    return document.published_id is not None and (
        reviews.filter(revision=document.published_id).exists()
    )


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
