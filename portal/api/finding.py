"""Events, search, and the improvement board."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.base import RecordViewSet, View
from portal.api.serializers import (
    EventSerializer,
    FigureSerializer,
    RuleSerializer,
    SearchSerializer,
)
from portal.filters import EventFilter
from portal.http import signed_in
from portal.improvement import board
from portal.models import Event, PracticeRule
from portal.search import search
from portal.text_search import LONGEST, MOST_TERMS, is_too_much
from portal.timeline import visible_events


class EventViewSet(RecordViewSet[Event]):
    """Everything that happened: the audit log, newest first."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        return visible_events(signed_in(self.request))


class SearchView(View):
    """Finds what all apps know, of what the caller may see."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q", str, required=True, description="At most 200 characters and 20 words."
            )
        ],
        responses=SearchSerializer,
    )
    def get(self, request: Request) -> Response:
        for name in request.query_params.keys() - {"q", "format"}:
            raise ValidationError({name: _("There is no parameter of this name.")})
        text = request.query_params.get("q", "").strip()
        if not text or is_too_much(text):
            limits = {"length": LONGEST, "terms": MOST_TERMS}
            raise ValidationError(
                {"q": _("From 1 to %(length)d characters and %(terms)d words.") % limits}
            )
        groups = search(signed_in(request), text)
        results = [result for group in groups for result in group["results"]]
        body: dict[str, Any] = {"query": text, "results": results}
        return Response(SearchSerializer(body).data)


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
