"""Hand-overs at the end of shifts, and what is wrong with the shifts to come."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import handover_for, require_act_for
from operations.api.shapes import DoerSerializer, given
from operations.filters import FindingFilter, HandoverFilter
from operations.models import Handover, HandoverItem, ShiftFinding
from portal.api.base import RecordViewSet
from portal.http import signed_in


class HandoverItemSerializer(serializers.ModelSerializer[HandoverItem]):
    class Meta:
        model = HandoverItem
        fields = ["kind", "reference", "text", "note", "url"]


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    leaver = DoerSerializer(read_only=True)
    taker = DoerSerializer(read_only=True, allow_null=True)
    accepted_by = DoerSerializer(read_only=True, allow_null=True)
    items = HandoverItemSerializer(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Handover
        fields = [
            "id",
            "schedule",
            "leaver",
            "taker",
            "shift_ended_at",
            "state",
            "notes",
            "items",
            "offered_at",
            "accepted_at",
            "accepted_by",
            "url",
        ]


class NotesSerializer(serializers.Serializer[Any]):
    notes = serializers.CharField(max_length=5000, allow_blank=True)


class HandoverViewSet(RecordViewSet[Handover]):
    """What somebody passes on when their shift ends; `items` is as it was at that moment."""

    serializer_class = HandoverSerializer
    filterset_class = HandoverFilter
    queryset = Handover.objects.all()

    def get_queryset(self) -> QuerySet[Handover]:
        rows = Handover.objects.visible_to(signed_in(self.request)).with_list_columns()
        return rows.prefetch_related("items").order_by("pk")

    @extend_schema(request=None, responses=HandoverSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Answer for what the leaver held from now on."""
        user = signed_in(request)
        handover = handover_for(user, int(pk), may="change")
        taken = workflow.accept_handover(handover, person=user, actor=user)
        return Response(self.get_serializer(taken).data)

    @extend_schema(request=NotesSerializer, responses=HandoverSerializer)
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str) -> Response:
        """Write down, as the leaver, what the next one should know."""
        user = signed_in(request)
        handover = handover_for(user, int(pk), may="change")
        require_act_for(user, handover.leaver, handover.schedule.team)
        values = given(NotesSerializer, request)
        written = workflow.write_notes(handover, **values, actor=user)
        return Response(self.get_serializer(written).data)


class ShiftFindingSerializer(serializers.ModelSerializer[ShiftFinding]):
    person = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ShiftFinding
        fields = [
            "id",
            "kind",
            "schedule",
            "other",
            "person",
            "starts_at",
            "ends_at",
            "reason",
            "found_at",
        ]


class ShiftFindingViewSet(RecordViewSet[ShiftFinding]):
    """Gaps, double bookings and shifts on leave within the next 60 days."""

    serializer_class = ShiftFindingSerializer
    filterset_class = FindingFilter
    queryset = ShiftFinding.objects.all()

    def get_queryset(self) -> QuerySet[ShiftFinding]:
        rows = ShiftFinding.objects.current().visible_to(signed_in(self.request))
        return rows.with_list_columns().order_by("pk")
