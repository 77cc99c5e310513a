"""The verbs of maintenance; call them from here."""

from maintenance.workflow.analysis import analyse, ask_for_change
from maintenance.workflow.approval import (
    approve,
    ask_those_needed,
    break_glass,
    expire,
    reject,
    schedule,
)
from maintenance.workflow.authorising import (
    authorise,
)
from maintenance.workflow.backlog import rank, triage
from maintenance.workflow.change_events import (
    record_change_event,
)
from maintenance.workflow.change_windows import (
    change_change_window,
    retire_change_window,
    set_up_change_window,
)
from maintenance.workflow.conflict_rules import (
    add_resource,
    change_conflict_rules,
    change_resource,
    retire_resource,
)
from maintenance.workflow.deployments import (
    Commit,
    accept_unauthorised,
    clear_failure,
    link_rollback,
    mark_failed,
    mark_recovered,
    record_deployment,
)
from maintenance.workflow.evidence import (
    remove_gate,
    set_gate,
)
from maintenance.workflow.feeds import (
    change_feed_by,
    make_change_feed,
    publish_missing,
    revoke_change_feed,
)
from maintenance.workflow.freezes import (
    FreezeVerb,
    approve_freeze,
    change_freeze,
    discard_freeze,
    draft_freeze,
    end_freeze,
    why_not_freeze,
)
from maintenance.workflow.gate import (
    Asked,
    ask_gate,
    keep_bad_question,
)
from maintenance.workflow.gate import (
    Reason as GateReason,
)
from maintenance.workflow.guards import (
    Verb,
    refusals,
)
from maintenance.workflow.lockdowns import (
    enforce_due_lockdowns,
)
from maintenance.workflow.notices import forget_old_rejects, link_notice, take_notices
from maintenance.workflow.origins import (
    request_from,
    request_from_alert,
    request_from_check,
    request_from_forecast,
)
from maintenance.workflow.overrides import (
    override_time,
)
from maintenance.workflow.packs import Pack, pack_request, pack_service
from maintenance.workflow.policies import (
    change_policy,
    delegate_approvals,
    retire_policy,
    revoke_delegation,
    set_up_policy,
)
from maintenance.workflow.processes import (
    ProcessVerb,
    discard_process_draft,
    publish_process,
    save_process,
    set_up_process,
    why_not_process,
)
from maintenance.workflow.recurring import (
    change_recurring,
    end_recurring,
    make_drafts,
    make_due_drafts,
    pause_recurring,
    resume_recurring,
    set_up_recurring,
)
from maintenance.workflow.requests import (
    ask_approval,
    assess,
    back_to_draft,
    cancel,
    change_plan,
    create_request,
    hold,
    request_from_action,
    resume,
    submit,
    withdraw,
)
from maintenance.workflow.reviews import (
    follow_up,
    write_review,
)
from maintenance.workflow.source_calls import (
    accept_call,
    forget_old_calls,
    is_json,
    read_due_calls,
    reject_call,
    test_source,
    why_not_let_in,
)
from maintenance.workflow.sources import (
    change_source,
    replay_call,
    rotate_secret,
    set_up_source,
    switch_source,
)
from maintenance.workflow.standards import (
    StandardVerb,
    approve_standard,
    propose_standard,
    propose_standard_version,
    reinstate_standard,
    reject_standard,
    request_from_standard,
    retire_standard,
    suspend_if_it_fails,
    suspend_standard,
    why_not_standard,
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
    close,
    confirm_runbook,
    finish_work,
    revise_runbook,
    start,
    verify,
)

__all__ = [
    "Asked",
    "Commit",
    "FreezeVerb",
    "GateReason",
    "Pack",
    "ProcessVerb",
    "StandardVerb",
    "Verb",
    "accept_call",
    "accept_unauthorised",
    "add_resource",
    "analyse",
    "announce_window",
    "answer_step",
    "approve",
    "approve_freeze",
    "approve_standard",
    "ask_approval",
    "ask_for_change",
    "ask_gate",
    "ask_those_needed",
    "assess",
    "authorise",
    "back_to_draft",
    "back_to_work",
    "break_glass",
    "cancel",
    "cancel_window",
    "change_change_window",
    "change_conflict_rules",
    "change_feed_by",
    "change_freeze",
    "change_plan",
    "change_policy",
    "change_recurring",
    "change_resource",
    "change_source",
    "change_window",
    "clear_failure",
    "close",
    "confirm_runbook",
    "create_request",
    "delegate_approvals",
    "discard_freeze",
    "discard_process_draft",
    "draft_freeze",
    "end_freeze",
    "end_recurring",
    "enforce_due_lockdowns",
    "expire",
    "finish_work",
    "follow_up",
    "forget_old_calls",
    "forget_old_rejects",
    "hold",
    "hold_alerts",
    "hold_alerts_of_announced",
    "is_json",
    "keep_bad_question",
    "link_notice",
    "link_rollback",
    "make_change_feed",
    "make_drafts",
    "make_due_drafts",
    "mark_failed",
    "mark_recovered",
    "override_time",
    "pack_request",
    "pack_service",
    "pause_recurring",
    "propose_standard",
    "propose_standard_version",
    "publish_missing",
    "publish_process",
    "rank",
    "read_due_calls",
    "record_change_event",
    "record_deployment",
    "refusals",
    "reinstate_standard",
    "reject",
    "reject_call",
    "reject_standard",
    "remove_gate",
    "replay_call",
    "request_from",
    "request_from_action",
    "request_from_alert",
    "request_from_check",
    "request_from_forecast",
    "request_from_standard",
    "resume",
    "resume_recurring",
    "retire_change_window",
    "retire_policy",
    "retire_resource",
    "retire_standard",
    "revise_runbook",
    "revoke_change_feed",
    "revoke_delegation",
    "rotate_secret",
    "save_process",
    "schedule",
    "set_gate",
    "set_up_change_window",
    "set_up_policy",
    "set_up_process",
    "set_up_recurring",
    "set_up_source",
    "start",
    "submit",
    "suspend_if_it_fails",
    "suspend_standard",
    "switch_source",
    "take_notices",
    "test_source",
    "triage",
    "verify",
    "why_not_freeze",
    "why_not_let_in",
    "why_not_process",
    "why_not_standard",
    "withdraw",
    "write_review",
]
