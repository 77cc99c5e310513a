"""The maintenance processes in the API: read, drafted, published."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import process_for
from maintenance.models import (
    MOST_STEPS,
    EvidenceWanted,
    ProcessTemplate,
    ProcessVersion,
    StepPhase,
    StepRole,
    process_step,
)
from operations.api.shapes import DoerSerializer, given
from portal.access import require_look
from portal.api.base import RecordViewSet
from portal.http import signed_in


class ProcessStepSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=300)
    role = serializers.ChoiceField(choices=StepRole.choices, default=StepRole.ANYONE)
    phase = serializers.ChoiceField(choices=StepPhase.choices, default=StepPhase.CLOSE)
    mandatory = serializers.BooleanField(default=True)
    evidence = serializers.ChoiceField(
        choices=EvidenceWanted.choices, default=EvidenceWanted.NONE
    )
    help = serializers.CharField(max_length=500, default="", allow_blank=True)


class ProcessVersionSerializer(serializers.ModelSerializer[ProcessVersion]):
    """`seen` names the version as it is; saving and publishing may name it, too."""

    steps = ProcessStepSerializer(many=True, read_only=True)
    author = DoerSerializer(read_only=True, allow_null=True)
    seen = serializers.CharField(read_only=True)

    class Meta:
        model = ProcessVersion
        fields = [
            *("number", "state", "steps", "message", "author"),
            *("created_at", "published_at", "seen"),
        ]
        read_only_fields = fields


class ProcessSerializer(serializers.ModelSerializer[ProcessTemplate]):
    """`published` is what new requests take over."""

    published = ProcessVersionSerializer(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ProcessTemplate
        fields = ["id", "category", "name", "trigger", "schedule", "published", "url"]
        read_only_fields = fields


class SeenSerializer(serializers.Serializer[Any]):
    seen = serializers.CharField(max_length=24, required=False)


class SaveProcessSerializer(SeenSerializer):
    steps = serializers.ListField(
        child=ProcessStepSerializer(), min_length=1, max_length=MOST_STEPS
    )
    message = serializers.CharField(max_length=200, default="", allow_blank=True)


class ProcessViewSet(RecordViewSet[ProcessTemplate]):
    """The steps that requests of each category go through, in versions."""

    serializer_class = ProcessSerializer
    queryset = ProcessTemplate.objects.all()

    def get_queryset(self) -> QuerySet[ProcessTemplate]:
        require_look(signed_in(self.request))
        return ProcessTemplate.objects.select_related("published__author")

    @extend_schema(responses=ProcessVersionSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """All versions, the newest first; a draft is one."""
        process = process_for(signed_in(request), int(pk))
        versions = process.versions.select_related("author")
        return Response(ProcessVersionSerializer(versions, many=True).data)

    @extend_schema(request=SaveProcessSerializer, responses=ProcessVersionSerializer)
    @action(detail=True, methods=["post"], url_path="save-draft")
    def save_draft(self, request: Request, pk: str) -> Response:
        """Keep these steps as the draft of the next version."""
        user = signed_in(request)
        process = process_for(user, int(pk), may="change")
        said = given(SaveProcessSerializer, request)
        steps = [
            process_step(row.pop("text"), row.pop("phase"), **row) for row in said.pop("steps")
        ]
        try:
            draft = workflow.save_process(process, steps=steps, actor=user, **said)
        except Invalid as wrong:
            raise ValidationError(wrong.message_dict) from wrong
        return Response(ProcessVersionSerializer(draft).data)

    @extend_schema(request=SeenSerializer, responses=ProcessVersionSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Let new requests take over the draft."""
        user = signed_in(request)
        process = process_for(user, int(pk), may="change")
        version = workflow.publish_process(
            process, actor=user, **given(SeenSerializer, request)
        )
        return Response(ProcessVersionSerializer(version).data)

    @extend_schema(request=None, responses=ProcessSerializer)
    @action(detail=True, methods=["post"], url_path="discard-draft")
    def discard_draft(self, request: Request, pk: str) -> Response:
        """Throw the draft away."""
        user = signed_in(request)
        process = process_for(user, int(pk), may="change")
        return Response(
            ProcessSerializer(workflow.discard_process_draft(process, actor=user)).data
        )
