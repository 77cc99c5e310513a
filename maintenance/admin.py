"""Maintenance in the admin: processes are edited, all that has a workflow is only read."""

from django.contrib import admin
from django.http import HttpRequest

from maintenance.models import (
    Analysis,
    ApprovalDelegation,
    ApprovalPolicy,
    BacklogPlace,
    BreakGlass,
    ChangeEvent,
    ChangeFeed,
    ChangeWindow,
    ConflictCheck,
    ConflictRules,
    Deployment,
    DeploymentSource,
    EvidenceGate,
    ExclusiveResource,
    Freeze,
    FreezeHold,
    GateQuestion,
    ImplementationReview,
    MaintenanceRequest,
    MaintenanceWindow,
    ProcessTemplate,
    ProcessVersion,
    PublishedChange,
    RecurringOccurrence,
    RecurringWork,
    RejectedNotice,
    RequestStep,
    SourceCall,
    StandardChange,
    StandardVersion,
    SupplierNotice,
    TimeOverride,
    Vote,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(ProcessTemplate)
class ProcessTemplateAdmin(TrackedAdmin):
    """Its words. Steps come in versions, which the page and the API save and publish."""

    list_display = ["name", "category", "schedule", "published"]
    list_select_related = ["published__template"]
    fields = ["category", "name", "trigger", "schedule"]
    readonly_fields = ["category"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ProcessTemplate | None = None
    ) -> bool:
        return False


@admin.register(ProcessVersion)
class ProcessVersionAdmin(ReadOnlyAdmin):
    list_display = ["template", "number", "state", "author", "created_at", "published_at"]
    list_filter = ["state", "template"]
    list_select_related = ["template", "author"]


class StepInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = RequestStep
    extra = 0
    can_delete = False


class GateInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = EvidenceGate
    extra = 0
    can_delete = False


class VoteInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = Vote
    extra = 0
    can_delete = False


@admin.register(MaintenanceRequest)
class MaintenanceRequestAdmin(ReadOnlyAdmin):
    list_display = ["number", "title", "category", "priority", "service", "state", "created_at"]
    list_filter = ["state", "category", "priority", "service"]
    list_select_related = ["service"]
    search_fields = ["title", "reason"]
    inlines = [StepInline, GateInline, VoteInline]


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin):
    list_display = ["request", "kind", "reproduced", "analysed_by", "analysed_at"]
    list_select_related = ["request", "analysed_by"]


@admin.register(StandardChange)
class StandardChangeAdmin(ReadOnlyAdmin):
    list_display = ["name", "service", "state", "owner", "suspended_at"]
    list_filter = ["state", "service"]
    list_select_related = ["service", "owner"]
    search_fields = ["name"]


@admin.register(StandardVersion)
class StandardVersionAdmin(ReadOnlyAdmin):
    list_display = ["standard", "number", "decision", "author", "decided_by", "expires_at"]
    list_filter = ["decision"]
    list_select_related = ["standard", "author", "decided_by"]


@admin.register(BacklogPlace)
class BacklogPlaceAdmin(ReadOnlyAdmin):
    list_display = ["rank", "request"]
    list_select_related = ["request"]


@admin.register(ChangeEvent)
class ChangeEventAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "kind", "happened_at", "source"]
    list_filter = ["kind"]
    list_select_related = ["service"]
    search_fields = ["title"]
    show_full_result_count = False


@admin.register(Deployment)
class DeploymentAdmin(ReadOnlyAdmin):
    list_display = ["service", "version", "environment", "result", "request", "recorded_at"]
    list_filter = ["environment", "result", "service"]
    list_select_related = ["service", "request"]
    search_fields = ["version", "commit", "external_id"]


@admin.register(GateQuestion)
class GateQuestionAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "service_asked", "environment", "request_asked", "decision"]
    list_filter = ["decision", "environment"]
    list_select_related = ["service", "request"]
    search_fields = ["service_asked", "request_asked", "artefact_sha256"]
    show_full_result_count = False


@admin.register(DeploymentSource)
class DeploymentSourceAdmin(ReadOnlyAdmin):
    """To be read; set up, changed and given secrets on its page."""

    list_display = ["name", "kind", "team", "is_active"]
    list_filter = ["kind", "is_active", "team"]
    list_select_related = ["team"]
    search_fields = ["name"]
    exclude = ["secret", "old_secret"]


