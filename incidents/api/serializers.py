"""The shapes of incidents and reviews in the API; rules are the verbs' business."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents import workflow
from incidents.api.command_shapes import AnswersSerializer, CommandFieldsSerializer
from incidents.api.status_shapes import AffectedComponentSerializer, ComponentStatesField
from incidents.models import (
    INCIDENT_TRANSITIONS,
    EscalationRun,
    EscalationStep,
    Incident,
    IncidentState,
    Phase,
    ProblemReport,
    SeverityPolicy,
    Source,
    StatusTemplate,
    StatusUpdate,
)
from incidents.timeline_groups import Group
from incidents.timeline_lines import Place
from knowledge.api.fields import ReadableDocument
from operations.api.shapes import DoerSerializer, WhyNotSerializer, service_field
from operations.models import Alert, Severity
from portal.api.pictures import PictureSerializer
from portal.models import Access, User


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    commander = DoerSerializer(read_only=True, allow_null=True)
    number = serializers.CharField(read_only=True)
    next_states = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    merged_into = serializers.IntegerField(
        source="told_target.pk",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="What it is part of; null also where that is private.",
    )

    class Meta:
        model = Incident
        fields = [
            "id",
            "number",
            "title",
            "service",
            "severity",
            "state",
            "next_states",
            "source",
            "impact",
            "commander",
            "is_private",
            "impact_started_at",
            "impact_ended_at",
            "detected_at",
            "response_due_at",
            "acknowledged_at",
            "resolution_due_at",
            "next_due_at",
            "mitigated_at",
            "resolved_at",
            "closed_at",
            "resolution",
            "merged_into",
            "url",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_next_states(self, incident: Incident) -> list[str]:
        return sorted(INCIDENT_TRANSITIONS[IncidentState(incident.state)])


class IncidentAlertSerializer(serializers.Serializer[Any]):
    alert = serializers.IntegerField(source="alert_id")
    name = serializers.CharField(source="alert.name")
    started_at = serializers.DateTimeField()
    joined_at = serializers.DateTimeField()
    cleared_at = serializers.DateTimeField(allow_null=True)


class WhyNotVerbSerializer(serializers.Serializer[Any]):
    """A verb, and every reason why it cannot be done now; none means that it can."""

    verb = serializers.CharField()
    reasons = WhyNotSerializer(many=True)


class StatusUpdateSerializer(serializers.ModelSerializer[StatusUpdate]):
    author = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = StatusUpdate
        fields = [
            "id",
            "phase",
            "text",
            "author",
            "posted_at",
            "written_at",
            "corrects",
            "next_update_by",
        ]
        read_only_fields = fields


class IncidentDetailSerializer(CommandFieldsSerializer, IncidentSerializer):
    """With its alerts, its public updates, its review, and what can be done now."""

    alerts = IncidentAlertSerializer(many=True, read_only=True)
    updates = StatusUpdateSerializer(many=True, read_only=True)
    components = AffectedComponentSerializer(
        source="affected_components", many=True, read_only=True
    )
    acknowledged_by = DoerSerializer(read_only=True, allow_null=True)
    review = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()

    class Meta(IncidentSerializer.Meta):
        fields = [
            *IncidentSerializer.Meta.fields,
            "acknowledged_by",
            "alerts",
            "updates",
            "components",
            "review",
            *CommandFieldsSerializer.Meta.fields,
            "verbs",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_review(self, incident: Incident) -> int | None:
        review = getattr(incident, "review", None)
        return review.pk if review else None

    @extend_schema_field(WhyNotVerbSerializer(many=True))
    def get_verbs(self, incident: Incident) -> list[dict[str, Any]]:
        return [
            {
                "verb": verb,
                "reasons": [reason._asdict() for reason in workflow.refusals(incident, verb)],
            }
            for verb in workflow.VERBS
        ]


class DeclareSerializer(serializers.Serializer[Any]):
    service = service_field()
    title = serializers.CharField(max_length=200)
    severity = serializers.ChoiceField(choices=Severity.choices)
    source: Any = serializers.ChoiceField(choices=Source.choices, default=Source.TEAM)
    impact = serializers.CharField(max_length=500, default="", allow_blank=True)
    is_private = serializers.BooleanField(default=False)
    alert: Any = serializers.PrimaryKeyRelatedField(
        queryset=Alert.objects.all(), default=None, allow_null=True, help_text="Which joins it."
    )
    answers: Any = AnswersSerializer(default=None, allow_null=True)
    reports: Any = serializers.PrimaryKeyRelatedField(
        queryset=ProblemReport.objects.waiting(),
        many=True,
        default=list,
        help_text="Users' reports that it is declared from.",
    )


class ChangeSeveritySerializer(serializers.Serializer[Any]):
    severity = serializers.ChoiceField(choices=Severity.choices)
    because = serializers.CharField(max_length=200, default="", allow_blank=True)


class PostUpdateSerializer(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=Phase.choices)
    text = serializers.CharField(max_length=4000)
    next_update_by = serializers.DateTimeField(
        required=False, allow_null=True, help_text="The promise that everybody reads."
    )
    components = ComponentStatesField(
        required=False, help_text="The state of each component, by its short name."
    )
    posted_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="When it should have been said, if that was earlier; both times are kept.",
    )
    publish_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When it is to go out by itself."
    )
    corrects: Any = serializers.PrimaryKeyRelatedField(
        queryset=StatusUpdate.objects.all(),
        required=False,
        allow_null=True,
        help_text="The post of this incident that it puts right.",
    )


class ResolveIncidentSerializer(serializers.Serializer[Any]):
    summary = serializers.CharField(max_length=4000)


class MitigateIncidentSerializer(serializers.Serializer[Any]):
    how = serializers.CharField(max_length=500, default="", allow_blank=True)
    mitigated_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Where that was earlier than now."
    )


class ReopenIncidentSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class SnoozeSerializer(serializers.Serializer[Any]):
    minutes = serializers.IntegerField(min_value=1, max_value=7 * 24 * 60)


class PagePersonSerializer(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(
            is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
        )
    )
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ReachedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["person", "channel"])
    id = serializers.IntegerField()
    name = serializers.CharField()
    why = serializers.CharField()


class EscalationStepSerializer(serializers.ModelSerializer[EscalationStep]):
    reached = ReachedSerializer(many=True)

    class Meta:
        model = EscalationStep
        fields = [
            "loop",
            "order",
            "state",
            "due_at",
            "is_forced",
            "executed_at",
            "late_by",
            "reached",
            "reason",
        ]
        read_only_fields = fields


class EscalationRunSerializer(serializers.ModelSerializer[EscalationRun]):
    """One climb of a policy, with what each of its steps did."""

    name = serializers.CharField(source="snapshot.name", help_text="The policy's, back then.")
    steps = EscalationStepSerializer(many=True)

    class Meta:
        model = EscalationRun
        fields = [
            "number",
            "policy",
            "name",
            "route",
            "because",
            "started_at",
            "ended_at",
            "end_reason",
            "steps",
        ]
        read_only_fields = fields


class StartRunbookSerializer(serializers.Serializer[Any]):
    document = ReadableDocument(help_text="The runbook's slug.")


class TimelineLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Who did it; empty for the portal itself.")
    text = serializers.CharField()
    words = serializers.CharField(default="", help_text="What a person wrote, if anything.")
    link = serializers.CharField(default="")
    picture = PictureSerializer(default=None, allow_null=True)
    event = serializers.IntegerField(default=None, allow_null=True, help_text="To pin it by.")
    is_pinned = serializers.BooleanField(source="pinned", default=False)
    written_at = serializers.DateTimeField(
        default=None, allow_null=True, help_text="Where that was later than it happened."
    )
    removed_at = serializers.DateTimeField(default=None, allow_null=True)


class TimelineSerializer(serializers.Serializer[Any]):
    lines = TimelineLineSerializer(many=True)
    has_more = serializers.BooleanField()
    next = serializers.CharField(
        allow_blank=True, help_text="Give it as `before` for what came earlier."
    )


class AskTimelineSerializer(serializers.Serializer[Any]):
    """Which lines are wanted."""

    show = serializers.ChoiceField(choices=Group.choices, default="")
    before = serializers.CharField(max_length=80, default="")

    def validate_before(self, text: str) -> Place | None:
        try:
            return Place.read(text) if text else None
        except ValueError:
            sentence = _("This is no place that an earlier answer named.")
            raise serializers.ValidationError(sentence, "unknown") from None


class PinEventSerializer(serializers.Serializer[Any]):
    event = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    is_pinned = serializers.BooleanField(default=True)


class AcknowledgeIncidentsSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=200)


class IncidentOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one incident; without reasons it was acknowledged."""

    id = serializers.IntegerField()
    is_done = serializers.BooleanField()
    reasons = WhyNotSerializer(many=True)


class IncidentOutcomesSerializer(serializers.Serializer[Any]):
    outcomes = IncidentOutcomeSerializer(many=True)


class SeverityPolicySerializer(serializers.ModelSerializer[SeverityPolicy]):
    class Meta:
        model = SeverityPolicy
        fields = [
            "severity",
            "name",
            "impact",
            "examples",
            "paging",
            "pages_on_call",
            "response_target",
            "response_rule",
            "response_minutes",
            "resolution_target",
            "resolution_rule",
            "resolution_minutes",
            "communication_minutes",
            "clock_hours",
            "at_risk_percent",
            "communication",
            "review_hours",
            "escalate_minutes",
            "waits_for_hours",
            "ack_minutes",
        ]
        read_only_fields = fields


class StatusTemplateSerializer(serializers.ModelSerializer[StatusTemplate]):
    class Meta:
        model = StatusTemplate
        fields = ["phase", "text", "order"]
        read_only_fields = fields
