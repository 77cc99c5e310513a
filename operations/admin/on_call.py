"""On-call schedules, to read."""

from django.contrib import admin

from operations.models import (
    Override,
    Schedule,
    Turn,
)
from portal.admin import ReadOnlyAdmin


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
