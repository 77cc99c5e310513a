"""Freezes, permitted times, and the time of a request, in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import change_window_for, freeze_for, require_rule_of
from maintenance.api.conflicts import ConflictCheckSerializer, ConflictSerializer
from maintenance.api.serializers import RemarkSerializer, Slug
from maintenance.filters import ChangeWindowFilter, FreezeFilter
from maintenance.models import (
    Category,
    ChangeWindow,
    Freeze,
    FreezeKind,
    OverrideOf,
    TimeOverride,
)
from maintenance.models.repeating import FREQUENCIES
from maintenance.permitted import affected_by
from maintenance.recurrence_words import in_words
from maintenance.timing import LAST
from operations.api.shapes import (
    DoerSerializer,
    WhyNotSerializer,
    given,
    service_field,
    team_field,
)
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Service, Team, zone_names


class FreezeSerializer(serializers.ModelSerializer[Freeze]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    teams = Slug[Team](
        slug_field="slug",
        many=True,
        read_only=True,
        help_text="It covers all their services, also those they get later.",
    )
    environments = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="None: production only."
    )
    author = DoerSerializer(read_only=True)
    approved_by = DoerSerializer(read_only=True, allow_null=True)
    standing = serializers.SerializerMethodField(
        help_text="draft, discarded, upcoming, in_force or over."
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Freeze
        fields = [
            "id",
            "name",
            "kind",
            "reason",
            "covers_all",
            "services",
            "teams",
            "environments",
            "starts_at",
            "ends_at",
            "closes_at",
            "spared_categories",
            "spares_p0",
            "state",
            "standing",
            "author",
            "approved_by",
            "approved_at",
            "url",
        ]
        read_only_fields = fields

    def get_standing(self, freeze: Freeze) -> str:
        return freeze.standing_at(clock.now())


class FreezeDetailSerializer(FreezeSerializer):
    """With the requests that it stops, or would."""

    stops = serializers.SerializerMethodField()
    holds = serializers.SerializerMethodField(
        help_text="What a lockdown put on hold and did not let go on yet."
    )

    class Meta(FreezeSerializer.Meta):
        fields = [*FreezeSerializer.Meta.fields, "stops", "holds"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_stops(self, freeze: Freeze) -> list[str]:
        return [request.number for request in affected_by(freeze)]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_holds(self, freeze: Freeze) -> list[str]:
        holds = freeze.holds.filter(released_at=None).select_related("request")
        return [row.request.number for row in holds]


class ScopeSerializer(serializers.Serializer[Any]):
    covers_all = serializers.BooleanField(default=False)
    services = serializers.ListField(child=service_field(), max_length=100, default=list)


class WriteFreezeSerializer(ScopeSerializer):
    teams = serializers.ListField(child=team_field(), max_length=100, default=list)
    environments = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=10, default=list
    )
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=FreezeKind.choices, default=FreezeKind.FREEZE)
    reason = serializers.CharField(max_length=1000)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    spared_categories = serializers.ListField(
        child=serializers.ChoiceField(choices=Category.choices), max_length=10, default=list
    )
    spares_p0 = serializers.BooleanField(default=True)


class FreezeViewSet(RecordViewSet[Freeze]):
    """Times in which services are not changed; drafted by one, approved by another."""

    filterset_class = FreezeFilter
    queryset = Freeze.objects.all()

    def get_queryset(self) -> QuerySet[Freeze]:
        freezes = Freeze.objects.visible_to(signed_in(self.request)).with_list_columns()
        return freezes.select_related("author", "approved_by")

    def get_serializer_class(self) -> type[FreezeSerializer]:
        return FreezeSerializer if self.action == "list" else FreezeDetailSerializer

    @extend_schema(request=WriteFreezeSerializer, responses={201: FreezeDetailSerializer})
    def create(self, request: Request) -> Response:
        """Write a draft; it binds nobody before another approves it."""
        user = signed_in(request)
        require_work(user)
        said = given(WriteFreezeSerializer, request)
        require_rule_of(
            user, said["services"], covers_all=said["covers_all"], teams=said["teams"]
        )
        made = workflow.draft_freeze(**said, actor=user)
        return Response(FreezeDetailSerializer(made).data, status=201)

    @extend_schema(request=WriteFreezeSerializer, responses=FreezeDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given of a draft."""
        user = signed_in(request)
        item = freeze_for(user, int(pk), may="change")
        said = given(WriteFreezeSerializer, request, item)
        wanted = list(said.get("services", item.services.all()))
        covers_all = said.get("covers_all", item.covers_all)
        teams = list(said.get("teams", item.teams.all()))
        require_rule_of(user, wanted, covers_all=covers_all, teams=teams)
        return self._shown(workflow.change_freeze(item, actor=user, **said))

    @extend_schema(request=None, responses=FreezeDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let it bind from its start on."""
        user = signed_in(request)
        return self._shown(workflow.approve_freeze(self._found("decide"), actor=user))

    @extend_schema(request=RemarkSerializer, responses=FreezeDetailSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Open the time again before its planned end."""
        item = self._found("decide")
        said = given(RemarkSerializer, request)
        return self._shown(workflow.end_freeze(item, actor=signed_in(request), **said))

    @extend_schema(request=RemarkSerializer, responses=FreezeDetailSerializer)
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> Response:
        """Give it up before it begins."""
        item = self._found("change")
        said = given(RemarkSerializer, request)
        return self._shown(workflow.discard_freeze(item, actor=signed_in(request), **said))

    def _found(self, may: Any) -> Freeze:
        return freeze_for(signed_in(self.request), int(self.kwargs["pk"]), may=may)

    def _shown(self, freeze: Freeze) -> Response:
        return Response(FreezeDetailSerializer(freeze).data)


class ChangeWindowSerializer(serializers.ModelSerializer[ChangeWindow]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    words = serializers.SerializerMethodField(help_text="The rule as people say it.")
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ChangeWindow
        fields = [
            "id",
            "name",
            "words",
            "covers_all",
            "services",
            "frequency",
            "interval",
            "weekdays",
            "nth",
            "day_of_month",
            "starts_on",
            "until",
            "at",
            "minutes",
            "time_zone",
            "retired_at",
            "url",
        ]
        read_only_fields = fields

    def get_words(self, window: ChangeWindow) -> str:
        return in_words(window)


class RecurrenceSerializer(serializers.Serializer[Any]):
    """The rule by which something comes again."""

    frequency = serializers.ChoiceField(choices=FREQUENCIES)
    interval = serializers.IntegerField(min_value=1, max_value=52, default=1)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        max_length=7,
        default=list,
        help_text="0 is Monday.",
    )
    nth = serializers.IntegerField(
        min_value=LAST, max_value=4, default=0, help_text="Monthly: 1 to 4, or -1 for the last."
    )
    day_of_month = serializers.IntegerField(min_value=LAST, max_value=31, default=0)
    starts_on = serializers.DateField()
    until = serializers.DateField(required=False, allow_null=True)
    at = serializers.TimeField()
    minutes = serializers.IntegerField(min_value=5, max_value=10080)
    time_zone = serializers.ChoiceField(choices=sorted(zone_names()))


class WriteChangeWindowSerializer(RecurrenceSerializer, ScopeSerializer):
    name = serializers.CharField(max_length=120)


class ChangeWindowViewSet(RecordViewSet[ChangeWindow]):
    """Permitted times; services that have any are changed within them only."""

    serializer_class = ChangeWindowSerializer
    filterset_class = ChangeWindowFilter
    queryset = ChangeWindow.objects.all()

    def get_queryset(self) -> QuerySet[ChangeWindow]:
        return ChangeWindow.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=WriteChangeWindowSerializer, responses={201: ChangeWindowSerializer})
    def create(self, request: Request) -> Response:
        """Set a permitted time up."""
        user = signed_in(request)
        require_work(user)
        said = given(WriteChangeWindowSerializer, request)
        require_rule_of(user, said["services"], covers_all=said["covers_all"])
        made = workflow.set_up_change_window(**said, actor=user)
        return Response(ChangeWindowSerializer(made).data, status=201)

    @extend_schema(request=WriteChangeWindowSerializer, responses=ChangeWindowSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        user = signed_in(request)
        item = change_window_for(user, int(pk), may="change")
        said = given(WriteChangeWindowSerializer, request, item)
        wanted = list(said.get("services", item.services.all()))
        require_rule_of(user, wanted, covers_all=said.get("covers_all", item.covers_all))
        changed = workflow.change_change_window(item, actor=user, **said)
        return Response(ChangeWindowSerializer(changed).data)

    @extend_schema(request=None, responses=ChangeWindowSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Restrict nothing by it any more."""
        user = signed_in(request)
        item = change_window_for(user, int(pk), may="change")
        retired = workflow.retire_change_window(item, actor=user)
        return Response(ChangeWindowSerializer(retired).data)


class TimeOverrideSerializer(serializers.ModelSerializer[TimeOverride]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = TimeOverride
        fields = ["of", "freeze", "plan_digest", "person", "reason", "given_at"]
        read_only_fields = fields


class WriteTimeOverrideSerializer(serializers.Serializer[Any]):
    of = serializers.ChoiceField(choices=OverrideOf.choices)
    freeze = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    digest = serializers.CharField(max_length=64)
    reason = serializers.CharField(max_length=1000)


class ProposalSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField(source="slot.start")
    end = serializers.DateTimeField(source="slot.end")
    because = serializers.ListField(
        child=serializers.CharField(), help_text="What kept it from being earlier."
    )
    outside_windows = serializers.BooleanField(
        source="slot.outside_windows",
        help_text="Whether permitted times kept it from being earlier, too.",
    )


class TimesSerializer(serializers.Serializer[Any]):
    """What stands in the way of the planned time, and when the change would fit."""

    code = serializers.IntegerField(
        allow_null=True,
        help_text="0 fits, 1 freeze, 2 misses, 3 exceeds the permitted times; "
        "null: not computed, since no time is planned.",
    )
    reasons = WhyNotSerializer(many=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What is worth knowing and stops nothing."
    )
    conflicts = ConflictSerializer(many=True)
    checks = ConflictCheckSerializer(many=True)
    overrides = TimeOverrideSerializer(many=True)
    proposals = ProposalSerializer(many=True)


class WhatIfSerializer(serializers.Serializer[Any]):
    """What would stand in the way of a time; nothing is changed by asking."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    code = serializers.IntegerField(allow_null=True, help_text="As in `times`.")
    reasons = WhyNotSerializer(many=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What is worth knowing and stops nothing."
    )
    conflicts = ConflictSerializer(many=True)
