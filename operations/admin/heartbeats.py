"""Heartbeats, to correct their words; what pings and the clock change is only shown."""

from django.contrib import admin

from operations.models import Heartbeat, Ping, PingRejection
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(Heartbeat)
class HeartbeatAdmin(TrackedAdmin):
    """What is expected of the job is changed on its page, where it is reckoned anew."""

    list_display = ["name", "service", "kind", "state", "since", "due_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["service"]
    search_fields = ["name"]
    autocomplete_fields = ["service"]
    fields = ["name", "service", "severity", "runbook_url", "state", "since", "due_at"]
    readonly_fields = ["state", "since", "due_at"]

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(Ping)
class PingAdmin(ReadOnlyAdmin):
    list_display = ["heartbeat", "at", "kind", "exit_status", "duration"]
    list_filter = ["kind"]
    list_select_related = ["heartbeat"]
    search_fields = ["heartbeat__name"]
    exclude = ["body"]


@admin.register(PingRejection)
class PingRejectionAdmin(ReadOnlyAdmin):
    list_display = ["heartbeat", "reason", "count", "last_at"]
    list_filter = ["reason"]
    list_select_related = ["heartbeat"]
    search_fields = ["heartbeat__name"]
