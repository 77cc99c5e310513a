"""Silences, inhibition rules, what is held, and the settings of noise, in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import matchers as matching
from operations import noise, workflow
from operations.access import inhibition_for, may_silence, seen_by, silence_for
from operations.api.shapes import (
    DoerSerializer,
    WhyNotSerializer,
    given,
    service_field,
    team_field,
)
from operations.filters import HoldFilter, InhibitionFilter, SilenceFilter
from operations.models import AtEnd, Hold, Inhibition, NoiseSettings, Silence
from operations.weekly import check_weekly
from portal import clock
from portal.access import require_administrator, require_look, require_work
from portal.api.base import RecordViewSet, View
from portal.http import signed_in


class MatcherSerializer(serializers.Serializer[Any]):
    """One condition on a label; patterns are RE2 and match the whole value."""

    label = serializers.CharField(max_length=100)  # type: ignore[assignment]  # a field named as its base's option
    op = serializers.ChoiceField(choices=list(matching.OPERATORS))
    value = serializers.CharField(
        max_length=matching.LONGEST_VALUE, allow_blank=True, trim_whitespace=False
    )


class WeeklySerializer(serializers.Serializer[Any]):
    """Hours on certain days of every week; 0 is Monday."""

    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), min_length=1, max_length=7
    )
    until = serializers.RegexField(r"^\d{1,2}:\d\d$", help_text="Such as 06:00.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        start = serializers.RegexField(r"^\d{1,2}:\d\d$", help_text="Such as 22:00.")
        return {**super().get_fields(), "from": start}


class HoldSerializer(serializers.ModelSerializer[Hold]):
    """One occurrence of an alert that woke nobody, and the rule because of which."""

    rule_url = serializers.CharField(read_only=True)

    class Meta:
        model = Hold
        fields = [
            "id",
            "alert",
            "occurrence_started_at",
            "severity",
            "kind",
            "rule",
            "rule_url",
            "silence",
            "inhibition",
            "held_at",
            "released_at",
            "outcome",
        ]
        read_only_fields = fields


class SilenceSerializer(serializers.ModelSerializer[Silence]):
    team: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    services: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True, many=True)
    matchers = MatcherSerializer(many=True, read_only=True)
    weekly = WeeklySerializer(many=True, read_only=True)
    owner = DoerSerializer(read_only=True, allow_null=True)
    state = serializers.SerializerMethodField()
    why_not_change = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Silence
        fields = [
            "id",
            "kind",
            "state",
            "reason",
            "team",
            "services",
            "matchers",
            "starts_at",
            "ends_at",
            "ended_at",
            "weekly",
            "time_zone",
            "behaviour",
            "at_end",
            "owner",
            "created_at",
            "why_not_change",
            "url",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["pending", "active", "expired"]))
    def get_state(self, silence: Silence) -> str:
        return silence.state_at(clock.now())

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_change(self, silence: Silence) -> list[dict[str, str]]:
        reasons = workflow.why_not_change_silence(silence, clock.now())
        return [refusal._asdict() for refusal in reasons]


class ReachSerializer(serializers.Serializer[Any]):
    """Which alerts a silence is about."""

    team = team_field(required=False, allow_null=True, default=None)
    services = serializers.ListField(child=service_field(), max_length=100, default=list)
    matchers = MatcherSerializer(many=True, default=list)

    def validate_matchers(self, rows: list[Any]) -> Any:
        return matching.parse(rows)


class SilenceChangeSerializer(serializers.Serializer[Any]):
    """What may change of a silence; another team's is another silence."""

    services = serializers.ListField(child=service_field(), max_length=100, default=list)
    matchers = MatcherSerializer(many=True, default=list)
    reason = serializers.CharField(max_length=300)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField()
    weekly = WeeklySerializer(many=True, default=list)
    time_zone = serializers.CharField(max_length=64, default="UTC")
    at_end = serializers.ChoiceField(choices=AtEnd.choices, default=AtEnd.REPROCESS)

    def validate_matchers(self, rows: list[Any]) -> Any:
        return matching.parse(rows)

    def validate_weekly(self, rows: list[Any]) -> Any:
        return check_weekly([dict(row) for row in rows])


class NewSilenceSerializer(SilenceChangeSerializer):
    team = team_field(required=False, allow_null=True, default=None)


