"""The verbs of incidents; call them from here."""

from incidents.drawing import Rung, Target
from incidents.workflow.answers import (
    acknowledge,
    note_acknowledgement,
    snooze,
    transfer_acknowledgements,
    unacknowledge,
)
from incidents.workflow.assessing import assess
from incidents.workflow.blaming import (
    blame_deployment,
    blamed_for,
    recover_blamed,
    suspect_deployment,
)
from incidents.workflow.causes import (
    add_cause,
    ask_whys,
    change_cause,
    hang_cause,
    move_cause,
    remove_cause,
)
from incidents.workflow.changing import (
    request_from_incident,
    request_from_report,
    why_not_request,
    why_not_request_from,
)
from incidents.workflow.clock_pauses import pause_clock, resume_clock
from incidents.workflow.clocks import freeze_clocks, thaw_clocks, told
from incidents.workflow.communication import (
    post_postmortem,
    post_update,
    why_not_post,
    why_not_promise,
)
from incidents.workflow.components import (
    change_component,
    change_group,
    cover_public_services,
    make_component,
    make_group,
    remove_group,
    restore_component,
    retire_component,
    why_not_retire,
)
from incidents.workflow.coverage import ask_for_proof, prove_due, why_not_prove
from incidents.workflow.declaring import declare_components, judge_impact
from incidents.workflow.drafts import (
    approve_draft,
    note_seen,
    publish_due,
    reject_draft,
    submit_update,
    why_not_decide,
    withdraw_draft,
)
from incidents.workflow.entries import (
    add_note,
    edit_note,
    pin_event,
    pin_note,
    remove_note,
    why_not_edit,
)
from incidents.workflow.factors import (
    add_factor,
    bring_back_factor,
    change_factor,
    drop_factor,
    merge_factor,
    name_factor,
    retire_factor,
)
from incidents.workflow.grouping import (
    change_grouping_rule,
    make_grouping_rule,
    remove_grouping_rule,
    why_not_remove_grouping,
)
from incidents.workflow.guards import RULES, refusals
from incidents.workflow.incidents import change_severity, close, declare, reopen, resolve
from incidents.workflow.judging import declare_judged, why_not_declare_from
from incidents.workflow.maintenance_phases import (
    advance_due,
    move_maintenance,
    post_about_maintenance,
    set_maintenance_clock,
    why_not_move,
)
from incidents.workflow.merging import merge, unmerge, why_not_merge
from incidents.workflow.milestones import correct_milestone, why_not_correct
from incidents.workflow.mitigation import mitigate, unmitigate, why_not_mitigated_at
from incidents.workflow.overriding import end_override, override_state, why_not_override
from incidents.workflow.page_settings import (
    change_page_settings,
    remove_logo,
    renew_private_key,
    set_logo,
    shut_private_address,
)
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
from incidents.workflow.privacy import set_private
from incidents.workflow.reach import remove_affected, set_affected, set_impact, why_not_lasted
from incidents.workflow.recurrence import recurrences_of
from incidents.workflow.report_news import tell_of_report
from incidents.workflow.reports import (
    close_report,
    forget_report_address,
    forget_reports,
    join_report,
    mark_report_spam,
    note_declared,
    receive_report,
    reopen_report,
    tell_reporters,
    why_not_declare_from_reports,
    why_not_report,
    why_not_take_reports,
)
from incidents.workflow.review_comments import comment_on, reopen_comment, resolve_comment
from incidents.workflow.review_publishing import (
    answer_review,
    approves,
    publish_review,
    send_for_review,
    why_not_answer,
    why_not_publish,
    withdraw_review,
)
from incidents.workflow.review_saving import why_not_write
from incidents.workflow.review_templates import (
    TemplateConflict,
    change_review_rules,
    restore_template,
    save_template,
)
from incidents.workflow.review_waivers import (
    revoke_waiver,
    set_not_needed,
    standing_waiver,
    take_up_review,
    waive_review,
    who_may_waive,
    why_not_waive,
)
from incidents.workflow.reviews import (
    ReviewConflict,
    actions_of,
    add_review_action,
    refill_section,
    save_review,
    set_public_text,
    set_review_people,
)
from incidents.workflow.roles import (
    accept_role,
    decline_role,
    give_role,
    hand_over,
    leave_role,
    offer_role,
)
from incidents.workflow.runbooks import start_runbook
from incidents.workflow.rungs import (
    add_step,
    change_step,
    move_step,
    remove_step,
    set_rungs,
)
from incidents.workflow.spans import follow_components
from incidents.workflow.stakeholders import (
    erase_stakeholder,
    keep_rule,
    keep_stakeholder,
    keep_template,
    remove_rule,
    remove_template,
)
from incidents.workflow.stakeholders import keep_group as keep_stakeholder_group
from incidents.workflow.stakeholders import remove_group as remove_stakeholder_group
from incidents.workflow.subscribing import ask as ask_to_subscribe
from incidents.workflow.subscribing import choose as choose_subscription
from incidents.workflow.subscribing import confirm as confirm_subscription
from incidents.workflow.subscribing import (
    leave,
    why_not_confirm,
    why_not_suspend,
)
from incidents.workflow.subscribing import pause as pause_subscription
from incidents.workflow.subscribing import resume as resume_subscription
from incidents.workflow.subscribing import suspend as suspend_subscriber
from incidents.workflow.tasks import add_task, assign_task, finish_task, reopen_task
from incidents.workflow.telling import (
    preview,
    tell_stakeholders,
    why_not_say,
    why_not_tell,
)
from incidents.workflow.waking import escalate_now, page_person, why_not_page

