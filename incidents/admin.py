"""For correcting what is written down and editing the playbook; state moves by the verbs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from incidents import command_admin, review_admin
from incidents.admin_base import OfIncidents, OwnIncidents, PlaybookAdmin
from incidents.models import (
    AffectedComponent,
    Announcement,
    CommunicationDeadline,
    CommunicationRule,
    ComponentGroup,
    ComponentSpan,
    CoverageHole,
    CoverageRun,
    EscalationPolicy,
    EscalationRun,
    EscalationStep,
    GroupingRule,
    Incident,
    IncidentClock,
    MessageTemplate,
    PageCopy,
    PinnedEvent,
    PolicyStep,
    ProblemReport,
    ReportLetter,
    ServiceEscalation,
    SeverityPolicy,
    Stakeholder,
    StakeholderGroup,
    StakeholderMessage,
    StateOverride,
    StatusComponent,
    StatusPageSettings,
    StatusTemplate,
    StatusUpdate,
    Subscriber,
    TimelineNote,
    UpdateDraft,
    Visibility,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin, TrackedInline
from portal.models import User

__all__ = ["command_admin", "review_admin"]  # they register what belongs there


# What the incident's verbs set.
WORKED_FIELDS = [
    *("service", "severity", "state", "commander", "detected_at", "acknowledged_at"),
    *("acknowledged_by", "mitigated_at", "resolved_at", "resolution", "closed_at"),
    *("response_due_at", "resolution_due_at"),
]


@admin.register(SeverityPolicy)
class SeverityPolicyAdmin(PlaybookAdmin):
    list_display = ["__str__", "severity", "response_target", "resolution_target", "paging"]
    readonly_fields = ["severity"]


@admin.register(StatusTemplate)
class StatusTemplateAdmin(PlaybookAdmin):
    list_display = ["phase", "text"]
    readonly_fields = ["phase"]


@admin.register(Incident)
class IncidentAdmin(OwnIncidents):
    """Title, impact and the moment it began can be corrected; what the verbs set cannot."""

    list_display = ["number", "title", "service", "severity", "state", "detected_at"]
    list_filter = ["state", "severity", "service"]
    list_select_related = ["service"]
    search_fields = ["title", "impact"]
    fields = ["title", "impact", "source", "impact_started_at", *WORKED_FIELDS]
    readonly_fields = [*WORKED_FIELDS]


@admin.register(StatusUpdate)
class StatusUpdateAdmin(OfIncidents):
    list_display = ["__str__", "incident"]
    list_select_related = ["incident"]


@admin.register(TimelineNote)
class TimelineNoteAdmin(OfIncidents):
    """Entries for every reader; the others stand in their incident's room alone."""

    list_display = ["__str__", "incident", "kind", "author", "happened_at", "is_pinned"]
    list_filter = ["kind", "is_pinned"]
    list_select_related = ["incident", "author"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimelineNote]:
        rows: QuerySet[TimelineNote] = super().get_queryset(request)
        assert isinstance(request.user, User)
        if request.user.is_administrator:
            return rows
        return rows.filter(visibility=Visibility.ALL)


@admin.register(PinnedEvent)
class PinnedEventAdmin(OfIncidents):
    list_display = ["__str__", "pinned_by", "pinned_at"]
    list_select_related = ["pinned_by"]


@admin.register(IncidentClock)
class IncidentClockAdmin(OfIncidents):
    list_display = ["__str__", "incident", "number", "due_at", "outcome", "breached_at"]
    list_filter = ["kind", "outcome", "severity"]
    list_select_related = ["incident"]
    search_fields = ["incident__title"]


@admin.register(EscalationRun)
class EscalationRunAdmin(OfIncidents):
    list_display = ["__str__", "incident", "policy", "started_at", "ended_at", "end_reason"]
    list_filter = ["end_reason"]
    list_select_related = ["incident", "policy"]
    search_fields = ["incident__title"]


@admin.register(EscalationStep)
class EscalationStepAdmin(OfIncidents):
    incident_columns = ("run__incident",)
    list_display = ["__str__", "state", "due_at", "executed_at", "reason"]
    list_filter = ["state"]
    list_select_related = ["run__incident"]
    search_fields = ["run__incident__title", "reason"]


class PolicyStepInline(TrackedInline):
    """The steps in short; whom they tell is edited on the policy's page."""

    model = PolicyStep
    fields = ["order", "delay_minutes", "strategy"]
    readonly_fields = ["order"]
    can_delete = False
    max_num = 0


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(TrackedAdmin):
    """Names and counts can be corrected; steps are drawn by the verbs."""

    list_display = ["name", "team", "is_default", "repeat_count", "last_resort"]
    list_filter = ["is_default", "team"]
    list_select_related = ["team", "last_resort"]
    search_fields = ["name", "team__name"]
    autocomplete_fields = ["last_resort"]
    readonly_fields = ["team", "is_default", "turns"]
    inlines = [PolicyStepInline]


@admin.register(ServiceEscalation)
class ServiceEscalationAdmin(TrackedAdmin):
    list_display = ["service", "policy", "pages_always"]
    list_filter = ["pages_always", "policy"]
    list_select_related = ["service", "policy"]
    search_fields = ["service__name", "policy__name"]
    autocomplete_fields = ["service", "policy"]


@admin.register(CoverageRun)
class CoverageRunAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "state", "is_complete", "hole_count", "weak_count", "asked_by"]
    list_filter = ["state", "is_complete"]
    list_select_related = ["asked_by"]


