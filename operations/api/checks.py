from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import check_for, seen_by
from operations.api.shapes import given, service_field
from operations.filters import CheckFilter
from operations.models import Check, CheckResult
from portal import clock, outgoing
from portal.access import require_work, works_in
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Service, User


class CheckSerializer(serializers.ModelSerializer[Check]):
    service = service_field()
    page_url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Check
        fields = [
            "id",
            "name",
            "service",
            "url",
            "expected_status",
            "every_seconds",
            "severity",
            "is_active",
            "state",
            "since",
            "due_at",
            "last_error",
            "page_url",
        ]
        read_only_fields = ["is_active", "state", "since", "due_at", "last_error"]
        extra_kwargs = {
            "every_seconds": {"min_value": 10, "max_value": 86_400},
            "expected_status": {"min_value": 100, "max_value": 599},
        }


class CheckChangeSerializer(CheckSerializer):
    class Meta(CheckSerializer.Meta):
        fields = ["name", "service", "url", "expected_status", "every_seconds", "severity"]


class CheckResultSerializer(serializers.ModelSerializer[CheckResult]):
    class Meta:
        model = CheckResult
        fields = ["at", "is_up", "milliseconds", "status", "error"]


class CheckViewSet(RecordViewSet[Check]):
    """What the portal asks services over HTTP, again and again."""

    serializer_class = CheckSerializer
    filterset_class = CheckFilter
    queryset = Check.objects.all()

    def get_queryset(self) -> QuerySet[Check]:
        return seen_by(signed_in(self.request), Check.objects.select_related("service"))

    @extend_schema(responses={201: CheckSerializer})
    def create(self, request: Request) -> Response:
        """Add a check; it runs at once."""
        user = signed_in(request)
        require_work(user)
        values = given(CheckSerializer, request)
        _require_team_of(user, values["service"])
        try:
            check = workflow.make_check(**values, actor=user)
        except outgoing.UrlRefused as refused:
            raise _refused(refused) from refused
        return Response(self.get_serializer(check).data, status=201)

    @extend_schema(request=CheckChangeSerializer, responses=CheckSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is asked, of whom and how often."""
        user = signed_in(request)
        check = check_for(user, int(pk), may="change")
        values = given(CheckChangeSerializer, request, check)
        _require_team_of(user, values.get("service", check.service))
        known = {name: getattr(check, name) for name in CheckChangeSerializer.Meta.fields}
        try:
            check = workflow.change_check(
                check, **(known | values), now=clock.now(), actor=user
            )
        except outgoing.UrlRefused as refused:
            raise _refused(refused) from refused
        return Response(self.get_serializer(check).data)

    @extend_schema(request=None, responses=CheckSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Stop asking."""
        user = signed_in(request)
        check = check_for(user, int(pk), may="change")
        check = workflow.pause_check(check, now=clock.now(), actor=user)
        return Response(self.get_serializer(check).data)

    @extend_schema(request=None, responses=CheckSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Ask again, at once."""
        user = signed_in(request)
        check = check_for(user, int(pk), may="change")
        check = workflow.resume_check(check, now=clock.now(), actor=user)
        return Response(self.get_serializer(check).data)

    @extend_schema(responses=CheckResultSerializer(many=True), filters=False)
    @action(detail=True)
    def results(self, request: Request, pk: str) -> Response:
        """The results, the newest first."""
        check = check_for(signed_in(request), int(pk))
        rows: Any = check.results.order_by("-at", "-pk")
        results: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(CheckResultSerializer(results, many=True).data)


def _require_team_of(user: User, service: Service) -> None:
    if not works_in(user, service.team_id):
        raise PermissionDenied


def _refused(refused: outgoing.UrlRefused) -> serializers.ValidationError:
    return serializers.ValidationError(
        {"url": serializers.ErrorDetail(refused.sentence, code=refused.code)}
    )
