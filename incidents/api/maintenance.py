"""Maintenance as the status page tells of it, in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import maintenance_for
from incidents.filters import MaintenanceFilter
from incidents.models import MaintenanceState, MaintenanceUpdate, PublicMaintenance
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in


class MaintenanceUpdateSerializer(serializers.ModelSerializer[MaintenanceUpdate]):
    class Meta:
        model = MaintenanceUpdate
        fields = ["id", "state", "text", "posted_at"]
        read_only_fields = fields


class PublicMaintenanceSerializer(serializers.ModelSerializer[PublicMaintenance]):
    name = serializers.CharField(source="window.title", read_only=True)
    scheduled_for = serializers.DateTimeField(source="window.starts_at", read_only=True)
    scheduled_until = serializers.DateTimeField(source="window.ends_at", read_only=True)
    announced_before_start = serializers.BooleanField(
        source="was_announced_before", read_only=True
    )
    updates = MaintenanceUpdateSerializer(many=True, read_only=True)

    class Meta:
        model = PublicMaintenance
        fields = [
            "id",
            "window",
            "name",
            "state",
            "scheduled_for",
            "scheduled_until",
            "starts_itself",
            "ends_itself",
            "announced_at",
            "announced_before_start",
            "remind_at",
            "turn_at",
            "started_at",
            "verifying_at",
            "ended_at",
            "updates",
        ]
        read_only_fields = fields


class MoveMaintenanceSerializer(serializers.Serializer[Any]):
    to = serializers.ChoiceField(choices=MaintenanceState.choices)
    text = serializers.CharField(
        max_length=4000, default="", allow_blank=True, help_text="What everybody reads."
    )


class PostAboutMaintenanceSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)


class MaintenanceClockSerializer(serializers.Serializer[Any]):
    starts_itself = serializers.BooleanField()
    ends_itself = serializers.BooleanField()


class PublicMaintenanceViewSet(RecordViewSet[PublicMaintenance]):
    """Windows of the status page's components, from their announcement to the end."""

    serializer_class = PublicMaintenanceSerializer
    filterset_class = MaintenanceFilter
    queryset = PublicMaintenance.objects.all()

    def get_queryset(self) -> QuerySet[PublicMaintenance]:
        rows = PublicMaintenance.objects.visible_to(signed_in(self.request))
        return rows.with_list_columns().order_by("-pk")

    @extend_schema(request=MoveMaintenanceSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Say that it is in progress, verifying, completed or called off."""
        found = maintenance_for(signed_in(request), pk, may="change")
        said = given(MoveMaintenanceSerializer, request)
        workflow.move_maintenance(found, **said, actor=signed_in(request))
        return self._answer(found)

    @extend_schema(request=PostAboutMaintenanceSerializer)
    @action(detail=True, methods=["post"])
    def updates(self, request: Request, pk: str) -> Response:
        """Tell everybody more without moving it."""
        found = maintenance_for(signed_in(request), pk, may="change")
        said = given(PostAboutMaintenanceSerializer, request)
        workflow.post_about_maintenance(found, **said, actor=signed_in(request))
        return self._answer(found)

    @extend_schema(request=MaintenanceClockSerializer)
    @action(detail=True, methods=["post"])
    def clock(self, request: Request, pk: str) -> Response:
        """Have it begin and end by itself, or keep that for people."""
        found = maintenance_for(signed_in(request), pk, may="change")
        said = given(MaintenanceClockSerializer, request)
        workflow.set_maintenance_clock(found, **said, actor=signed_in(request))
        return self._answer(found)

    def _answer(self, found: PublicMaintenance) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=found.pk)).data)
