"""The reference's tables, to edit."""

from django.contrib import admin

from operations.models import (
    AlertRule,
    BackupComponent,
    CapacityRule,
    ChecklistTemplate,
    MetricThreshold,
)
from portal.admin import TrackedAdmin


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
