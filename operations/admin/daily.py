"""Checks, checklists and the operations log."""

from django.contrib import admin

from operations.models import (
    Check,
    ChecklistItem,
    ChecklistRun,
    LogEntry,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(Check)
class CheckAdmin(TrackedAdmin):
    list_display = ["name", "service", "url", "state", "is_active"]
    list_filter = ["state", "is_active"]
    list_select_related = ["service"]
    search_fields = ["name", "url"]
    readonly_fields = ["url", "expected_status", "is_active", "state", "since", "last_error"]

    def has_add_permission(self, request: object) -> bool:
        return False


class ChecklistItemInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
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
