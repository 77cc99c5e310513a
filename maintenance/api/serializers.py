"""The shapes of maintenance in the API; rules are the workflow's."""

from typing import Any

from django.core.exceptions import ValidationError as Wrong
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from knowledge.api.fields import ReadableDocument
from knowledge.models import ActionItem, DocumentKind
from knowledge.texts import check_body
from maintenance.artefacts import sha256
from maintenance.forms import workers
from maintenance.models import (
    LONGEST,
    PRODUCTION,
    Authorisation,
    Category,
    Deployment,
    DeploymentResult,
    DeploymentSource,
    EvidenceGate,
    EvidenceOf,
    ExclusiveResource,
    ImplementationReview,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    Reproduced,
    RequestStep,
    Rework,
    StepState,
    Vote,
    Weight,
)
from maintenance.models.evidence import LONGEST_FRESH
from maintenance.workflow.guards import MOVES, Verb, answers
from maintenance.workflow.questions import Question
from operations.api.shapes import DoerSerializer, WhyNotSerializer, service_field
from operations.models import Alert, AtEnd, Behaviour, Check, Severity
from portal import clock
from portal.http import signed_in
from portal.models import Service, User

Slug = serializers.SlugRelatedField
Key = serializers.PrimaryKeyRelatedField


class StepSerializer(serializers.ModelSerializer[RequestStep]):
    answered_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = RequestStep
        fields = [
            *("order", "text", "phase", "role", "mandatory", "evidence_wanted", "help"),
            *("state", "note", "evidence", "answered_by", "answered_at"),
        ]
        read_only_fields = fields


class EvidenceGateSerializer(serializers.ModelSerializer[EvidenceGate]):
    set_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = EvidenceGate
        fields = [
            *("name", "kind", "is_green", "source", "url", "checked_at", "fresh_hours"),
            *("stale_from", "set_by"),
        ]
        read_only_fields = fields


class SetGateSerializer(serializers.Serializer[Any]):
    """The same name again renews it; a result older than the known one is refused."""

    name = serializers.CharField(max_length=80)
    is_green = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=EvidenceOf.choices, default=EvidenceOf.OTHER)
    source = serializers.CharField(max_length=500, default="", allow_blank=True)  # type: ignore[assignment]  # a field named as its base's option
    url = serializers.URLField(max_length=500, default="", allow_blank=True)
    checked_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it was found out; now if not given."
    )
    fresh_hours = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_FRESH
    )


class RemoveGateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=300)


class VoteSerializer(serializers.ModelSerializer[Vote]):
    """`on_behalf_of` is whose vote it is where a delegate gave it."""

    person = DoerSerializer(read_only=True)
    on_behalf_of = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Vote
        fields = [
            "person",
            "on_behalf_of",
            "step",
            "decision",
            "reason",
            "plan_digest",
            "voted_at",
            "superseded_at",
        ]
        read_only_fields = fields


class ImplementationReviewSerializer(serializers.ModelSerializer[ImplementationReview]):
    reviewer = DoerSerializer(read_only=True)

    class Meta:
        model = ImplementationReview
        fields = ["compared", "deviations", "incidents", "lessons", "reviewer", "written_at"]
        read_only_fields = ["reviewer", "written_at"]


class RequestSerializer(serializers.ModelSerializer[MaintenanceRequest]):
    """`plan_digest` names the plan as it is; an approval has to name the same."""

    number = serializers.CharField(read_only=True)
    service = Slug[Service](slug_field="slug", read_only=True)
    group = serializers.CharField(read_only=True, help_text="correction or enhancement")
    kind = serializers.CharField(
        read_only=True, help_text="problem_report or modification_request"
    )
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
            "group",
            "kind",
            "emergency",
            "announces",
            "authorisation",
            "follows_up",
            "priority",
            "service",
            "state",
            "held_from",
            "requester",
            "implementer",
            "action_item",
            "origin_kind",
            "origin_reference",
            "origin_url",
            "planned_start",
            "planned_end",
            "prepare_minutes",
            "rollback_minutes",
            "environment",
            "artefact_sha256",
            "risk_level",
            "plan_digest",
            "outcome",
            "created_at",
            "submitted_at",
            "decided_at",
            "approved_until",
            "started_at",
            "finished_at",
            "closed_at",
            "url",
        ]
        read_only_fields = fields


