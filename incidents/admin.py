"""For correcting what is written down and editing the playbook; state moves by the verbs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.models import (
    EscalationStep,
    Incident,
    Review,
    ReviewTemplate,
    SeverityPolicy,
    StatusTemplate,
    StatusUpdate,
    TimelineNote,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


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


@admin.register(Review, TimelineNote, StatusUpdate, EscalationStep)
class WrittenByVerbsAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "incident"]
    list_select_related = ["incident"]
