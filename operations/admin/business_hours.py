"""Business hours, to correct."""

from django.contrib import admin

from operations.models import BusinessHours
from portal.admin import TrackedAdmin


@admin.register(BusinessHours)
class BusinessHoursAdmin(TrackedAdmin):
    list_display = ["__str__", "time_zone", "country", "subdivision"]
    list_select_related = ["team", "service"]
    search_fields = ["team__name", "service__name"]
    autocomplete_fields = ["team", "service"]
