"""The shapes of maintenance in the API; rules are the workflow's."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from knowledge.models import ActionItem, Document
from knowledge.texts import check_body
from maintenance.forms import runbooks, workers
from maintenance.models import (
    PRODUCTION,
    Category,
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    ProcessTemplate,
    RequestStep,
    StepState,
    Vote,
)
from maintenance.workflow.guards import MOVES, Verb, answers
from maintenance.workflow.questions import Question
from operations.api.shapes import DoerSerializer, WhyNotSerializer, service_field
from operations.models import AtEnd, Behaviour, Severity
from portal import clock
from portal.http import signed_in
from portal.models import Service, User

Slug = serializers.SlugRelatedField
Key = serializers.PrimaryKeyRelatedField


class ProcessSerializer(serializers.ModelSerializer[ProcessTemplate]):
    steps = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ProcessTemplate
        fields = ["id", "category", "name", "trigger", "schedule", "steps"]
        read_only_fields = fields


class StepSerializer(serializers.ModelSerializer[RequestStep]):
    answered_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = RequestStep
        fields = ["order", "text", "state", "note", "answered_by", "answered_at"]
        read_only_fields = fields


class VoteSerializer(serializers.ModelSerializer[Vote]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = Vote
        fields = ["person", "decision", "reason", "plan_digest", "voted_at", "superseded_at"]
        read_only_fields = fields


class RequestSerializer(serializers.ModelSerializer[MaintenanceRequest]):
    """`plan_digest` names the plan as it is; an approval has to name the same."""

    number = serializers.CharField(read_only=True)
    service = Slug[Service](slug_field="slug", read_only=True)
    requester = DoerSerializer(read_only=True)
    implementer = DoerSerializer(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = MaintenanceRequest
        fields = [
            "id",
            "number",
            "title",
            "category",
            "priority",
            "service",
            "state",
            "requester",
            "implementer",
            "action_item",
            "planned_start",
            "planned_end",
            "plan_digest",
            "outcome",
            "created_at",
            "submitted_at",
            "decided_at",
            "started_at",
            "closed_at",
            "url",
        ]
        read_only_fields = fields


class RequestDetailSerializer(RequestSerializer):
    """With its plan, steps and votes, and why each verb cannot be done now."""

    runbook = Slug[Document](slug_field="slug", read_only=True)
    runbook_revision = serializers.IntegerField(
        source="runbook_revision.number", read_only=True, allow_null=True, default=None
    )
    steps = StepSerializer(many=True, read_only=True)
    votes = VoteSerializer(many=True, read_only=True)
    why_not = serializers.SerializerMethodField(
        help_text="For each verb, the reasons why it cannot be done now; empty if it can."
    )

    class Meta(RequestSerializer.Meta):
        fields = [
            *RequestSerializer.Meta.fields,
            "reason",
            "plan",
            "test_evidence",
            "rollback_plan",
            "runbook",
            "runbook_revision",
            "verification",
            "without_deployment_because",
            "steps",
            "votes",
            "why_not",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=WhyNotSerializer(many=True)))
    def get_why_not(self, item: MaintenanceRequest) -> dict[str, list[dict[str, str]]]:
        question = Question(item, signed_in(self.context["request"]), clock.now())
        return {
            verb.value: [refusal._asdict() for refusal in answers(question, verb)]
            for verb in Verb
            if MOVES[verb][1] is not None
        }


class PlanSerializer(serializers.Serializer[Any]):
    """What people write of a request."""

    title = serializers.CharField(max_length=200)
    category = serializers.ChoiceField(choices=Category.choices)
    priority = serializers.ChoiceField(choices=Severity.choices, default=Severity.P3)
    service = service_field()
    reason = serializers.CharField(max_length=5000)
    plan = serializers.CharField(max_length=20000, required=False, allow_blank=True)
    test_evidence = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    rollback_plan = serializers.CharField(max_length=10000, required=False, allow_blank=True)
    planned_start = serializers.DateTimeField(required=False, allow_null=True)
    planned_end = serializers.DateTimeField(required=False, allow_null=True)
    implementer = Key[User](queryset=workers(), required=False, allow_null=True)
    runbook = Slug[Document](
        slug_field="slug", queryset=runbooks(), required=False, allow_null=True
    )


class NewRequestSerializer(PlanSerializer):
    action_item = Key[ActionItem](
        queryset=ActionItem.objects.all(), required=False, allow_null=True
    )


class ChangePlanSerializer(PlanSerializer):
    """Only what is given changes; `seen` is the digest of the plan that you had before you."""

    seen = serializers.CharField(max_length=64, required=False)


class FromActionSerializer(serializers.Serializer[Any]):
    action = Key[ActionItem](queryset=ActionItem.objects.select_related("service"))
    category = serializers.ChoiceField(choices=Category.choices, default=Category.CORRECTIVE)


class ApproveSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class RejectSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=2000)


class RemarkSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class AnswerSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=StepState.choices)
    note = serializers.CharField(max_length=1000, default="", allow_blank=True)


class CloseSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    verification = serializers.CharField(max_length=5000)
    no_deployment_reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class ReviseRunbookSerializer(serializers.Serializer[Any]):
    base_number = serializers.IntegerField(min_value=0)
    title = serializers.CharField(max_length=200)
    body = serializers.CharField(
        max_length=100_000, trim_whitespace=False, validators=[check_body]
    )
    message = serializers.CharField(max_length=300)


class DeploymentSerializer(serializers.ModelSerializer[Deployment]):
    service = Slug[Service](slug_field="slug", read_only=True)
    request = serializers.CharField(
        source="request.number", read_only=True, allow_null=True, default=None
    )
    is_unauthorised = serializers.BooleanField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Deployment
        fields = [
            "id",
            "service",
            "environment",
            "version",
            "commit",
            "source",
            "external_id",
            "request",
            "rolls_back",
            "result",
            "started_at",
            "finished_at",
            "failed_at",
            "failed_because",
            "recovered_at",
            "recorded_at",
            "is_unauthorised",
            "url",
        ]
        read_only_fields = fields


class RecordSerializer(serializers.Serializer[Any]):
    """A deployment as its pipeline tells of it; start and finish may come in two calls."""

    service = service_field()
    version = serializers.CharField(max_length=100)
    external_id = serializers.CharField(
        max_length=200, help_text="What the source calls it; the same one updates it."
    )
    environment = serializers.CharField(max_length=40, default=PRODUCTION)
    source = serializers.CharField(max_length=60, default="api")  # type: ignore[assignment]
    result = serializers.ChoiceField(
        choices=DeploymentResult.choices, default=DeploymentResult.RUNNING
    )
    started_at = serializers.DateTimeField(required=False, allow_null=True)
    finished_at = serializers.DateTimeField(required=False, allow_null=True)
    request = serializers.CharField(
        max_length=24,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="The number of its maintenance request: CHG-12, or 12.",
    )
    rolls_back = serializers.CharField(
        max_length=200,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="The external_id of the deployment of this source that it takes back.",
    )
    commit = serializers.CharField(max_length=64, default="", allow_blank=True)


class FailedSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class WindowSerializer(serializers.ModelSerializer[MaintenanceWindow]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = MaintenanceWindow
        fields = [
            "id",
            "title",
            "services",
            "starts_at",
            "ends_at",
            "description",
            "alert_behaviour",
            "alerts_at_end",
            "cancelled_at",
            "url",
        ]
        read_only_fields = fields


class AnnounceSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=150)
    services = serializers.ListField(child=service_field(), min_length=1, max_length=100)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    alert_behaviour = serializers.ChoiceField(
        choices=Behaviour.choices,
        default=Behaviour.HOLD,
        help_text="What becomes of the services' alerts meanwhile.",
    )
    alerts_at_end = serializers.ChoiceField(
        choices=AtEnd.choices,
        default=AtEnd.REPROCESS,
        help_text="What becomes of those that still fire at the end.",
    )
