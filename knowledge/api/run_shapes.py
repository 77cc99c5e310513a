"""The shapes of runbook runs in the API."""

from typing import Any

from rest_framework import serializers

from knowledge.api.action_shapes import Slug
from knowledge.api.fields import ReadableDocument
from knowledge.forms import workers
from knowledge.models import (
    RunbookRun,
    RunbookRunState,
    RunEntry,
    RunStep,
    StepState,
)
from knowledge.models.runs import LONGEST_OUTPUT
from knowledge.variables import LONGEST_VALUE
from portal.models import Service, User


class RunStepSerializer(serializers.ModelSerializer[RunStep]):
    answered_by = serializers.StringRelatedField[User]()
    branches = serializers.JSONField(read_only=True)

    class Meta:
        model = RunStep
        fields = [
            *("order", "anchor", "line", "part", "kind", "text", "expected", "branches"),
            *("wait_seconds", "state", "began_at", "note", "output"),
            *("answered_by", "answered_at"),
        ]
        read_only_fields = fields


class RunEntrySerializer(serializers.ModelSerializer[RunEntry]):
    step = serializers.IntegerField(source="step.order", read_only=True)
    by = serializers.StringRelatedField[User]()

    class Meta:
        model = RunEntry
        fields = [
            *("id", "step", "state", "note", "output", "by", "at"),
            *("client_id", "client_at"),
        ]
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[RunbookRun]):
    document = serializers.SlugField(source="revision.document.slug", read_only=True)
    document_title = serializers.CharField(source="revision.title", read_only=True)
    revision_number = serializers.IntegerField(source="revision.number", read_only=True)
    service = Slug[Service](slug_field="slug", read_only=True)
    lead = serializers.StringRelatedField[User]()
    started_by = serializers.StringRelatedField[User]()
    finished_by = serializers.StringRelatedField[User]()
    step_count = serializers.IntegerField(read_only=True)
    answered_count = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = RunbookRun
        fields = [
            *("id", "document", "document_title", "revision_number"),
            *("reference", "reference_label", "reference_url", "service", "state"),
            *("lead", "paused_at", "pause_reason", "summary"),
            *("started_by", "started_at", "finished_by", "finished_at"),
            *("step_count", "answered_count", "url"),
        ]
        read_only_fields = fields


class RunWithStepsSerializer(RunSerializer):
    """`newer_number` is the revision published since, if the one being run is outdated."""

    steps = RunStepSerializer(many=True, read_only=True)
    variables = serializers.DictField(child=serializers.CharField(), read_only=True)
    newer_number = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = [
            *RunSerializer.Meta.fields,
            *("continues", "steps_hash", "variables", "newer_number", "steps"),
        ]
        read_only_fields = fields

    def get_newer_number(self, run: RunbookRun) -> int | None:
        published = run.revision.document.published
        is_newer = published is not None and published.number > run.revision.number
        return published.number if published and is_newer else None


class VariablesSerializer(serializers.Serializer[Any]):
    """Values by the name of their variable; secrets are never kept."""

    variables = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True), default=dict
    )


class StartRunSerializer(VariablesSerializer):
    document = ReadableDocument()
    reference = serializers.CharField(max_length=100, allow_blank=True, default="")
    reference_label = serializers.CharField(max_length=250, allow_blank=True, default="")
    service = Slug[Service](
        slug_field="slug", queryset=Service.objects.all(), allow_null=True, default=None
    )


class RunAnswerSerializer(serializers.Serializer[Any]):
    """`client_id` makes sending it again harmless; `client_at` is the sender's own clock."""

    step = serializers.IntegerField(min_value=1)
    state = serializers.ChoiceField(choices=StepState.choices)
    note = serializers.CharField(max_length=1000, allow_blank=True, default="")
    output = serializers.CharField(
        max_length=LONGEST_OUTPUT, allow_blank=True, default="", trim_whitespace=False
    )
    choice = serializers.CharField(max_length=60, allow_blank=True, default="")
    client_id = serializers.UUIDField(allow_null=True, default=None)
    client_at = serializers.DateTimeField(allow_null=True, default=None)


class FinishRunSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=RunbookRunState.choices)
    summary = serializers.CharField(max_length=2000, allow_blank=True, default="")


class PauseRunSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class HandOverRunSerializer(serializers.Serializer[Any]):
    to = serializers.PrimaryKeyRelatedField(queryset=workers())
