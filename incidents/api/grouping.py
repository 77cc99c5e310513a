"""Grouping rules in the API: read by all, written by administrators."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.filters import GroupingRuleFilter
from incidents.models import GroupingRule
from operations.api.noise import MatcherSerializer
from operations.api.shapes import given
from portal.access import require_administrator
from portal.api.base import RecordViewSet
from portal.http import signed_in


class GroupingRuleSerializer(serializers.ModelSerializer[GroupingRule]):
    matchers = MatcherSerializer(many=True, default=list)
    group_by = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=30, default=list
    )

    class Meta:
        model = GroupingRule
        fields = [
            "id",
            "name",
            "order",
            "matchers",
            "group_by",
            "window_minutes",
            "reopen_minutes",
            "resolve_minutes",
            "threshold_count",
            "threshold_minutes",
            "is_active",
            "is_default",
        ]
        read_only_fields = ["is_default"]


class GroupingRuleViewSet(RecordViewSet[GroupingRule]):
    """How alerts become incidents; the first active rule that fits an alert decides."""

    serializer_class = GroupingRuleSerializer
    filterset_class = GroupingRuleFilter
    queryset = GroupingRule.objects.all()

    def get_queryset(self) -> QuerySet[GroupingRule]:
        rules = GroupingRule.objects.visible_to(signed_in(self.request))
        return rules.order_by("order", "pk")

    @extend_schema(responses={201: GroupingRuleSerializer})
    def create(self, request: Request) -> Response:
        """Add a rule for alerts that come from now on."""
        user = signed_in(request)
        require_administrator(user)
        said = given(GroupingRuleSerializer, request)
        made = workflow.make_grouping_rule(**said, actor=user)
        return Response(self.get_serializer(made).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given, for alerts that come from now on."""
        rule = self._mine(request, pk)
        said: dict[str, Any] = given(GroupingRuleSerializer, request, rule)
        changed = workflow.change_grouping_rule(rule, actor=signed_in(request), **said)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a rule away; the next that fits, and at last the default, decides instead."""
        rule = self._mine(request, pk)
        workflow.remove_grouping_rule(rule, actor=signed_in(request))
        return Response(status=204)

    def _mine(self, request: Request, pk: str) -> GroupingRule:
        require_administrator(signed_in(request))
        return get_object_or_404(GroupingRule, pk=int(pk))
