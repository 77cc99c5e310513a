"""Schedules of another program: given as a file, compared for 90 days, then carried over."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import draft_for, require_team
from operations.api.shapes import given
from operations.importers import read_export
from operations.importers.comparing import Comparison, compare
from operations.models import ExportKind, Schedule, ScheduleDraft
from portal import clock
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Team, User


class DraftSerializer(serializers.ModelSerializer[ScheduleDraft]):
    """An exported file; `people` says whom each name in it means here."""

    team: serializers.SlugRelatedField[Team] = serializers.SlugRelatedField(
        "slug", read_only=True
    )
    people = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ScheduleDraft
        fields = [
            "id",
            "team",
            "kind",
            "file_name",
            "people",
            "made_at",
            "carried_over_at",
            "url",
        ]


class NewDraftSerializer(serializers.Serializer[Any]):
    team = serializers.SlugRelatedField("slug", queryset=Team.objects.all())
    kind = serializers.ChoiceField(ExportKind.choices)
    file_name = serializers.CharField(max_length=200, default="export")
    content = serializers.CharField(help_text="The exported file itself.")


class PeopleSerializer(serializers.Serializer[Any]):
    people = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="Name in the file: id of a person in the team, or null for nobody.",
    )


class PieceSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    theirs = serializers.CharField()
    ours = serializers.CharField()


class ComparisonSerializer(serializers.Serializer[Any]):
    """Of one schedule: where the file's own answers and ours differ in the next 90 days."""

    name = serializers.CharField()
    time_zone = serializers.CharField()
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What is not carried over as it is."
    )
    compared_hours = serializers.FloatField(
        help_text="As far as the file answers; 0 where it has no answers of its own."
    )
    differing_hours = serializers.FloatField()
    differences = PieceSerializer(many=True)


class CarriedOverSerializer(serializers.Serializer[Any]):
    schedules = serializers.ListField(child=serializers.IntegerField())


class ScheduleDraftViewSet(RecordViewSet[ScheduleDraft]):
    """Files of one's own teams; nothing is written to a schedule before it is carried over."""

    serializer_class = DraftSerializer
    queryset = ScheduleDraft.objects.all()

    def get_queryset(self) -> QuerySet[ScheduleDraft]:
        user = signed_in(self.request)
        require_work(user)
        teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
        rows = ScheduleDraft.objects.filter(team__in=teams).select_related("team")
        return rows.defer("content").order_by("pk")

    @extend_schema(responses=DraftSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        draft = draft_for(signed_in(request), int(kwargs["pk"]))
        return Response(self.get_serializer(draft).data)

    @extend_schema(request=NewDraftSerializer, responses={201: DraftSerializer})
    def create(self, request: Request) -> Response:
        """Keep a file for a dry run."""
        user = signed_in(request)
        require_work(user)
        values = given(NewDraftSerializer, request)
        require_team(user, values["team"])
        source = values.pop("content").encode()
        draft = workflow.keep_draft(**values, source=source, actor=user)
        return Response(self.get_serializer(draft).data, status=201)

    @extend_schema(responses=ComparisonSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def comparison(self, request: Request, pk: str) -> Response:
        """Who is on call there and here for 90 days, wherever that is not the same."""
        draft = draft_for(signed_in(request), int(pk))
        export = read_export(draft.kind, draft.content)
        known, now = workflow.people_of(draft), clock.now()
        compared = [compare(each, export, known, draft.team, now) for each in export.schedules]
        told = [_told(each) for each in compared]
        return Response(ComparisonSerializer(told, many=True).data)

    @extend_schema(request=PeopleSerializer, responses=DraftSerializer)
    @action(detail=True, methods=["post"])
    def people(self, request: Request, pk: str) -> Response:
        """Say whom the file means; the comparison is worked out anew."""
        user = signed_in(request)
        draft = draft_for(user, int(pk))
        people = given(PeopleSerializer, request)["people"]
        mapped = workflow.map_people(draft, people=people, actor=user)
        return Response(self.get_serializer(mapped).data)

    @extend_schema(request=None, responses={201: CarriedOverSerializer})
    @action(detail=True, methods=["post"], url_path="carry-over")
    def carry_over(self, request: Request, pk: str) -> Response:
        """Make the schedules."""
        user = signed_in(request)
        made: list[Schedule] = workflow.carry_over(draft_for(user, int(pk)), actor=user)
        told = {"schedules": [schedule.pk for schedule in made]}
        return Response(CarriedOverSerializer(told).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Forget the file; schedules that were made from it stay."""
        user: User = signed_in(request)
        workflow.discard_draft(draft_for(user, int(pk)), actor=user)
        return Response(status=204)


def _told(each: Comparison) -> dict[str, Any]:
    return {
        "name": each.shape.name,
        "time_zone": each.shape.time_zone,
        "notes": each.shape.notes,
        "compared_hours": each.compared.total_seconds() / 3600,
        "differing_hours": each.differing.total_seconds() / 3600,
        "differences": [piece._asdict() for piece in each.pieces if piece.differs],
    }
