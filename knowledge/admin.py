"""Knowledge in the admin: to look things up and correct a slip; state moves by the verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from knowledge.models import (
    ActionItem,
    AlertLink,
    AlertRule,
    Attachment,
    Card,
    Document,
    DocumentAddress,
    DocumentComment,
    DocumentImport,
    DocumentLink,
    DocumentNews,
    DocumentRedirect,
    Freshness,
    HelpfulVote,
    ImportedFile,
    ImportFinding,
    LinkCheck,
    ReaderSettings,
    ReadingRequest,
    Repair,
    Retrospective,
    ReviewPolicy,
    Revision,
    RevisionReview,
    RuleFile,
    RunbookRun,
    RunEntry,
    RunStep,
    ServiceRunbook,
    Space,
    SpaceGrant,
    Tag,
    Watch,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin, TrackedInline

STEP_FIELDS = ["order", "kind", "text", "state", "note", "answered_by", "answered_at"]
PLACE_FIELDS = [
    *("space", "owner", "is_team_only", "slug", "alert_names", "latest_number", "archived_at")
]
PROMISE_FIELDS = [
    *("owner", "due_on", "priority", "state", "snoozed_until", "snooze_reason"),
    *("postponed_count", "escalated_at", "recurred_at", "reference"),
]
CARD_FIELDS = ["column", "text", "author", "created_at"]


class CorrectionAdmin(TrackedAdmin):
    """Rows are made and ended by the verbs; here only a slip is corrected."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Document)
class DocumentAdmin(CorrectionAdmin):
    list_display = ["title", "kind", "space", "team", "latest_number", "archived_at"]
    list_filter = ["kind", "team"]
    list_select_related = ["space", "team"]
    search_fields = ["title", "slug"]
    fields = ["title", "kind", "team", *PLACE_FIELDS]
    # The title is the published revision's; alert names have a search column beside them.
    # Where it lies and who reads it is changed on its page, which knows who may.
    readonly_fields = ["title", *PLACE_FIELDS]


class SpaceGrantInline(TrackedInline):
    model = SpaceGrant
    autocomplete_fields = ["person"]


@admin.register(Space)
class SpaceAdmin(CorrectionAdmin):
    list_display = ["name", "team", "reading", "writing", "reviewing", "archived_at"]
    list_filter = ["reading", "writing", "reviewing"]
    list_select_related = ["team"]
    search_fields = ["name", "slug"]
    fields = [
        *("name", "slug", "description", "team", "reading", "writing", "reviewing"),
        *("approvals_needed", "archived_at"),
    ]
    readonly_fields = ["slug", "archived_at"]
    inlines = [SpaceGrantInline]


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["document", "number", "state", "author", "created_at"]
    list_filter = ["state"]
    list_select_related = ["document", "author"]


@admin.register(DocumentRedirect)
class DocumentRedirectAdmin(ReadOnlyAdmin):
    list_display = ["slug", "document", "created_at"]
    list_select_related = ["document"]


@admin.register(DocumentLink)
class DocumentLinkAdmin(ReadOnlyAdmin):
    # Where it leads is not for everybody who reads the document; the report knows for whom.
    exclude = ["target", "attachment", "problem"]
    list_display = ["document", "line", "kind", "address"]
    list_filter = ["kind"]
    list_select_related = ["document"]


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["name", "document", "media_type", "size", "uploaded_by", "created_at"]
    list_filter = ["media_type"]
    list_select_related = ["document", "uploaded_by"]
    search_fields = ["name", "path"]


@admin.register(DocumentImport)
class DocumentImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "space", "state", "file_count", "started_by", "started_at"]
    list_filter = ["state"]
    list_select_related = ["space", "started_by"]


@admin.register(ImportedFile)
class ImportedFileAdmin(ReadOnlyAdmin):
    list_display = ["document_import", "path", "outcome", "document"]
    list_filter = ["outcome"]
    list_select_related = ["document_import", "document"]


@admin.register(ImportFinding)
class ImportFindingAdmin(ReadOnlyAdmin):
    list_display = ["document_import", "path", "line", "level", "sentence"]
    list_filter = ["level"]
    list_select_related = ["document_import"]


@admin.register(RevisionReview)
class RevisionReviewAdmin(ReadOnlyAdmin):
    list_display = ["revision", "state", "is_urgent", "asked_by", "asked_at", "answered_by"]
    list_filter = ["state", "is_urgent"]
    list_select_related = ["revision", "asked_by", "answered_by"]


