"""Forges that tell of deployments, and their calls, in the API."""

from typing import Any

from django.core.exceptions import ValidationError as Wrong
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import own_teams, require_services, source_call_for, source_for
from maintenance.filters import SourceCallFilter, SourceFilter
from maintenance.models import PRODUCTION, DeploymentSource, SourceCall, SourceKind
from maintenance.source_forms import check_repositories
from maintenance.views.sources import address_of
from operations.api.shapes import given, service_field, team_field
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import User


class SourceSerializer(serializers.ModelSerializer[DeploymentSource]):
    team: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    address = serializers.SerializerMethodField(help_text="For the forge's webhook.")
    repositories = serializers.DictField(child=serializers.CharField())
    environments = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = DeploymentSource
        fields = [
            "id",
            "name",
            "kind",
            "team",
            "service",
            "repositories",
            "environments",
            "pipeline",
            "pipeline_environment",
            "is_active",
            "address",
            "old_secret_until",
            "created_at",
        ]
        read_only_fields = fields

    def get_address(self, source: DeploymentSource) -> str:
        return address_of(source)


class SourceWithSecretSerializer(SourceSerializer):
    """With its secret, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(SourceSerializer.Meta):
        fields = [*SourceSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class PairsField(serializers.DictField):
    child = serializers.CharField(max_length=200)


class ChangeSourceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    service = service_field(required=False, allow_null=True)
    repositories = PairsField(
        required=False, help_text='{"octo/shop": "shop"}: a repository and its service.'
    )
    environments = PairsField(
        required=False, help_text='{"prod": "production"}: others keep their names.'
    )
    pipeline = serializers.CharField(max_length=200, required=False, allow_blank=True)
    pipeline_environment = serializers.CharField(max_length=40, default=PRODUCTION)


class NewSourceSerializer(ChangeSourceSerializer):
    kind = serializers.ChoiceField(choices=SourceKind.choices)
    team = team_field()


class SourceCallSerializer(serializers.ModelSerializer[SourceCall]):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = SourceCall
        fields = [
            "id",
            "source",
            "delivery",
            "event",
            "received_at",
            "state",
            "attempts",
            "processed_at",
            "note",
            "deployment",
            "url",
        ]
        read_only_fields = fields


class SourceViewSet(RecordViewSet[DeploymentSource]):
    """Forges that tell of deployments by webhook."""

    serializer_class = SourceSerializer
    filterset_class = SourceFilter
    queryset = DeploymentSource.objects.all()
    shown_once = ("secret",)

    def get_queryset(self) -> QuerySet[DeploymentSource]:
        return DeploymentSource.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewSourceSerializer, responses={201: SourceWithSecretSerializer})
    def create(self, request: Request) -> Response:
        """Add a forge; the answer has its secret, this once."""
        user = signed_in(request)
        require_work(user)
        said = given(NewSourceSerializer, request)
        if not own_teams(user).filter(pk=said["team"].pk).exists():
            self.permission_denied(request)
        _check(user, said)
        source, _secret = workflow.set_up_source(**said, actor=user)
        return Response(SourceWithSecretSerializer(source).data, status=201)

    @extend_schema(request=ChangeSourceSerializer, responses=SourceSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        user = signed_in(request)
        source = source_for(user, int(pk), may="change")
        said = given(ChangeSourceSerializer, request, source)
        _check(user, said)
        source = workflow.change_source(source, actor=user, **said)
        return Response(SourceSerializer(source).data)

    @extend_schema(request=None, responses=SourceWithSecretSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Make another secret; the one before opens for a day."""
        user = signed_in(request)
        source = source_for(user, int(pk), may="change")
        source, _secret = workflow.rotate_secret(source, actor=user)
        return Response(SourceWithSecretSerializer(source).data)

    @extend_schema(request=None, responses=SourceSerializer)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: str) -> Response:
        return self._switch(is_active=True)

    @extend_schema(request=None, responses=SourceSerializer)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: str) -> Response:
        """Turn its calls away from now on."""
        return self._switch(is_active=False)

    @extend_schema(request=None, responses={201: SourceCallSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Take in a made-up, rightly signed deployment that is not counted."""
        user = signed_in(request)
        source = source_for(user, int(pk), may="change")
        call = workflow.test_source(source, actor=user)
        return Response(SourceCallSerializer(call).data, status=201)

    def _switch(self, *, is_active: bool) -> Response:
        user = signed_in(self.request)
        source = source_for(user, int(self.kwargs["pk"]), may="change")
        source = workflow.switch_source(source, is_active=is_active, actor=user)
        return Response(SourceSerializer(source).data)


class SourceCallViewSet(RecordViewSet[SourceCall]):
    """What forges sent, and what became of it."""

    serializer_class = SourceCallSerializer
    filterset_class = SourceCallFilter
    queryset = SourceCall.objects.all()

    def get_queryset(self) -> QuerySet[SourceCall]:
        return SourceCall.objects.visible_to(signed_in(self.request)).defer("body")

    @extend_schema(request=None, responses=SourceCallSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Read it again, as after a repository was given to a service; it counts once."""
        user = signed_in(request)
        call = source_call_for(user, int(pk), may="change")
        return Response(SourceCallSerializer(workflow.replay_call(call, actor=user)).data)


def _check(user: User, said: dict[str, Any]) -> None:
    if service := said.get("service"):
        require_services(user, [service])
    try:
        check_repositories(said.get("repositories", {}), user)
    except Wrong as wrong:
        raise serializers.ValidationError({"repositories": wrong.messages}) from None
