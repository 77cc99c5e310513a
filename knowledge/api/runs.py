"""Runbook runs in the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from knowledge import workflow
from knowledge.access import run_for
from knowledge.api.serializers import (
    FinishRunSerializer,
    RunAnswerSerializer,
    RunSerializer,
    RunWithStepsSerializer,
    StartRunSerializer,
)
from knowledge.filters import RunFilter
from knowledge.models import RunbookRun
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class RunViewSet(RecordViewSet[RunbookRun]):
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
        run = workflow.start_run(**body.validated_data, actor=user)
        return self._answer(run.pk, status=201)

    @extend_schema(request=RunAnswerSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Say what became of one step; `pending` takes an answer back."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        body = RunAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = dict(body.validated_data)
        step = get_object_or_404(run.steps, order=said.pop("step"))
        workflow.answer_step(step, actor=user, **said)
        return self._answer(run.pk)

    @extend_schema(request=FinishRunSerializer, responses=RunWithStepsSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        body = FinishRunSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.finish_run(run, actor=user, **body.validated_data)
        return self._answer(run.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        run = run_for(signed_in(self.request), pk)
        return Response(RunWithStepsSerializer(run).data, status=status)
