"""The verbs of knowledge; call them from here."""

from knowledge.workflow.action_delays import postpone_action, snooze_action, wake_action
from knowledge.workflow.action_reminders import remind
from knowledge.workflow.actions import (
    change_action,
    create_action,
    drop_action,
    finish_action,
    reopen_action,
    reopen_as_finding,
    start_action,
)
from knowledge.workflow.alert_links import (
    forget_address,
    know_address,
    link_alert,
    remove_rules,
    set_service_runbook,
    unlink_alert,
    upload_rules,
)
from knowledge.workflow.attaching import (
    attach,
    describe_attachment,
    remove_attachment,
    replace_attachment,
)
from knowledge.workflow.comments import (
    answer_comment,
    comment_on,
    edit_comment,
    remove_comment,
    reopen_comment,
    resolve_comment,
    set_blocking,
)
from knowledge.workflow.documents import (
    EditConflict,
    archive,
    bring_back,
    change_document,
    create_document,
    restore_revision,
    save_revision,
)
from knowledge.workflow.drafting import discard_draft, keep_draft
from knowledge.workflow.freshness import (
    attest,
    make_due,
    remind_of_document,
    set_review_interval,
)
from knowledge.workflow.import_drafts import ask_for_reviews, publish_drafts
from knowledge.workflow.importing import cancel_import, start_import, take_in, work_on
from knowledge.workflow.labels import relabel
from knowledge.workflow.link_checks import check_link, know_links
from knowledge.workflow.news import close_feed, feed_owner, make_feed, mark_read
from knowledge.workflow.reading import (
    ask_to_read,
    confirm_reading,
    note_reading,
    remind_to_read,
    withdraw_reading,
)
from knowledge.workflow.renaming import rename
from knowledge.workflow.repairs import (
    dismiss_repair,
    judge_run,
    report_repair,
    resolve_repair,
    vote_helpful,
)
from knowledge.workflow.retrospectives import (
    add_card,
    agree_on_action,
    close_retrospective,
    hold,
    remove_card,
)
from knowledge.workflow.reviewing import (
    approve_revision,
    ask_for_review,
    publish,
    publish_urgently,
    reject_revision,
    set_review_policy,
    withdraw_review,
)
from knowledge.workflow.run_answers import answer_step
from knowledge.workflow.runbook_drafts import draft_runbook
from knowledge.workflow.runs import (
    finish_run,
    go_on_with_newer,
    hand_over_run,
    pause_run,
    resume_run,
    set_variables,
    start_run,
)
from knowledge.workflow.spaces import (
    archive_space,
    bring_space_back,
    change_space,
    create_space,
    grant,
    take_back,
)
from knowledge.workflow.watching import set_watches_own, unwatch, watch

__all__ = [
    "EditConflict",
    "add_card",
    "agree_on_action",
    "answer_comment",
    "answer_step",
    "approve_revision",
    "archive",
    "archive_space",
    "ask_for_review",
    "ask_for_reviews",
    "ask_to_read",
    "attach",
    "attest",
    "bring_back",
    "bring_space_back",
    "cancel_import",
    "change_action",
    "change_document",
    "change_space",
    "check_link",
    "close_feed",
    "close_retrospective",
    "comment_on",
    "confirm_reading",
    "create_action",
    "create_document",
    "create_space",
    "describe_attachment",
    "discard_draft",
    "dismiss_repair",
    "draft_runbook",
    "drop_action",
    "edit_comment",
    "feed_owner",
    "finish_action",
    "finish_run",
    "forget_address",
    "go_on_with_newer",
    "grant",
    "hand_over_run",
    "hold",
    "judge_run",
    "keep_draft",
    "know_address",
    "know_links",
    "link_alert",
    "make_due",
    "make_feed",
    "mark_read",
    "note_reading",
    "pause_run",
    "postpone_action",
    "publish",
    "publish_drafts",
    "publish_urgently",
    "reject_revision",
    "relabel",
    "remind",
    "remind_of_document",
    "remind_to_read",
    "remove_attachment",
    "remove_card",
    "remove_comment",
    "remove_rules",
    "rename",
    "reopen_action",
    "reopen_as_finding",
    "reopen_comment",
    "replace_attachment",
    "report_repair",
    "resolve_comment",
    "resolve_repair",
    "restore_revision",
    "resume_run",
    "save_revision",
    "set_blocking",
    "set_review_interval",
    "set_review_policy",
    "set_service_runbook",
    "set_variables",
    "set_watches_own",
    "snooze_action",
    "start_action",
    "start_import",
    "start_run",
    "take_back",
    "take_in",
    "unlink_alert",
    "unwatch",
    "upload_rules",
    "vote_helpful",
    "wake_action",
    "watch",
    "withdraw_reading",
    "withdraw_review",
    "work_on",
]
