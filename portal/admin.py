"""
The admin of the ground floor, and the two kinds of admin that every app begins with.

Here catalogues are edited and mistakes corrected. What has a workflow is shown and not
moved: its state changes by the verbs of pages and API, which know the rules.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from portal import events
from portal.models import User
from portal.models.tracked import Attributed, delete_as


def _administrator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


class TrackedAdmin(SimpleHistoryAdmin):
    """
    For tracked models: every save and delete, inlines too, names its user and leaves an event.

    Old versions can be read and compared but not put back from here: that would write a
    whole row, its state included, past the rules.
    """

    @transaction.atomic
    def save_model(
        self,
        request: HttpRequest,
        obj: Attributed,
        form: ModelForm[Any],
        change: bool,  # noqa: FBT001
    ) -> None:
        obj.changed_by = _administrator(request)
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
            row.changed_by = _administrator(request)
            row.save()
        for row in formset.deleted_objects:
            delete_as(row, _administrator(request))
        formset.save_m2m()

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Attributed) -> None:
        self._record(request, obj, "deleted")
        delete_as(obj, _administrator(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def revert_disabled(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True

    def history_form_view(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        return super().history_form_view(request, *args, **kwargs)

    def _record(self, request: HttpRequest, obj: models.Model, verb: str, **data: Any) -> None:
        kind = f"{obj._meta.model_name}.{verb}"
        events.record(kind, obj, actor=_administrator(request), door="admin", **data)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For what is written by the workflow or by machines: to be read, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
