"""Action items in the API."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from knowledge import workflow
from knowledge.access import action_for
from knowledge.api.serializers import (
    ActionProofSerializer,
    ActionReasonSerializer,
    ActionSerializer,
    ChangeActionSerializer,
    NewActionSerializer,
)
from knowledge.filters import ActionFilter
from knowledge.models import ActionItem
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class ActionViewSet(RecordViewSet[ActionItem]):
    queryset = ActionItem.objects.none()
    serializer_class = ActionSerializer
    filterset_class = ActionFilter

    def get_queryset(self) -> QuerySet[ActionItem]:
        return ActionItem.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewActionSerializer, responses={201: ActionSerializer})
    def create(self, request: Request) -> Response:
        user = signed_in(request)
        require_work(user)
        body = NewActionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = workflow.create_action(**body.validated_data, actor=user)
        return Response(ActionSerializer(made).data, status=201)

    @extend_schema(request=ChangeActionSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change title, owner or due date."""
        return self._do(workflow.change_action, ChangeActionSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        return self._do(workflow.start_action)

    @extend_schema(request=ActionProofSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        return self._do(workflow.finish_action, ActionProofSerializer)

    @extend_schema(request=ActionReasonSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        return self._do(workflow.drop_action, ActionReasonSerializer)

    @extend_schema(request=ActionReasonSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        return self._do(workflow.reopen_action, ActionReasonSerializer)

    def _do(
        self, verb: Callable[..., ActionItem], shape: type[Serializer[Any]] | None = None
    ) -> Response:
        user = signed_in(self.request)
        found = action_for(user, self.kwargs["pk"], may="change")
        said: dict[str, Any] = {}
        if shape:
            body = shape(data=self.request.data)
            body.is_valid(raise_exception=True)
            said = body.validated_data
        return Response(ActionSerializer(verb(found, actor=user, **said)).data)
