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
from knowledge.models.alert_links import AlertLink, DocumentAddress, ServiceRunbook
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
from knowledge.models.freshness import Freshness, FreshnessState
from knowledge.models.imported_files import ImportedFile, Outcome
from knowledge.models.imports import (
    WORKING,
    DocumentImport,
    FindingLevel,
    ImportFinding,
    ImportState,
)
from knowledge.models.news import DocumentNews, NewsKind
from knowledge.models.reading import ReadingDuty, ReadingRequest, RevisionReading
from knowledge.models.repairs import HelpfulVote, Repair, RepairReason, RepairState
from knowledge.models.retrospectives import Card, Column, Retrospective, RetrospectiveState
from knowledge.models.reviewing import (
    REVIEWABLE,
    ReviewPolicy,
    ReviewState,
    RevisionApproval,
    RevisionReview,
)
from knowledge.models.rules import AlertRule, LinkCheck, LinkState, RuleFile
from knowledge.models.runs import (
    OPEN_STATES,
    RunbookRun,
    RunbookRunState,
    RunEntry,
    RunStep,
    StepState,
)
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
    "OPEN_STATES",
    "REVIEWABLE",
    "UNFINISHED",
    "WORKING",
    "WRITES",
    "ActionItem",
    "ActionState",
    "AlertLink",
    "AlertRule",
    "Attachment",
    "Card",
    "Column",
    "Document",
    "DocumentAddress",
    "DocumentComment",
    "DocumentDraft",
    "DocumentImport",
    "DocumentKind",
    "DocumentLink",
    "DocumentNews",
    "DocumentRedirect",
    "FindingLevel",
    "Freshness",
    "FreshnessState",
    "HelpfulVote",
    "ImportFinding",
    "ImportState",
    "ImportedFile",
    "LinkCheck",
    "LinkKind",
    "LinkProblem",
    "LinkState",
    "NewsKind",
    "Origin",
    "Outcome",
    "Priority",
    "ProofKind",
    "ReaderSettings",
    "Reading",
    "ReadingDuty",
    "ReadingRequest",
    "Repair",
    "RepairReason",
    "RepairState",
    "Retrospective",
    "RetrospectiveState",
    "ReviewPolicy",
    "ReviewState",
    "Reviewing",
    "Revision",
    "RevisionApproval",
    "RevisionReading",
    "RevisionReview",
    "RevisionState",
    "RuleFile",
    "RunEntry",
    "RunStep",
    "RunbookRun",
    "RunbookRunState",
    "ServiceRunbook",
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