@admin.register(DocumentComment)
class DocumentCommentAdmin(ReadOnlyAdmin):
    list_display = ["document", "author", "created_at", "is_blocking", "resolved_at"]
    list_filter = ["is_blocking"]
    list_select_related = ["document", "author"]
    search_fields = ["text"]


@admin.register(DocumentNews)
class DocumentNewsAdmin(ReadOnlyAdmin):
    list_display = ["document", "kind", "number", "actor", "at"]
    list_filter = ["kind"]
    list_select_related = ["document", "actor"]


@admin.register(ReadingRequest)
class ReadingRequestAdmin(ReadOnlyAdmin):
    list_display = ["document", "due_on", "asked_by", "asked_at", "withdrawn_at"]
    list_select_related = ["document", "asked_by"]


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    list_display = ["person", "document", "space", "is_on", "reason"]
    list_filter = ["is_on", "reason"]
    list_select_related = ["person", "document", "space"]


@admin.register(ReaderSettings)
class ReaderSettingsAdmin(ReadOnlyAdmin):
    list_display = ["person", "watches_own", "feed_prefix", "feed_used_at"]
    exclude = ["feed_hash"]
    list_select_related = ["person"]


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(ReadOnlyAdmin):
    list_display = ["kind", "review_needed"]


class RunStepInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = RunStep
    fields = [*STEP_FIELDS]
    readonly_fields = [*STEP_FIELDS]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RunbookRun)
class RunbookRunAdmin(ReadOnlyAdmin):
    list_display = ["revision", "state", "reference", "started_by", "started_at"]
    list_filter = ["state"]
    list_select_related = ["revision", "started_by"]
    inlines = [RunStepInline]


@admin.register(RunEntry)
class RunEntryAdmin(ReadOnlyAdmin):
    list_display = ["run", "step", "state", "by", "at", "client_at"]
    list_filter = ["state"]
    list_select_related = ["run__revision", "step", "by"]


@admin.register(Repair)
class RepairAdmin(ReadOnlyAdmin):
    list_display = ["document", "reason", "quote", "state", "reported_by", "opened_at"]
    list_filter = ["state", "reason"]
    list_select_related = ["document", "reported_by"]


@admin.register(HelpfulVote)
class HelpfulVoteAdmin(ReadOnlyAdmin):
    list_display = ["revision", "is_helpful", "at"]
    list_select_related = ["revision"]


@admin.register(Freshness)
class FreshnessAdmin(ReadOnlyAdmin):
    list_display = ["document", "reviewed_at", "reviewed_by", "interval_days", "due_at"]
    list_select_related = ["document", "reviewed_by"]


@admin.register(AlertLink)
class AlertLinkAdmin(ReadOnlyAdmin):
    list_display = ["alert_name", "labels", "document", "anchor"]
    list_select_related = ["document"]


@admin.register(ServiceRunbook)
class ServiceRunbookAdmin(ReadOnlyAdmin):
    list_display = ["service", "document"]
    list_select_related = ["service", "document"]


@admin.register(DocumentAddress)
class DocumentAddressAdmin(ReadOnlyAdmin):
    list_display = ["url", "document"]
    list_select_related = ["document"]


@admin.register(RuleFile)
class RuleFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "uploaded_by", "uploaded_at"]
    list_select_related = ["uploaded_by"]


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnlyAdmin):
    list_display = ["name", "file", "group", "line", "runbook_url"]
    list_filter = ["file"]
    list_select_related = ["file"]


@admin.register(LinkCheck)
class LinkCheckAdmin(ReadOnlyAdmin):
    list_display = ["url", "state", "what", "checked_at", "due_at"]
    list_filter = ["state"]


@admin.register(ActionItem)
class ActionItemAdmin(CorrectionAdmin):
    list_display = ["title", "owner", "due_on", "priority", "state", "service"]
    list_filter = ["state", "priority", "origin", "service"]
    list_select_related = ["owner", "service"]
    search_fields = ["title"]
    fields = ["title", "service", "verification", "proof", "proof_url", *PROMISE_FIELDS]
    # Owner and due date decide when reminders come; the page's verb works that out.
    readonly_fields = ["proof", "proof_url", *PROMISE_FIELDS]


class CardInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = Card
    fields = [*CARD_FIELDS]
    readonly_fields = [*CARD_FIELDS]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Retrospective)
class RetrospectiveAdmin(CorrectionAdmin):
    list_display = ["title", "team", "held_on", "facilitator", "state"]
    list_filter = ["team", "state"]
    list_select_related = ["team", "facilitator"]
    fields = ["title", "team", "held_on", "facilitator", "state", "closed_at"]
    readonly_fields = ["state", "closed_at"]
    inlines = [CardInline]
