"""The shapes of action items in the API; rules are the workflow's."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from knowledge.models import ACTION_TRANSITIONS, ActionItem, ActionState, Priority, ProofKind
from operations.api.shapes import WhyNotSerializer
from portal.models import Service, User

Slug = serializers.SlugRelatedField


class ActionSerializer(serializers.ModelSerializer[ActionItem]):
    owner = serializers.PrimaryKeyRelatedField[User](read_only=True)
    owner_name = serializers.StringRelatedField[User](source="owner")
    service = Slug[Service](slug_field="slug", read_only=True)
    next_states = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ActionItem
        fields = [
            "id",
            "title",
            "owner",
            "owner_name",
            "due_on",
            "service",
            "origin",
            "reference",
            "reference_label",
            "reference_url",
            "priority",
            "verification",
            "state",
            "next_states",
            "proof",
            "proof_kind",
            "proof_reference",
            "proof_url",
            "dropped_reason",
            "snoozed_until",
            "snooze_reason",
            "postponed_count",
            "escalated_at",
            "recurred_at",
            "created_at",
            "closed_at",
            "url",
        ]
        read_only_fields = fields

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(ActionState.choices))
    )
    def get_next_states(self, action: ActionItem) -> list[str]:
        return sorted(ACTION_TRANSITIONS[ActionState(action.state)])


class NewActionSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    owner = serializers.PrimaryKeyRelatedField[User](queryset=User.objects.all())
    due_on = serializers.DateField()
    service = Slug[Service](
        slug_field="slug", queryset=Service.objects.current(), allow_null=True, default=None
    )
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.NORMAL)
    verification = serializers.CharField(
        max_length=500,
        allow_blank=True,
        default="",
        help_text="How will we know that it worked?",
    )


class ChangeActionSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    title = serializers.CharField(max_length=200, required=False)
    owner = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.all(), required=False
    )
    due_on = serializers.DateField(required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    verification = serializers.CharField(max_length=500, allow_blank=True, required=False)


class ActionProofSerializer(serializers.Serializer[Any]):
    """Words, with an address where a review asked for it, or one of the action's `proofs`."""

    proof = serializers.CharField(max_length=500, allow_blank=True, default="")
    proof_url = serializers.URLField(max_length=500, allow_blank=True, default="")
    proof_reference = serializers.CharField(max_length=100, allow_blank=True, default="")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if not said["proof"] and not said["proof_reference"]:
            sentence = _("Say by what others can see that it is done.")
            raise serializers.ValidationError({"proof": [sentence]})
        return said


class ProofSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    kind = serializers.ChoiceField(choices=ProofKind.choices)
    label: Any = serializers.CharField()
    url = serializers.CharField()


class PostponeActionSerializer(serializers.Serializer[Any]):
    due_on = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class SnoozeActionSerializer(serializers.Serializer[Any]):
    until = serializers.DateField()
    reason = serializers.CharField(max_length=500)


class BulkActionSerializer(serializers.Serializer[Any]):
    """Give all of them to `owner`, or postpone all of them to `due_on` for a `reason`."""

    actions = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=200
    )
    owner = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.all(), required=False
    )
    due_on = serializers.DateField(required=False)
    reason = serializers.CharField(max_length=500, required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        postpones = "due_on" in said and "reason" in said
        if ("owner" in said) == postpones:
            raise serializers.ValidationError(
                _("Give either an owner, or a due date with a reason.")
            )
        return said


class ActionOutcomeSerializer(serializers.Serializer[Any]):
    action = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["changed", "refused"])
    reasons = WhyNotSerializer(many=True)


class ActionOutcomesSerializer(serializers.Serializer[Any]):
    outcomes = ActionOutcomeSerializer(many=True)


class ActionFiguresSerializer(serializers.Serializer[Any]):
    """What is open now, and what was done within 90 days; ages are days, shares per cent."""

    open_count = serializers.IntegerField()
    overdue_count = serializers.IntegerField()
    median_age = serializers.IntegerField(allow_null=True)
    oldest_age = serializers.IntegerField(allow_null=True)
    done_count = serializers.IntegerField()
    on_time_share = serializers.IntegerField(allow_null=True)


class ActionReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)
