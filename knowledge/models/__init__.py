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
from knowledge.models.content import (
    Attachment,
    DocumentLink,
    LinkKind,
    LinkProblem,
)
from knowledge.models.documents import (
    Document,
    DocumentKind,
    Revision,
    RevisionState,
    Tag,
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
from knowledge.models.spaces import (
    FIRST_SPACE,
    WRITES,
    Reading,
    Reviewing,
    Space,
    SpaceGrant,
    SpaceMay,
    Writing,
    first_space,
)
from knowledge.models.watching import ReaderSettings, Watch, WatchReason

__all__ = [
    "ACTION_TRANSITIONS",
    "FIRST_SPACE",
    "REVIEWABLE",
    "UNFINISHED",
    "WRITES",
    "ActionItem",
    "ActionState",
    "Attachment",
    "Card",
    "Column",
    "Document",
    "DocumentComment",
    "DocumentDraft",
    "DocumentKind",
    "DocumentLink",
    "DocumentRedirect",
    "LinkKind",
    "LinkProblem",
    "Origin",
    "Priority",
    "ProofKind",
    "ReaderSettings",
    "Reading",
    "Retrospective",
    "RetrospectiveState",
    "ReviewPolicy",
    "ReviewState",
    "Reviewing",
    "Revision",
    "RevisionReview",
    "RevisionState",
    "RunStep",
    "RunbookRun",
    "RunbookRunState",
    "Space",
    "SpaceGrant",
    "SpaceMay",
    "StepState",
    "Tag",
    "Watch",
    "WatchReason",
    "Writing",
    "first_space",
]
