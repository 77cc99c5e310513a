"""Events, and the improvement board."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.base import RecordViewSet, View
from portal.api.serializers import (
    EventSerializer,
    FigureSerializer,
    RuleSerializer,
)
from portal.filters import EventFilter
from portal.http import signed_in
from portal.improvement import board
from portal.models import Event, PracticeRule
from portal.timeline import visible_events


class EventViewSet(RecordViewSet[Event]):
    """Everything that happened: the audit log, newest first."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        return visible_events(signed_in(self.request))


class TargetView(View):
    """The improvement targets, each with the figure of the last 90 days."""

    @extend_schema(responses=FigureSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(FigureSerializer(board(signed_in(request)), many=True).data)


class RuleViewSet(RecordViewSet[PracticeRule]):
    """What this organisation always does, never does, and calls success."""

    queryset = PracticeRule.objects.order_by("kind", "order", "pk")
    serializer_class = RuleSerializer
    lookup_field = "key"
    lookup_value_regex = r"[-a-zA-Z0-9_]+"