class RequestDetailSerializer(RequestSerializer):
    """With its plan, steps and votes, and why each verb cannot be done now."""

    runbook = ReadableDocument(read_only=True, allow_null=True)
    other_services = Slug[Service](slug_field="slug", many=True, read_only=True)
    resources: Any = serializers.StringRelatedField(many=True, read_only=True)
    runbook_revision = serializers.IntegerField(
        source="runbook_revision.number", read_only=True, allow_null=True, default=None
    )
    implementation_review = ImplementationReviewSerializer(read_only=True, allow_null=True)
    steps = StepSerializer(many=True, read_only=True)
    standard_change = serializers.IntegerField(
        source="standard_version.standard_id",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The standard change that it was made from.",
    )
    gates = EvidenceGateSerializer(many=True, read_only=True)
    template_version = serializers.IntegerField(
        source="template_version.number",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The version of the process whose steps it has.",
    )
    votes = VoteSerializer(many=True, read_only=True)
    why_not = serializers.SerializerMethodField(
        help_text="For each verb, the reasons why it cannot be done now; empty if it can."
    )

    class Meta(RequestSerializer.Meta):
        fields = [
            *RequestSerializer.Meta.fields,
            "other_services",
            "resources",
            "reason",
            "plan",
            "test_evidence",
            "rollback_plan",
            "runbook",
            "runbook_revision",
            "verification",
            "without_deployment_because",
            "runbook_right_because",
            "implementation_review",
            "steps",
            "template_version",
            "gates",
            "standard_change",
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


class Sha256Field(serializers.CharField):
    """A SHA-256 in hex; capitals and a `sha256:` before it are taken off."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=71, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return sha256(super().to_internal_value(data))
        except Wrong as wrong:
            raise serializers.ValidationError(wrong.messages, wrong.code) from None


class PlanSerializer(serializers.Serializer[Any]):
    """What people write of a request."""

    title = serializers.CharField(max_length=200)
    category = serializers.ChoiceField(choices=Category.choices)
    emergency = serializers.BooleanField(required=False)
    announces = serializers.BooleanField(
        required=False,
        help_text="On the status page, and hold alerts meanwhile, while it is scheduled.",
    )
    authorisation = serializers.ChoiceField(choices=Authorisation.choices, required=False)
    priority = serializers.ChoiceField(choices=Severity.choices, default=Severity.P3)
    service = service_field()
    other_services = serializers.ListField(
        child=service_field(), required=False, max_length=50, help_text="Also touched."
    )
    resources = serializers.ListField(
        child=Key[ExclusiveResource](queryset=ExclusiveResource.objects.current()),
        required=False,
        max_length=50,
        help_text="Exclusive resources that it needs to itself, by number.",
    )
    reason = serializers.CharField(max_length=5000)
    plan = serializers.CharField(max_length=20000, required=False, allow_blank=True)
    test_evidence = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    rollback_plan = serializers.CharField(max_length=10000, required=False, allow_blank=True)
    planned_start = serializers.DateTimeField(required=False, allow_null=True)
    planned_end = serializers.DateTimeField(required=False, allow_null=True)
    prepare_minutes = serializers.IntegerField(required=False, min_value=0, max_value=LONGEST)
    rollback_minutes = serializers.IntegerField(required=False, min_value=0, max_value=LONGEST)
    environment = serializers.CharField(max_length=40, required=False)
    artefact_sha256 = Sha256Field(
        required=False,
        allow_blank=True,
        help_text="The deploy gate lets this one through, no other; without one, nothing.",
    )
    risk_impact = serializers.ChoiceField(
        choices=Weight.choices, required=False, allow_null=True
    )
    risk_likelihood = serializers.ChoiceField(
        choices=Weight.choices, required=False, allow_null=True
    )
    implementer = Key[User](queryset=workers(), required=False, allow_null=True)
    runbook = ReadableDocument(kind=DocumentKind.RUNBOOK, required=False, allow_null=True)

    def validate_authorisation(self, authorisation: str) -> str:
        if authorisation == Authorisation.STANDARD:
            sentence = _("A standard change is made from its template.")
            raise serializers.ValidationError(sentence)
        return authorisation


class NewRequestSerializer(PlanSerializer):
    action_item = Key[ActionItem](
        queryset=ActionItem.objects.all(), required=False, allow_null=True
    )
    impact = serializers.CharField(
        max_length=3000,
        default="",
        allow_blank=True,
        help_text="What it touches; the analysis has room for more.",
    )
    reproduced = serializers.ChoiceField(
        choices=Reproduced.choices, default="", allow_blank=True
    )
    reproduced_how = serializers.CharField(max_length=3000, default="", allow_blank=True)


class ChangePlanSerializer(PlanSerializer):
    """Only what is given changes; `seen` is the digest of the plan that you had before you."""

    seen = serializers.CharField(max_length=64, required=False)


class FromActionSerializer(serializers.Serializer[Any]):
    action = Key[ActionItem](queryset=ActionItem.objects.select_related("service"))
    category = serializers.ChoiceField(choices=Category.choices, default=Category.CORRECTIVE)


class BallotSerializer(serializers.Serializer[Any]):
    """Without `step` and `on_behalf_of` it is the first vote that you may give."""

    digest = serializers.CharField(max_length=64)
    step = serializers.CharField(max_length=8, default="", allow_blank=True)
    on_behalf_of = Key[User](queryset=workers(), allow_null=True, default=None)


class FromAlertSerializer(serializers.Serializer[Any]):
    alert = Key[Alert](queryset=Alert.objects.all())


class FromForecastSerializer(serializers.Serializer[Any]):
    """What a program foretells: that something of a service will be full."""

    service = service_field()
    reference = serializers.SlugField(
        max_length=30, help_text="What the forecast calls it; one open request for each."
    )
    label = serializers.CharField(max_length=180, help_text="Such as: Disk of the database.")  # type: ignore[assignment]  # a field named as its base's option
    reason = serializers.CharField(max_length=5000)
    url = serializers.URLField(max_length=300, required=False, default="", allow_blank=True)


class FromCheckSerializer(serializers.Serializer[Any]):
    check = Key[Check](queryset=Check.objects.all())


class ApproveSerializer(BallotSerializer):
    reason = serializers.CharField(max_length=2000, default="", allow_blank=True)


class RejectSerializer(BallotSerializer):
    reason = serializers.CharField(max_length=2000)


class BreakGlassSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=2000)


class RemarkSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class AnswerSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=StepState.choices)
    note = serializers.CharField(max_length=1000, default="", allow_blank=True)
    evidence = serializers.CharField(max_length=1000, default="", allow_blank=True)


class VerifySerializer(serializers.Serializer[Any]):
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
    accepted_by = DoerSerializer(read_only=True, allow_null=True)
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
            "artefact_sha256",
            "rolls_back",
            "rolls_back_because",
            "rework",
            "rework_because",
            "caused_by_incident",
            "result",
            "started_at",
            "finished_at",
            "failed_at",
            "failed_because",
            "failed_by",
            "failed_reference",
            "attribution",
            "recovered_at",
            "recorded_at",
            "is_unauthorised",
            "accepted_at",
            "accepted_by",
            "accepted_because",
            "url",
        ]
        read_only_fields = fields


class CommitSerializer(serializers.Serializer[Any]):
    sha = serializers.CharField(max_length=64)
    committed_at = serializers.DateTimeField()


class DeploymentDetailSerializer(DeploymentSerializer):
    """With the commits that it brought."""

    commits = CommitSerializer(many=True, read_only=True)

    class Meta(DeploymentSerializer.Meta):
        fields = [*DeploymentSerializer.Meta.fields, "commits"]
        read_only_fields = fields


class RecordSerializer(serializers.Serializer[Any]):
    """A deployment as its pipeline tells of it; start and finish may come in two calls."""

    service = service_field()
    version = serializers.CharField(max_length=100)
    external_id = serializers.CharField(
        max_length=200, help_text="What the source calls it; the same one updates it."
    )
    environment = serializers.CharField(max_length=40, default=PRODUCTION)
    source = serializers.CharField(max_length=60, default="api")  # type: ignore[assignment]  # a field named as its base's option
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
    artefact_sha256 = Sha256Field(default="", allow_blank=True)
    commits = serializers.ListField(
        child=CommitSerializer(),
        default=list,
        max_length=1000,
        help_text="The changes that it brings, and when each was committed.",
    )
    rework = serializers.ChoiceField(
        choices=Rework.choices,
        default="",
        allow_blank=True,
        help_text="What an unplanned deployment is for; blank for a planned one.",
    )
    rework_because = serializers.CharField(max_length=300, default="", allow_blank=True)
    caused_by_incident = serializers.CharField(
        max_length=100,
        default="",
        allow_blank=True,
        help_text="The incident that it is for, such as incident:7.",
    )

    def validate_source(self, value: str) -> str:
        """Who tells of a forge's deployment first would keep its name for ever."""
        if DeploymentSource.is_name_of_one(value):
            sentence = _("Names such as github:1 belong to the deployment sources.")
            raise serializers.ValidationError(sentence, "reserved")
        return value


class FailedSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)
    failed_at = serializers.DateTimeField(required=False, allow_null=True)


class RecoveredSerializer(serializers.Serializer[Any]):
    recovered_at = serializers.DateTimeField(required=False, allow_null=True)


class LinkRollbackSerializer(ReasonSerializer):
    rolls_back = Key[Deployment](queryset=Deployment.objects.all())


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
