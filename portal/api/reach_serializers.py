"""The shapes of ways, rules, channels and messages; rules are the verbs' business."""

from typing import Any

from rest_framework import serializers

from portal import clock
from portal.models import (
    Channel,
    ChannelKind,
    ContactKind,
    ContactMethod,
    Notification,
    NotificationRule,
    Team,
    Urgency,
    User,
)
from portal.models.reaching import LONGEST_DELAY
from portal.natures import mask


def minutes(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=LONGEST_DELAY, **options)


class ContactSerializer(serializers.ModelSerializer[ContactMethod]):
    destination = serializers.SerializerMethodField()

    class Meta:
        model = ContactMethod
        fields = [
            "id",
            "kind",
            "label",
            "destination",
            "verified_at",
            "is_broken",
            "broken_reason",
        ]
        read_only_fields = fields

    def get_destination(self, contact: ContactMethod) -> str:
        """The address, masked."""
        return mask(contact.kind, contact.destination)


class NewContactSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ContactKind.choices)
    label: Any = serializers.CharField(max_length=60)
    destination = serializers.CharField(max_length=500)
    for_high = serializers.BooleanField(default=True)
    for_low = serializers.BooleanField(default=False)
    after_minutes = minutes(default=0)


class ContactChangeSerializer(serializers.ModelSerializer[ContactMethod]):
    class Meta:
        model = ContactMethod
        fields = ["label"]


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=12)


class NotificationRuleSerializer(serializers.ModelSerializer[NotificationRule]):
    """A step of a chain; without `contact`, the address of the sign-in."""

    class Meta:
        model = NotificationRule
        fields = ["id", "urgency", "contact", "after_minutes"]
        read_only_fields = fields


class ChainChangeSerializer(serializers.Serializer[Any]):
    contact: Any = serializers.PrimaryKeyRelatedField(
        queryset=ContactMethod.objects.none(), allow_null=True, required=False
    )
    after_minutes = minutes(required=False)

    def get_fields(self) -> Any:
        """A step leads to a way of the person whose chain it is."""
        fields = super().get_fields()
        contact: Any = fields["contact"]
        contact.queryset = ContactMethod.objects.filter(person=self.context.get("person"))
        return fields


class NewChainStepSerializer(ChainChangeSerializer):
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    after_minutes = minutes(default=0)


class QuietHoursSerializer(serializers.ModelSerializer[User]):
    """Between these times, in the person's zone, what can wait does; null: there are none."""

    quiet_from = serializers.TimeField(allow_null=True)
    quiet_until = serializers.TimeField(allow_null=True)

    class Meta:
        model = User
        fields = ["quiet_from", "quiet_until"]


class ChainStepSerializer(serializers.Serializer[Any]):
    """When a message leaves by which way, while nobody answers."""

    label: Any = serializers.CharField()
    masked = serializers.CharField()
    nature = serializers.CharField(help_text="voice, sms, chat or mail")
    after_minutes = serializers.IntegerField()
    is_verified = serializers.BooleanField()
    is_broken = serializers.BooleanField()


class UnreachableReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    remedy = serializers.CharField()


class DoubtSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    url = serializers.CharField()


class ReachSerializer(serializers.Serializer[Any]):
    """How I am reached, and why I may not be."""

    high = ChainStepSerializer(many=True)
    low = ChainStepSerializer(many=True)
    why_unreachable = UnreachableReasonSerializer(many=True)
    doubts = DoubtSerializer(many=True, help_text="Where a way comes later than the next step.")
    quiet_from = serializers.TimeField(allow_null=True)
    quiet_until = serializers.TimeField(allow_null=True)


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    contact = serializers.CharField(source="contact.label", default="", read_only=True)

    class Meta:
        model = Notification
        fields = [
            "id",
            "urgency",
            "priority",
            "kind",
            "subject",
            "body",
            "url",
            "topic",
            "contact",
            "state",
            "bundle",
            "attempts",
            "last_error",
            "due_at",
            "wanted_at",
            "sent_at",
            "read_at",
            "created_at",
        ]
        read_only_fields = fields


class DeliveryLogSerializer(NotificationSerializer):
    """A line of the delivery log; what the message said is its reader's alone."""

    late_seconds = serializers.SerializerMethodField()

    class Meta(NotificationSerializer.Meta):
        fields = [
            "id",
            "person",
            "urgency",
            "priority",
            "kind",
            "subject",
            "topic",
            "contact",
            "state",
            "bundle",
            "attempts",
            "last_error",
            "wanted_at",
            "due_at",
            "sent_at",
            "late_seconds",
        ]
        read_only_fields = fields

    def get_late_seconds(self, row: Notification) -> int:
        return int(row.late_at(clock.now()).total_seconds())


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    team: Any = serializers.SlugRelatedField(read_only=True, slug_field="slug")
    destination = serializers.SerializerMethodField()

    class Meta:
        model = Channel
        fields = ["id", "name", "team", "kind", "destination", "is_active"]
        read_only_fields = fields

    def get_destination(self, channel: Channel) -> str:
        """The address, masked."""
        return mask(channel.kind, channel.destination)


class ChannelChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False)
    team: Any = serializers.SlugRelatedField(
        queryset=Team.objects.none(), slug_field="slug", allow_null=True, required=False
    )
    destination = serializers.CharField(max_length=500, required=False)

    def get_fields(self) -> Any:
        """A channel is given to one of the teams in which the asker works."""
        fields = super().get_fields()
        team: Any = fields["team"]
        team.queryset = self.context.get("teams", Team.objects.none())
        team.allow_null = self.context.get("for_everybody", False)
        return fields


class NewChannelSerializer(ChannelChangeSerializer):
    name = serializers.CharField(max_length=100)
    team: Any = serializers.SlugRelatedField(
        queryset=Team.objects.none(), slug_field="slug", allow_null=True
    )
    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    destination = serializers.CharField(max_length=500)


class ChannelOnceSerializer(ChannelSerializer):
    """A channel with the secret that signs a webhook's calls, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(ChannelSerializer.Meta):
        fields = [*ChannelSerializer.Meta.fields, "secret"]
        read_only_fields = fields
