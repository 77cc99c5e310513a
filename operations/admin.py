"""Catalogues are edited here, with their versions; what moves by a workflow is only shown."""

from django.contrib import admin

from operations.models import (
    Alert,
    AlertRule,
    BackupComponent,
    CapacityRule,
    Check,
    ChecklistItem,
    ChecklistRun,
    ChecklistTemplate,
    Integration,
    LogEntry,
    MetricThreshold,
    Occurrence,
    Override,
    Receipt,
    Rejection,
    Schedule,
    Turn,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(MetricThreshold)
class MetricThresholdAdmin(TrackedAdmin):
    list_display = ["name", "family", "unit", "normal_from", "warning", "critical"]
    list_filter = ["family"]
    readonly_fields = ["key"]


@admin.register(AlertRule)
class AlertRuleAdmin(TrackedAdmin):
    list_display = ["name", "delivery", "metric", "above", "for_minutes"]
    list_filter = ["delivery"]
    list_select_related = ["metric"]
    readonly_fields = ["key"]


@admin.register(BackupComponent)
class BackupComponentAdmin(TrackedAdmin):
    list_display = ["name", "frequency", "retention", "verification", "rto_hours", "rpo_hours"]
    readonly_fields = ["key"]


@admin.register(CapacityRule)
class CapacityRuleAdmin(TrackedAdmin):
    list_display = ["when", "then", "kind"]
    list_filter = ["kind"]
    readonly_fields = ["key"]


@admin.register(ChecklistTemplate)
class ChecklistTemplateAdmin(TrackedAdmin):
    list_display = ["name", "frequency", "at", "team"]
    list_filter = ["frequency", "team"]
    list_select_related = ["team"]
    readonly_fields = ["key"]


@admin.register(Integration)
class IntegrationAdmin(TrackedAdmin):
    """Keys are made and replaced on the integration's page, where they are shown once."""

    list_display = ["name", "kind", "service", "key_prefix", "is_active"]
    list_select_related = ["service"]
    search_fields = ["name"]
    readonly_fields = ["kind", "key_prefix", "is_active"]

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(Check)
class CheckAdmin(TrackedAdmin):
    list_display = ["name", "service", "url", "state", "is_active"]
    list_filter = ["state", "is_active"]
    list_select_related = ["service"]
    search_fields = ["name", "url"]
    readonly_fields = ["url", "expected_status", "is_active", "state", "since", "last_error"]

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["name", "severity", "state", "service", "started_at", "occurrence_count"]
    list_filter = ["state", "severity"]
    list_select_related = ["service"]
    search_fields = ["name", "summary", "fingerprint"]


@admin.register(Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ["alert", "started_at", "ended_at", "end_reason", "severity"]
    list_select_related = ["alert"]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "integration", "received_at", "state", "alert_count"]
    list_filter = ["state"]
    list_select_related = ["integration"]


@admin.register(Rejection)
class RejectionAdmin(ReadOnlyAdmin):
    list_display = ["integration", "reason", "count", "first_at", "last_at"]
    list_select_related = ["integration"]


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ["team", "starts_on", "handoff_weekday", "handoff_time"]
    list_select_related = ["team"]


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "order", "person"]
    list_select_related = ["schedule__team", "person"]


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "person", "starts_at", "ends_at", "reason"]
    list_select_related = ["schedule__team", "person"]


class ChecklistItemInline(admin.TabularInline):  # type: ignore[type-arg]
    model = ChecklistItem
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(ChecklistRun)
class ChecklistRunAdmin(ReadOnlyAdmin):
    list_display = ["title", "team", "due_at", "state", "finished_by"]
    list_filter = ["state", "team"]
    list_select_related = ["team", "finished_by"]
    inlines = [ChecklistItemInline]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ["happened_at", "entered_at", "author", "service", "text"]
    list_select_related = ["author", "service"]
    search_fields = ["text"]
