"""Shifts that change hands."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import leave, workflow
from operations.access import require_act_for, schedule_for, swap_for
from operations.api.shapes import DoerSerializer, given
from operations.filters import SwapFilter
from operations.models import IN_USE, Schedule, SwapRequest
from portal.access import require_work
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.models import User


class SwapSerializer(serializers.ModelSerializer[SwapRequest]):
    person = DoerSerializer(read_only=True)
    asked = DoerSerializer(read_only=True, allow_null=True)
    made_by = DoerSerializer(read_only=True, allow_null=True)
    accepted_by = DoerSerializer(read_only=True, allow_null=True)
    time_zone = serializers.CharField(
        source="schedule.time_zone", read_only=True, help_text="The schedule's."
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = SwapRequest
        fields = [
            "id",
            "schedule",
            "person",
            "asked",
            "starts_at",
            "ends_at",
            "time_zone",
            "return_starts_at",
            "return_ends_at",
            "note",
            "state",
            "made_by",
            "made_at",
            "accepted_by",
            "closed_at",
            "url",
        ]


def _person(**options: Any) -> serializers.PrimaryKeyRelatedField[User]:
    return serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), **options)


class NewSwapSerializer(serializers.ModelSerializer[SwapRequest]):
    schedule = serializers.PrimaryKeyRelatedField(queryset=Schedule.objects.filter(IN_USE))
    person = _person(help_text="Whose shift it is; for others than oneself, as a manager.")
    asked = _person(required=False, allow_null=True)
    starts_at = serializers.DateTimeField(required=False, help_text="By default now.")

    class Meta:
        model = SwapRequest
        fields = [
            "schedule",
            "person",
            "asked",
            "starts_at",
            "ends_at",
            "return_starts_at",
            "return_ends_at",
            "note",
        ]


class TakerSerializer(serializers.Serializer[Any]):
    person = _person(required=False, help_text="By default oneself.")


class TakeOverSerializer(serializers.Serializer[Any]):
    from_person = _person()
    person = _person(required=False, help_text="By default oneself.")
    starts_at = serializers.DateTimeField(required=False, help_text="By default now.")
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(required=False, max_length=200, allow_blank=True)


class TakenOverSerializer(serializers.Serializer[Any]):
    """What was stored: the person, the interval and the zone of the schedule."""

    schedule = serializers.IntegerField()
    person = DoerSerializer()
    from_person = DoerSerializer()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="Who took it is away in a part of the time."
    )


class SwapViewSet(RecordViewSet[SwapRequest]):
    """Requests for cover and swaps; accepting one makes the overrides."""

    serializer_class = SwapSerializer
    filterset_class = SwapFilter
    queryset = SwapRequest.objects.all()

    def get_queryset(self) -> QuerySet[SwapRequest]:
        rows = SwapRequest.objects.visible_to(signed_in(self.request))
        return rows.with_list_columns().order_by("pk")

    @extend_schema(request=NewSwapSerializer, responses={201: SwapSerializer})
    def create(self, request: Request) -> Response:
        """Look for somebody; a time that is over is answered with 422."""
        user = signed_in(request)
        require_work(user)
        values = given(NewSwapSerializer, request)
        schedule = schedule_for(user, values.pop("schedule").pk, may="change")
        require_act_for(user, values["person"], schedule.team)
        swap = workflow.ask_for_swap(schedule, **values, actor=user)
        return Response(self.get_serializer(swap).data, status=201)

    @extend_schema(request=TakerSerializer, responses=SwapSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take it, or give it to somebody as a manager."""
        user = signed_in(request)
        swap = swap_for(user, int(pk), may="change")
        person = given(TakerSerializer, request).get("person") or user
        require_act_for(user, person, swap.schedule.team)
        taken = workflow.accept_swap(swap, person=person, actor=user)
        return Response(self.get_serializer(taken).data)

    @extend_schema(request=None, responses=SwapSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Ask no more; the shift stays where it is."""
        user = signed_in(request)
        swap = swap_for(user, int(pk), may="change")
        require_act_for(user, swap.person, swap.schedule.team)
        return Response(self.get_serializer(workflow.withdraw_swap(swap, actor=user)).data)


class TakeOverView(View):
    """Taking a colleague's shift over at once."""

    @extend_schema(
        operation_id="schedules_take_over",
        request=TakeOverSerializer,
        responses=TakenOverSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take a shift over; a time that is over is answered with 422."""
        user = signed_in(request)
        schedule = schedule_for(user, pk, may="change")
        values = given(TakeOverSerializer, request)
        person = values.pop("person", user)
        require_act_for(user, person, schedule.team)
        start, end = workflow.take_shift(schedule, person=person, **values, actor=user)
        stored = {
            "schedule": schedule.pk,
            "person": person,
            "from_person": values["from_person"],
            "starts_at": start,
            "ends_at": end,
            "time_zone": schedule.time_zone,
            "warnings": leave.warnings([person], start, end, schedule.time_zone),
        }
        return Response(TakenOverSerializer(stored).data)
