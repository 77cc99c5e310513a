"""Standard changes in the API."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import May, require_services, standard_for
from maintenance.api.requests import Shape
from maintenance.api.serializers import ReasonSerializer, RequestDetailSerializer
from maintenance.filters import StandardFilter
from maintenance.forms import workers
from maintenance.models import (
    LONGEST,
    Category,
    MaintenanceRequest,
    StandardChange,
    StandardVersion,
)
from maintenance.models.standards import LONGEST_IMPACT
from operations.api.shapes import DoerSerializer, given, service_field
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Service, User


class FixedSerializer(serializers.Serializer[Any]):
    """What each request made from it takes over."""

    title = serializers.CharField(max_length=200)
    category = serializers.ChoiceField(choices=Category.choices)
    plan = serializers.CharField(max_length=20000)
    test_evidence = serializers.CharField(max_length=5000, default="", allow_blank=True)
    rollback_plan = serializers.CharField(max_length=10000)
    impact = serializers.CharField(max_length=LONGEST_IMPACT)
    environment = serializers.CharField(max_length=40, default="production")
    prepare_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST, default=0)
    rollback_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST, default=0)


class StandardVersionSerializer(serializers.ModelSerializer[StandardVersion]):
    fixed = FixedSerializer(read_only=True)
    author = DoerSerializer(read_only=True)
    decided_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = StandardVersion
        fields = [
            *("number", "fixed", "message", "valid_days", "decision", "author"),
            *("proposed_at", "decided_by", "decided_at", "reason", "expires_at"),
        ]
        read_only_fields = fields


class StandardSerializer(serializers.ModelSerializer[StandardChange]):
    service = serializers.SlugRelatedField[Service](slug_field="slug", read_only=True)
    owner = DoerSerializer(read_only=True)
    approved = StandardVersionSerializer(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = StandardChange
        fields = [
            *("id", "name", "service", "owner", "state", "approved", "suspended_at"),
            *("suspended_because", "created_at", "url"),
        ]
        read_only_fields = fields


class ProposeVersionSerializer(serializers.Serializer[Any]):
    fixed = FixedSerializer()
    message = serializers.CharField(max_length=300, default="", allow_blank=True)
    valid_days = serializers.IntegerField(min_value=1, max_value=730, default=365)


class ProposeSerializer(ProposeVersionSerializer):
    name = serializers.CharField(max_length=120)
    service = service_field()


class DecideStandardSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, help_text="The version that is meant.")
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class UseStandardSerializer(serializers.Serializer[Any]):
    """What is free in a request made from it."""

    reason = serializers.CharField(max_length=5000)
    planned_start = serializers.DateTimeField(required=False, allow_null=True)
    planned_end = serializers.DateTimeField(required=False, allow_null=True)
    implementer = serializers.PrimaryKeyRelatedField[User](
        queryset=workers(), required=False, allow_null=True
    )


class StandardViewSet(RecordViewSet[StandardChange]):
    """Standard changes: proposed, approved by another, used, suspended, retired."""

    serializer_class = StandardSerializer
    filterset_class = StandardFilter
    queryset = StandardChange.objects.all()

    def get_queryset(self) -> QuerySet[StandardChange]:
        standards = StandardChange.objects.visible_to(signed_in(self.request))
        return standards.with_list_columns().select_related(
            "approved__author", "approved__decided_by"
        )

    @extend_schema(request=ProposeSerializer, responses={201: StandardSerializer})
    def create(self, request: Request) -> Response:
        """Propose a standard change, with its first version."""
        user = signed_in(request)
        require_work(user)
        said = given(ProposeSerializer, request)
        require_services(user, [said["service"]])
        try:
            made = workflow.propose_standard(**said, actor=user)
        except Invalid as wrong:
            raise ValidationError(wrong.message_dict) from wrong
        return Response(StandardSerializer(made).data, status=201)

    @extend_schema(responses=StandardVersionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """All versions, the newest first, a proposed one among them."""
        standard = standard_for(signed_in(request), int(pk))
        versions = standard.versions.select_related("author", "decided_by")
        return Response(StandardVersionSerializer(versions, many=True).data)

    @extend_schema(request=ProposeVersionSerializer, responses={201: StandardVersionSerializer})
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Propose the next version; the one in force goes on until it is approved."""
        user = signed_in(request)
        standard = standard_for(user, int(pk), may="change")
        said = given(ProposeVersionSerializer, request)
        try:
            version = workflow.propose_standard_version(standard, **said, actor=user)
        except Invalid as wrong:
            raise ValidationError(wrong.message_dict) from wrong
        return Response(StandardVersionSerializer(version).data, status=201)

    @extend_schema(request=DecideStandardSerializer, responses=StandardSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Put the proposed version of this number in force."""
        return self._do(workflow.approve_standard, DecideStandardSerializer)

    @extend_schema(request=DecideStandardSerializer, responses=StandardSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Turn the proposed version of this number down, with a reason."""
        return self._do(workflow.reject_standard, DecideStandardSerializer)

    @extend_schema(request=ReasonSerializer, responses=StandardSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        return self._do(workflow.suspend_standard, ReasonSerializer)

    @extend_schema(request=ReasonSerializer, responses=StandardSerializer)
    @action(detail=True, methods=["post"])
    def reinstate(self, request: Request, pk: str) -> Response:
        return self._do(workflow.reinstate_standard, ReasonSerializer)

    @extend_schema(request=ReasonSerializer, responses=StandardSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        return self._do(workflow.retire_standard, ReasonSerializer)

    @extend_schema(request=UseStandardSerializer, responses={201: RequestDetailSerializer})
    @action(detail=True, methods=["post"])
    def use(self, request: Request, pk: str) -> Response:
        """Make a draft that takes over the fixed fields of the version in force."""
        user = signed_in(request)
        standard = standard_for(user, int(pk), may="change")
        said = given(UseStandardSerializer, request)
        made = workflow.request_from_standard(standard, **said, actor=user)
        fresh = MaintenanceRequest.objects.with_details().get(pk=made.pk)
        context = self.get_serializer_context()
        return Response(RequestDetailSerializer(fresh, context=context).data, status=201)

    def _do(self, verb: Any, shape: Shape, *, may: May = "decide") -> Response:
        user = signed_in(self.request)
        standard = standard_for(user, int(self.kwargs["pk"]), may=may)
        done = verb(standard, actor=user, **given(shape, self.request))
        return Response(StandardSerializer(done).data)
