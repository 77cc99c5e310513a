"""The shapes of roles, tasks, impact, assessment and merges in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.models import (
    HELD_BY_ONE,
    AffectedService,
    Answer,
    Assessment,
    Core,
    Incident,
    IncidentRole,
    IncidentTask,
    Role,
    Users,
)
from incidents.severity_questions import QUESTIONS, suggestion
from operations.api.shapes import DoerSerializer, service_field
from operations.models import Severity
from portal.models import Access, User

WORKERS = [Access.MEMBER, Access.ADMINISTRATOR]


def _person(**options: Any) -> serializers.PrimaryKeyRelatedField[User]:
    people = User.objects.filter(is_active=True, access__in=WORKERS)
    return serializers.PrimaryKeyRelatedField(queryset=people, **options)


class IncidentRoleSerializer(serializers.ModelSerializer[IncidentRole]):
    person = DoerSerializer(read_only=True)
    offered_to = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = IncidentRole
        fields = ["role", "person", "started_at", "ended_at", "offered_to"]
        read_only_fields = fields


class IncidentTaskSerializer(serializers.ModelSerializer[IncidentTask]):
    assignee = DoerSerializer(read_only=True, allow_null=True)
    done_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = IncidentTask
        fields = ["id", "text", "assignee", "created_at", "done_at", "done_by"]
        read_only_fields = fields


class AffectedServiceSerializer(serializers.ModelSerializer[AffectedService]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = AffectedService
        fields = ["service", "impact", "started_at", "ended_at"]
        read_only_fields = fields


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    made_by = DoerSerializer(read_only=True, allow_null=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Assessment
        fields = [*QUESTIONS, "suggested", "reasons", "severity", "made_by", "made_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_reasons(self, row: Assessment) -> list[str]:
        return suggestion({name: getattr(row, name) for name in QUESTIONS}).reasons


class RoleWithPersonSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)
    person = _person()


class HandOverSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=[(role.value, role.label) for role in HELD_BY_ONE])
    person = _person()
    before: Any = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(),
        allow_null=True,
        help_text="Who was seen to hold it; null: nobody. 409 `holder_changed` if no longer.",
    )


class RoleNameSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class AddTaskSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=300)
    assignee: Any = _person(default=None, allow_null=True)


class SetImpactSerializer(serializers.Serializer[Any]):
    impact = serializers.CharField(max_length=500, default="", allow_blank=True)
    impact_started_at = serializers.DateTimeField(allow_null=True, default=None)
    impact_ended_at = serializers.DateTimeField(allow_null=True, default=None)


class SetAffectedSerializer(serializers.Serializer[Any]):
    service = service_field()
    impact = serializers.CharField(max_length=500, default="", allow_blank=True)
    started_at = serializers.DateTimeField(allow_null=True, default=None)
    ended_at = serializers.DateTimeField(allow_null=True, default=None)


class AffectedNameSerializer(serializers.Serializer[Any]):
    service = service_field()


class AnswersSerializer(serializers.Serializer[Any]):
    """The five questions; what is left out is not known yet."""

    users: Any = serializers.ChoiceField(choices=Users.choices, default=Users.UNKNOWN)
    core: Any = serializers.ChoiceField(choices=Core.choices, default=Core.UNKNOWN)
    data_at_risk: Any = serializers.ChoiceField(choices=Answer.choices, default=Answer.UNKNOWN)
    sla: Any = serializers.ChoiceField(choices=Answer.choices, default=Answer.UNKNOWN)
    security: Any = serializers.ChoiceField(choices=Answer.choices, default=Answer.UNKNOWN)


class AssessSerializer(serializers.Serializer[Any]):
    answers = AnswersSerializer()
    severity: Any = serializers.ChoiceField(
        choices=Severity.choices, default=None, allow_null=True
    )


class SetPrivateSerializer(serializers.Serializer[Any]):
    is_private = serializers.BooleanField()
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class MergeIncidentSerializer(serializers.Serializer[Any]):
    into = serializers.IntegerField(help_text="The id of the incident that stays.")
    reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class MergeIncidentsSerializer(MergeIncidentSerializer):
    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=200)


class CommandFieldsSerializer(serializers.ModelSerializer[Incident]):
    """What an incident's own document says of command."""

    roles = serializers.SerializerMethodField()
    tasks = IncidentTaskSerializer(many=True, read_only=True)
    affected = AffectedServiceSerializer(many=True, read_only=True)
    assessments = AssessmentSerializer(many=True, read_only=True)

    class Meta:
        model = Incident
        fields = ["roles", "tasks", "affected", "assessments"]
        read_only_fields = fields

    @extend_schema_field(IncidentRoleSerializer(many=True))
    def get_roles(self, incident: Incident) -> list[dict[str, Any]]:
        """Who has which role now."""
        held = [row for row in incident.roles.all() if row.ended_at is None]
        rows: list[dict[str, Any]] = list(IncidentRoleSerializer(held, many=True).data)
        return rows
