"""The delivery metrics in the API, with the same rules as the page."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance.delivery_form import DeliveryForm
from maintenance.views.delivery import figures_for, services_of
from portal.access import require_look
from portal.api.base import View
from portal.http import signed_in

PARAMETERS = [
    OpenApiParameter("service", str, description="Its short name; without one, each service."),
    OpenApiParameter(
        "days", str, enum=["30", "90", "365", "own"], description="90 if not given."
    ),
    OpenApiParameter("first", str, description="The first day, such as 2026-09-01."),
    OpenApiParameter("last", str, description="The last day."),
    OpenApiParameter("rollbacks", str, enum=["with", "without"]),
]


class LeadTimeSerializer(serializers.Serializer[Any]):
    p50 = serializers.DurationField(allow_null=True)
    p90 = serializers.DurationField(allow_null=True)
    n = serializers.IntegerField(help_text="Changes.")
    negative = serializers.IntegerField(help_text="Left out: committed after they arrived.")
    unknown = serializers.IntegerField(help_text="Deployments without a known commit.")


class WeekSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    deployments = serializers.IntegerField()
    failed = serializers.IntegerField()
    days = serializers.IntegerField(help_text="With a deployment.")
    lead_time = serializers.DurationField(allow_null=True)


class FrequencySerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    days = serializers.FloatField()
    a_day = serializers.FloatField()
    a_week = serializers.FloatField()
    days_a_week = serializers.FloatField(
        allow_null=True, help_text="Days with a deployment in the median week."
    )
    weeks = WeekSerializer(many=True)


class RecoverySerializer(serializers.Serializer[Any]):
    p50 = serializers.DurationField(allow_null=True)
    n = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Not recovered yet.")
    is_at_least = serializers.BooleanField(help_text="Whether p50 is a lower bound.")
    negative = serializers.IntegerField()


class RateSerializer(serializers.Serializer[Any]):
    """From 0 to 1; null where there are no deployments."""

    share = serializers.FloatField(allow_null=True, help_text="Of what is declared.")
    share_at_most = serializers.FloatField(
        allow_null=True, help_text="With what is only inferred."
    )
    part = serializers.IntegerField()
    at_most = serializers.IntegerField()
    whole = serializers.IntegerField()
    interval = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="Wilson's 95 % interval of the declared share.",
    )


class DeliveryFiguresSerializer(serializers.Serializer[Any]):
    """Of one service; lengths as `days hours:minutes:seconds`."""

    service = serializers.CharField()
    lead_time = LeadTimeSerializer()
    frequency = FrequencySerializer()
    recovery = RecoverySerializer()
    fail_rate = RateSerializer()
    rework_incident = RateSerializer(help_text="As a result of an incident in production.")
    rework_bug = RateSerializer(help_text="To address a bug that users saw.")
    rollbacks = RateSerializer()


class FiguresOfServicesSerializer(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()
    rollbacks = serializers.BooleanField(help_text="Whether these are counted.")
    services = DeliveryFiguresSerializer(many=True)


class DeliveryFiguresView(View):
    @extend_schema(parameters=PARAMETERS, responses=FiguresOfServicesSerializer)
    def get(self, request: Request) -> Response:
        """
        Return the five delivery metrics of a service, or of each, never added up.

        Days are those of UTC for a token, and of the reader's zone for a session.
        """
        user = signed_in(request)
        require_look(user)
        form = DeliveryForm(request.query_params, user=user)
        if not form.is_valid():
            wrong = {name: [str(why) for why in form.errors[name]] for name in form.errors}
            raise ValidationError(wrong)
        services = services_of(user, form)
        told = figures_for(user, form, services, form.period)
        answer = {
            "first": form.period.first,
            "last": form.period.last,
            "rollbacks": form.counts_rollbacks,
            "services": [
                {**_fields(told[service.pk]), "service": service.slug} for service in services
            ],
        }
        return Response(FiguresOfServicesSerializer(answer).data)


def _fields(figures: Any) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in figures.__dataclass_fields__}
