"""The shapes of the ground floor's records; rules are the verbs' business."""

from typing import Any

from rest_framework import serializers

from portal.models import (
    Access,
    ApiToken,
    Event,
    ImprovementTarget,
    Membership,
    PracticeRule,
    Scope,
    Service,
    ServiceDependency,
    ServiceLabel,
    ServiceLink,
    Team,
    TeamRole,
    User,
    Webhook,
    WebhookDelivery,
)


class PersonSerializer(serializers.ModelSerializer[User]):
    teams: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="slug")

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "access",
            "is_active",
            "teams",
            "time_zone",
            "locale",
            "works_from",
            "works_until",
            "joined_at",
        ]
        read_only_fields = fields


class InviteSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150)
    access = serializers.ChoiceField(choices=Access.choices, default=Access.MEMBER)
    time_zone = serializers.CharField(max_length=64, default="UTC")

    def validate_email(self, email: str) -> str:
        return email.lower()


class PasswordOnceSerializer(PersonSerializer):
    """A person with the one-time password that is shown this once."""

    password = serializers.CharField(read_only=True)

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "password"]
        read_only_fields = fields


class ProfileSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["name", "time_zone", "locale", "works_from", "works_until"]


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.ChoiceField(choices=Access.choices)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Membership
        fields = ["person", "name", "role"]
        read_only_fields = fields


class TeamSerializer(serializers.ModelSerializer[Team]):
    members = MemberSerializer(source="membership_set", many=True, read_only=True)

    class Meta:
        model = Team
        fields = ["id", "slug", "name", "description", "time_zone", "members"]
        read_only_fields = ["id", "members"]
        extra_kwargs = {"slug": {"required": False}}


class TeamChangeSerializer(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ["name", "description", "time_zone"]


class AddMemberSerializer(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    role = serializers.ChoiceField(choices=TeamRole.choices, default=TeamRole.MEMBER)


class RoleSerializer(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())
    role = serializers.ChoiceField(choices=TeamRole.choices)


class PersonOnlySerializer(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(queryset=User.objects.all())


class LinkSerializer(serializers.ModelSerializer[ServiceLink]):
    url = serializers.URLField(max_length=500)

    class Meta:
        model = ServiceLink
        fields = ["id", "label", "url"]


class LabelSerializer(serializers.ModelSerializer[ServiceLabel]):
    class Meta:
        model = ServiceLabel
        fields = ["id", "name", "value"]
        # The verb says which service has a label already.
        validators: list[Any] = []


class DependencySerializer(serializers.ModelSerializer[ServiceDependency]):
    needs: Any = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())

    class Meta:
        model = ServiceDependency
        fields = ["id", "needs"]


class ServiceSerializer(serializers.ModelSerializer[Service]):
    team: Any = serializers.SlugRelatedField(slug_field="slug", queryset=Team.objects.all())
    links = LinkSerializer(many=True, read_only=True)
    labels = LabelSerializer(many=True, read_only=True)
    needs = DependencySerializer(many=True, read_only=True)
    needed_by = serializers.SerializerMethodField()

    class Meta:
        model = Service
        fields = [
            "id",
            "slug",
            "name",
            "team",
            "tier",
            "description",
            "availability_objective",
            "is_public",
            "retired_at",
            "links",
            "labels",
            "needs",
            "needed_by",
        ]
        read_only_fields = ["id", "retired_at"]
        extra_kwargs = {"slug": {"required": False}}

    def get_needed_by(self, service: Service) -> list[str]:
        """The slugs of the services that cannot work without this one."""
        return [dependency.service.slug for dependency in service.needed_by.all()]


class ServiceChangeSerializer(serializers.ModelSerializer[Service]):
    team: Any = serializers.SlugRelatedField(slug_field="slug", queryset=Team.objects.all())

    class Meta:
        model = Service
        fields = [
            "name",
            "team",
            "tier",
            "description",
            "availability_objective",
            "is_public",
        ]


class PartSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), read_only=True
    )

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        ]
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.MultipleChoiceField(choices=Scope.choices, allow_empty=False)
    expires_at = serializers.DateTimeField()


class TokenOnceSerializer(TokenSerializer):
    """A token with its secret, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    url = serializers.URLField(max_length=500)
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=50, default=list
    )

    class Meta:
        model = Webhook
        fields = ["id", "name", "url", "kinds", "is_active"]
        read_only_fields = ["id", "is_active"]


class WebhookOnceSerializer(WebhookSerializer):
    """A webhook with the secret that signs, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class EventSerializer(serializers.ModelSerializer[Event]):
    subject_type = serializers.CharField(source="content_type.model", read_only=True)
    service: Any = serializers.SlugRelatedField(read_only=True, slug_field="slug")

    class Meta:
        model = Event
        fields = [
            "id",
            "position",
            "seal",
            "kind",
            "subject_type",
            "object_id",
            "subject_label",
            "service",
            "actor",
            "actor_label",
            "data",
            "happened_at",
            "recorded_at",
        ]
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    kind = serializers.CharField(source="event.kind", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook",
            "event",
            "kind",
            "state",
            "attempts",
            "answer_status",
            "last_error",
            "due_at",
            "sent_at",
            "created_at",
        ]
        read_only_fields = fields


class TargetSerializer(serializers.ModelSerializer[ImprovementTarget]):
    class Meta:
        model = ImprovementTarget
        fields = ["key", "name", "definition", "comparison", "value", "unit"]
        read_only_fields = fields


class FigureSerializer(serializers.Serializer[Any]):
    """A target and where we stand; `is_met` is null while there is no figure."""

    target = TargetSerializer()
    value = serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True)
    text = serializers.CharField(allow_blank=True)
    state = serializers.CharField()
    n = serializers.IntegerField()
    url = serializers.CharField(allow_blank=True)
    is_met = serializers.BooleanField(allow_null=True)


class RuleSerializer(serializers.ModelSerializer[PracticeRule]):
    class Meta:
        model = PracticeRule
        fields = ["key", "kind", "text"]
        read_only_fields = fields
