"""Silences, inhibition rules and what is held; changed on their pages, by the verbs."""

from django.contrib import admin

from operations.models import Hold, Inhibition, NoiseSettings, Silence
from portal.admin import ReadOnlyAdmin


@admin.register(Silence)
class SilenceAdmin(ReadOnlyAdmin):
    list_display = ["reason", "kind", "team", "starts_at", "ends_at", "ended_at", "owner"]
    list_filter = ["kind", "team"]
    list_select_related = ["team", "owner"]
    search_fields = ["reason", "reference"]


@admin.register(Inhibition)
class InhibitionAdmin(ReadOnlyAdmin):
    list_display = ["name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ["alert", "kind", "rule", "held_at", "released_at", "outcome"]
    list_filter = ["kind", "outcome"]
    list_select_related = ["alert"]
    search_fields = ["rule", "alert__name"]


@admin.register(NoiseSettings)
class NoiseSettingsAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "flap_changes", "flap_minutes", "remind_minutes"]
