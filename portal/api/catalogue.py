"""The service catalogue."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from portal.access import require_work, service_for, teams_to_own
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.people import SLUG
from portal.api.serializers import (
    DependencySerializer,
    LabelSerializer,
    LinkSerializer,
    PartSerializer,
    ServiceChangeSerializer,
    ServiceSerializer,
)
from portal.filters import ServiceFilter
from portal.http import signed_in
from portal.models import Service, Team, User
from portal.workflow import services


def _require_owner(user: User, team: Team, current: Team | None = None) -> None:
    """Raise 403 unless the person may give a service to this team."""
    if not teams_to_own(user, current).filter(pk=team.pk).exists():
        raise PermissionDenied


class ServiceViewSet(RecordViewSet[Service]):
    """What people rely on; the owner team changes it, its managers add to it."""

    queryset = Service.objects.none()
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    lookup_field = "slug"
    lookup_value_regex = SLUG

    def get_queryset(self) -> QuerySet[Service]:
        found = Service.objects.visible_to(signed_in(self.request)).with_list_columns()
        return found.prefetch_related("links", "labels", "needs__needs", "needed_by__service")

    @extend_schema(request=ServiceSerializer, responses={201: ServiceSerializer})
    def create(self, request: Request) -> Response:
        """Put a service into the catalogue; without a slug, one is made of the name."""
        user = signed_in(request)
        require_work(user)
        said = given(ServiceSerializer, request)
        _require_owner(user, said["team"])
        service = services.create_service(**said, actor=user)
        return Response(ServiceSerializer(service).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ServiceChangeSerializer, responses=ServiceSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        user, service = signed_in(request), self._changed(request, slug)
        said = given(ServiceChangeSerializer, request, service, partial=True)
        _require_owner(user, said.get("team", service.team), service.team)
        services.change_service(service, actor=user, **said)
        return self._answer()

    @extend_schema(request=None, responses=ServiceSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, slug: str) -> Response:
        """Take the service out of use; what happened to it stays."""
        services.retire(self._changed(request, slug), actor=signed_in(request))
        return self._answer()

    @extend_schema(request=None, responses=ServiceSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, slug: str) -> Response:
        services.restore(self._changed(request, slug), actor=signed_in(request))
        return self._answer()

    @extend_schema(request=LinkSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="add-link")
    def add_link(self, request: Request, slug: str) -> Response:
        return self._add(request, slug, LinkSerializer, services.add_link)

    @extend_schema(request=LabelSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="add-label")
    def add_label(self, request: Request, slug: str) -> Response:
        """Let alerts that carry this label belong to the service."""
        return self._add(request, slug, LabelSerializer, services.add_label)

    @extend_schema(request=DependencySerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="add-dependency")
    def add_dependency(self, request: Request, slug: str) -> Response:
        """Say that it cannot work without another service; a circle is refused by its path."""
        return self._add(request, slug, DependencySerializer, services.add_dependency)

    @extend_schema(request=PartSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="remove-link")
    def remove_link(self, request: Request, slug: str) -> Response:
        return self._remove(request, slug, "links")

    @extend_schema(request=PartSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="remove-label")
    def remove_label(self, request: Request, slug: str) -> Response:
        return self._remove(request, slug, "labels")

    @extend_schema(request=PartSerializer, responses=ServiceSerializer)
    @action(detail=True, methods=["post"], url_path="remove-dependency")
    def remove_dependency(self, request: Request, slug: str) -> Response:
        return self._remove(request, slug, "needs")

    def _add(
        self,
        request: Request,
        slug: str,
        shape: type[BaseSerializer[Any]],
        verb: Callable[..., object],
    ) -> Response:
        service = self._changed(request, slug)
        verb(service, actor=signed_in(request), **given(shape, request))
        return self._answer()

    def _remove(self, request: Request, slug: str, parts: str) -> Response:
        service = self._changed(request, slug)
        pk = given(PartSerializer, request)["id"]
        part = get_object_or_404(getattr(service, parts), pk=pk)
        services.remove_part(part, actor=signed_in(request))
        return self._answer()

    def _changed(self, request: Request, slug: str) -> Service:
        return service_for(signed_in(request), slug, may="change")

    def _answer(self) -> Response:
        return Response(ServiceSerializer(self.get_object()).data)
