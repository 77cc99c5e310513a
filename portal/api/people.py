"""People and teams."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import person_for, require_administrator, team_for
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.serializers import (
    AccessSerializer,
    AddMemberSerializer,
    InviteSerializer,
    PasswordOnceSerializer,
    PersonOnlySerializer,
    PersonSerializer,
    ProfileSerializer,
    RoleSerializer,
    TeamChangeSerializer,
    TeamSerializer,
)
from portal.filters import PersonFilter, TeamFilter
from portal.http import signed_in
from portal.models import Access, Team, TeamRole, User
from portal.workflow import people, teams

SLUG = r"[-a-zA-Z0-9_]+"


class PersonViewSet(RecordViewSet[User]):
    """Who works here; administrators invite, change access, deactivate."""

    queryset = User.objects.none()
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    shown_once = ("password",)

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.visible_to(signed_in(self.request)).prefetch_related("teams")

    @extend_schema(request=InviteSerializer, responses={201: PasswordOnceSerializer})
    def create(self, request: Request) -> Response:
        """Invite a person; the answer holds a one-time password, this once."""
        require_administrator(signed_in(request))
        said = given(InviteSerializer, request)
        said["access"] = Access(said["access"])
        return _with_password(*people.invite(**said, actor=signed_in(request)))

    @extend_schema(request=ProfileSerializer, responses=PersonSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, time zone, language or working hours, one's own or anybody's."""
        person = person_for(signed_in(request), int(pk), may="change")
        said = given(ProfileSerializer, request, person, partial=True)
        return self._answer(people.change_profile(person, actor=signed_in(request), **said))

    @extend_schema(responses=PersonSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def me(self, request: Request) -> Response:
        """Whose token or session this is."""
        return self._answer(signed_in(request))

    @extend_schema(request=AccessSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def access(self, request: Request, pk: str) -> Response:
        """Change how far the person may go."""
        person = self._administered(request, pk)
        access = Access(given(AccessSerializer, request)["access"])
        return self._answer(
            people.change_access(person, access=access, actor=signed_in(request))
        )

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        """Shut the person out: every session ends and every token is revoked."""
        person = self._administered(request, pk)
        return self._answer(people.deactivate(person, actor=signed_in(request)))

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str) -> Response:
        person = self._administered(request, pk)
        return self._answer(people.reactivate(person, actor=signed_in(request)))

    @extend_schema(request=None, responses={201: PasswordOnceSerializer})
    @action(detail=True, methods=["post"])
    def password(self, request: Request, pk: str) -> Response:
        """Replace a lost password; the answer holds a one-time one, this once."""
        person = self._administered(request, pk)
        return _with_password(*people.give_password(person, actor=signed_in(request)))

    def _administered(self, request: Request, pk: str) -> User:
        require_administrator(signed_in(request))
        return person_for(signed_in(request), int(pk))

    def _answer(self, person: User) -> Response:
        return Response(PersonSerializer(person).data)


def _with_password(person: User, password: str) -> Response:
    body: dict[str, Any] = PersonSerializer(person).data
    return Response({**body, "password": password}, status=status.HTTP_201_CREATED)


class TeamViewSet(RecordViewSet[Team]):
    """Teams and who belongs to them; their managers and administrators change them."""

    queryset = Team.objects.none()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    lookup_field = "slug"
    lookup_value_regex = SLUG

    def get_queryset(self) -> QuerySet[Team]:
        found = Team.objects.visible_to(signed_in(self.request))
        return found.prefetch_related("membership_set__person")

    @extend_schema(request=TeamSerializer, responses={201: TeamSerializer})
    def create(self, request: Request) -> Response:
        require_administrator(signed_in(request))
        team = teams.create_team(**given(TeamSerializer, request), actor=signed_in(request))
        return Response(TeamSerializer(team).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TeamChangeSerializer, responses=TeamSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        team = self._changed(request, slug)
        said = given(TeamChangeSerializer, request, team, partial=True)
        teams.change_team(team, actor=signed_in(request), **said)
        return self._answer()

    @extend_schema(request=AddMemberSerializer, responses=TeamSerializer)
    @action(detail=True, methods=["post"], url_path="add-member")
    def add_member(self, request: Request, slug: str) -> Response:
        team, said = self._changed(request, slug), given(AddMemberSerializer, request)
        role = TeamRole(said["role"])
        teams.add_member(team, person=said["person"], role=role, actor=signed_in(request))
        return self._answer()

    @extend_schema(request=RoleSerializer, responses=TeamSerializer)
    @action(detail=True, methods=["post"], url_path="change-role")
    def change_role(self, request: Request, slug: str) -> Response:
        team, said = self._changed(request, slug), given(RoleSerializer, request)
        role = TeamRole(said["role"])
        teams.change_role(team, person=said["person"], role=role, actor=signed_in(request))
        return self._answer()

    @extend_schema(request=PersonOnlySerializer, responses=TeamSerializer)
    @action(detail=True, methods=["post"], url_path="remove-member")
    def remove_member(self, request: Request, slug: str) -> Response:
        team, said = self._changed(request, slug), given(PersonOnlySerializer, request)
        teams.remove_member(team, person=said["person"], actor=signed_in(request))
        return self._answer()

    def _changed(self, request: Request, slug: str) -> Team:
        return team_for(signed_in(request), slug, may="change")

    def _answer(self) -> Response:
        return Response(TeamSerializer(self.get_object()).data)
