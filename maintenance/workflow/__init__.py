"""The verbs of maintenance; call them from here."""

from maintenance.workflow.approval import approve, reject
from maintenance.workflow.deployments import mark_failed, mark_recovered, record_deployment
from maintenance.workflow.guards import Verb, refusals
from maintenance.workflow.requests import (
    back_to_draft,
    change_plan,
    create_request,
    request_from_action,
    submit,
    withdraw,
)
from maintenance.workflow.windows import (
    announce_window,
    cancel_window,
    change_window,
    hold_alerts,
    hold_alerts_of_announced,
)
from maintenance.workflow.work import (
    answer_step,
    back_to_work,
    finish_work,
    revise_runbook,
    start,
    verify_and_close,
)

__all__ = [
    "Verb",
    "announce_window",
    "answer_step",
    "approve",
    "back_to_draft",
    "back_to_work",
    "cancel_window",
    "change_plan",
    "change_window",
    "create_request",
    "finish_work",
    "hold_alerts",
    "hold_alerts_of_announced",
    "mark_failed",
    "mark_recovered",
    "record_deployment",
    "refusals",
    "reject",
    "request_from_action",
    "revise_runbook",
    "start",
    "submit",
    "verify_and_close",
    "withdraw",
]
