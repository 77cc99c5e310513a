"""Conflicts in the API: the rules, the exclusive resources, and what would be in the way."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator

from maintenance import workflow
from maintenance.access import require_rule_of, resource_for
from maintenance.api.serializers import Slug
from maintenance.filters import ResourceFilter
from maintenance.models import ConflictCheck, ConflictRules, ExclusiveResource
from operations.api.shapes import given, service_field
from portal.access import require_administrator, require_look, require_work
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.models import Service


class ConflictSerializer(serializers.Serializer[Any]):
    """Another change at the same time."""

    number = serializers.CharField(source="other.number")
    title = serializers.CharField(source="other.title")
    state = serializers.CharField(source="other.state")
    url = serializers.CharField(source="other.url")
    rule = serializers.CharField(help_text="same_service, dependency, same_person or resource.")
    weight = serializers.CharField(help_text="hard stops the change, soft is only shown.")
    over = serializers.ListField(child=serializers.CharField(), help_text="What both want.")
    start = serializers.DateTimeField(source="span.start", help_text="With its preparation.")
    end = serializers.DateTimeField(source="span.end", help_text="With its rollback.")


class ConflictCheckSerializer(serializers.ModelSerializer[ConflictCheck]):
    """What was found when it was decided, as it was kept; null is not computed, never 0."""

    class Meta:
        model = ConflictCheck
        fields = [
            "occasion",
            "plan_digest",
            "code",
            "hard_count",
            "soft_count",
            "inputs",
            "found",
            "computed_at",
        ]
        read_only_fields = fields


class ConflictRulesSerializer(serializers.ModelSerializer[ConflictRules]):
    class Meta:
        model = ConflictRules
        fields = ["same_service", "dependency", "depth", "same_person", "resource"]


class ConflictRulesView(View):
    """How much each kind of conflict matters: hard stops a change, soft is only shown."""

    @extend_schema(responses=ConflictRulesSerializer)
    def get(self, request: Request) -> Response:
        """Read them."""
        require_look(signed_in(request))
        return Response(ConflictRulesSerializer(_rules()).data)

    @extend_schema(request=ConflictRulesSerializer, responses=ConflictRulesSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        user = signed_in(request)
        require_administrator(user)
        said = given(ConflictRulesSerializer, request, _rules())
        row = workflow.change_conflict_rules(actor=user, **said)
        return Response(ConflictRulesSerializer(row).data)


def _rules() -> ConflictRules:
    return ConflictRules.objects.order_by("pk").first() or ConflictRules()


class ResourceSerializer(serializers.ModelSerializer[ExclusiveResource]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)

    class Meta:
        model = ExclusiveResource
        fields = ["id", "name", "note", "services", "retired_at"]
        read_only_fields = fields


class WriteResourceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(
        max_length=120, validators=[UniqueValidator(ExclusiveResource.objects.all())]
    )
    note = serializers.CharField(max_length=1000, default="", allow_blank=True)
    services = serializers.ListField(child=service_field(), max_length=100, default=list)


class ResourceViewSet(RecordViewSet[ExclusiveResource]):
    """What one change at a time has to itself."""

    serializer_class = ResourceSerializer
    filterset_class = ResourceFilter
    queryset = ExclusiveResource.objects.all()

    def get_queryset(self) -> QuerySet[ExclusiveResource]:
        return ExclusiveResource.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=WriteResourceSerializer, responses={201: ResourceSerializer})
    def create(self, request: Request) -> Response:
        """Add a resource."""
        user = signed_in(request)
        require_work(user)
        said = given(WriteResourceSerializer, request)
        require_rule_of(user, said["services"], covers_all=not said["services"])
        made = workflow.add_resource(**said, actor=user)
        return Response(ResourceSerializer(made).data, status=201)

    @extend_schema(request=WriteResourceSerializer, responses=ResourceSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        user = signed_in(request)
        item = resource_for(user, int(pk), may="change")
        said = given(WriteResourceSerializer, request, item)
        services = said.get("services", list(item.services.all()))
        require_rule_of(user, services, covers_all=not services)
        changed = workflow.change_resource(item, **said, actor=user)
        return Response(ResourceSerializer(changed).data)

    @extend_schema(request=None, responses=ResourceSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Offer it to no new plan."""
        user = signed_in(request)
        item = resource_for(user, int(pk), may="change")
        return Response(ResourceSerializer(workflow.retire_resource(item, actor=user)).data)
