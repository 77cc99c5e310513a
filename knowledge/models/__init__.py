"""What knowledge keeps; import it from here."""

from knowledge.models.actions import (
    ACTION_TRANSITIONS,
    UNFINISHED,
    ActionItem,
    ActionState,
    Origin,
)
from knowledge.models.documents import (
    Document,
    DocumentKind,
    Revision,
    RevisionState,
    RunbookRun,
    RunbookRunState,
    RunStep,
    StepState,
)
from knowledge.models.retrospectives import Card, Column, Retrospective, RetrospectiveState

__all__ = [
    "ACTION_TRANSITIONS",
    "UNFINISHED",
    "ActionItem",
    "ActionState",
    "Card",
    "Column",
    "Document",
    "DocumentKind",
    "Origin",
    "Retrospective",
    "RetrospectiveState",
    "Revision",
    "RevisionState",
    "RunStep",
    "RunbookRun",
    "RunbookRunState",
    "StepState",
]
