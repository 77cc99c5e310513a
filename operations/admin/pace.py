"""Limits and looks; hours that people enter and their warnings are for themselves alone."""

from django.contrib import admin

from operations.models import LoadLook, PaceSettings
from portal.admin import ReadOnlyAdmin


@admin.register(PaceSettings)
class PaceSettingsAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "incidents", "on_call_percent", "target_hours", "rest_hours"]


@admin.register(LoadLook)
class LoadLookAdmin(ReadOnlyAdmin):
    """Who looked at whom, and why."""

    list_display = ["team", "looker", "purpose", "first", "after", "looked_at"]
    list_select_related = ["team", "looker"]
    search_fields = ["looker__name", "purpose"]
