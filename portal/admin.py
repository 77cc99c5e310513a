"""
The admin of the ground floor, and the two kinds of admin that every app begins with.

Here catalogues are edited and mistakes corrected. What has a workflow is shown and not
moved: its state changes by the verbs of pages and API, which know the rules.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from portal import events
from portal.models import (
    ApiToken,
    Channel,
    Event,
    ImprovementTarget,
    Membership,
    Notification,
    NotificationRule,
    Picture,
    PracticeRule,
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Team,
    User,
    Webhook,
    WebhookDelivery,
)
from portal.models.tracked import Attributed, delete_as
from portal.timeline import visible_events
from portal.workflow.services import dependency_refusals


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# An address without a scheme is meant to be https.
HTTPS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.URLField: {"assume_scheme": "https"}
}


class TrackedInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs alone
    """Tracked rows below the one they belong to; `TrackedAdmin` names their person."""

    extra = 0
    formfield_overrides = HTTPS


class OfTheReader(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs alone
    """The rows that the person sees on the pages too: the models say which."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        user = _signed_in(request)
        if user.is_administrator or not hasattr(self.model._default_manager, "visible_to"):
            return rows
        seen = self.model._default_manager.visible_to(user)
        return rows.filter(pk__in=seen.values("pk"))


class TrackedAdmin(OfTheReader, SimpleHistoryAdmin):
    """
    For tracked models: every save and delete, inlines too, names its user and leaves an event.

    Old versions can be read and compared but not put back from here: that would write a
    whole row, its state included, past the rules.
    """

    formfield_overrides = HTTPS

    @transaction.atomic
    def save_model(
        self,
        request: HttpRequest,
        obj: Attributed,
        form: ModelForm[Any],
        change: bool,  # noqa: FBT001
    ) -> None:
        obj.changed_by = _signed_in(request)
        super().save_model(request, obj, form, change)
        verb = "corrected" if change else "created"
        self._record(request, obj, verb, fields=form.changed_data)

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formset: BaseModelFormSet[Any, Any],
        change: bool,  # noqa: FBT001
    ) -> None:
        for row in formset.save(commit=False):
            row.changed_by = _signed_in(request)
            row.save()
        for row in formset.deleted_objects:
            delete_as(row, _signed_in(request))
        formset.save_m2m()

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Attributed) -> None:
        self._record(request, obj, "deleted")
        delete_as(obj, _signed_in(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def revert_disabled(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True

    def history_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        self._require_seen(request, object_id)
        page: HttpResponse = super().history_view(request, object_id, *args, **kwargs)
        return page

    def history_form_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        self._require_seen(request, object_id)
        page: HttpResponse = super().history_form_view(request, object_id, *args, **kwargs)
        return page

    def _require_seen(self, request: HttpRequest, object_id: str) -> None:
        """Versions outlive their record, but are not for those who may not see the record."""
        pk = unquote(object_id)
        try:
            is_there = self.model._default_manager.filter(pk=pk).exists()
            is_hidden = is_there and not self.get_queryset(request).filter(pk=pk).exists()
        except ValueError:
            is_hidden = True
        if is_hidden:
            raise Http404

    def _record(self, request: HttpRequest, obj: models.Model, verb: str, **data: Any) -> None:
        kind = f"{obj._meta.model_name}.{verb}"
        events.record(kind, obj, actor=_signed_in(request), door="admin", **data)


class ReadOnlyAdmin(OfTheReader):
    """For what is written by the workflow or by machines: to be read, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MembershipInline(TrackedInline):
    model = Membership
    autocomplete_fields = ["person"]


@admin.register(User)
class UserAdmin(TrackedAdmin):
    """Names and zones. Letting in, access, passwords and leaving are verbs of the page."""

    list_display = ["name", "email", "access", "is_active"]
    list_filter = ["access", "is_active"]
    search_fields = ["name", "email"]
    fields = [
        "name",
        "email",
        "time_zone",
        "locale",
        "works_from",
        "works_until",
        "access",
        "is_active",
        "joined_at",
        "set_password",
    ]
    readonly_fields = ["access", "is_active", "joined_at", "set_password"]

    @admin.display(description=_("Access and password"))
    def set_password(self, person: User) -> str:
        words = _("Change access or give a password on the person's page")
        return format_html('<a href="{}">{}</a>', person.get_absolute_url(), words)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Team)
class TeamAdmin(TrackedAdmin):
    list_display = ["name", "slug", "time_zone"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]


class ServiceLinkInline(TrackedInline):
    model = ServiceLink


class ServiceLabelInline(TrackedInline):
    model = ServiceLabel


class DependencyForm(ModelForm):  # type: ignore[type-arg]  # generic in its stubs alone
    """Asks the rule that pages and API ask: never in a circle."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        needs = self.cleaned_data.get("needs")
        if self.instance.service_id and needs and self.has_changed():
            refusals = dependency_refusals(self.instance.service, needs)
            if refusals:
                raise ValidationError([refusal.sentence for refusal in refusals])
        return cleaned


class ServiceDependencyInline(TrackedInline):
    model = ServiceDependency
    form = DependencyForm
    fk_name = "service"
    autocomplete_fields = ["needs"]


@admin.register(Service)
class ServiceAdmin(TrackedAdmin):
    list_display = ["name", "team", "tier", "is_public", "retired_at"]
    list_filter = ["team", "tier"]
    list_select_related = ["team"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["retired_at"]
    inlines = [ServiceLinkInline, ServiceLabelInline, ServiceDependencyInline]


@admin.register(ImprovementTarget)
class ImprovementTargetAdmin(TrackedAdmin):
    list_display = ["name", "comparison", "value", "unit", "order"]
    readonly_fields = ["key"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(PracticeRule)
class PracticeRuleAdmin(TrackedAdmin):
    list_display = ["text", "kind", "order"]
    list_filter = ["kind"]
    readonly_fields = ["key"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["position", "kind", "subject_label", "actor_label", "happened_at"]
    list_filter = ["is_demo"]
    search_fields = ["kind", "subject_label", "actor_label"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_events(_signed_in(request), super().get_queryset(request))


class OfOnesOwn(ReadOnlyAdmin):
    """What belongs to one person: administrators see all, others their own."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("person")
        user = _signed_in(request)
        return rows if user.is_administrator else rows.filter(person=user)


@admin.register(Notification)
class NotificationAdmin(OfOnesOwn):
    list_display = ["subject", "person", "urgency", "state", "attempts", "due_at", "sent_at"]
    list_filter = ["state", "urgency", "kind"]
    search_fields = ["subject", "topic"]
    show_full_result_count = False


@admin.register(NotificationRule)
class NotificationRuleAdmin(OfOnesOwn):
    list_display = ["person", "urgency", "after_minutes", "contact"]
    list_filter = ["urgency"]
    list_select_related = ["person", "contact"]
    search_fields = ["person__name"]


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """To be read; addresses are checked where channels are made, on their page."""

    list_display = ["name", "team", "kind", "is_active"]
    list_filter = ["kind", "is_active", "team"]
    list_select_related = ["team"]
    search_fields = ["name"]
    exclude = ["destination", "secret"]


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """Which there are; the picture itself is shown where it belongs."""

    list_display = ["label", "reference", "media_type", "size", "uploaded_by", "created_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["label", "reference"]
    show_full_result_count = False


@admin.register(ApiToken)
class ApiTokenAdmin(OfOnesOwn):
    list_display = ["name", "prefix", "person", "expires_at", "last_used_at", "revoked_at"]
    exclude = ["token_hash"]


class ForAdministrators(ReadOnlyAdmin):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return _signed_in(request).is_administrator

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _signed_in(request).is_administrator


@admin.register(Webhook)
class WebhookAdmin(ForAdministrators):
    list_display = ["name", "url", "is_active"]
    exclude = ["secret"]


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ForAdministrators):
    list_display = ["event", "webhook", "state", "attempts", "answer_status", "created_at"]
    list_filter = ["state", "webhook"]
    list_select_related = ["event", "webhook"]
    show_full_result_count = False
