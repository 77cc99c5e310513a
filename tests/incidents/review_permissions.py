"""Who may do what at the URLs of reviews, their words, their template and their waivers."""

from typing import Any

from incidents import workflow
from incidents.models import Factor, ReviewTemplate
from tests.permissions import ADMINISTER, LOOK, MANAGE, TEAM, WORK, Rule, api, form, page, verb

INCIDENT: dict[str, Any] = {"pk": "incident.pk"}
REVIEW: dict[str, Any] = {"pk": "review.pk"}
FACTOR: dict[str, Any] = {"pk": "factor.pk"}
COMMENT: dict[str, Any] = {"comment": "comment.pk"}
FOUND: dict[str, Any] = {"found": "found.pk"}
NODE: dict[str, Any] = {"node": "node.pk"}
WAIVER: dict[str, Any] = {"pk": "waiver.pk"}


def furnish_review(world: dict[str, Any]) -> None:
    """A factor, a cause, a comment by Olivia and a waiver by Ada, all of the one review."""
    review, olivia = world["review"], world["olivia"]
    world["factor"] = Factor.objects.order_by("pk").first()
    world["found"] = workflow.name_factor(
        review, factor=world["factor"], evidence="The graph", actor=olivia
    )
    world["node"] = workflow.add_cause(review, text="The pool was full", actor=olivia)
    world["comment"] = workflow.comment_on(review, text="Why?", actor=olivia)
    world["waiver"] = workflow.waive_review(
        review.incident, reason="The part is gone", actor=world["ada"]
    )
    template = ReviewTemplate.objects.get()
    world["template"] = template


REVIEWS: dict[str, Rule] = {
    "incidents:reviews": page(),
    "incidents:review-template": page(),
    "incidents:review-template-save": verb(ADMINISTER),
    "incidents:review-template-restore": verb(ADMINISTER, number=1),
    "incidents:review-rules": verb(ADMINISTER),
    "incidents:review-waivers": page(),
    "incidents:review-waiver-revoke": verb(MANAGE, **WAIVER),
    "incidents:factors": page(),
    "incidents:factor-create": form(WORK),
    "incidents:factor": page(**FACTOR),
    **{
        f"incidents:factor-{name}": verb(MANAGE, **FACTOR)
        for name in ("change", "merge", "retire", "bring-back")
    },
    "incidents:review": page(**INCIDENT),
    "incidents:review-print": page(**INCIDENT),
    "incidents:review-markdown": page(**INCIDENT),
    **{
        f"incidents:review-{name}": verb(TEAM, **INCIDENT)
        for name in (
            *("save", "refill", "people", "add-action", "send", "withdraw", "publish"),
            *("public", "factors", "whys", "causes"),
        )
    },
    **{f"incidents:review-{name}": verb(WORK, **INCIDENT) for name in ("answer", "comments")},
    **{
        f"incidents:review-{name}": verb(MANAGE, **INCIDENT)
        for name in ("not-needed", "take-up", "waive")
    },
    **{
        f"incidents:review-comment-{name}": verb(TEAM, **INCIDENT, **COMMENT)
        for name in ("resolve", "reopen")
    },
    "incidents:review-factor-drop": verb(TEAM, **INCIDENT, **FOUND),
    "incidents:review-cause": page(TEAM, **INCIDENT, **NODE),
    **{
        f"incidents:review-cause-{name}": verb(TEAM, **INCIDENT, **NODE)
        for name in ("change", "up", "down", "hang", "remove")
    },
    "review-list": api(LOOK),
    "review-detail": api(LOOK, **REVIEW),
    "review-figures": api(LOOK),
    "review-markdown": api(LOOK, **REVIEW),
    **{
        f"review-{name}": api(post=TEAM, **REVIEW)
        for name in (
            *("save", "refill", "people", "actions", "send", "withdraw", "publish"),
            *("public-text", "factors", "whys", "causes"),
        )
    },
    **{f"review-{name}": api(post=WORK, **REVIEW) for name in ("answer", "comments")},
    **{
        f"review-{name}": api(post=MANAGE, **REVIEW)
        for name in ("not-needed", "take-up", "waive")
    },
    **{
        f"review-{name}-comment": api(post=TEAM, **REVIEW, **COMMENT)
        for name in ("resolve", "reopen")
    },
    "review-drop-factor": api(post=TEAM, **REVIEW, **FOUND),
    **{
        f"review-{name}": api(post=TEAM, **REVIEW, **NODE)
        for name in ("change-cause", "cause-up", "cause-down", "hang-cause", "remove-cause")
    },
    "factor-list": api(LOOK, post=WORK),
    "factor-detail": api(LOOK, **FACTOR),
    **{
        f"factor-{name}": api(post=MANAGE, **FACTOR)
        for name in ("change", "merge", "retire", "bring-back")
    },
    "reviewwaiver-list": api(LOOK),
    "reviewwaiver-detail": api(LOOK, **WAIVER),
    "reviewwaiver-revoke": api(post=MANAGE, **WAIVER),
    "review-rules": api(LOOK, patch=ADMINISTER),
    "review-template": api(LOOK, post=ADMINISTER),
    "review-template-restore": api(post=ADMINISTER),
}
