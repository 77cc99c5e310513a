from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import heartbeat_for
from operations.api.shapes import given, service_field
from operations.cron_times import BadCron
from operations.filters import HeartbeatFilter
from operations.models import Heartbeat, Ping, PingRejection
from operations.models.heartbeats import LONGEST, SHORTEST
from operations.on_calendar import BadCalendar
from operations.snippets import ping_url
from portal import clock
from portal.access import require_work, works_in
from portal.api.base import RecordViewSet
from portal.forms import zones
from portal.http import signed_in
from portal.models import Membership, Service, User

EXPECTED = [
    "name",
    "service",
    "kind",
    "period_minutes",
    "cron",
    "on_calendar",
    "time_zone",
    "grace_minutes",
    "severity",
    "runbook_url",
    "is_resumed_by_ping",
]
MINUTES = {"min_value": SHORTEST, "max_value": LONGEST}


class HeartbeatSerializer(serializers.ModelSerializer[Heartbeat]):
    service = service_field()
    ping_url = serializers.SerializerMethodField(
        help_text="What the job calls; null for those who may not change the heartbeat."
    )
    page_url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Heartbeat
        fields = [
            "id",
            *EXPECTED,
            "state",
            "since",
            "expected_at",
            "due_at",
            "heard_at",
            "succeeded_at",
            "down_because",
            "last_duration",
            "ping_url",
            "page_url",
        ]
        read_only_fields = [
            "state",
            "since",
            "expected_at",
            "due_at",
            "heard_at",
            "succeeded_at",
            "down_because",
            "last_duration",
        ]
        extra_kwargs = {"period_minutes": MINUTES, "grace_minutes": MINUTES}

    def validate_time_zone(self, name: str) -> str:
        if name not in {known for known, _label in zones()}:
            raise serializers.ValidationError("This is no time zone.", code="no_zone")
        return name

    def get_ping_url(self, heartbeat: Heartbeat) -> str | None:
        teams = self.context.get("teams")
        may = teams is None or heartbeat.service.team_id in teams
        return ping_url(heartbeat) if may else None


class HeartbeatChangeSerializer(HeartbeatSerializer):
    class Meta(HeartbeatSerializer.Meta):
        fields = EXPECTED
        read_only_fields: list[str] = []


class PingSerializer(serializers.ModelSerializer[Ping]):
    class Meta:
        model = Ping
        fields = ["at", "kind", "exit_status", "run_id", "duration", "method", "agent"]


class PingRejectionSerializer(serializers.ModelSerializer[PingRejection]):
    class Meta:
        model = PingRejection
        fields = ["reason", "count", "first_at", "last_at", "method", "call", "agent"]


class HeartbeatViewSet(RecordViewSet[Heartbeat]):
    """Jobs that tell us how they are, and whose silence is an alert."""

    serializer_class = HeartbeatSerializer
    filterset_class = HeartbeatFilter
    queryset = Heartbeat.objects.all()

    def get_queryset(self) -> QuerySet[Heartbeat]:
        return Heartbeat.objects.visible_to(signed_in(self.request)).with_list_columns()

    def get_serializer_context(self) -> dict[str, Any]:
        """Name the teams whose addresses the person may see; None for all of them."""
        user = self.request.user
        context = dict(super().get_serializer_context())
        if not isinstance(user, User) or not user.is_administrator:
            context["teams"] = _teams_of(user)
        return context

    @extend_schema(responses={201: HeartbeatSerializer})
    def create(self, request: Request) -> Response:
        """Add a heartbeat; it is waited for from its first ping on."""
        user = signed_in(request)
        require_work(user)
        values = given(HeartbeatSerializer, request)
        _require_team_of(user, values["service"])
        try:
            made = workflow.make_heartbeat(**values, now=clock.now(), actor=user)
        except (BadCron, BadCalendar) as problem:
            raise _refused(problem) from problem
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=HeartbeatChangeSerializer, responses=HeartbeatSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is expected; it is reckoned anew from the last success."""
        user = signed_in(request)
        heartbeat = heartbeat_for(user, int(pk), may="change")
        values = given(HeartbeatChangeSerializer, request, heartbeat)
        _require_team_of(user, values.get("service", heartbeat.service))
        try:
            changed = workflow.change_heartbeat(
                heartbeat, **values, now=clock.now(), actor=user
            )
        except (BadCron, BadCalendar) as problem:
            raise _refused(problem) from problem
        return Response(self.get_serializer(changed).data)

    @extend_schema(request=None, responses=HeartbeatSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Wait for it no more; an alert about it ends."""
        user = signed_in(request)
        heartbeat = heartbeat_for(user, int(pk), may="change")
        paused = workflow.pause_heartbeat(heartbeat, now=clock.now(), actor=user)
        return Response(self.get_serializer(paused).data)

    @extend_schema(request=None, responses=HeartbeatSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Wait for it again, from now."""
        user = signed_in(request)
        heartbeat = heartbeat_for(user, int(pk), may="change")
        resumed = workflow.resume_heartbeat(heartbeat, now=clock.now(), actor=user)
        return Response(self.get_serializer(resumed).data)

    @extend_schema(request=None, responses=HeartbeatSerializer)
    @action(detail=True, methods=["post"], url_path="renew-key")
    def renew_key(self, request: Request, pk: str) -> Response:
        """Give it another address; pings to the old one are turned away and counted."""
        user = signed_in(request)
        heartbeat = heartbeat_for(user, int(pk), may="change")
        renewed = workflow.renew_ping_key(heartbeat, actor=user)
        return Response(self.get_serializer(renewed).data)

    @extend_schema(request=None, responses={201: PingSerializer})
    @action(detail=True, methods=["post"], url_path="send-test")
    def send_test(self, request: Request, pk: str) -> Response:
        """Take in a ping for the log, from which nothing follows."""
        user = signed_in(request)
        heartbeat = heartbeat_for(user, int(pk), may="change")
        ping = workflow.send_test_ping(heartbeat, actor=user)
        return Response(PingSerializer(ping).data, status=201)

    @extend_schema(responses=PingRejectionSerializer(many=True), filters=False)
    @action(detail=True)
    def rejections(self, request: Request, pk: str) -> Response:
        """How often pings were turned away, by reason, with the newest of each."""
        heartbeat = heartbeat_for(signed_in(request), int(pk))
        rows: Any = heartbeat.rejections.order_by("-pk")
        found: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(PingRejectionSerializer(found, many=True).data)

    @extend_schema(responses=PingSerializer(many=True), filters=False)
    @action(detail=True)
    def pings(self, request: Request, pk: str) -> Response:
        """The last hundred pings, the newest first."""
        heartbeat = heartbeat_for(signed_in(request), int(pk))
        rows: Any = heartbeat.pings.defer("body").order_by("-pk")
        found: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(PingSerializer(found, many=True).data)


def _teams_of(user: Any) -> set[int]:
    if not isinstance(user, User) or not user.may_work:
        return set()
    return set(Membership.objects.filter(person=user).values_list("team", flat=True))


def _require_team_of(user: User, service: Service) -> None:
    if not works_in(user, service.team_id):
        raise PermissionDenied


def _refused(problem: BadCron | BadCalendar) -> serializers.ValidationError:
    name = "cron" if isinstance(problem, BadCron) else "on_calendar"
    detail = serializers.ErrorDetail(str(problem), code=f"bad_{name}")
    return serializers.ValidationError({name: detail})