@admin.register(CoverageHole)
class CoverageHoleAdmin(ReadOnlyAdmin):
    list_display = ["service", "severity", "kind", "starts_at", "ends_at", "sentence"]
    list_filter = ["kind", "severity"]
    list_select_related = ["service"]
    search_fields = ["sentence", "service__name"]


@admin.register(GroupingRule)
class GroupingRuleAdmin(ReadOnlyAdmin):
    """Written on its page, where the verbs check matchers and labels."""

    list_display = ["name", "order", "is_active", "is_default"]
    list_filter = ["is_active"]
    search_fields = ["name"]


@admin.register(ComponentGroup)
class ComponentGroupAdmin(TrackedAdmin):
    list_display = ["name", "order"]
    search_fields = ["name"]


@admin.register(StatusComponent)
class StatusComponentAdmin(TrackedAdmin):
    """What is said of a component can be corrected; what it shows is worked out."""

    list_display = ["name", "slug", "group", "service", "follows", "is_public", "retired_at"]
    list_filter = ["is_public", "follows", "group"]
    list_select_related = ["group", "service"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["group", "service"]
    readonly_fields = ["slug", "known_since", "retired_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AffectedComponent)
class AffectedComponentAdmin(OfIncidents):
    list_display = ["incident", "component", "state", "worst", "declared_at"]
    list_filter = ["state"]
    list_select_related = ["incident", "component"]


@admin.register(StateOverride)
class StateOverrideAdmin(ReadOnlyAdmin):
    list_display = ["component", "state", "reason", "author", "started_at", "ends_at"]
    list_filter = ["state"]
    list_select_related = ["component", "author"]
    search_fields = ["component__name", "reason"]


@admin.register(UpdateDraft)
class UpdateDraftAdmin(ReadOnlyAdmin):
    """Let out, kept in and withdrawn on its page, where two people are asked."""

    list_display = ["incident", "phase", "state", "author", "written_at", "decided_by"]
    list_filter = ["state", "phase", "needs_look"]
    list_select_related = ["incident", "author", "decided_by"]
    search_fields = ["text", "incident__title"]
    date_hierarchy = "written_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpdateDraft]:
        assert isinstance(request.user, User)
        return UpdateDraft.objects.visible_to(request.user)


@admin.register(StatusPageSettings)
class StatusPageSettingsAdmin(ReadOnlyAdmin):
    """Changed on its page, which asks whether colours can be read and writes the logo anew."""

    list_display = ["__str__", "name", "zone", "needs_approval", "remind_minutes"]
    exclude = ["private_key", "logo"]


@admin.register(PageCopy)
class PageCopyAdmin(ReadOnlyAdmin):
    list_display = ["place", "state", "drawn_at", "due_at", "failing_since", "last_error"]
    exclude = ["files"]


@admin.register(ComponentSpan)
class ComponentSpanAdmin(ReadOnlyAdmin):
    list_display = ["component", "state", "started_at", "ended_at"]
    list_filter = ["state", "component"]
    list_select_related = ["component"]


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnlyAdmin):
    """Addresses lie encrypted and are shown on the page, to administrators."""

    list_display = ["id", "kind", "state", "requested_at", "confirmed_at", "failures"]
    list_filter = ["kind", "state"]
    exclude = ["address", "address_hash", "secret", "nonce", "manage_hash", "confirm_hash"]


@admin.register(ProblemReport)
class ProblemReportAdmin(ReadOnlyAdmin):
    """Addresses lie encrypted and are shown on the report's page, to administrators."""

    list_display = ["reference", "component", "harm", "state", "received_at"]
    list_filter = ["state", "harm", "source"]
    list_select_related = ["component"]
    search_fields = ["reference", "text"]
    exclude = ["address", "address_hash"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProblemReport]:
        user = request.user
        assert isinstance(user, User)
        seen = ProblemReport.objects.visible_to(user)
        rows: QuerySet[ProblemReport] = super().get_queryset(request)
        return rows.filter(pk__in=seen.values("pk"))


@admin.register(ReportLetter)
class ReportLetterAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "state", "attempts", "created_at"]
    list_filter = ["kind", "state"]
    exclude = ["report", "last_error", "claim"]


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin):
    list_display = ["title", "kind", "phase", "published_at", "fanned_out_at"]
    list_filter = ["kind"]


@admin.register(StakeholderGroup)
class StakeholderGroupAdmin(ReadOnlyAdmin):
    list_display = ["name", "severities", "is_active"]


@admin.register(Stakeholder)
class StakeholderAdmin(ReadOnlyAdmin):
    list_display = ["id", "__str__"]
    list_select_related = ["person"]
    exclude = ["email", "phone"]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    list_display = ["name", "subject", "order"]


@admin.register(CommunicationRule)
class CommunicationRuleAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "by_email", "by_sms", "within_minutes"]
    list_select_related = ["service"]


@admin.register(StakeholderMessage)
class StakeholderMessageAdmin(OfIncidents):
    list_display = ["subject", "incident", "severity", "sent_at"]
    list_select_related = ["incident"]


@admin.register(CommunicationDeadline)
class CommunicationDeadlineAdmin(OfIncidents):
    list_display = ["incident", "severity", "due_at", "state", "told_at", "breached_at"]
    list_filter = ["state"]
    list_select_related = ["incident"]
