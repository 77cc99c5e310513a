"""Action items in the API."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from knowledge import action_figures, workflow
from knowledge.access import action_for, may_change_action
from knowledge.api.action_shapes import (
    ActionFiguresSerializer,
    ActionOutcomesSerializer,
    ActionProofSerializer,
    ActionReasonSerializer,
    ActionSerializer,
    BulkActionSerializer,
    ChangeActionSerializer,
    NewActionSerializer,
    PostponeActionSerializer,
    ProofSerializer,
    SnoozeActionSerializer,
)
from knowledge.filters import ActionFilter
from knowledge.models import ActionItem
from knowledge.proofs import proofs_for
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.errors import DomainError, Refusal
from portal.http import signed_in
from portal.models import User


class ActionViewSet(RecordViewSet[ActionItem]):
    """What was promised in reviews, retrospectives and by hand: who does it, and by when."""

    queryset = ActionItem.objects.none()
    serializer_class = ActionSerializer
    filterset_class = ActionFilter

    def get_queryset(self) -> QuerySet[ActionItem]:
        return ActionItem.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewActionSerializer, responses={201: ActionSerializer})
    def create(self, request: Request) -> Response:
        """Promise an action by hand, with an owner and a day."""
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
        """Say that work at it has begun."""
        return self._do(workflow.start_action)

    @extend_schema(request=ActionProofSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Say that it is done, with what shows it."""
        return self._do(workflow.finish_action, ActionProofSerializer)

    @extend_schema(request=ActionReasonSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Say that it will not be done, and why."""
        return self._do(workflow.drop_action, ActionReasonSerializer)

    @extend_schema(request=ActionReasonSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take up again what was done or dropped."""
        return self._do(workflow.reopen_action, ActionReasonSerializer)

    @extend_schema(request=PostponeActionSerializer)
    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, pk: str) -> Response:
        """Promise it for a later day, with a reason."""
        return self._do(workflow.postpone_action, PostponeActionSerializer)

    @extend_schema(request=SnoozeActionSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str) -> Response:
        """Remind nobody before that day; the due date stays."""
        return self._do(workflow.snooze_action, SnoozeActionSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, pk: str) -> Response:
        """Have it back from sleep before its day."""
        return self._do(workflow.wake_action)

    @extend_schema(responses=ProofSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def proofs(self, request: Request, pk: str) -> Response:
        """What could prove it now: checks that pass, drills that succeeded, deployments."""
        user = signed_in(request)
        found = proofs_for(user, action_for(user, int(pk)))
        told = [proof._asdict() for proof in found]
        return Response(ProofSerializer(told, many=True).data)

    @extend_schema(responses=ActionFiguresSerializer)
    @action(detail=False, methods=["get"], pagination_class=None)
    def figures(self, request: Request) -> Response:
        """How promises are kept, over the actions that the filter leaves."""
        chosen = self.filter_queryset(self.get_queryset())
        told = action_figures.figures(chosen, clock.now())._asdict()
        return Response(ActionFiguresSerializer(told).data)

    @extend_schema(request=BulkActionSerializer, responses=ActionOutcomesSerializer)
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Do the same with each of them; each answers for itself."""
        user = signed_in(request)
        require_work(user)
        said = given(BulkActionSerializer, request)
        pks = said.pop("actions")
        verb = workflow.change_action if "owner" in said else workflow.postpone_action
        outcomes = [self._one(user, pk, verb, said) for pk in dict.fromkeys(pks)]
        return Response(ActionOutcomesSerializer({"outcomes": outcomes}).data)

    def _one(
        self, user: User, pk: int, verb: Callable[..., ActionItem], said: dict[str, Any]
    ) -> dict[str, Any]:
        found = ActionItem.objects.visible_to(user).with_list_columns().filter(pk=pk).first()
        if found is None:
            return _refused(pk, [Refusal("action_unknown", _("There is no such action."))])
        if not may_change_action(user, found):
            return _refused(pk, [Refusal("not_yours", _("It belongs to others."))])
        try:
            verb(found, actor=user, **said)
        except DomainError as error:
            return _refused(pk, error.refusals)
        return {"action": pk, "outcome": "changed", "reasons": []}

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


def _refused(pk: int, reasons: list[Refusal]) -> dict[str, Any]:
    told = [reason._asdict() for reason in reasons]
    return {"action": pk, "outcome": "refused", "reasons": told}
