"""Load and sustainable pace in the API, with the access rules of the pages."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import load_pages, load_teams, loads, workflow
from operations.access import (
    look_for,
    pace_warning_for,
    require_lead,
    require_team,
    weekly_hours_for,
)
from operations.api.shapes import DoerSerializer, given, team_field
from operations.forms.pace import PERIODS, PeriodForm
from operations.load.buckets import Bucket
from operations.load.figures import Figures
from operations.load.limits import Limits
from operations.load.listed import Figure, listed
from operations.load.periods import Period, period_of
from operations.load.spans import hours
from operations.models import LoadLook, PaceSettings, PaceWarning, WeeklyHours
from operations.pace_words import warning_text
from portal import clock
from portal.access import require_administrator, require_look, require_work, team_for
from portal.api.base import RecordViewSet, View
from portal.http import signed_in
from portal.models import User

PERIOD = [
    OpenApiParameter("period", str, enum=[kind for kind, _label in PERIODS]),
    OpenApiParameter("day", date, description="A day in it; by default today."),
]


class LoadLineSerializer(serializers.Serializer[Any]):
    """An interval, or a moment where it has no end."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    hours = serializers.FloatField(allow_null=True)
    schedules = serializers.ListField(child=serializers.IntegerField())
    mark = serializers.CharField(help_text="A part of the week, or a number.")
    subject = serializers.CharField(help_text="What it was about; of oneself alone.")


class LoadFigureSerializer(serializers.Serializer[Any]):
    """A figure, its limit, and what it was counted from."""

    key = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    limit = serializers.FloatField(allow_null=True)
    is_over = serializers.BooleanField()
    lines = LoadLineSerializer(many=True)


class LoadSerializer(serializers.Serializer[Any]):
    """The load of one person in a period by their own clock."""

    person = DoerSerializer()
    period = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()
    zone = serializers.CharField()
    figures = LoadFigureSerializer(many=True)


class LoadPartSerializer(serializers.Serializer[Any]):
    """One part of the week of a team's people."""

    part = serializers.CharField()
    hours = serializers.FloatField()
    interruptions = serializers.IntegerField()


class TeamLoadSerializer(serializers.Serializer[Any]):
    """Totals of a team; where they would tell of single people, `is_shown` alone."""

    team = serializers.CharField()
    period = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()
    is_shown = serializers.BooleanField()
    people = serializers.IntegerField(required=False)
    hours = serializers.FloatField(required=False)
    interruptions = serializers.IntegerField(required=False)
    disrupted_hours = serializers.IntegerField(required=False)
    incidents = serializers.IntegerField(required=False)
    balance = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Mean over all pairs of min by max; null where there is nothing to say.",
    )
    overloaded = serializers.IntegerField(
        required=False, help_text="How many carry more than the mean."
    )
    parts = LoadPartSerializer(many=True, required=False)


class LoadView(View):
    """One's own load."""

    @extend_schema(parameters=PERIOD, responses=LoadSerializer)
    def get(self, request: Request) -> Response:
        """Read all figures with their intervals; those of others are not here."""
        user = signed_in(request)
        require_look(user)
        period, now = _period(request, user, "month"), clock.now()
        its = loads.figures_of([user], period, now=now)[user]
        return Response(LoadSerializer(_load(user, its)).data)


