"""Runbook runs in the API."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from knowledge import workflow
from knowledge.access import document_for, run_for
from knowledge.api.run_shapes import (
    FinishRunSerializer,
    HandOverRunSerializer,
    PauseRunSerializer,
    RunAnswerSerializer,
    RunEntrySerializer,
    RunSerializer,
    RunWithStepsSerializer,
    StartRunSerializer,
    VariablesSerializer,
)
from knowledge.filters import RunFilter
from knowledge.models import RunbookRun
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class RunViewSet(RecordViewSet[RunbookRun]):
    """Runbooks being worked through, and those that were, the newest first."""

    queryset = RunbookRun.objects.none()
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[RunbookRun]:
        return RunbookRun.objects.visible_to(signed_in(self.request)).with_list_columns()

    def get_serializer_class(self) -> type[BaseSerializer[RunbookRun]]:
        return RunSerializer if self.action == "list" else RunWithStepsSerializer

    @extend_schema(request=StartRunSerializer, responses={201: RunWithStepsSerializer})
    def create(self, request: Request) -> Response:
        """Begin to work through the published revision of a runbook."""
        user = signed_in(request)
        require_work(user)
        body = StartRunSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        document = document_for(user, pk=said.pop("document").pk)
        run = workflow.start_run(document, **said, actor=user)
        return self._answer(run.pk, status=201)

    @extend_schema(request=RunAnswerSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Say what became of one step; `pending` takes an answer back, `active` begins it."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        body = RunAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(body.validated_data)
        step = get_object_or_404(run.steps, order=said.pop("step"))
        workflow.answer_step(step, actor=user, **said)
        return self._answer(run.pk)

    @extend_schema(responses=RunEntrySerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def entries(self, request: Request, pk: str) -> Response:
        """Everything that was said about its steps, in the order in which it was."""
        run = run_for(signed_in(request), int(pk))
        entries = run.entries.select_related("step", "by")
        return Response(RunEntrySerializer(entries, many=True).data)

    @extend_schema(request=FinishRunSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """End the run: as a success, as a failure, or given up."""
        return self._verb(request, pk, workflow.finish_run, FinishRunSerializer)

    @extend_schema(request=PauseRunSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Leave it for a while; nobody answers a step until it goes on."""
        return self._verb(request, pk, workflow.pause_run, PauseRunSerializer)

    @extend_schema(request=None, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with a run that was left."""
        return self._verb(request, pk, workflow.resume_run)

    @extend_schema(request=HandOverRunSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"], url_path="hand-over")
    def hand_over(self, request: Request, pk: str) -> Response:
        """Give the run to somebody else."""
        return self._verb(request, pk, workflow.hand_over_run, HandOverRunSerializer)

    @extend_schema(request=VariablesSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def variables(self, request: Request, pk: str) -> Response:
        """Say what the commands are filled with."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        body = VariablesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.set_variables(run, values=body.validated_data["variables"], actor=user)
        return self._answer(run.pk)

    @extend_schema(request=None, responses={201: RunWithStepsSerializer})
    @action(detail=True, methods=["post"], url_path="go-on")
    def go_on(self, request: Request, pk: str) -> Response:
        """Go on by the newer revision, in a run of its own."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        return self._answer(workflow.go_on_with_newer(run, actor=user).pk, status=201)

    def _verb(
        self,
        request: Request,
        pk: str,
        verb: Callable[..., RunbookRun],
        shape: type[Serializer[Any]] | None = None,
    ) -> Response:
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        said: dict[str, Any] = {}
        if shape:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            said = body.validated_data
        verb(run, actor=user, **said)
        return self._answer(run.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        run = run_for(signed_in(self.request), pk)
        return Response(RunWithStepsSerializer(run).data, status=status)
