"""What knowledge keeps; import it from here."""

from knowledge.models.actions import (
    ACTION_TRANSITIONS,
    UNFINISHED,
    ActionItem,
    ActionState,
    Origin,
    Priority,
    ProofKind,
)
from knowledge.models.comments import DocumentComment
from knowledge.models.documents import (
    Document,
    DocumentKind,
    Revision,
    RevisionState,
)
from knowledge.models.drafts import DocumentDraft, DocumentRedirect
from knowledge.models.retrospectives import Card, Column, Retrospective, RetrospectiveState
from knowledge.models.reviewing import (
    REVIEWABLE,
    ReviewPolicy,
    ReviewState,
    RevisionReview,
)
from knowledge.models.runs import RunbookRun, RunbookRunState, RunStep, StepState

__all__ = [
    "ACTION_TRANSITIONS",
    "REVIEWABLE",
    "UNFINISHED",
    "ActionItem",
    "ActionState",
    "Card",
    "Column",
    "Document",
    "DocumentComment",
    "DocumentDraft",
    "DocumentKind",
    "DocumentRedirect",
    "Origin",
    "Priority",
    "ProofKind",
    "Retrospective",
    "RetrospectiveState",
    "ReviewPolicy",
    "ReviewState",
    "Revision",
    "RevisionReview",
    "RevisionState",
    "RunStep",
    "RunbookRun",
    "RunbookRunState",
    "StepState",
]
