"""The verbs of incidents; call them from here."""

from incidents.workflow.communication import add_note, post_update, why_not_post
from incidents.workflow.guards import RULES, refusals
from incidents.workflow.incidents import (
    acknowledge,
    change_severity,
    close,
    declare,
    reopen,
    resolve,
    unacknowledge,
)
from incidents.workflow.reviews import (
    ReviewConflict,
    actions_of,
    add_review_action,
    publish_review,
    save_review,
    why_not_publish,
)
from incidents.workflow.runbooks import start_runbook

VERBS = list(RULES)

__all__ = [
    "VERBS",
    "ReviewConflict",
    "acknowledge",
    "actions_of",
    "add_note",
    "add_review_action",
    "change_severity",
    "close",
    "declare",
    "post_update",
    "publish_review",
    "refusals",
    "reopen",
    "resolve",
    "save_review",
    "start_runbook",
    "unacknowledge",
    "why_not_post",
    "why_not_publish",
]
