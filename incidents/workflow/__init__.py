"""The verbs of incidents; call them from here."""

from incidents.drawing import Rung, Target
from incidents.workflow.answers import (
    acknowledge,
    note_acknowledgement,
    snooze,
    transfer_acknowledgements,
    unacknowledge,
)
from incidents.workflow.communication import add_note, post_update, why_not_post
from incidents.workflow.coverage import ask_for_proof, prove_due, why_not_prove
from incidents.workflow.grouping import (
    change_grouping_rule,
    make_grouping_rule,
    remove_grouping_rule,
    why_not_remove_grouping,
)
from incidents.workflow.guards import RULES, refusals
from incidents.workflow.incidents import change_severity, close, declare, reopen, resolve
from incidents.workflow.policies import (
    apply_now,
    change_policy,
    create_policy,
    make_default,
    remove_policy,
    set_service_escalation,
    under_way,
    why_not_remove,
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
from incidents.workflow.rungs import (
    add_step,
    change_step,
    move_step,
    remove_step,
    set_rungs,
)
from incidents.workflow.waking import escalate_now, page_person, why_not_page

VERBS = list(RULES)

__all__ = [
    "VERBS",
    "ReviewConflict",
    "Rung",
    "Target",
    "acknowledge",
    "actions_of",
    "add_note",
    "add_review_action",
    "add_step",
    "apply_now",
    "ask_for_proof",
    "change_grouping_rule",
    "change_policy",
    "change_severity",
    "change_step",
    "close",
    "create_policy",
    "declare",
    "escalate_now",
    "make_default",
    "make_grouping_rule",
    "move_step",
    "note_acknowledgement",
    "page_person",
    "post_update",
    "prove_due",
    "publish_review",
    "refusals",
    "remove_grouping_rule",
    "remove_policy",
    "remove_step",
    "reopen",
    "resolve",
    "save_review",
    "set_rungs",
    "set_service_escalation",
    "snooze",
    "start_runbook",
    "transfer_acknowledgements",
    "unacknowledge",
    "under_way",
    "why_not_page",
    "why_not_post",
    "why_not_prove",
    "why_not_publish",
    "why_not_remove",
    "why_not_remove_grouping",
]
