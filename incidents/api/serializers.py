"""The shapes of incidents and reviews in the API; rules are the verbs' business."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents import workflow
from incidents.models import (
    INCIDENT_TRANSITIONS,
    EscalationRun,
    EscalationStep,
    Incident,
    IncidentState,
    Phase,
    Review,
    SeverityPolicy,
    Source,
    StatusTemplate,
    StatusUpdate,
    TimelineNote,
)
from incidents.review_text import LONGEST
from knowledge.models import Document
from operations.api.shapes import DoerSerializer, WhyNotSerializer, service_field
from operations.models import Severity
from portal.models import Access, User


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    commander = DoerSerializer(read_only=True, allow_null=True)
    number = serializers.CharField(read_only=True)
    next_states = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)

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
            "impact_started_at",
            "detected_at",
            "response_due_at",
            "acknowledged_at",
            "resolution_due_at",
            "resolved_at",
            "closed_at",
            "resolution",
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
        fields = ["id", "phase", "text", "author", "posted_at"]
        read_only_fields = fields


class IncidentDetailSerializer(IncidentSerializer):
    """With its alerts, its public updates, its review, and what can be done now."""

    alerts = IncidentAlertSerializer(many=True, read_only=True)
    updates = StatusUpdateSerializer(many=True, read_only=True)
    acknowledged_by = DoerSerializer(read_only=True, allow_null=True)
    review = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()

    class Meta(IncidentSerializer.Meta):
        fields = [
            *IncidentSerializer.Meta.fields,
            "acknowledged_by",
            "alerts",
            "updates",
            "review",
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


class ChangeSeveritySerializer(serializers.Serializer[Any]):
    severity = serializers.ChoiceField(choices=Severity.choices)
    because = serializers.CharField(max_length=200, default="", allow_blank=True)


class WriteNoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    happened_at = serializers.DateTimeField(required=False, allow_null=True)


class NoteSerializer(serializers.ModelSerializer[TimelineNote]):
    author = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = TimelineNote
        fields = ["id", "text", "author", "happened_at", "recorded_at"]
        read_only_fields = fields


class PostUpdateSerializer(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=Phase.choices)
    text = serializers.CharField(max_length=4000)


class ResolveIncidentSerializer(serializers.Serializer[Any]):
    summary = serializers.CharField(max_length=4000)


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
    document: Any = serializers.SlugRelatedField(
        slug_field="slug", queryset=Document.objects.current(), help_text="The runbook's slug."
    )


class TimelineLineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Who did it; empty for the portal itself.")
    text = serializers.CharField()
    words = serializers.CharField(default="", help_text="What a person wrote, if anything.")


class TimelineSerializer(serializers.Serializer[Any]):
    lines = TimelineLineSerializer(many=True)
    has_more = serializers.BooleanField()


class AcknowledgeIncidentsSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=200)


class IncidentOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one incident; without reasons it was acknowledged."""

    id = serializers.IntegerField()
    is_done = serializers.BooleanField()
    reasons = WhyNotSerializer(many=True)


class IncidentOutcomesSerializer(serializers.Serializer[Any]):
    outcomes = IncidentOutcomeSerializer(many=True)


class SectionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    hint = serializers.CharField()


class ReviewSerializer(serializers.ModelSerializer[Review]):
    owner = DoerSerializer(read_only=True, allow_null=True)
    service: Any = serializers.SlugRelatedField(
        source="incident.service", slug_field="slug", read_only=True
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Review
        fields = [
            "id",
            "incident",
            "service",
            "owner",
            "state",
            "version",
            "due_at",
            "created_at",
            "published_at",
            "document",
            "url",
        ]
        read_only_fields = fields


class ReviewWithWordsSerializer(ReviewSerializer):
    """With what is written in it, and why it cannot be published, if it cannot."""

    outline = SectionSerializer(many=True, read_only=True)
    sections = serializers.DictField(child=serializers.CharField(), read_only=True)
    actions = serializers.SerializerMethodField(help_text="Ids of the action items.")
    why_not_publish = serializers.SerializerMethodField()

    class Meta(ReviewSerializer.Meta):
        fields = [
            *ReviewSerializer.Meta.fields,
            "outline",
            "sections",
            "actions",
            "why_not_publish",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_actions(self, review: Review) -> list[int]:
        return [action.pk for action in workflow.actions_of(review.incident)]

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_publish(self, review: Review) -> list[dict[str, str]]:
        actions = workflow.actions_of(review.incident)
        return [reason._asdict() for reason in workflow.why_not_publish(review, actions)]


class SaveReviewSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        min_value=1, help_text="The version that these words were built on."
    )
    sections = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST, allow_blank=True),
        help_text="Words by section; sections that are left out stay as they are.",
    )


class PromiseActionSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    owner = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(
            is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
        )
    )
    due_on = serializers.DateField()


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
            "response_minutes",
            "resolution_target",
            "resolution_minutes",
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
