"""Retrospectives in the API."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from knowledge import workflow
from knowledge.access import retrospective_for
from knowledge.api.action_shapes import ActionSerializer, NewActionSerializer
from knowledge.api.serializers import (
    CardSerializer,
    NewCardSerializer,
    NewRetrospectiveSerializer,
    RetrospectiveSerializer,
    RetrospectiveWithCardsSerializer,
)
from knowledge.filters import RetrospectiveFilter
from knowledge.models import Retrospective
from portal.access import require_work, works_in
from portal.api.base import RecordViewSet
from portal.http import signed_in


class RetrospectiveViewSet(RecordViewSet[Retrospective]):
    """Retrospectives of the teams that the caller sees."""

    queryset = Retrospective.objects.none()
    filterset_class = RetrospectiveFilter

    def get_queryset(self) -> QuerySet[Retrospective]:
        return Retrospective.objects.visible_to(signed_in(self.request)).with_list_columns()

    def get_serializer_class(self) -> type[BaseSerializer[Retrospective]]:
        if self.action == "list":
            return RetrospectiveSerializer
        return RetrospectiveWithCardsSerializer

    @extend_schema(
        request=NewRetrospectiveSerializer, responses={201: RetrospectiveWithCardsSerializer}
    )
    def create(self, request: Request) -> Response:
        """Hold a retrospective for a team of one's own."""
        user = signed_in(request)
        require_work(user)
        body = NewRetrospectiveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not works_in(user, body.validated_data["team"]):
            raise PermissionDenied
        held = workflow.hold(**body.validated_data, actor=user)
        return self._answer(held.pk, status=201)

    @extend_schema(request=NewCardSerializer, responses={201: CardSerializer})
    @action(detail=True, methods=["post"])
    def cards(self, request: Request, pk: str) -> Response:
        """Put a card on the board."""
        user = signed_in(request)
        retrospective = retrospective_for(user, int(pk), may="change")
        body = NewCardSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        card = workflow.add_card(retrospective, **body.validated_data, actor=user)
        return Response(CardSerializer(card).data, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"cards/(?P<card>\d+)")
    def remove_card(self, request: Request, pk: str, card: str) -> Response:
        """Take one's own card back."""
        user = signed_in(request)
        retrospective = retrospective_for(user, int(pk), may="change")
        found = get_object_or_404(retrospective.cards, pk=card)
        workflow.remove_card(found, actor=user)
        return Response(status=204)

    @extend_schema(request=NewActionSerializer, responses={201: ActionSerializer})
    @action(detail=True, methods=["post"])
    def actions(self, request: Request, pk: str) -> Response:
        """Put an action item that the team agreed on into the tracker."""
        user = signed_in(request)
        retrospective = retrospective_for(user, int(pk), may="change")
        body = NewActionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = workflow.agree_on_action(retrospective, **body.validated_data, actor=user)
        return Response(ActionSerializer(made).data, status=201)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """End it: no card is put or taken back any more; actions go on."""
        user = signed_in(request)
        retrospective = retrospective_for(user, int(pk), may="close")
        workflow.close_retrospective(retrospective, actor=user)
        return self._answer(retrospective.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        retrospective = retrospective_for(signed_in(self.request), pk)
        return Response(RetrospectiveWithCardsSerializer(retrospective).data, status=status)