VERBS = list(RULES)

__all__ = [
    "VERBS",
    "ReviewConflict",
    "Rung",
    "Target",
    "TemplateConflict",
    "accept_role",
    "acknowledge",
    "actions_of",
    "add_cause",
    "add_factor",
    "add_note",
    "add_review_action",
    "add_step",
    "add_task",
    "advance_due",
    "answer_review",
    "apply_now",
    "approve_draft",
    "approves",
    "ask_for_proof",
    "ask_to_subscribe",
    "ask_whys",
    "assess",
    "assign_task",
    "blame_deployment",
    "blamed_for",
    "bring_back_factor",
    "change_cause",
    "change_component",
    "change_factor",
    "change_group",
    "change_grouping_rule",
    "change_page_settings",
    "change_policy",
    "change_review_rules",
    "change_severity",
    "change_step",
    "choose_subscription",
    "close",
    "close_report",
    "comment_on",
    "confirm_subscription",
    "correct_milestone",
    "cover_public_services",
    "create_policy",
    "declare",
    "declare_components",
    "declare_judged",
    "decline_role",
    "drop_factor",
    "edit_note",
    "end_override",
    "erase_stakeholder",
    "escalate_now",
    "finish_task",
    "follow_components",
    "forget_report_address",
    "forget_reports",
    "freeze_clocks",
    "give_role",
    "hand_over",
    "hang_cause",
    "join_report",
    "judge_impact",
    "keep_rule",
    "keep_stakeholder",
    "keep_stakeholder_group",
    "keep_template",
    "leave",
    "leave_role",
    "make_component",
    "make_default",
    "make_group",
    "make_grouping_rule",
    "mark_report_spam",
    "merge",
    "merge_factor",
    "mitigate",
    "move_cause",
    "move_maintenance",
    "move_step",
    "name_factor",
    "note_acknowledgement",
    "note_declared",
    "note_seen",
    "offer_role",
    "override_state",
    "page_person",
    "pause_clock",
    "pause_subscription",
    "pin_event",
    "pin_note",
    "post_about_maintenance",
    "post_postmortem",
    "post_update",
    "preview",
    "prove_due",
    "publish_due",
    "publish_review",
    "receive_report",
    "recover_blamed",
    "recurrences_of",
    "refill_section",
    "refusals",
    "reject_draft",
    "remove_affected",
    "remove_cause",
    "remove_group",
    "remove_grouping_rule",
    "remove_logo",
    "remove_note",
    "remove_policy",
    "remove_rule",
    "remove_stakeholder_group",
    "remove_step",
    "remove_template",
    "renew_private_key",
    "reopen",
    "reopen_comment",
    "reopen_report",
    "reopen_task",
    "request_from_incident",
    "request_from_report",
    "resolve",
    "resolve_comment",
    "restore_component",
    "restore_template",
    "resume_clock",
    "resume_subscription",
    "retire_component",
    "retire_factor",
    "revoke_waiver",
    "save_review",
    "save_template",
    "send_for_review",
    "set_affected",
    "set_impact",
    "set_logo",
    "set_maintenance_clock",
    "set_not_needed",
    "set_private",
    "set_public_text",
    "set_review_people",
    "set_rungs",
    "set_service_escalation",
    "shut_private_address",
    "snooze",
    "standing_waiver",
    "start_runbook",
    "submit_update",
    "suspect_deployment",
    "suspend_subscriber",
    "take_up_review",
    "tell_of_report",
    "tell_reporters",
    "tell_stakeholders",
    "thaw_clocks",
    "told",
    "transfer_acknowledgements",
    "unacknowledge",
    "under_way",
    "unmerge",
    "unmitigate",
    "waive_review",
    "who_may_waive",
    "why_not_answer",
    "why_not_confirm",
    "why_not_correct",
    "why_not_decide",
    "why_not_declare_from",
    "why_not_declare_from_reports",
    "why_not_edit",
    "why_not_lasted",
    "why_not_merge",
    "why_not_mitigated_at",
    "why_not_move",
    "why_not_override",
    "why_not_page",
    "why_not_post",
    "why_not_promise",
    "why_not_prove",
    "why_not_publish",
    "why_not_remove",
    "why_not_remove_grouping",
    "why_not_report",
    "why_not_request",
    "why_not_request_from",
    "why_not_retire",
    "why_not_say",
    "why_not_suspend",
    "why_not_take_reports",
    "why_not_tell",
    "why_not_waive",
    "why_not_write",
    "withdraw_draft",
    "withdraw_review",
]