@admin.register(SourceCall)
class SourceCallAdmin(ReadOnlyAdmin):
    list_display = ["event", "source", "state", "received_at", "deployment"]
    list_filter = ["state", "source"]
    list_select_related = ["source", "deployment__service"]
    exclude = ["body"]
    show_full_result_count = False


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(ReadOnlyAdmin):
    list_display = ["title", "starts_at", "ends_at", "cancelled_at"]
    search_fields = ["title"]


class FreezeHoldInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = FreezeHold
    extra = 0
    can_delete = False


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "state", "starts_at", "closes_at", "author", "approved_by"]
    list_filter = ["state", "kind", "covers_all"]
    list_select_related = ["author", "approved_by"]
    search_fields = ["name", "reason"]
    inlines = [FreezeHoldInline]


@admin.register(ChangeWindow)
class ChangeWindowAdmin(ReadOnlyAdmin):
    list_display = ["name", "frequency", "at", "minutes", "time_zone", "retired_at"]
    list_filter = ["frequency", "covers_all"]
    search_fields = ["name"]


@admin.register(TimeOverride)
class TimeOverrideAdmin(ReadOnlyAdmin):
    list_display = ["request", "of", "freeze", "person", "given_at"]
    list_filter = ["of"]
    list_select_related = ["request", "freeze", "person"]
    search_fields = ["reason"]


@admin.register(ExclusiveResource)
class ExclusiveResourceAdmin(TrackedAdmin):
    list_display = ["name", "retired_at"]
    search_fields = ["name", "note"]
    fields = ["name", "note", "services"]
    filter_horizontal = ["services"]

    def has_delete_permission(
        self, request: HttpRequest, obj: ExclusiveResource | None = None
    ) -> bool:
        return False


@admin.register(ConflictRules)
class ConflictRulesAdmin(TrackedAdmin):
    """The one row; it is made when somebody first changes it on its page."""

    list_display = ["__str__", "same_service", "dependency", "same_person", "resource", "depth"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ConflictRules | None = None
    ) -> bool:
        return False


@admin.register(ConflictCheck)
class ConflictCheckAdmin(ReadOnlyAdmin):
    list_display = ["request", "occasion", "code", "hard_count", "soft_count", "computed_at"]
    list_filter = ["occasion"]
    list_select_related = ["request"]
    show_full_result_count = False


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(ReadOnlyAdmin):
    list_display = ["name", "order", "may_fill_two", "ttl_days", "retired_at"]
    search_fields = ["name"]


@admin.register(ApprovalDelegation)
class ApprovalDelegationAdmin(ReadOnlyAdmin):
    list_display = ["giver", "taker", "starts_at", "closes_at", "reason"]
    list_select_related = ["giver", "taker"]
    search_fields = ["giver__name", "taker__name", "reason"]


@admin.register(ChangeFeed)
class ChangeFeedAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "owner", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["owner", "team"]
    exclude = ["key_hash"]


@admin.register(PublishedChange)
class PublishedChangeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "starts_at", "ends_at", "sequence", "changed_at"]
    list_filter = ["status"]


@admin.register(ImplementationReview)
class ImplementationReviewAdmin(ReadOnlyAdmin):
    list_display = ["request", "reviewer", "written_at"]
    list_select_related = ["request", "reviewer"]
    search_fields = ["lessons", "compared"]


@admin.register(BreakGlass)
class BreakGlassAdmin(ReadOnlyAdmin):
    list_display = ["request", "person", "broken_at", "due_at", "settled_at", "was_approved"]
    list_select_related = ["request", "person"]
    search_fields = ["reason"]


class OccurrenceInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    model = RecurringOccurrence
    extra = 0
    can_delete = False
    raw_id_fields = ["request"]


@admin.register(RecurringWork)
class RecurringWorkAdmin(ReadOnlyAdmin):
    list_display = ["title", "service", "frequency", "at", "time_zone", "state", "owner"]
    list_filter = ["state", "frequency", "service"]
    list_select_related = ["service", "owner"]
    search_fields = ["title", "reason"]
    inlines = [OccurrenceInline]


@admin.register(SupplierNotice)
class SupplierNoticeAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "impact", "status", "starts_at", "ends_at", "sequence"]
    list_filter = ["impact", "status"]
    search_fields = ["provider", "summary"]


@admin.register(RejectedNotice)
class RejectedNoticeAdmin(ReadOnlyAdmin):
    list_display = ["reason", "person", "received_at"]
    list_select_related = ["person"]
