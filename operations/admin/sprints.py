"""Sprints of teams, to correct."""

from django.contrib import admin

from operations.models import SprintCalendar
from portal.admin import TrackedAdmin


@admin.register(SprintCalendar)
class SprintCalendarAdmin(TrackedAdmin):
    list_display = ["team", "begins_on", "days"]
    list_select_related = ["team"]
    search_fields = ["team__name"]
    autocomplete_fields = ["team"]
