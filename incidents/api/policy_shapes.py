"""The shapes of escalation policies in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.models import EscalationPolicy, PolicyStep, StepTarget, Strategy, TargetKind
from incidents.models.escalation import LONGEST_DELAY
from incidents.workflow import Rung, Target
from operations.api.shapes import DoerSerializer, team_field
from operations.models import Schedule
from portal.models import Access, Channel, Team, User

# Which rows a kind of target may name; None leaves it to the owner team.
NAMED: dict[str, Any] = {
    TargetKind.PERSON: User,
    TargetKind.SCHEDULE: Schedule,
    TargetKind.TEAM: Team,
    TargetKind.MANAGERS: Team,
    TargetKind.CHANNEL: Channel,
    TargetKind.WEBHOOK: Channel,
}
MAY_BE_OPEN = {TargetKind.SCHEDULE, TargetKind.TEAM, TargetKind.MANAGERS}


class StepTargetSerializer(serializers.ModelSerializer[StepTarget]):
    id = serializers.IntegerField(
        source="named_id", allow_null=True, help_text="Null: the owner team's own."
    )
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = StepTarget
        fields = ["kind", "id", "name"]


class PolicyStepSerializer(serializers.ModelSerializer[PolicyStep]):
    targets = StepTargetSerializer(many=True)
    conditions = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = PolicyStep
        fields = ["order", "delay_minutes", "strategy", "conditions", "targets"]
        read_only_fields = fields


class PolicySerializer(serializers.ModelSerializer[EscalationPolicy]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    last_resort = DoerSerializer(read_only=True, allow_null=True)
    steps = PolicyStepSerializer(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = EscalationPolicy
        fields = [
            "id",
            "name",
            "team",
            "is_default",
            "repeat_count",
            "last_resort",
            "steps",
            "url",
        ]
        read_only_fields = fields


class NewTargetSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=TargetKind.choices)
    id = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Of a person, schedule, team or channel; null: the owner team's own.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        pk, kind = attrs.get("id"), TargetKind(attrs["kind"])
        if pk is None and kind in MAY_BE_OPEN:
            return {"kind": kind, "named": None}
        named = NAMED[kind]._default_manager.filter(pk=pk).first() if pk else None
        if named is None:
            raise serializers.ValidationError({"id": f"There is no such {kind}."})
        return {"kind": kind, "named": named}


class NewStepSerializer(serializers.Serializer[Any]):
    targets = NewTargetSerializer(many=True)
    delay_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST_DELAY, default=5)
    strategy: Any = serializers.ChoiceField(choices=Strategy.choices, default=Strategy.ALL)
    conditions = serializers.ListField(
        child=serializers.DictField(), default=list, max_length=10
    )


class PolicyChangeSerializer(serializers.ModelSerializer[EscalationPolicy]):
    last_resort = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(
            is_active=True, access__in=[Access.MEMBER, Access.ADMINISTRATOR]
        ),
        allow_null=True,
        required=False,
    )
    steps = NewStepSerializer(many=True, required=False)

    class Meta:
        model = EscalationPolicy
        fields = ["name", "repeat_count", "last_resort", "steps"]


class NewPolicySerializer(PolicyChangeSerializer):
    team = team_field(required=False, allow_null=True)

    class Meta(PolicyChangeSerializer.Meta):
        fields = ["name", "team", "repeat_count", "last_resort", "steps"]


class PolicyNowSerializer(serializers.Serializer[Any]):
    """Whom a step would tell now, after how many minutes, and what is doubtful about it."""

    step = serializers.IntegerField()
    after_minutes = serializers.IntegerField()
    told_now = serializers.ListField(child=serializers.CharField())
    warnings = serializers.ListField(child=serializers.CharField())


class ServiceEscalationSerializer(serializers.Serializer[Any]):
    """What a service chose, and what it climbs in the end."""

    policy = serializers.IntegerField(allow_null=True)
    pages_always = serializers.BooleanField()
    climbs = serializers.IntegerField(allow_null=True, help_text="Null: the one built in.")
    reason = serializers.CharField()


@extend_schema_field(serializers.IntegerField(allow_null=True))
class PolicyField(serializers.PrimaryKeyRelatedField[EscalationPolicy]):
    """A policy by its id."""


class SetServiceEscalationSerializer(serializers.Serializer[Any]):
    policy = PolicyField(
        queryset=EscalationPolicy.objects.all(), allow_null=True, required=False
    )
    pages_always = serializers.BooleanField(required=False)


def rungs_from(steps: list[dict[str, Any]]) -> list[Rung]:
    """Return the steps of a body as the verbs take them."""
    return [
        Rung(
            targets=[Target(each["kind"], each["named"]) for each in step["targets"]],
            # A change of the policy is partial, and then its steps lack their defaults.
            delay_minutes=step.get("delay_minutes", 5),
            strategy=step.get("strategy", Strategy.ALL),
            conditions=step.get("conditions", []),
        )
        for step in steps
    ]
