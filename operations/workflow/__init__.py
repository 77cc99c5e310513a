"""Every change of state in operations, one verb each; import them from here."""

from operations.workflow.alerts import (
    Outcome,
    acknowledge_alert,
    acknowledge_alerts,
    why_not_acknowledge,
)
from operations.workflow.checklists import (
    finish,
    miss_overdue,
    start_checklist,
    start_due,
    tick,
    untick,
    why_not_finish,
)
from operations.workflow.checks import (
    change_check,
    claim_due,
    forget_old_results,
    make_check,
    pause_check,
    resume_check,
    run_check,
)
from operations.workflow.intake import (
    Caller,
    accept,
    caller_by,
    forget_old_receipts,
    reject,
    turn_away,
)
from operations.workflow.integrations import (
    change_integration,
    make_integration,
    rotate_key,
    send_test,
    switch_off,
    switch_on,
    why_not_test,
)
from operations.workflow.internal import clear_alert, internal_integration, raise_alert
from operations.workflow.log import correct_log, write_log
from operations.workflow.reading import read_all_due, read_receipt, replay, why_not_replay
from operations.workflow.schedules import (
    override,
    remove_override,
    set_schedule,
    why_not_in_rotation,
)

__all__ = [
    "Caller",
    "Outcome",
    "accept",
    "acknowledge_alert",
    "acknowledge_alerts",
    "caller_by",
    "change_check",
    "change_integration",
    "claim_due",
    "clear_alert",
    "correct_log",
    "finish",
    "forget_old_receipts",
    "forget_old_results",
    "internal_integration",
    "make_check",
    "make_integration",
    "miss_overdue",
    "override",
    "pause_check",
    "raise_alert",
    "read_all_due",
    "read_receipt",
    "reject",
    "remove_override",
    "replay",
    "resume_check",
    "rotate_key",
    "run_check",
    "send_test",
    "set_schedule",
    "start_checklist",
    "start_due",
    "switch_off",
    "switch_on",
    "tick",
    "turn_away",
    "untick",
    "why_not_acknowledge",
    "why_not_finish",
    "why_not_in_rotation",
    "why_not_replay",
    "why_not_test",
    "write_log",
]