class SilenceViewSet(RecordViewSet[Silence]):
    """Agreements that certain alerts wake nobody for a while."""

    serializer_class = SilenceSerializer
    filterset_class = SilenceFilter
    queryset = Silence.objects.all()

    def get_queryset(self) -> QuerySet[Silence]:
        return Silence.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewSilenceSerializer, responses={201: SilenceSerializer})
    def create(self, request: Request) -> Response:
        """Hold certain alerts back from now, or from a moment, until another."""
        user = signed_in(request)
        require_work(user)
        said = given(NewSilenceSerializer, request)
        if not may_silence(user, said["team"]):
            self.permission_denied(request)
        made = workflow.make_silence(**said, actor=user)
        return Response(self._shown(made), status=201)

    @extend_schema(request=SilenceChangeSerializer, responses=SilenceSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given of a silence that is not over, as its end."""
        user = signed_in(request)
        silence = silence_for(user, int(pk), may="change")
        said = given(SilenceChangeSerializer, request, silence)
        return Response(self._shown(workflow.change_silence(silence, actor=user, **said)))

    @extend_schema(request=None, responses=SilenceSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End it now; what still fires is looked at again."""
        user = signed_in(request)
        silence = silence_for(user, int(pk), may="change")
        return Response(self._shown(workflow.end_silence(silence, actor=user)))

    @extend_schema(responses=HoldSerializer(many=True), filters=False)
    @action(detail=True)
    def holds(self, request: Request, pk: str) -> Response:
        """What it holds and held, the newest first."""
        silence = silence_for(signed_in(request), int(pk))
        rows: Any = self.paginate_queryset(silence.holds.with_list_columns())  # type: ignore[arg-type]  # a related manager's queryset
        return self.get_paginated_response(HoldSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="silences_preview", request=ReachSerializer, responses=None, filters=False
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Return the keys of the alerts firing now that such a silence would hold."""
        require_work(signed_in(request))
        said = given(ReachSerializer, request)
        return Response({"alerts": [alert.pk for alert in workflow.would_hold(**said)]})

    def _shown(self, silence: Silence) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=silence.pk)).data


class InhibitionSerializer(serializers.ModelSerializer[Inhibition]):
    source_matchers = MatcherSerializer(many=True)
    target_matchers = MatcherSerializer(many=True)
    equal = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=30, default=list
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Inhibition
        fields = [
            "id",
            "name",
            "source_matchers",
            "target_matchers",
            "equal",
            "is_active",
            "url",
        ]


class InhibitionViewSet(RecordViewSet[Inhibition]):
    """Rules by which a graver alert mutes those that only say the same again."""

    serializer_class = InhibitionSerializer
    filterset_class = InhibitionFilter
    queryset = Inhibition.objects.all()

    def get_queryset(self) -> QuerySet[Inhibition]:
        return seen_by(signed_in(self.request), Inhibition.objects.all())

    @extend_schema(responses={201: InhibitionSerializer})
    def create(self, request: Request) -> Response:
        """Add a rule; it holds what fires already, too."""
        user = signed_in(request)
        require_administrator(user)
        made = workflow.make_inhibition(**given(InhibitionSerializer, request), actor=user)
        return Response(self.get_serializer(made).data, status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given, or switch the rule off."""
        user = signed_in(request)
        rule = inhibition_for(user, int(pk), may="change")
        said = given(InhibitionSerializer, request, rule)
        changed = workflow.change_inhibition(rule, actor=user, **said)
        return Response(self.get_serializer(changed).data)


class HoldViewSet(RecordViewSet[Hold]):
    """What is held back and was, each with the rule that holds it."""

    serializer_class = HoldSerializer
    filterset_class = HoldFilter
    queryset = Hold.objects.all()

    def get_queryset(self) -> QuerySet[Hold]:
        return Hold.objects.visible_to(signed_in(self.request)).with_list_columns()


class NoiseSettingsSerializer(serializers.ModelSerializer[NoiseSettings]):
    class Meta:
        model = NoiseSettings
        fields = ["flap_changes", "flap_minutes", "remind_minutes", "roll_up_from"]


class NoiseSettingsView(View):
    """When alerts count as flapping, and when owners of silences are reminded."""

    @extend_schema(responses=NoiseSettingsSerializer)
    def get(self, request: Request) -> Response:
        """Read them."""
        require_look(signed_in(request))
        return Response(NoiseSettingsSerializer(noise.settings()).data)

    @extend_schema(request=NoiseSettingsSerializer, responses=NoiseSettingsSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        user = signed_in(request)
        require_administrator(user)
        said = given(NoiseSettingsSerializer, request, noise.settings())
        row = workflow.change_noise_settings(actor=user, **said)
        return Response(NoiseSettingsSerializer(row).data)
