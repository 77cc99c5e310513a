from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import on_call, workflow
from operations.access import override_for, require_team, schedule_for, seen_by
from operations.api.shapes import DoerSerializer, given, team_field
from operations.models import Override, Schedule
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.models import Team, User

LONGEST_WINDOW = timedelta(days=366)


class OverrideSerializer(serializers.ModelSerializer[Override]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = Override
        fields = ["id", "person", "starts_at", "ends_at", "reason"]


class NewOverrideSerializer(serializers.ModelSerializer[Override]):
    person = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())

    class Meta:
        model = Override
        fields = ["person", "starts_at", "ends_at", "reason"]


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    time_zone = serializers.CharField(source="team.time_zone", read_only=True)
    people = serializers.SerializerMethodField(help_text="In the order of their turns.")
    overrides = OverrideSerializer(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Schedule
        fields = [
            "id",
            "team",
            "time_zone",
            "starts_on",
            "handoff_weekday",
            "handoff_time",
            "people",
            "overrides",
            "url",
        ]

    @extend_schema_field(DoerSerializer(many=True))
    def get_people(self, schedule: Schedule) -> Any:
        people = [turn.person for turn in schedule.turns.all()]
        return DoerSerializer(people, many=True).data


class SetScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """A team's rotation; the week of `starts_on` is the first person's."""

    team = team_field()
    people = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), many=True)

    class Meta:
        model = Schedule
        fields = ["team", "people", "starts_on", "handoff_weekday", "handoff_time"]


class ShiftSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    person = DoerSerializer(allow_null=True)
    reason = serializers.CharField()
    is_override = serializers.BooleanField()


class DutySerializer(serializers.Serializer[Any]):
    """Who is on call in one team; null for nobody, and the reason says why."""

    team = serializers.CharField(source="team.slug")
    person = DoerSerializer(source="on_call.person", allow_null=True)
    reason = serializers.CharField(source="on_call.reason")


class OnCallSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    duties = DutySerializer(many=True)


class AskedAtSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False)


class WindowSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()

    def validate(self, attrs: dict[str, datetime]) -> dict[str, datetime]:
        length = attrs["end"] - attrs["start"]
        if not timedelta(0) < length <= LONGEST_WINDOW:
            raise serializers.ValidationError(
                {"end": "The end must be later than the start, by a year at most."}
            )
        return attrs


class ScheduleViewSet(RecordViewSet[Schedule]):
    """Weekly rotations, one for each team, by the clock of the team's time zone."""

    serializer_class = ScheduleSerializer
    queryset = Schedule.objects.all()

    def get_queryset(self) -> QuerySet[Schedule]:
        schedules = on_call.schedules_with_people(overrides_after=clock.now())
        return seen_by(signed_in(self.request), schedules).order_by("pk")

    @extend_schema(request=SetScheduleSerializer, responses=ScheduleSerializer)
    def create(self, request: Request) -> Response:
        """Set a team's rotation, whether it had one or not."""
        user = signed_in(request)
        require_work(user)
        values = given(SetScheduleSerializer, request)
        require_team(user, values["team"])
        schedule = workflow.set_schedule(values.pop("team"), **values, actor=user)
        return self._shown(schedule.pk)

    @extend_schema(request=NewOverrideSerializer, responses={201: ScheduleSerializer})
    @action(detail=True, methods=["post"])
    def overrides(self, request: Request, pk: str) -> Response:
        """Have somebody take over for a while."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        values = given(NewOverrideSerializer, request)
        workflow.override(schedule, **values, actor=user)
        return self._shown(schedule.pk, status=201)

    @extend_schema(
        request=None,
        responses={204: None},
        parameters=[OpenApiParameter("override", int, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["delete"], url_path=r"overrides/(?P<override>\d+)")
    def remove_override(self, request: Request, pk: str, override: str) -> Response:
        """Give the time back to the rotation."""
        user = signed_in(request)
        schedule_for(user, int(pk), may="change")
        workflow.remove_override(override_for(user, int(override), may="change"), actor=user)
        return Response(status=204)

    @extend_schema(
        parameters=[WindowSerializer], responses=ShiftSerializer(many=True), filters=False
    )
    @action(detail=True, pagination_class=None)
    def shifts(self, request: Request, pk: str) -> Response:
        """Who is on call from `start` to `end`, without a gap between the shifts."""
        schedule = schedule_for(signed_in(request), int(pk))
        window = WindowSerializer(data=request.query_params)
        window.is_valid(raise_exception=True)
        shifts = on_call.shifts(schedule.team, **window.validated_data)
        return Response(ShiftSerializer([shift._asdict() for shift in shifts], many=True).data)

    def _shown(self, pk: int, status: int = 200) -> Response:
        schedule = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(schedule).data, status=status)


class OnCallView(View):
    """Who is on call, by team."""

    @extend_schema(
        operation_id="on_call_retrieve",
        parameters=[AskedAtSerializer],
        responses=OnCallSerializer,
    )
    def get(self, request: Request) -> Response:
        """Who is on call at `at`, by default now, in each team that has a schedule."""
        asked = AskedAtSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        at = asked.validated_data.get("at") or clock.now()
        duties = on_call.everybody_on_call(at)
        return Response(OnCallSerializer({"at": at, "duties": duties}).data)
