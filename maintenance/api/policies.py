"""Approval policies and delegations in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import delegation_for, policy_for, require_policy_of
from maintenance.api.serializers import Key, Slug
from maintenance.filters import DelegationFilter, PolicyFilter
from maintenance.forms import workers
from maintenance.models import (
    MOST_POLICY_STEPS,
    ApprovalDelegation,
    ApprovalPolicy,
    Authorisation,
    Category,
    RiskLevel,
    StepMode,
    Who,
)
from maintenance.policies import Traits, first_fitting, rule_for
from maintenance.policy_words import preview
from operations.api.shapes import DoerSerializer, given, service_field
from portal import clock
from portal.access import require_look, require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Service, Team, Tier, User


class ApprovalStepSerializer(serializers.Serializer[Any]):
    """`number` or `percent`, not both; a share is rounded up."""

    key = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    stage = serializers.IntegerField(
        min_value=1,
        max_value=9,
        default=1,
        help_text="A later stage waits for those before it.",
    )
    who = serializers.ChoiceField(choices=Who.choices)
    team = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    people = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=50, default=list
    )
    number = serializers.IntegerField(
        min_value=1, max_value=50, required=False, allow_null=True, default=None
    )
    percent = serializers.IntegerField(
        min_value=1, max_value=100, required=False, allow_null=True, default=None
    )
    mode = serializers.ChoiceField(choices=StepMode.choices, default=StepMode.VETO)

    def validate_people(self, people: list[int]) -> list[int]:
        if workers().filter(pk__in=people).count() < len(set(people)):
            raise serializers.ValidationError("Not all of these are people who work here.")
        return people


class ApprovalPolicySerializer(serializers.ModelSerializer[ApprovalPolicy]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    steps = ApprovalStepSerializer(many=True, read_only=True)
    categories = serializers.ListField(child=serializers.CharField(), read_only=True)
    risk_levels = serializers.ListField(child=serializers.CharField(), read_only=True)
    tiers = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    authorisations = serializers.ListField(child=serializers.CharField(), read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ApprovalPolicy
        fields = [
            "id",
            "name",
            "order",
            "services",
            "categories",
            "risk_levels",
            "tiers",
            "authorisations",
            "emergency",
            "steps",
            "may_fill_two",
            "ttl_days",
            "grace_hours",
            "escalate_after_hours",
            "escalate_to",
            "retired_at",
            "url",
        ]
        read_only_fields = fields


def several(choices: Any) -> serializers.ListField:
    child = serializers.ChoiceField(choices=choices)
    return serializers.ListField(child=child, max_length=20, default=list)


class WriteApprovalPolicySerializer(serializers.Serializer[Any]):
    """What is left empty fits everything."""

    name = serializers.CharField(max_length=120)
    order = serializers.IntegerField(min_value=0, max_value=9999, default=100)
    services = serializers.ListField(child=service_field(), max_length=100, default=list)
    categories = several(Category.choices)
    risk_levels = several(RiskLevel.choices)
    tiers = several(Tier.choices)
    authorisations = several(Authorisation.choices)
    emergency = serializers.BooleanField(allow_null=True, default=None)
    steps = serializers.ListField(
        child=ApprovalStepSerializer(), min_length=1, max_length=MOST_POLICY_STEPS
    )
    may_fill_two = serializers.BooleanField(default=False)
    ttl_days = serializers.IntegerField(min_value=1, max_value=365, default=14)
    grace_hours = serializers.IntegerField(min_value=0, max_value=168, default=2)
    escalate_after_hours = serializers.IntegerField(
        min_value=1, max_value=720, allow_null=True, default=None
    )
    escalate_to = Key[Team](queryset=Team.objects.all(), allow_null=True, default=None)


class AppliesSerializer(serializers.Serializer[Any]):
    """A request that there might be."""

    service = service_field()
    category = serializers.ChoiceField(choices=Category.choices)
    risk_level = serializers.ChoiceField(
        choices=RiskLevel.choices, default="", allow_blank=True
    )
    authorisation = serializers.ChoiceField(
        choices=Authorisation.choices, default=Authorisation.NORMAL
    )
    emergency = serializers.BooleanField(default=False)


class WouldAskSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    stage = serializers.IntegerField()
    needed = serializers.CharField(help_text="How many of how many people have to agree.")
    people = serializers.ListField(child=serializers.CharField())
    is_unreachable = serializers.BooleanField()


class AppliedSerializer(serializers.Serializer[Any]):
    policy = serializers.IntegerField(
        allow_null=True, help_text="null: no policy fits, so that the built-in rule applies."
    )
    name = serializers.CharField()
    steps = WouldAskSerializer(many=True)


class PolicyViewSet(RecordViewSet[ApprovalPolicy]):
    """Who has to agree to which changes: the first policy by `order` that fits applies."""

    serializer_class = ApprovalPolicySerializer
    filterset_class = PolicyFilter
    queryset = ApprovalPolicy.objects.all()

    def get_queryset(self) -> QuerySet[ApprovalPolicy]:
        return ApprovalPolicy.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(
        request=WriteApprovalPolicySerializer, responses={201: ApprovalPolicySerializer}
    )
    def create(self, request: Request) -> Response:
        """Set a policy up."""
        user = signed_in(request)
        require_work(user)
        said = given(WriteApprovalPolicySerializer, request)
        require_policy_of(user, said["services"])
        made = workflow.set_up_policy(**said, actor=user)
        return Response(ApprovalPolicySerializer(made).data, status=201)

    @extend_schema(request=WriteApprovalPolicySerializer, responses=ApprovalPolicySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given; steps are given all together."""
        user = signed_in(request)
        item = policy_for(user, int(pk), may="change")
        said = given(WriteApprovalPolicySerializer, request, item)
        wanted = list(said.get("services", item.services.all()))
        require_policy_of(user, wanted)
        changed = workflow.change_policy(item, **said, actor=user)
        return Response(ApprovalPolicySerializer(changed).data)

    @extend_schema(request=None, responses=ApprovalPolicySerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Apply it to nothing new."""
        user = signed_in(request)
        item = policy_for(user, int(pk), may="change")
        return Response(ApprovalPolicySerializer(workflow.retire_policy(item, actor=user)).data)

    @extend_schema(request=AppliesSerializer, responses=AppliedSerializer, filters=False)
    @action(detail=False, methods=["post"])
    def applies(self, request: Request) -> Response:
        """Which policy would apply to a request like this, and whom would it ask now?"""
        require_look(signed_in(request))
        traits = Traits(**given(AppliesSerializer, request))
        policy = first_fitting(traits)
        found = {"policy": policy.pk if policy else None, **preview(rule_for(traits), traits)}
        return Response(AppliedSerializer(found).data)


class DelegationSerializer(serializers.ModelSerializer[ApprovalDelegation]):
    giver = DoerSerializer(read_only=True)
    taker = DoerSerializer(read_only=True)
    standing = serializers.SerializerMethodField(
        help_text="upcoming, in_force, over or revoked."
    )

    class Meta:
        model = ApprovalDelegation
        fields = [
            "id",
            "giver",
            "taker",
            "starts_at",
            "ends_at",
            "closes_at",
            "reason",
            "standing",
            "revoked_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_standing(self, row: ApprovalDelegation) -> str:
        return row.standing_at(clock.now())


class DelegateSerializer(serializers.Serializer[Any]):
    taker = Key[User](queryset=workers(), help_text="Who votes for you.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class DelegationViewSet(RecordViewSet[ApprovalDelegation]):
    """Who votes for whom, and until when; never passed on."""

    serializer_class = DelegationSerializer
    filterset_class = DelegationFilter
    queryset = ApprovalDelegation.objects.all()

    def get_queryset(self) -> QuerySet[ApprovalDelegation]:
        rows = ApprovalDelegation.objects.visible_to(signed_in(self.request))
        return rows.with_list_columns()

    @extend_schema(request=DelegateSerializer, responses={201: DelegationSerializer})
    def create(self, request: Request) -> Response:
        """Let somebody vote in your place."""
        user = signed_in(request)
        require_work(user)
        said = given(DelegateSerializer, request)
        made = workflow.delegate_approvals(**said, actor=user)
        return Response(DelegationSerializer(made).data, status=201)

    @extend_schema(request=None, responses=DelegationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take it back; votes that were given by it stay."""
        user = signed_in(request)
        item = delegation_for(user, int(pk), may="change")
        return Response(DelegationSerializer(workflow.revoke_delegation(item, actor=user)).data)
