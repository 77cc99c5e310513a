"""Roles, tasks, reach, judgements and merges in the admin: to look up; the verbs write them."""

from django.contrib import admin

from incidents.admin_base import OfIncidents
from incidents.models import AffectedService, Assessment, IncidentRole, IncidentTask, Merge


@admin.register(IncidentRole)
class IncidentRoleAdmin(OfIncidents):
    list_display = ["incident", "role", "person", "started_at", "ended_at", "offered_to"]
    list_filter = ["role"]
    list_select_related = ["incident", "person", "offered_to"]
    search_fields = ["person__name", "incident__title"]


@admin.register(IncidentTask)
class IncidentTaskAdmin(OfIncidents):
    list_display = ["text", "incident", "assignee", "created_at", "done_at", "done_by"]
    list_select_related = ["incident", "assignee", "done_by"]
    search_fields = ["text", "incident__title"]


@admin.register(AffectedService)
class AffectedServiceAdmin(OfIncidents):
    list_display = ["service", "incident", "impact", "started_at", "ended_at"]
    list_filter = ["service"]
    list_select_related = ["service", "incident"]


@admin.register(Assessment)
class AssessmentAdmin(OfIncidents):
    list_display = ["incident", "suggested", "severity", "made_by", "made_at"]
    list_filter = ["severity"]
    list_select_related = ["incident", "made_by"]


@admin.register(Merge)
class MergeAdmin(OfIncidents):
    incident_columns = ("source", "target")
    list_display = ["source", "target", "reason", "merged_by", "merged_at", "undone_at"]
    list_select_related = ["source", "target", "merged_by"]
    exclude = ["before", "target_before"]