class TeamLoadView(View):
    """The load of a team without names."""

    @extend_schema(parameters=PERIOD, responses=TeamLoadSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Read the totals of one's team; by default of this quarter."""
        user = signed_in(request)
        team = team_for(user, slug)
        require_team(user, team)
        period, now = _period(request, user, "quarter"), clock.now()
        said: dict[str, Any] = {
            "team": team.slug,
            "period": period.kind,
            "first": period.first,
            "last": period.last,
            "is_shown": team.pk in load_teams.shown_teams(period, now=now),
        }
        if said["is_shown"]:
            said |= _totals(load_teams.load_of(team, period, now=now))
        return Response(TeamLoadSerializer(said).data)


class LoadLookSerializer(serializers.ModelSerializer[LoadLook]):
    team = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    looker = DoerSerializer(read_only=True)

    class Meta:
        model = LoadLook
        fields = [
            *("id", "team", "looker", "purpose", "period", "first", "after"),
            *("looked_at", "ends_at"),
        ]


class NewLoadLookSerializer(serializers.Serializer[Any]):
    """Why somebody looks, at whom and when."""

    team = team_field()
    purpose = serializers.CharField(min_length=10, max_length=300)
    period = serializers.ChoiceField(choices=PERIODS)
    day = serializers.DateField(help_text="A day in the period.")


class LoadLookViewSet(RecordViewSet[LoadLook]):
    """Looks at the load of single people: one's own, and those at oneself."""

    serializer_class = LoadLookSerializer
    queryset = LoadLook.objects.all()

    def get_queryset(self) -> QuerySet[LoadLook]:
        user = signed_in(self.request)
        return LoadLook.objects.visible_to(user).with_list_columns().order_by("-pk")

    @extend_schema(request=NewLoadLookSerializer, responses={201: LoadLookSerializer})
    def create(self, request: Request) -> Response:
        """Look at single people as their manager; each of them can read why."""
        user = signed_in(request)
        require_work(user)
        said = given(NewLoadLookSerializer, request)
        require_lead(user, said["team"])
        look = workflow.look_at_load(
            said["team"],
            period=period_of(said["period"], said["day"]),
            purpose=said["purpose"],
            actor=user,
        )
        return Response(self.get_serializer(look).data, status=201)

    @extend_schema(responses=LoadSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def people(self, request: Request, pk: str) -> Response:
        """Read each person's figures, for a day; not what their pages were about."""
        look = look_for(signed_in(request), int(pk))
        workflow.require_open(look)
        people = load_pages.people_of_look(look, now=clock.now())
        rows = [_load(who, its, only=load_pages.NAMED) for who, its in people.items()]
        return Response(LoadSerializer(rows, many=True).data)


class WeeklyHoursSerializer(serializers.ModelSerializer[WeeklyHours]):
    class Meta:
        model = WeeklyHours
        fields = ["id", "monday", "hours", "operational"]


class WeeklyHoursViewSet(RecordViewSet[WeeklyHours]):
    """Hours that one worked; nobody else reads them."""

    serializer_class = WeeklyHoursSerializer
    queryset = WeeklyHours.objects.all()

    def get_queryset(self) -> QuerySet[WeeklyHours]:
        user = signed_in(self.request)
        require_look(user)
        return WeeklyHours.objects.filter(person=user).order_by("-monday")

    @extend_schema(responses={201: WeeklyHoursSerializer})
    def create(self, request: Request) -> Response:
        """Enter the hours of a week; entered again, they are corrected."""
        user = signed_in(request)
        require_work(user)
        said = given(WeeklyHoursSerializer, request)
        row = workflow.set_weekly_hours(user, **said, actor=user)
        return Response(self.get_serializer(row).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take back what was entered."""
        user = signed_in(request)
        require_look(user)
        workflow.remove_weekly_hours(weekly_hours_for(user, int(pk)), actor=user)
        return Response(status=204)


class PaceWarningSerializer(serializers.ModelSerializer[PaceWarning]):
    text = serializers.SerializerMethodField()

    class Meta:
        model = PaceWarning
        fields = [
            *("id", "kind", "text", "about", "ends_at", "value", "limit"),
            *("found_at", "due_at", "told_lead_at", "settled_at", "note", "gone_at"),
        ]

    def get_text(self, row: PaceWarning) -> str:
        return warning_text(row)


class SettleSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class PaceWarningViewSet(RecordViewSet[PaceWarning]):
    """Warnings of one's own load; nobody else reads them."""

    serializer_class = PaceWarningSerializer
    queryset = PaceWarning.objects.all()

    def get_queryset(self) -> QuerySet[PaceWarning]:
        rows = PaceWarning.objects.of(signed_in(self.request))
        return rows.select_related("person").order_by("-pk")

    @extend_schema(request=SettleSerializer, responses=PaceWarningSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Say that something was done about it; managers are not told then."""
        user = signed_in(request)
        require_look(user)
        warning = pace_warning_for(user, int(pk))
        said = given(SettleSerializer, request)
        settled = workflow.settle_warning(warning, **said, actor=user)
        return Response(self.get_serializer(settled).data)


class PaceSettingsSerializer(serializers.ModelSerializer[PaceSettings]):
    class Meta:
        model = PaceSettings
        fields = list(Limits._fields)


class PaceSettingsView(View):
    """The limits that load is measured against."""

    @extend_schema(responses=PaceSettingsSerializer)
    def get(self, request: Request) -> Response:
        """Read them."""
        require_look(signed_in(request))
        return Response(PaceSettingsSerializer(loads.settings()).data)

    @extend_schema(request=PaceSettingsSerializer, responses=PaceSettingsSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        user = signed_in(request)
        require_administrator(user)
        said = given(PaceSettingsSerializer, request, loads.settings())
        row = workflow.change_pace_settings(actor=user, **said)
        return Response(PaceSettingsSerializer(row).data)


def _period(request: Request, user: User, kind: str) -> Period:
    today = loads.today(user, clock.now())
    form = PeriodForm(request.query_params, today=today, kind=kind)
    if not form.is_valid():
        said = {name: list(map(str, errors)) for name, errors in form.errors.items()}
        raise serializers.ValidationError(said)
    return form.chosen


def _load(person: User, its: Figures, *, only: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "person": person,
        "period": its.period.kind,
        "first": its.period.first,
        "last": its.period.last,
        "zone": its.rows.clock.zone,
        "figures": [
            _figure(figure, is_own=not only)
            for key, figure in listed(its).items()
            if not only or key in only
        ],
    }


def _figure(figure: Figure, *, is_own: bool) -> dict[str, Any]:
    return {
        "key": figure.key,
        "value": figure.value,
        "unit": figure.unit,
        "limit": figure.limit,
        "is_over": figure.is_over,
        "lines": [
            line._asdict()
            | {
                "hours": hours(line.ends_at - line.starts_at) if line.ends_at else None,
                "subject": line.subject if is_own else "",
            }
            for line in figure.lines
        ],
    }


def _totals(load: load_teams.TeamLoad) -> dict[str, Any]:
    return {
        "people": load.people,
        "hours": load.hours,
        "interruptions": load.interruptions(),
        "disrupted_hours": load.disrupted_hours,
        "incidents": load.incidents,
        "balance": load.balance,
        "overloaded": len(load.overloaded),
        "parts": [
            {
                "part": bucket.value,
                "hours": load.in_bucket(bucket),
                "interruptions": load.interruptions(bucket),
            }
            for bucket in Bucket
        ],
    }
