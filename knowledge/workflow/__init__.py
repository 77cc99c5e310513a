"""The verbs of knowledge; call them from here."""

from knowledge.workflow.actions import (
    change_action,
    create_action,
    drop_action,
    finish_action,
    remind,
    reopen_action,
    start_action,
)
from knowledge.workflow.documents import (
    EditConflict,
    archive,
    bring_back,
    change_document,
    create_document,
    publish,
    restore_revision,
    save_revision,
)
from knowledge.workflow.retrospectives import (
    add_card,
    agree_on_action,
    close_retrospective,
    hold,
    remove_card,
)
from knowledge.workflow.runs import answer_step, finish_run, start_run

__all__ = [
    "EditConflict",
    "add_card",
    "agree_on_action",
    "answer_step",
    "archive",
    "bring_back",
    "change_action",
    "change_document",
    "close_retrospective",
    "create_action",
    "create_document",
    "drop_action",
    "finish_action",
    "finish_run",
    "hold",
    "publish",
    "remind",
    "remove_card",
    "reopen_action",
    "restore_revision",
    "save_revision",
    "start_action",
    "start_run",
]
