"""Spaces in the API: their rules, and who is named in them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import space_for
from knowledge.api.action_shapes import Slug
from knowledge.filters import SpaceFilter
from knowledge.models import Reading, Reviewing, Space, SpaceGrant, SpaceMay, Writing
from knowledge.models.spaces import MOST_APPROVALS
from knowledge.workflow.spaces import Grant
from portal.access import require_work, teams_to_own
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in
from portal.models import Team, User

RULES = ["description", "team", "reading", "writing", "reviewing", "approvals_needed"]


class GrantSerializer(serializers.ModelSerializer[SpaceGrant]):
    team = Slug[Team](slug_field="slug", read_only=True)

    class Meta:
        model = SpaceGrant
        fields = ["id", "team", "person", "may"]
        read_only_fields = fields


class SpaceSerializer(serializers.ModelSerializer[Space]):
    """`document_count` counts what is not archived, whoever may read it."""

    team = Slug[Team](slug_field="slug", read_only=True)
    document_count = serializers.IntegerField(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Space
        fields = ["id", "slug", "name", *RULES, "archived_at", "document_count", "url"]
        read_only_fields = fields


class SpaceDetailSerializer(SpaceSerializer):
    grants = serializers.SerializerMethodField()

    class Meta(SpaceSerializer.Meta):
        fields = [*SpaceSerializer.Meta.fields, "grants"]
        read_only_fields = fields

    @extend_schema_field(GrantSerializer(many=True))
    def get_grants(self, space: Space) -> Any:
        return GrantSerializer(space.grants.select_related("team"), many=True).data


class ChangeSpaceSerializer(serializers.Serializer[Any]):
    """Only what is given changes."""

    name = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    team = Slug[Team](
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    reading = serializers.ChoiceField(choices=Reading.choices, required=False)
    writing = serializers.ChoiceField(choices=Writing.choices, required=False)
    reviewing = serializers.ChoiceField(choices=Reviewing.choices, required=False)
    approvals_needed = serializers.IntegerField(
        min_value=1, max_value=MOST_APPROVALS, required=False
    )


class NewSpaceSerializer(ChangeSpaceSerializer):
    name = serializers.CharField(max_length=100)


class NewGrantSerializer(serializers.Serializer[Any]):
    """Either a team or a person."""

    team = Slug[Team](slug_field="slug", queryset=Team.objects.all(), required=False)
    person = serializers.PrimaryKeyRelatedField[User](
        queryset=User.objects.filter(is_active=True), required=False
    )
    may = serializers.ChoiceField(choices=SpaceMay.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("team" in attrs) == ("person" in attrs):
            raise serializers.ValidationError({"team": "Name a team or a person, one of them."})
        return attrs


class SpaceViewSet(RecordViewSet[Space]):
    """Spaces that the caller may read, with their rules."""

    queryset = Space.objects.none()
    serializer_class = SpaceSerializer
    filterset_class = SpaceFilter

    def get_queryset(self) -> QuerySet[Space]:
        return Space.objects.visible_to(signed_in(self.request)).with_list_columns()

    def get_serializer_class(self) -> type[SpaceSerializer]:
        return SpaceSerializer if self.action == "list" else SpaceDetailSerializer

    @extend_schema(request=NewSpaceSerializer, responses={201: SpaceDetailSerializer})
    def create(self, request: Request) -> Response:
        """Begin a space for a team that the caller manages; administrators for any or none."""
        require_work(signed_in(request))
        said = given(NewSpaceSerializer, request)
        self._require_team(said.get("team"), None)
        made = workflow.create_space(**said, actor=signed_in(request))
        return self._answer(made.pk, status=201)

    @extend_schema(request=ChangeSpaceSerializer, responses=SpaceDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name or the rules of a space; what is left out stays."""
        found = self._mine(pk)
        said = given(ChangeSpaceSerializer, request)
        if "team" in said and said["team"] != found.team:
            self._require_team(said["team"], found.team)
        workflow.change_space(found, **said, actor=signed_in(request))
        return self._answer(found.pk)

    @extend_schema(request=NewGrantSerializer, responses={201: GrantSerializer})
    @action(detail=True, methods=["post"], url_path="grants")
    def grant(self, request: Request, pk: str) -> Response:
        """Let a team or a person read, write or manage; it replaces an older grant."""
        found = self._mine(pk)
        said = given(NewGrantSerializer, request)
        wanted = Grant(said.get("team") or said["person"], said["may"])
        row = workflow.grant(found, wanted, actor=signed_in(request))
        return Response(GrantSerializer(row).data, status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"grants/(?P<grant>\d+)")
    def take_back(self, request: Request, pk: str, grant: str) -> Response:
        """Take a grant back from a team or a person."""
        workflow.take_back(self._mine(pk), int(grant), actor=signed_in(request))
        return Response(status=204)

    @extend_schema(request=None, responses=SpaceDetailSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put an empty space away."""
        found = workflow.archive_space(self._mine(pk), actor=signed_in(request))
        return self._answer(found.pk)

    @extend_schema(request=None, responses=SpaceDetailSerializer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        """Have an archived space back."""
        found = workflow.bring_space_back(self._mine(pk), actor=signed_in(request))
        return self._answer(found.pk)

    def _mine(self, pk: str) -> Space:
        return space_for(signed_in(self.request), may="change", pk=int(pk))

    def _require_team(self, team: Team | None, current: Team | None) -> None:
        user = signed_in(self.request)
        if user.is_administrator:
            return
        if team is None or not teams_to_own(user, current).filter(pk=team.pk).exists():
            raise PermissionDenied

    def _answer(self, pk: int, *, status: int = 200) -> Response:
        found = self.get_queryset().get(pk=pk)
        return Response(SpaceDetailSerializer(found).data, status=status)
