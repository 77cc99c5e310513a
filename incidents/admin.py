"""For correcting what is written down and editing the playbook; state moves by the verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.models import (
    CoverageHole,
    CoverageRun,
    EscalationPolicy,
    EscalationRun,
    EscalationStep,
    GroupingRule,
    Incident,
    PolicyStep,
    Review,
    ReviewTemplate,
    ServiceEscalation,
    SeverityPolicy,
    StatusTemplate,
    StatusUpdate,
    TimelineNote,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin, TrackedInline


class PlaybookAdmin(TrackedAdmin):
    """Rows that are edited, and neither added nor taken away."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SeverityPolicy)
class SeverityPolicyAdmin(PlaybookAdmin):
    list_display = ["__str__", "severity", "response_target", "resolution_target", "paging"]
    readonly_fields = ["severity"]


@admin.register(StatusTemplate)
class StatusTemplateAdmin(PlaybookAdmin):
    list_display = ["phase", "text"]
    readonly_fields = ["phase"]


@admin.register(ReviewTemplate)
class ReviewTemplateAdmin(PlaybookAdmin):
    list_display = ["name"]


@admin.register(Incident)
class IncidentAdmin(PlaybookAdmin):
    """Title, impact and the moment it began can be corrected; what the verbs set cannot."""

    list_display = ["number", "title", "service", "severity", "state", "detected_at"]
    list_filter = ["state", "severity", "service"]
    list_select_related = ["service"]
    search_fields = ["title", "impact"]
    fields = [
        "title",
        "impact",
        "source",
        "impact_started_at",
        "service",
        "severity",
        "state",
        "commander",
        "detected_at",
        "acknowledged_at",
        "acknowledged_by",
        "resolved_at",
        "resolution",
        "closed_at",
        "response_due_at",
        "resolution_due_at",
    ]
    readonly_fields = fields[4:]


@admin.register(Review, TimelineNote, StatusUpdate)
class WrittenByVerbsAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "incident"]
    list_select_related = ["incident"]


@admin.register(EscalationRun)
class EscalationRunAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "incident", "policy", "started_at", "ended_at", "end_reason"]
    list_filter = ["end_reason"]
    list_select_related = ["incident", "policy"]
    search_fields = ["incident__title"]


@admin.register(EscalationStep)
class EscalationStepAdmin(ReadOnlyAdmin):
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
