"""Maintenance requests and their processes in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from knowledge.access import action_for, document_for
from maintenance import workflow
from maintenance.access import May, request_for, require_services
from maintenance.api.serializers import (
    AnswerSerializer,
    ApproveSerializer,
    ChangePlanSerializer,
    CloseSerializer,
    FromActionSerializer,
    NewRequestSerializer,
    ProcessSerializer,
    RejectSerializer,
    RemarkSerializer,
    RequestDetailSerializer,
    RequestSerializer,
    ReviseRunbookSerializer,
    StepSerializer,
)
from maintenance.filters import RequestFilter
from maintenance.models import MaintenanceRequest, ProcessTemplate
from operations.api.shapes import given
from portal.access import require_look, require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in

Shape = type[Serializer[Any]]


class ProcessViewSet(RecordViewSet[ProcessTemplate]):
    """The steps that requests of each category go through."""

    serializer_class = ProcessSerializer
    queryset = ProcessTemplate.objects.all()

    def get_queryset(self) -> QuerySet[ProcessTemplate]:
        require_look(signed_in(self.request))
        return ProcessTemplate.objects.all()


class RequestViewSet(RecordViewSet[MaintenanceRequest]):
    """Maintenance requests; state moves by the verbs, each refusal with all its reasons."""

    filterset_class = RequestFilter
    queryset = MaintenanceRequest.objects.all()

    def get_queryset(self) -> QuerySet[MaintenanceRequest]:
        requests = MaintenanceRequest.objects.visible_to(signed_in(self.request))
        if self.action == "list":
            return requests.with_list_columns()
        return requests.with_details()

    def get_serializer_class(self) -> type[RequestSerializer]:
        return RequestSerializer if self.action == "list" else RequestDetailSerializer

    @extend_schema(request=NewRequestSerializer, responses={201: RequestDetailSerializer})
    def create(self, request: Request) -> Response:
        """Make a draft."""
        user = signed_in(request)
        require_work(user)
        said = given(NewRequestSerializer, request)
        require_services(user, [said["service"]])
        made = workflow.create_request(**said, actor=user)
        return Response(self._shown(made), status=201)

    @extend_schema(request=ChangePlanSerializer, responses=RequestDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Edit what is given; another plan needs another decision."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(ChangePlanSerializer, request, item)
        if "service" in said:
            require_services(user, [said["service"]])
        return Response(self._shown(workflow.change_plan(item, actor=user, **said)))

    @extend_schema(
        request=FromActionSerializer,
        responses={200: RequestDetailSerializer, 201: RequestDetailSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="from-action")
    def from_action(self, request: Request) -> Response:
        """Make a draft that carries out an action item; 200 with the open one if it has one."""
        user = signed_in(request)
        require_work(user)
        said = given(FromActionSerializer, request)
        found = action_for(user, said["action"].pk)
        if found.service is not None:
            require_services(user, [found.service])
        known = MaintenanceRequest.objects.open().filter(action_item=found).exists()
        made = workflow.request_from_action(found, category=said["category"], actor=user)
        return Response(self._shown(made), status=200 if known else 201)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Send the plan for approval."""
        return self._do(workflow.submit)

    @extend_schema(request=RemarkSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self._do(workflow.withdraw, RemarkSerializer)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="back-to-draft")
    def back_to_draft(self, request: Request, pk: str) -> Response:
        return self._do(workflow.back_to_draft)

    @extend_schema(request=ApproveSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Say yes to the plan of this digest, and to no other."""
        return self._do(workflow.approve, ApproveSerializer, may="decide")

    @extend_schema(request=RejectSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no to the plan of this digest, and why."""
        return self._do(workflow.reject, RejectSerializer, may="decide")

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Begin the work; every rule is asked again."""
        return self._do(workflow.start)

    @extend_schema(
        request=AnswerSerializer,
        responses=StepSerializer,
        parameters=[OpenApiParameter("order", int, OpenApiParameter.PATH)],
    )
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<order>\d{1,4})/answer")
    def answer_step(self, request: Request, pk: str, order: str) -> Response:
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(AnswerSerializer, request)
        step = workflow.answer_step(item, order=int(order), actor=user, **said)
        return Response(StepSerializer(step).data)

    @extend_schema(request=None, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="finish-work")
    def finish_work(self, request: Request, pk: str) -> Response:
        return self._do(workflow.finish_work)

    @extend_schema(request=RemarkSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="back-to-work")
    def back_to_work(self, request: Request, pk: str) -> Response:
        return self._do(workflow.back_to_work, RemarkSerializer)

    @extend_schema(request=CloseSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="verify-and-close")
    def verify_and_close(self, request: Request, pk: str) -> Response:
        return self._do(workflow.verify_and_close, CloseSerializer)

    @extend_schema(request=ReviseRunbookSerializer, responses=RequestDetailSerializer)
    @action(detail=True, methods=["post"], url_path="revise-runbook")
    def revise_runbook(self, request: Request, pk: str) -> Response:
        """Publish a new revision of the linked runbook."""
        user = signed_in(request)
        item = request_for(user, int(pk), may="change")
        said = given(ReviseRunbookSerializer, request)
        if item.runbook is not None:
            document_for(user, may="change", pk=item.runbook.pk)
        workflow.revise_runbook(item, actor=user, **said)
        return Response(self._shown(item))

    def _do(self, verb: Any, shape: Shape | None = None, *, may: May = "change") -> Response:
        user = signed_in(self.request)
        item = request_for(user, int(self.kwargs["pk"]), may=may)
        said = given(shape, self.request) if shape else {}
        return Response(self._shown(verb(item, actor=user, **said)))

    def _shown(self, item: MaintenanceRequest) -> Any:
        fresh = MaintenanceRequest.objects.with_details().get(pk=item.pk)
        context = self.get_serializer_context()
        return RequestDetailSerializer(fresh, context=context).data
