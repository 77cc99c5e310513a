"""What an incident's records have in common in the admin: a private one's are for its own."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from incidents.models import Incident
from portal.admin import ReadOnlyAdmin, TrackedAdmin
from portal.models import User


class OfIncidents(ReadOnlyAdmin):
    """For rows of incidents, by the columns that lead there, of which the reader may know."""

    incident_columns: tuple[str, ...] = ("incident",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        assert isinstance(request.user, User)
        if request.user.is_administrator:
            return rows
        seen = Incident.objects.visible_to(request.user).values("pk")
        for column in self.incident_columns:
            rows = rows.filter(**{f"{column}__in": seen})
        return rows


class PlaybookAdmin(TrackedAdmin):
    """Rows that are edited, and neither added nor taken away."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnIncidents(PlaybookAdmin):
    """For incidents themselves, with their past versions."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        assert isinstance(request.user, User)
        seen = Incident.objects.visible_to(request.user).values("pk")
        rows: QuerySet[Incident] = super().get_queryset(request)
        return rows.filter(pk__in=seen)

    def history_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        self._refuse_strangers(request, object_id)
        page: HttpResponse = super().history_view(request, object_id, *args, **kwargs)
        return page

    def history_form_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        self._refuse_strangers(request, object_id)
        return super().history_form_view(request, object_id, *args, **kwargs)

    def _refuse_strangers(self, request: HttpRequest, object_id: str) -> None:
        """The library shows old versions to whoever may read the model."""
        if self.get_object(request, object_id) is None:
            raise Http404
