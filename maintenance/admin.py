"""Maintenance in the admin: processes are edited, all that has a workflow is only read."""

from django.contrib import admin
from django.http import HttpRequest

from maintenance.models import (
    Deployment,
    MaintenanceRequest,
    MaintenanceWindow,
    ProcessTemplate,
    RequestStep,
    Vote,
)
from portal.admin import ReadOnlyAdmin, TrackedAdmin


@admin.register(ProcessTemplate)
class ProcessTemplateAdmin(TrackedAdmin):
    """New requests take over the steps as they read here; requests that exist keep theirs."""

    list_display = ["name", "category", "schedule"]
    fields = ["category", "name", "trigger", "schedule", "steps"]
    readonly_fields = ["category"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ProcessTemplate | None = None
    ) -> bool:
        return False


class StepInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RequestStep
    extra = 0
    can_delete = False


class VoteInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Vote
    extra = 0
    can_delete = False


@admin.register(MaintenanceRequest)
class MaintenanceRequestAdmin(ReadOnlyAdmin):
    list_display = ["number", "title", "category", "priority", "service", "state", "created_at"]
    list_filter = ["state", "category", "priority", "service"]
    list_select_related = ["service"]
    search_fields = ["title", "reason"]
    inlines = [StepInline, VoteInline]


@admin.register(Deployment)
class DeploymentAdmin(ReadOnlyAdmin):
    list_display = ["service", "version", "environment", "result", "request", "recorded_at"]
    list_filter = ["environment", "result", "service"]
    list_select_related = ["service", "request"]
    search_fields = ["version", "commit", "external_id"]


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(ReadOnlyAdmin):
    list_display = ["title", "starts_at", "ends_at", "cancelled_at"]
    search_fields = ["title"]
