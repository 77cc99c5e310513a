from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import on_call, rota, workflow
from operations.access import (
    layer_for,
    override_for,
    require_team,
    schedule_for,
    seen_by,
    temporary_for,
)
from operations.api.schedule_shapes import (
    AskedAtSerializer,
    ChangedLayerSerializer,
    ChangedScheduleSerializer,
    ClockChangeSerializer,
    LayerSerializer,
    NewLayerSerializer,
    NewOverrideSerializer,
    NewTemporarySerializer,
    OnCallSerializer,
    OneOnCallSerializer,
    ScheduleSerializer,
    SetScheduleSerializer,
    ShiftSerializer,
    WindowSerializer,
    shifts_of,
)
from operations.api.shapes import given
from operations.models import Layer, Schedule
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet, View
from portal.http import signed_in

OVERRIDE = OpenApiParameter("override", int, OpenApiParameter.PATH)
TEMPORARY = OpenApiParameter("temporary", int, OpenApiParameter.PATH)


class ScheduleViewSet(RecordViewSet[Schedule]):
    """
    Who is on call for a team: layers that rotate, overrides of them, temporary schedules.

    All times of a rotation are by the clock of the schedule's time zone.
    """

    serializer_class = ScheduleSerializer
    queryset = Schedule.objects.all()

    def get_queryset(self) -> QuerySet[Schedule]:
        schedules = on_call.schedules_with_people(after=clock.now())
        return seen_by(signed_in(self.request), schedules).order_by("pk")

    @extend_schema(request=SetScheduleSerializer, responses=ScheduleSerializer)
    def create(self, request: Request) -> Response:
        """
        Make a schedule, or with `people` set a team's one weekly rotation.

        With `people` (and `starts_on`), the team's own schedule is made or changed: 200.
        Without, a schedule without layers is made: 201.
        """
        user = signed_in(request)
        require_work(user)
        values = given(SetScheduleSerializer, request)
        require_team(user, values["team"])
        if "people" in values:
            team = values.pop("team")
            schedule = workflow.set_schedule(team, **values, actor=user)
            return self._shown(schedule.pk)
        schedule = workflow.make_schedule(**values, actor=user)
        return self._shown(schedule.pk, status=201)

    @extend_schema(request=ChangedScheduleSerializer, responses=ScheduleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name, the description or the time zone."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        values = given(ChangedScheduleSerializer, request, schedule)
        workflow.change_schedule(schedule, **values, actor=user)
        return self._shown(schedule.pk)

    @extend_schema(request=None, responses=ScheduleSerializer)
    @action(detail=True, methods=["post"], url_path="make-default")
    def make_default(self, request: Request, pk: str) -> Response:
        """Have this schedule answer where only the team is named."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        workflow.make_default(schedule, actor=user)
        return self._shown(schedule.pk)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Use the schedule no more; its past stays."""
        user = signed_in(request)
        workflow.retire_schedule(schedule_for(user, int(pk), may="change"), actor=user)
        return Response(status=204)

    @extend_schema(request=NewLayerSerializer, responses={201: LayerSerializer})
    @action(detail=True, methods=["post"])
    def layers(self, request: Request, pk: str) -> Response:
        """Add a layer; of several, the highest priority that has somebody decides."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        values = given(NewLayerSerializer, request)
        layer = workflow.add_layer(schedule, **values, actor=user)
        return Response(LayerSerializer(layer).data, status=201)

    @extend_schema(request=NewOverrideSerializer, responses={201: ScheduleSerializer})
    @action(detail=True, methods=["post"])
    def overrides(self, request: Request, pk: str) -> Response:
        """Have somebody take over, come in addition or be taken out for a while."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        values = {"person": None, **given(NewOverrideSerializer, request)}
        workflow.override(schedule, **values, actor=user)
        return self._shown(schedule.pk, status=201)

    @extend_schema(request=None, responses={204: None}, parameters=[OVERRIDE])
    @action(detail=True, methods=["delete"], url_path=r"overrides/(?P<override>\d+)")
    def remove_override(self, request: Request, pk: str, override: str) -> Response:
        """Give the time back to the rotation."""
        user = signed_in(request)
        schedule_for(user, int(pk), may="change")
        workflow.remove_override(override_for(user, int(override), may="change"), actor=user)
        return Response(status=204)

    @extend_schema(request=NewTemporarySerializer, responses={201: ScheduleSerializer})
    @action(detail=True, methods=["post"])
    def temporaries(self, request: Request, pk: str) -> Response:
        """Have these people on call, each at their time, above all else in the schedule."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        values = given(NewTemporarySerializer, request)
        shifts = shifts_of(values.pop("shifts"))
        workflow.make_temporary(schedule, shifts=shifts, **values, actor=user)
        return self._shown(schedule.pk, status=201)

    @extend_schema(request=None, responses={204: None}, parameters=[TEMPORARY])
    @action(detail=True, methods=["delete"], url_path=r"temporaries/(?P<temporary>\d+)")
    def remove_temporary(self, request: Request, pk: str, temporary: str) -> Response:
        """Let the usual schedule decide again."""
        user = signed_in(request)
        schedule_for(user, int(pk), may="change")
        known = temporary_for(user, int(temporary), may="change")
        workflow.remove_temporary(known, actor=user)
        return Response(status=204)

    @extend_schema(
        request=NewTemporarySerializer, responses=ScheduleSerializer, parameters=[TEMPORARY]
    )
    @remove_temporary.mapping.put
    def change_temporary(self, request: Request, pk: str, temporary: str) -> Response:
        """Say all of it anew; what of it is past stays as it was."""
        user = signed_in(request)
        schedule = schedule_for(user, int(pk), may="change")
        known = temporary_for(user, int(temporary), may="change")
        values = given(NewTemporarySerializer, request)
        shifts = shifts_of(values.pop("shifts"))
        workflow.change_temporary(known, shifts=shifts, **values, actor=user)
        return self._shown(schedule.pk)

    @extend_schema(
        parameters=[WindowSerializer], responses=ShiftSerializer(many=True), filters=False
    )
    @action(detail=True, pagination_class=None)
    def shifts(self, request: Request, pk: str) -> Response:
        """Who is on call from `start` to `end`, without a gap between the shifts."""
        schedule = schedule_for(signed_in(request), int(pk))
        found = on_call.shifts(schedule, **_asked(WindowSerializer, request))
        return Response(ShiftSerializer(found, many=True).data)

    @extend_schema(parameters=[AskedAtSerializer], responses=OneOnCallSerializer)
    @action(detail=True, url_path="on-call", url_name="on-call")
    def who(self, request: Request, pk: str) -> Response:
        """Who is on call by this schedule at `at`, by default now, and why."""
        schedule = schedule_for(signed_in(request), int(pk))
        at = _asked(AskedAtSerializer, request).get("at") or clock.now()
        answer = on_call.schedule_on_call(schedule, at)
        told = {"at": at, "people": answer.people, "reason": answer.reason}
        return Response(OneOnCallSerializer(told).data)

    @extend_schema(
        parameters=[WindowSerializer], responses=ClockChangeSerializer(many=True), filters=False
    )
    @action(detail=True, pagination_class=None, url_path="clock-changes")
    def clock_changes(self, request: Request, pk: str) -> Response:
        """Changes of the clock in a window, with the shifts that get longer or shorter."""
        schedule = schedule_for(signed_in(request), int(pk))
        window = _asked(WindowSerializer, request)
        shifts = on_call.shifts(schedule, **window)
        found = rota.clock_changes(shifts, schedule.time_zone, window["start"], window["end"])
        return Response(ClockChangeSerializer(found, many=True).data)

    def _shown(self, pk: int, status: int = 200) -> Response:
        schedule = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(schedule).data, status=status)


class LayerViewSet(RecordViewSet[Layer]):
    """Layers of schedules: who takes turns, by which lengths and at which hours."""

    serializer_class = LayerSerializer
    queryset = Layer.objects.all()

    def get_queryset(self) -> QuerySet[Layer]:
        rows = Layer.objects.filter(schedule__retired_at=None).order_by("pk")
        rows = rows.prefetch_related("participants__person")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(request=ChangedLayerSerializer, responses=LayerSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the layer from now on; its past stays."""
        user = signed_in(request)
        layer = layer_for(user, int(pk), may="change")
        values = given(ChangedLayerSerializer, request, layer)
        return Response(
            LayerSerializer(workflow.change_layer(layer, **values, actor=user)).data
        )

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take the layer out from now on; its past stays."""
        user = signed_in(request)
        workflow.remove_layer(layer_for(user, int(pk), may="change"), actor=user)
        return Response(status=204)


class OnCallView(View):
    """Who is on call, by team."""

    @extend_schema(
        operation_id="on_call_retrieve",
        parameters=[AskedAtSerializer],
        responses=OnCallSerializer,
    )
    def get(self, request: Request) -> Response:
        """Who is on call at `at`, by default now, in each schedule."""
        at = _asked(AskedAtSerializer, request).get("at") or clock.now()
        duties = on_call.everybody_on_call(at)
        return Response(OnCallSerializer({"at": at, "duties": duties}).data)


def _asked(shape: Any, request: Request) -> dict[str, Any]:
    asked = shape(data=request.query_params)
    asked.is_valid(raise_exception=True)
    values: dict[str, Any] = asked.validated_data
    return values
