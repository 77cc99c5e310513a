"""The sprints of teams in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import require_team, seen_by, sprints_for
from operations.api.shapes import given, team_field
from operations.models import SprintCalendar
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.people import SLUG
from portal.http import signed_in


class SprintCalendarSerializer(serializers.ModelSerializer[SprintCalendar]):
    team = team_field()
    next_ends_at = serializers.SerializerMethodField(
        help_text="When the sprint after the present one is over."
    )

    class Meta:
        model = SprintCalendar
        fields = ["team", "begins_on", "days", "next_ends_at"]
        extra_kwargs: dict[str, Any] = {"team": {"validators": []}}

    def get_next_ends_at(self, row: SprintCalendar) -> str:
        return row.sprints.end_of_next(clock.now()).isoformat()


class SprintCalendarViewSet(RecordViewSet[SprintCalendar]):
    """When the sprints of a team begin; P3 is due with the end of the next one."""

    serializer_class = SprintCalendarSerializer
    queryset = SprintCalendar.objects.all()
    lookup_field = "team__slug"
    lookup_url_kwarg = "slug"
    lookup_value_regex = SLUG

    def get_queryset(self) -> QuerySet[SprintCalendar]:
        rows = SprintCalendar.objects.select_related("team").order_by("pk")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(responses={201: SprintCalendarSerializer})
    def create(self, request: Request) -> Response:
        """Set the sprints of a team; said again, they are changed."""
        user = signed_in(request)
        require_work(user)
        said: dict[str, Any] = given(SprintCalendarSerializer, request)
        require_team(user, said["team"])
        made = workflow.set_sprints(**said, actor=user)
        return Response(SprintCalendarSerializer(made).data, status=201)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, slug: str) -> Response:
        """Without sprints nothing is due in the next one."""
        user = signed_in(request)
        workflow.remove_sprints(sprints_for(user, slug), actor=user)
        return Response(status=204)
