from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import item_of, require_team, run_for, seen_by, template_for
from operations.api.shapes import DoerSerializer, WhyNotSerializer, given, team_field
from operations.filters import ChecklistRunFilter
from operations.models import ChecklistItem, ChecklistRun, ChecklistTemplate
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Team


class ChecklistTemplateSerializer(serializers.ModelSerializer[ChecklistTemplate]):
    team = serializers.SlugRelatedField[Team](
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="Null: it is not started by itself.",
    )
    items = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ChecklistTemplate
        fields = ["id", "key", "name", "frequency", "at", "team", "items"]
        read_only_fields = fields


class ChecklistItemSerializer(serializers.ModelSerializer[ChecklistItem]):
    done_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ChecklistItem
        fields = ["id", "order", "text", "done_at", "done_by", "note"]


class ChecklistRunSerializer(serializers.ModelSerializer[ChecklistRun]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    finished_by = DoerSerializer(read_only=True, allow_null=True)
    items = ChecklistItemSerializer(many=True, read_only=True)
    why_not_finish = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = ChecklistRun
        fields = [
            "id",
            "template",
            "team",
            "title",
            "due_at",
            "missed_at",
            "state",
            "finished_at",
            "finished_by",
            "items",
            "why_not_finish",
            "url",
        ]
        read_only_fields = fields

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_finish(self, run: ChecklistRun) -> list[dict[str, str]]:
        return [refusal._asdict() for refusal in workflow.why_not_finish(run)]


class ForTeamSerializer(serializers.Serializer[Any]):
    team = team_field()


class PointSerializer(serializers.Serializer[Any]):
    """A point of the run, by its id."""

    item = serializers.IntegerField()


class TickSerializer(PointSerializer):
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class ChecklistTemplateViewSet(RecordViewSet[ChecklistTemplate]):
    """Checklists as they are kept; changed in the admin, with their versions."""

    serializer_class = ChecklistTemplateSerializer
    queryset = ChecklistTemplate.objects.all()

    def get_queryset(self) -> QuerySet[ChecklistTemplate]:
        rows = ChecklistTemplate.objects.select_related("team")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(request=ForTeamSerializer, responses={201: ChecklistRunSerializer})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Start a run by hand for a team."""
        user = signed_in(request)
        template = template_for(user, int(pk))
        team = given(ForTeamSerializer, request)["team"]
        require_team(user, team)
        run = workflow.start_checklist(template, team=team, actor=user)
        return Response(ChecklistRunSerializer(run_for(user, run.pk)).data, status=201)


class ChecklistRunViewSet(RecordViewSet[ChecklistRun]):
    """Checklists as they were worked through, or missed."""

    serializer_class = ChecklistRunSerializer
    filterset_class = ChecklistRunFilter
    queryset = ChecklistRun.objects.all()

    def get_queryset(self) -> QuerySet[ChecklistRun]:
        runs = ChecklistRun.objects.visible_to(signed_in(self.request)).with_list_columns()
        return runs.prefetch_related("items__done_by")

    @extend_schema(request=TickSerializer, responses=ChecklistRunSerializer)
    @action(detail=True, methods=["post"])
    def tick(self, request: Request, pk: str) -> Response:
        """Say that a point was done."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        values = given(TickSerializer, request)
        workflow.tick(item_of(run, values["item"]), note=values["note"], actor=user)
        return self._shown(run.pk)

    @extend_schema(request=PointSerializer, responses=ChecklistRunSerializer)
    @action(detail=True, methods=["post"])
    def untick(self, request: Request, pk: str) -> Response:
        """Take back that a point was done."""
        user = signed_in(request)
        run = run_for(user, int(pk), may="change")
        workflow.untick(item_of(run, given(PointSerializer, request)["item"]), actor=user)
        return self._shown(run.pk)

    @extend_schema(request=None, responses=ChecklistRunSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Finish it, once every point is ticked."""
        user = signed_in(request)
        workflow.finish(run_for(user, int(pk), may="change"), actor=user)
        return self._shown(int(pk))

    def _shown(self, pk: int) -> Response:
        return Response(self.get_serializer(run_for(signed_in(self.request), pk)).data)
