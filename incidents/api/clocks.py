"""The clocks and the moments of an incident in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import incident_for
from incidents.clock_sheet import sheets
from incidents.milestones import FIELDS, milestones
from incidents.models import ClockChange, ClockPause, Incident, PauseReason
from operations.api.shapes import DoerSerializer
from portal import clock
from portal.api.bodies import given
from portal.http import signed_in


class ClockPauseSerializer(serializers.ModelSerializer[ClockPause]):
    started_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ClockPause
        fields = ["reason", "note", "started_at", "ended_at", "started_by"]
        read_only_fields = fields


class MovedClockSerializer(serializers.ModelSerializer[ClockChange]):
    """Both targets and both due times, who moved the clock, and why."""

    actor = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ClockChange
        fields = [
            "at",
            "reason",
            "note",
            "actor",
            "severity_before",
            "severity_after",
            "target_before",
            "target_after",
            "due_before",
            "due_after",
            "elapsed",
        ]
        read_only_fields = fields


class ClockSerializer(serializers.Serializer[Any]):
    """`elapsed` is the time that counted: by its calendar, without its pauses."""

    kind = serializers.CharField(source="clock.kind")
    number = serializers.IntegerField(source="clock.number")
    state = serializers.CharField(
        help_text="on_time, at_risk, breached, met, paused, frozen, unlimited or not_needed."
    )
    severity = serializers.IntegerField(source="clock.severity")
    started_at = serializers.DateTimeField(source="clock.started_at")
    target = serializers.DurationField(source="clock.target", allow_null=True)
    at_risk_at = serializers.DateTimeField(source="clock.at_risk_at", allow_null=True)
    due_at = serializers.DateTimeField(source="clock.due_at", allow_null=True)
    stopped_at = serializers.DateTimeField(source="clock.stopped_at", allow_null=True)
    breached_at = serializers.DateTimeField(source="clock.breached_at", allow_null=True)
    breach_reason = serializers.CharField(source="clock.breach_reason")
    elapsed = serializers.DurationField()
    remaining = serializers.DurationField(allow_null=True)
    pauses = ClockPauseSerializer(many=True)
    changes = MovedClockSerializer(many=True)


class MilestoneSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    value = serializers.CharField(help_text="recorded, pending, not_applicable or invalid.")


class PauseClockSerializer(serializers.Serializer[Any]):
    waiting_for = serializers.ChoiceField(
        choices=[PauseReason.VENDOR.value, PauseReason.CUSTOMER.value]
    )
    note = serializers.CharField(max_length=300)


class CorrectMilestoneSerializer(serializers.Serializer[Any]):
    milestone = serializers.ChoiceField(choices=list(FIELDS))
    at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class ClockActions:
    """What `IncidentViewSet` does with clocks and moments."""

    @extend_schema(responses=ClockSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def clocks(self, request: Request, pk: str) -> Response:
        """What is due when, what has counted, and what moved it; at most four kinds."""
        return self._clocks(incident_for(signed_in(request), pk))

    @extend_schema(request=PauseClockSerializer, responses=ClockSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="clocks/pause")
    def pause_clock(self, request: Request, pk: str) -> Response:
        """Stop counting towards the resolution while somebody else has to act."""
        user = signed_in(request)
        incident = incident_for(user, pk, may="change")
        said = given(PauseClockSerializer, request)
        return self._clocks(workflow.pause_clock(incident, **said, actor=user))

    @extend_schema(request=None, responses=ClockSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="clocks/resume")
    def resume_clock(self, request: Request, pk: str) -> Response:
        """Count towards the resolution again."""
        user = signed_in(request)
        incident = incident_for(user, pk, may="change")
        return self._clocks(workflow.resume_clock(incident, actor=user))

    @extend_schema(responses=MilestoneSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def milestones(self, request: Request, pk: str) -> Response:
        """Its six moments, each with what is known of it."""
        incident = incident_for(signed_in(request), pk)
        return Response(MilestoneSerializer(milestones(incident), many=True).data)

    @extend_schema(request=CorrectMilestoneSerializer, responses=MilestoneSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="milestones/correct")
    def correct_milestone(self, request: Request, pk: str) -> Response:
        """Say when it really happened; what was said before is kept."""
        user = signed_in(request)
        incident = incident_for(user, pk, may="change")
        said = given(CorrectMilestoneSerializer, request)
        corrected = workflow.correct_milestone(incident, **said, actor=user)
        return Response(MilestoneSerializer(milestones(corrected), many=True).data)

    def _clocks(self, incident: Incident) -> Response:
        return Response(ClockSerializer(sheets(incident, clock.now()), many=True).data)
