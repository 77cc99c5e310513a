"""What the bodies of a monitor mean, and reading them again by that."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import integration_for
from operations.api.shapes import DoerSerializer, given
from operations.models import IntegrationMapping
from operations.workflow.replays import MOST
from portal.http import signed_in


class RulesSerializer(serializers.Serializer[Any]):
    """Rules, in the shape that the guide to monitors tells for the kind of integration."""

    rules = serializers.DictField()


class MappingSerializer(serializers.ModelSerializer[IntegrationMapping]):
    made_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = IntegrationMapping
        fields = ["id", "number", "rules", "made_by", "made_at"]
        read_only_fields = fields


class ReadAlertSerializer(serializers.Serializer[Any]):
    """One alert as it is read from a call."""

    name = serializers.CharField()
    summary = serializers.CharField()
    fingerprint = serializers.CharField()
    is_firing = serializers.BooleanField()
    severity = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    labels = serializers.DictField()
    annotations = serializers.DictField()


class TrialSerializer(serializers.Serializer[Any]):
    """What one kept call would tell."""

    receipt = serializers.IntegerField(source="receipt.pk")
    alerts = ReadAlertSerializer(source="told.alerts", many=True)
    problems = serializers.ListField(source="told.problems", child=serializers.CharField())


class ReplaySerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=20, help_text="How many of the newest calls."
    )
    dry_run = serializers.BooleanField(default=True)


class FieldChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """One alert that becomes another; a new one has no number in a dry run."""

    name = serializers.CharField(source="alert.name")
    fingerprint = serializers.CharField(source="alert.fingerprint")
    is_new = serializers.BooleanField()
    is_ended = serializers.BooleanField()
    # Under another name than a serializer's own `fields`.
    changed_fields = FieldChangeSerializer(source="fields", many=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    receipt = serializers.IntegerField(source="receipt.pk")
    alert_count = serializers.IntegerField()
    problems = serializers.ListField(child=serializers.CharField())
    late = serializers.IntegerField()
    changes = ChangeSerializer(many=True)


class ReplayedSerializer(serializers.Serializer[Any]):
    """What became, or would become, of the calls."""

    differences = DifferenceSerializer(many=True)
    untold = serializers.ListField(
        child=serializers.CharField(),
        help_text="Keys of alerts that fire and that none of these calls tells of.",
        source="untold_keys",
    )


class MappingActions:
    """What an integration's view set has for its rules."""

    @extend_schema(responses=MappingSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def mappings(self, request: Request, pk: str) -> Response:
        """All versions of the rules by which its calls are read, the newest first; it holds."""
        integration = integration_for(signed_in(request), int(pk))
        rows = integration.mappings.newest_first()
        return Response(MappingSerializer(rows, many=True).data)

    @extend_schema(request=RulesSerializer, responses={201: MappingSerializer})
    @action(detail=True, methods=["post"], url_path="set-mapping")
    def set_mapping(self, request: Request, pk: str) -> Response:
        """Read its calls by these rules from now on."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        rules = given(RulesSerializer, request)["rules"]
        made = workflow.set_mapping(integration, rules=rules, actor=user)
        return Response(MappingSerializer(made).data, status=201)

    @extend_schema(request=RulesSerializer, responses=TrialSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="try-mapping")
    def try_mapping(self, request: Request, pk: str) -> Response:
        """Read its last calls by these rules, and change nothing."""
        integration = integration_for(signed_in(request), int(pk), may="change")
        rules = given(RulesSerializer, request)["rules"]
        workflow.check_rules(integration, rules)
        trials = workflow.try_rules(integration, rules)
        return Response(TrialSerializer(trials, many=True).data)

    @extend_schema(request=ReplaySerializer, responses=ReplayedSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """
        Read its newest calls again by the rules in force; what is over opens nothing.

        With `dry_run` the answer says what would differ, and nothing changes.
        """
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        asked = given(ReplaySerializer, request)
        if asked["dry_run"]:
            replay = workflow.preview_replay(integration, limit=asked["limit"])
        else:
            replay = workflow.replay_many(integration, actor=user, limit=asked["limit"])
        return Response(ReplayedSerializer(replay).data)
