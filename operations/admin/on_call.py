"""On-call schedules, to read: they change on their own pages."""

from django.contrib import admin

from operations.models import (
    Layer,
    Override,
    Participant,
    PastShift,
    Schedule,
    TemporarySchedule,
    TemporaryShift,
)
from portal.admin import ReadOnlyAdmin


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ["team", "name", "time_zone", "is_default", "frozen_until", "retired_at"]
    list_filter = ["is_default", "team"]
    list_select_related = ["team"]
    search_fields = ["name", "team__name"]


@admin.register(Layer)
class LayerAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "name", "priority", "rotation", "interval", "starts_on"]
    list_filter = ["rotation", "schedule__team"]
    list_select_related = ["schedule__team"]
    search_fields = ["name", "schedule__name"]


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin):
    list_display = ["layer", "order", "person"]
    list_filter = ["layer__schedule__team"]
    list_select_related = ["layer__schedule__team", "person"]
    search_fields = ["person__name"]


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "layer", "kind", "person", "starts_at", "ends_at", "reason"]
    list_filter = ["kind", "schedule__team"]
    list_select_related = ["schedule__team", "layer", "person"]
    search_fields = ["person__name", "reason"]


@admin.register(TemporarySchedule)
class TemporaryScheduleAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "starts_at", "ends_at", "reason"]
    list_filter = ["schedule__team"]
    list_select_related = ["schedule__team"]
    search_fields = ["reason"]


@admin.register(TemporaryShift)
class TemporaryShiftAdmin(ReadOnlyAdmin):
    list_display = ["temporary", "person", "starts_at", "ends_at"]
    list_select_related = ["temporary", "person"]
    search_fields = ["person__name"]


@admin.register(PastShift)
class PastShiftAdmin(ReadOnlyAdmin):
    list_display = ["schedule", "starts_at", "ends_at", "reason"]
    list_filter = ["schedule__team"]
    list_select_related = ["schedule__team"]
