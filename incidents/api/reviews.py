from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from incidents import workflow
from incidents.access import review_for
from incidents.api.serializers import (
    PromiseActionSerializer,
    ReviewSerializer,
    ReviewWithWordsSerializer,
    SaveReviewSerializer,
)
from incidents.filters import ReviewFilter
from incidents.models import Review
from knowledge.api.serializers import ActionSerializer
from portal.access import require_look
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in


class ReviewViewSet(RecordViewSet[Review]):
    """Post-incident reviews; a draft is made when a P0 or P1 incident is resolved."""

    filterset_class = ReviewFilter
    queryset = Review.objects.all()

    def get_queryset(self) -> QuerySet[Review]:
        require_look(signed_in(self.request))
        return Review.objects.select_related("incident__service", "owner")

    def get_serializer_class(self) -> type[BaseSerializer[Review]]:
        return ReviewSerializer if self.action == "list" else ReviewWithWordsSerializer

    @extend_schema(request=SaveReviewSerializer, responses=ReviewWithWordsSerializer)
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: str) -> Response:
        """Keep these sections; 409 `newer_version` if somebody saved since that version."""
        review = self._mine()
        said = given(SaveReviewSerializer, request)
        review = workflow.save_review(review, **said, actor=signed_in(request))
        return Response(ReviewWithWordsSerializer(review).data)

    @extend_schema(request=PromiseActionSerializer, responses={201: ActionSerializer})
    @action(detail=True, methods=["post"])
    def actions(self, request: Request, pk: str) -> Response:
        """Add an action item, with its one owner and its due date."""
        review = self._mine()
        said = given(PromiseActionSerializer, request)
        made = workflow.add_review_action(review, **said, actor=signed_in(request))
        return Response(ActionSerializer(made).data, status=201)

    @extend_schema(request=None, responses=ReviewWithWordsSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make it a document of the knowledge base; the incident may then be closed."""
        review = workflow.publish_review(self._mine(), actor=signed_in(request))
        return Response(ReviewWithWordsSerializer(review).data)

    def _mine(self) -> Review:
        found = self.get_object()
        return review_for(signed_in(self.request), found.incident_id, may="change")
