"""Repairs of documents and their freshness in the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import document_for, repair_for, revision_of, run_for
from knowledge.api.fields import ReadableDocument
from knowledge.filters import FreshnessFilter, RepairFilter
from knowledge.helpfulness import counted
from knowledge.models import (
    Freshness,
    FreshnessState,
    Repair,
    RunbookRun,
)
from knowledge.repair_forms import CHOICES_OF_PEOPLE
from knowledge.workflow.freshness import LONGEST_DAYS
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in
from portal.models import User


class RepairSerializer(serializers.ModelSerializer[Repair]):
    document = serializers.SlugField(source="document.slug", read_only=True)
    revision_number = serializers.IntegerField(source="revision.number", read_only=True)
    resolved_by_number = serializers.IntegerField(
        source="resolved_by.number", read_only=True, allow_null=True, default=None
    )
    reported_by = serializers.StringRelatedField[User]()
    closed_by = serializers.StringRelatedField[User]()
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Repair
        fields = [
            *("id", "document", "revision_number", "anchor", "line", "quote", "reason"),
            *("what", "run", "state", "reported_by", "opened_at", "closed_by", "closed_at"),
            *("close_reason", "resolved_by_number", "url"),
        ]
        read_only_fields = fields


class NewRepairSerializer(serializers.Serializer[Any]):
    """Say what is wrong: in step `step`, or in the document as a whole."""

    document = ReadableDocument()
    reason = serializers.ChoiceField(choices=CHOICES_OF_PEOPLE)
    what = serializers.CharField(max_length=2000)
    step = serializers.IntegerField(min_value=1, allow_null=True, default=None)
    run = serializers.PrimaryKeyRelatedField(
        queryset=RunbookRun.objects.all(), allow_null=True, default=None
    )


class ResolveRepairSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")


class DismissRepairSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class RepairViewSet(RecordViewSet[Repair]):
    """What is to be put right in documents, and what became of it."""

    queryset = Repair.objects.none()
    filterset_class = RepairFilter
    serializer_class = RepairSerializer

    def get_queryset(self) -> QuerySet[Repair]:
        return Repair.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewRepairSerializer, responses={201: RepairSerializer})
    def create(self, request: Request) -> Response:
        """Say that a step is wrong, or that one is missing; joins what is open on it."""
        user = signed_in(request)
        require_work(user)
        said = given(NewRepairSerializer, request)
        document = document_for(user, pk=said.pop("document").pk)
        seen_in = said.pop("run")
        run = run_for(user, seen_in.pk) if seen_in else None
        repair = workflow.report_repair(
            document, order=said.pop("step"), run=run, actor=user, **said
        )
        return self._answer(repair.pk, status=201)

    @extend_schema(request=ResolveRepairSerializer, responses=RepairSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Say which published revision puts it right."""
        user = signed_in(request)
        repair = repair_for(user, int(pk), may="change")
        body = ResolveRepairSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        revision = revision_of(repair.document, body.validated_data["number"])
        reason = body.validated_data["reason"]
        workflow.resolve_repair(repair, revision=revision, reason=reason, actor=user)
        return self._answer(repair.pk)

    @extend_schema(request=DismissRepairSerializer, responses=RepairSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Say why nothing is to be put right."""
        user = signed_in(request)
        repair = repair_for(user, int(pk), may="change")
        body = DismissRepairSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.dismiss_repair(repair, **body.validated_data, actor=user)
        return self._answer(repair.pk)

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        repair = repair_for(signed_in(self.request), pk)
        return Response(RepairSerializer(repair).data, status=status)


class FreshnessSerializer(serializers.ModelSerializer[Freshness]):
    document = serializers.SlugField(source="document.slug", read_only=True)
    reviewed_by = serializers.StringRelatedField[User]()
    state = serializers.SerializerMethodField()

    class Meta:
        model = Freshness
        fields = [
            *("document", "state", "reviewed_at", "reviewed_number", "reviewed_by"),
            *("interval_days", "due_at", "due_reason"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=FreshnessState.choices))
    def get_state(self, fresh: Freshness) -> str:
        return fresh.state_at(clock.now())


class AttestSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)


class IntervalSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS)


class HelpfulSerializer(AttestSerializer):
    is_helpful = serializers.BooleanField()


class VotesSerializer(serializers.Serializer[Any]):
    yes = serializers.IntegerField()
    no = serializers.IntegerField()


class FreshnessViewSet(RecordViewSet[Freshness]):
    """How long documents are believed; each is found by the key of its document."""

    queryset = Freshness.objects.none()
    serializer_class = FreshnessSerializer
    filterset_class = FreshnessFilter

    def get_queryset(self) -> QuerySet[Freshness]:
        visible = Freshness.objects.visible_to(signed_in(self.request))
        return visible.with_list_columns()

    def get_object(self) -> Freshness:
        document = document_for(signed_in(self.request), pk=self.kwargs["pk"])
        return get_object_or_404(self.get_queryset(), document=document)

    @extend_schema(request=AttestSerializer, responses=FreshnessSerializer)
    @action(detail=True, methods=["post"])
    def attest(self, request: Request, pk: str) -> Response:
        """Say that the published revision is still correct; it needs no new one."""
        user = signed_in(request)
        document = document_for(user, pk=int(pk), may="change")
        body = AttestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.attest(document, **body.validated_data, actor=user)
        return Response(FreshnessSerializer(self.get_object()).data)

    @extend_schema(request=IntervalSerializer, responses=FreshnessSerializer)
    @action(detail=True, methods=["post"])
    def interval(self, request: Request, pk: str) -> Response:
        """Have the document looked at every so many days."""
        user = signed_in(request)
        document = document_for(user, pk=int(pk), may="change")
        body = IntervalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.set_review_interval(document, **body.validated_data, actor=user)
        return Response(FreshnessSerializer(self.get_object()).data)

    @extend_schema(request=HelpfulSerializer, responses=VotesSerializer)
    @action(detail=True, methods=["post"])
    def helpful(self, request: Request, pk: str) -> Response:
        """Say whether a revision helped; each person has one word on each."""
        user = signed_in(request)
        document = document_for(user, pk=int(pk))
        body = HelpfulSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        revision = revision_of(document, body.validated_data["number"])
        is_helpful = body.validated_data["is_helpful"]
        workflow.vote_helpful(revision, is_helpful=is_helpful, actor=user)
        return Response(VotesSerializer(counted(revision)).data)
