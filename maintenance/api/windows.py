"""Maintenance windows in the API."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import require_services, window_for
from maintenance.api.serializers import (
    AnnounceSerializer,
    RemarkSerializer,
    WindowSerializer,
)
from maintenance.filters import WindowFilter
from maintenance.models import MaintenanceWindow
from operations.api.shapes import given
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class WindowViewSet(RecordViewSet[MaintenanceWindow]):
    """Maintenance windows of the services that the caller sees."""

    serializer_class = WindowSerializer
    filterset_class = WindowFilter
    queryset = MaintenanceWindow.objects.all()

    def get_queryset(self) -> QuerySet[MaintenanceWindow]:
        return MaintenanceWindow.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=AnnounceSerializer, responses={201: WindowSerializer})
    def create(self, request: Request) -> Response:
        """Announce a window."""
        user = signed_in(request)
        require_work(user)
        said = given(AnnounceSerializer, request)
        require_services(user, said["services"])
        made = workflow.announce_window(**said, actor=user)
        return Response(WindowSerializer(made).data, status=201)

    @extend_schema(request=AnnounceSerializer, responses=WindowSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given of a window that is not over."""
        user = signed_in(request)
        item = window_for(user, int(pk), may="change")
        said = given(AnnounceSerializer, request, item)
        if "services" in said:
            require_services(user, said["services"])
        return Response(WindowSerializer(workflow.change_window(item, actor=user, **said)).data)

    @extend_schema(request=RemarkSerializer, responses=WindowSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Call the window off."""
        user = signed_in(request)
        item = window_for(user, int(pk), may="change")
        said = given(RemarkSerializer, request)
        return Response(WindowSerializer(workflow.cancel_window(item, actor=user, **said)).data)
