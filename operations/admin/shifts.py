"""What becomes of shifts, to read: verbs write all of it."""

from django.contrib import admin

from operations.models import (
    CalendarFeed,
    CalendarImport,
    Handover,
    Leave,
    PublishedShift,
    ScheduleDraft,
    ShiftFinding,
    SwapRequest,
)
from portal.admin import ReadOnlyAdmin


@admin.register(SwapRequest)
class SwapRequestAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "person", "starts_at", "ends_at", "state", "accepted_by"]
    list_filter = ["state"]
    list_select_related = ["schedule__team", "person", "accepted_by"]
    search_fields = ["person__name", "note"]


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "leaver", "taker", "shift_ended_at", "state"]
    list_filter = ["state"]
    list_select_related = ["schedule__team", "leaver", "taker"]
    search_fields = ["leaver__name", "notes"]


@admin.register(Leave)
class LeaveAdmin(ReadOnlyAdmin):
    """Why somebody is away stays with them and their managers, so it is not listed."""

    list_display = ["person", "starts_at", "ends_at"]
    list_select_related = ["person"]
    search_fields = ["person__name"]
    exclude = ["kind", "note"]


@admin.register(ShiftFinding)
class ShiftFindingAdmin(ReadOnlyAdmin):
    list_display = ["kind", "schedule", "person", "starts_at", "ends_at", "gone_at"]
    list_filter = ["kind"]
    list_select_related = ["schedule__team", "person"]


@admin.register(CalendarImport)
class CalendarImportAdmin(ReadOnlyAdmin):
    """The address is a secret: it is not shown."""

    list_display = ["name", "schedule", "read_at", "error_code"]
    list_select_related = ["schedule__team"]
    search_fields = ["name"]
    exclude = ["url", "source"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    list_display = ["owner", "schedule", "key_prefix", "last_used_at", "revoked_at"]
    list_select_related = ["owner", "schedule__team"]
    search_fields = ["owner__name", "key_prefix"]
    exclude = ["key_hash"]


@admin.register(PublishedShift)
class PublishedShiftAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "person", "starts_at", "ends_at", "sequence", "is_cancelled"]
    list_select_related = ["schedule__team", "person"]


@admin.register(ScheduleDraft)
class ScheduleDraftAdmin(ReadOnlyAdmin):
    """The file holds names and addresses for its team alone: it is not shown."""

    list_display = ["file_name", "kind", "team", "made_by", "made_at", "carried_over_at"]
    list_filter = ["kind"]
    list_select_related = ["team", "made_by"]
    exclude = ["content", "people"]
