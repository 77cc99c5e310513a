"""Business hours in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import hours_for, require_hours, seen_by
from operations.api.shapes import given, service_field, team_field
from operations.models import BusinessHours
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class BusinessHoursSerializer(serializers.ModelSerializer[BusinessHours]):
    team = team_field(required=False, allow_null=True)
    service = service_field(required=False, allow_null=True)
    ranges = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=3, max_length=3),
        min_length=1,
        max_length=50,
        help_text='Such as `[[0, "09:00", "17:00"]]`: weekday (Monday is 0), from, until.',
    )

    monthly = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=4, max_length=4),
        max_length=50,
        required=False,
        help_text="Such as `[[-3, -1, "
        '"08:00", "20:00"]]`: open on these days of the month too; -1 is its last day.',
    )

    class Meta:
        model = BusinessHours
        fields = [
            "id",
            "team",
            "service",
            "time_zone",
            "ranges",
            "monthly",
            "country",
            "subdivision",
        ]


class BusinessHoursChangeSerializer(BusinessHoursSerializer):
    """What can be changed later."""

    class Meta(BusinessHoursSerializer.Meta):
        fields = ["time_zone", "ranges", "monthly", "country", "subdivision"]


class BusinessHoursViewSet(RecordViewSet[BusinessHours]):
    """When a service, a team or the house is at work; P1 waits for it."""

    serializer_class = BusinessHoursSerializer
    queryset = BusinessHours.objects.all()

    def get_queryset(self) -> QuerySet[BusinessHours]:
        rows = BusinessHours.objects.select_related("team", "service").order_by("pk")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(responses={201: BusinessHoursSerializer})
    def create(self, request: Request) -> Response:
        """Set the hours of a service, of a team, or of the house where neither is named."""
        user = signed_in(request)
        require_work(user)
        said: dict[str, Any] = given(BusinessHoursSerializer, request)
        require_hours(user, team=said.get("team"), service=said.get("service"))
        made = workflow.set_business_hours(**said, actor=user)
        return Response(BusinessHoursSerializer(made).data, status=201)

    @extend_schema(request=BusinessHoursChangeSerializer, responses=BusinessHoursSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        user = signed_in(request)
        found = hours_for(user, int(pk), may="change")
        said = given(BusinessHoursChangeSerializer, request, found)
        made = workflow.change_business_hours(found, actor=user, **said)
        return Response(BusinessHoursSerializer(made).data)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Without hours nothing waits."""
        user = signed_in(request)
        workflow.remove_business_hours(hours_for(user, int(pk), may="change"), actor=user)
        return Response(status=204)
