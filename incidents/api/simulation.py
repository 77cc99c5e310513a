"""Who would be woken, for programs."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.simulating import simulate
from incidents.simulation_form import SimulationForm
from portal import clock
from portal.access import require_look
from portal.api.base import View
from portal.http import signed_in

KNOWN = {"service", "severity", "at", "labels", "integration", "alert", "format"}
PARAMETERS = [
    OpenApiParameter("service", str, description="The short name of a service."),
    OpenApiParameter("severity", int, enum=[0, 1, 2, 3], description="By default 0, for P0."),
    OpenApiParameter("at", str, description="ISO 8601 with an offset; by default now."),
    OpenApiParameter("labels", str, description='Such as `team="payments", env="prod"`.'),
    OpenApiParameter("integration", int, description="Which integration sends it."),
    OpenApiParameter("alert", int, description="An alert that is known already."),
]


class LineSerializer(serializers.Serializer[Any]):
    """One thing that is decided before anybody is woken, in words."""

    text = serializers.CharField()
    url = serializers.CharField()


class MessageSerializer(serializers.Serializer[Any]):
    """One message; its address is masked."""

    at = serializers.DateTimeField()
    way = serializers.CharField()
    address = serializers.CharField()
    is_verified = serializers.BooleanField()
    is_broken = serializers.BooleanField()


class WokenSerializer(serializers.Serializer[Any]):
    """A person or a channel, why them, and by which messages."""

    kind = serializers.ChoiceField(choices=["person", "channel"])
    id = serializers.IntegerField()
    name = serializers.CharField()
    why = serializers.CharField()
    messages = MessageSerializer(many=True)


class RungSerializer(serializers.Serializer[Any]):
    """One step at its time; `loop` counts the climbs before, `order` the steps from 1."""

    at = serializers.DateTimeField()
    loop = serializers.IntegerField()
    order = serializers.IntegerField()
    is_last_resort = serializers.BooleanField()
    told = WokenSerializer(many=True)
    reason = serializers.CharField()
    skipped_because = serializers.CharField()
    waits_until = serializers.DateTimeField(allow_null=True)


class PhaseSerializer(serializers.Serializer[Any]):
    """What holds the alert, and the climb that begins when nothing does any more."""

    holds = LineSerializer(many=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    rungs = RungSerializer(many=True)


class SimulationSerializer(serializers.Serializer[Any]):
    """What would happen, from the alert's coming to the last message."""

    at = serializers.DateTimeField(source="asked.at")
    severity = serializers.IntegerField(source="asked.severity")
    service = serializers.CharField(source="service.slug", default=None, allow_null=True)
    route = LineSerializer()
    grouping = LineSerializer(allow_null=True)
    policy = LineSerializer(allow_null=True)
    wakes_somebody = serializers.BooleanField()
    phases = PhaseSerializer(many=True)
    ends = LineSerializer(allow_null=True)
    remarks = serializers.ListField(child=serializers.CharField())


class SimulationView(View):
    """Who would be woken by an alert, at any instant; nothing is sent."""

    @extend_schema(
        operation_id="simulations_retrieve",
        parameters=PARAMETERS,
        responses=SimulationSerializer,
    )
    def get(self, request: Request) -> Response:
        """
        Which steps would be taken when, whom they would tell by which way, and why.

        Give a service, an alert, or labels that name one. It is worked out by the functions
        that the engine itself uses.
        """
        user = signed_in(request)
        require_look(user)
        if unknown := set(request.query_params) - KNOWN:
            raise ValidationError(dict.fromkeys(unknown, "There is no parameter of this name."))
        form = SimulationForm(request.query_params, user=user)
        if not form.is_valid():
            raise ValidationError(
                {
                    "detail" if name == "__all__" else name: [str(error) for error in errors]
                    for name, errors in form.errors.items()
                }
            )
        found = simulate(form.question(), now=clock.now())
        return Response(SimulationSerializer(found).data)
