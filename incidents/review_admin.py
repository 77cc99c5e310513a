"""Reviews in the admin: to look things up; what is written and decided goes by the verbs."""

from django.contrib import admin

from incidents.admin_base import OfIncidents
from incidents.models import (
    CausalNode,
    Factor,
    Review,
    ReviewComment,
    ReviewFactor,
    ReviewRequest,
    ReviewRules,
    ReviewTemplate,
    ReviewTemplateVersion,
    ReviewWaiver,
)
from portal.admin import ReadOnlyAdmin


@admin.register(ReviewTemplate)
class ReviewTemplateAdmin(ReadOnlyAdmin):
    """Edited on its page, where each save is a version."""

    list_display = ["name", "latest_number"]


@admin.register(ReviewTemplateVersion)
class ReviewTemplateVersionAdmin(ReadOnlyAdmin):
    list_display = ["template", "number", "message", "author", "created_at"]
    list_select_related = ["template", "author"]


@admin.register(ReviewRules)
class ReviewRulesAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "approvals_needed", "comments_block", "recurrence_days"]


@admin.register(Review)
class ReviewAdmin(OfIncidents):
    list_display = ["__str__", "state", "owner", "due_at", "published_at"]
    list_filter = ["state"]
    list_select_related = ["incident", "owner"]
    search_fields = ["incident__title"]


@admin.register(ReviewRequest)
class ReviewRequestAdmin(OfIncidents):
    incident_columns = ("review__incident",)
    list_display = ["review", "person", "verdict", "asked_at", "answered_at"]
    list_filter = ["verdict"]
    list_select_related = ["review__incident", "person"]


@admin.register(ReviewComment)
class ReviewCommentAdmin(OfIncidents):
    incident_columns = ("review__incident",)
    list_display = ["__str__", "review", "section", "author", "resolved_at"]
    list_select_related = ["review__incident", "author"]


@admin.register(ReviewWaiver)
class ReviewWaiverAdmin(OfIncidents):
    list_display = ["incident", "reason", "granted_by", "granted_at", "revoked_at"]
    list_select_related = ["incident", "granted_by"]


@admin.register(Factor)
class FactorAdmin(ReadOnlyAdmin):
    """Words are added, merged and retired on their page, where the verbs check them."""

    list_display = ["name", "category", "retired_at", "merged_into"]
    list_filter = ["category"]
    list_select_related = ["merged_into"]
    search_fields = ["name"]


@admin.register(ReviewFactor)
class ReviewFactorAdmin(OfIncidents):
    incident_columns = ("review__incident",)
    list_display = ["factor", "review", "added_by", "added_at"]
    list_select_related = ["factor", "review__incident", "added_by"]


@admin.register(CausalNode)
class CausalNodeAdmin(OfIncidents):
    incident_columns = ("review__incident",)
    list_display = ["text", "review", "parent", "order"]
    list_select_related = ["review__incident", "parent"]
