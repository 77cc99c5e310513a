"""Change events in the API: flags and settings tell of themselves here."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import require_services
from maintenance.filters import ChangeEventFilter
from maintenance.models import ChangeEvent, ChangeKind
from operations.api.shapes import DoerSerializer, given, service_field
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Scope


class ChangeEventSerializer(serializers.ModelSerializer[ChangeEvent]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    actor = DoerSerializer(read_only=True, allow_null=True)
    source: Any = serializers.CharField(read_only=True)

    class Meta:
        model = ChangeEvent
        fields = [
            "id",
            "service",
            "kind",
            "title",
            "detail",
            "url",
            "source",
            "external_id",
            "happened_at",
            "recorded_at",
            "actor",
        ]
        read_only_fields = fields


class TellChangeSerializer(serializers.Serializer[Any]):
    service = service_field()
    kind = serializers.ChoiceField(choices=ChangeKind.choices, default=ChangeKind.OTHER)
    title = serializers.CharField(max_length=200)
    external_id = serializers.CharField(
        max_length=200, help_text="What the source calls it; told again, it is the same change."
    )
    source: Any = serializers.CharField(max_length=60, default="api")
    detail = serializers.CharField(max_length=2000, default="", allow_blank=True)
    url = serializers.URLField(max_length=500, default="", allow_blank=True)
    happened_at = serializers.DateTimeField(required=False, allow_null=True)


class ChangeEventViewSet(RecordViewSet[ChangeEvent]):
    """Changes that were told of beside deployments: flags, settings and the like."""

    serializer_class = ChangeEventSerializer
    filterset_class = ChangeEventFilter
    queryset = ChangeEvent.objects.all()

    @property
    def write_scope(self) -> Scope:
        """What records deployments tells of flags, too."""
        return Scope.DEPLOY if self.action == "create" else Scope.WRITE

    def get_queryset(self) -> QuerySet[ChangeEvent]:
        return ChangeEvent.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(
        request=TellChangeSerializer,
        responses={200: ChangeEventSerializer, 201: ChangeEventSerializer},
    )
    def create(self, request: Request) -> Response:
        """
        Tell of a flag that was switched or a setting that was changed.

        201 for a new one; the same source and external_id again get 200 and change nothing.
        """
        user = signed_in(request)
        require_work(user)
        said = given(TellChangeSerializer, request)
        require_services(user, [said["service"]])
        row, is_new = workflow.record_change_event(**said, actor=user)
        return Response(ChangeEventSerializer(row).data, status=201 if is_new else 200)
