"""Integrations, and what came through them."""

from django.contrib import admin

from operations.models import (
    Alert,
    Integration,
    IntegrationMapping,
    Occurrence,
    Receipt,
    Rejection,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(Integration)
class IntegrationAdmin(TrackedAdmin):
    """Keys are made and replaced on the integration's page, where they are shown once."""

    list_display = ["name", "kind", "service", "key_prefix", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["service"]
    search_fields = ["name"]
    readonly_fields = ["kind", "key_prefix", "is_active"]

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


@admin.register(IntegrationMapping)
class IntegrationMappingAdmin(ReadOnlyAdmin):
    """Rules are tried and saved on the integration's page."""

    list_display = ["integration", "number", "made_by", "made_at"]
    list_filter = ["integration"]
    list_select_related = ["integration", "made_by"]


@admin.register(Rejection)
class RejectionAdmin(ReadOnlyAdmin):
    list_display = ["integration", "reason", "count", "first_at", "last_at"]
    list_select_related = ["integration"]
