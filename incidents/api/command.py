"""The actions of `IncidentViewSet` about command: roles, tasks, impact, privacy, merging."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.api.command_shapes import (
    AddTaskSerializer,
    AffectedNameSerializer,
    AssessSerializer,
    HandOverSerializer,
    IncidentRoleSerializer,
    MergeIncidentSerializer,
    MergeIncidentsSerializer,
    RoleNameSerializer,
    RoleWithPersonSerializer,
    SetAffectedSerializer,
    SetImpactSerializer,
    SetPrivateSerializer,
)
from incidents.api.serializers import IncidentDetailSerializer, IncidentOutcomesSerializer
from incidents.models import Incident, IncidentTask, Role
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.errors import DomainError, Refusal
from portal.http import signed_in
from portal.models import User

TASK = OpenApiParameter("task", int, OpenApiParameter.PATH)
ANSWER = {200: IncidentDetailSerializer}


class CommandActions(RecordViewSet[Incident]):
    """Everything here answers with the incident as it is then."""

    @extend_schema(responses=IncidentRoleSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="roles-held")
    def roles_held(self, request: Request, pk: str) -> Response:
        """Who had which role from when to when, the first first; at most 500 rows."""
        incident = incident_for(signed_in(request), pk)
        rows = incident.roles.select_related("person", "offered_to")[:500]
        return Response(IncidentRoleSerializer(rows, many=True).data)

    @extend_schema(request=RoleWithPersonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def roles(self, request: Request, pk: str) -> Response:
        """Give a role at once; a holder before is relieved."""
        return self._change(workflow.give_role, RoleWithPersonSerializer)

    @extend_schema(request=HandOverSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="roles/hand-over")
    def roles_hand_over(self, request: Request, pk: str) -> Response:
        """Give a role of one holder, as long as `before` has it; whoever gets it is told."""
        return self._change(workflow.hand_over, HandOverSerializer)

    @extend_schema(request=RoleWithPersonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="roles/offer")
    def roles_offer(self, request: Request, pk: str) -> Response:
        """Ask somebody to take a role over; its holder has it until they accept."""
        return self._change(workflow.offer_role, RoleWithPersonSerializer)

    @extend_schema(request=RoleNameSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="roles/accept")
    def roles_accept(self, request: Request, pk: str) -> Response:
        user = signed_in(request)
        incident = incident_for(user, pk)
        require_work(user)
        role = given(RoleNameSerializer, request)["role"]
        return self._done(workflow.accept_role(incident, role=role, actor=user))

    @extend_schema(request=RoleNameSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="roles/decline")
    def roles_decline(self, request: Request, pk: str) -> Response:
        user = signed_in(request)
        incident = incident_for(user, pk)
        require_work(user)
        role = given(RoleNameSerializer, request)["role"]
        return self._done(workflow.decline_role(incident, role=role, actor=user))

    @extend_schema(request=RoleWithPersonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="roles/leave")
    def roles_leave(self, request: Request, pk: str) -> Response:
        """Relieve somebody of a role; the last commander of an answered P0 or P1 stays."""
        return self._change(workflow.leave_role, RoleWithPersonSerializer)

    @extend_schema(request=None, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str) -> Response:
        """Follow it, as an observer."""
        user = signed_in(request)
        incident = incident_for(user, pk)
        said: dict[str, Any] = {"role": Role.OBSERVER, "person": user}
        return self._done(workflow.give_role(incident, **said, actor=user))

    @extend_schema(request=AddTaskSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def tasks(self, request: Request, pk: str) -> Response:
        """Write down what is to be done; the incident is not closed while it is not."""
        return self._change(workflow.add_task, AddTaskSerializer)

    @extend_schema(request=None, responses=ANSWER, parameters=[TASK])
    @action(detail=True, methods=["post"], url_path=r"tasks/(?P<task>\d+)/done")
    def task_done(self, request: Request, pk: str, task: str) -> Response:
        return self._done(workflow.finish_task(self._task(task), actor=signed_in(request)))

    @extend_schema(request=None, responses=ANSWER, parameters=[TASK])
    @action(detail=True, methods=["post"], url_path=r"tasks/(?P<task>\d+)/reopen")
    def task_reopen(self, request: Request, pk: str, task: str) -> Response:
        return self._done(workflow.reopen_task(self._task(task), actor=signed_in(request)))

    @extend_schema(request=SetImpactSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def impact(self, request: Request, pk: str) -> Response:
        """Say how users feel it, and from when to when; what was said before is kept."""
        return self._change(workflow.set_impact, SetImpactSerializer)

    @extend_schema(request=SetAffectedSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def affected(self, request: Request, pk: str) -> Response:
        """Say that it reaches a further service, or correct how."""
        return self._change(workflow.set_affected, SetAffectedSerializer)

    @extend_schema(request=AffectedNameSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="affected/remove")
    def affected_remove(self, request: Request, pk: str) -> Response:
        return self._change(workflow.remove_affected, AffectedNameSerializer)

    @extend_schema(request=AssessSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def assess(self, request: Request, pk: str) -> Response:
        """Answer the five questions; the severity changes only if one is given."""
        return self._change(workflow.assess, AssessSerializer)

    @extend_schema(request=SetPrivateSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def private(self, request: Request, pk: str) -> Response:
        """Close it to everybody who is not named in it, or open it again."""
        return self._change(workflow.set_private, SetPrivateSerializer)

    @extend_schema(request=MergeIncidentSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make it part of another open incident, whose clocks rule from then on."""
        user, incident = signed_in(request), self._mine()
        said = given(MergeIncidentSerializer, request)
        into = incident_for(user, said["into"], may="change")
        workflow.merge(incident, into=into, reason=said["reason"], actor=user)
        return self._done(None)

    @extend_schema(request=None, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> Response:
        """Take it out again, as it was."""
        return self._done(workflow.unmerge(self._mine(), actor=signed_in(request)))

    @extend_schema(
        request=MergeIncidentsSerializer,
        responses=IncidentOutcomesSerializer,
        filters=False,
        operation_id="incidents_merge_many",
    )
    @action(detail=False, methods=["post"], url_path="merge", url_name="merge-many")
    def merge_many(self, request: Request) -> Response:
        """Merge several into one; each by itself, and the answer says what became of each."""
        user = signed_in(request)
        require_work(user)
        said = given(MergeIncidentsSerializer, request)
        into = incident_for(user, said["into"], may="change")
        found = Incident.objects.visible_to(user).with_room_columns().in_bulk(said["ids"])
        outcomes = []
        for pk in dict.fromkeys(said["ids"]):
            reasons = _why_not_merged(user, found.get(pk), into, said["reason"])
            told = [reason._asdict() for reason in reasons]
            outcomes.append({"id": pk, "is_done": not reasons, "reasons": told})
        return Response({"outcomes": outcomes})

    def _mine(self) -> Incident:
        return incident_for(signed_in(self.request), self.kwargs["pk"], may="change")

    def _change(
        self, verb: Callable[..., object], shape: type[BaseSerializer[Any]]
    ) -> Response:
        """Do it if this person works on the incident; who asks is looked at before what."""
        incident = self._mine()
        said = given(shape, self.request)
        return self._done(verb(incident, **said, actor=signed_in(self.request)))

    def _task(self, pk: str) -> IncidentTask:
        user = signed_in(self.request)
        incident = incident_for(user, self.kwargs["pk"])
        task = get_object_or_404(incident.tasks.select_related("incident"), pk=pk)
        if not may_work_on(user, incident) and task.assignee != user:
            raise PermissionDenied
        return task

    def _done(self, _row: object) -> Response:
        """Answer with the incident as it is now, to whoever just changed it."""
        found = self.get_queryset().model.objects.with_room_columns()
        fresh = found.prefetch_related("roles__person").get(pk=self.kwargs["pk"])
        return Response(IncidentDetailSerializer(fresh).data)


def _why_not_merged(
    user: User, incident: Incident | None, into: Incident, reason: str
) -> list[Refusal]:
    """Merge this incident; return why it was not done, nothing if it was."""
    if incident is None:
        return [Refusal("not_found", "There is no such incident.")]
    if not may_work_on(user, incident):
        return [Refusal("not_yours", f"{incident.service.team} works on this incident.")]
    try:
        workflow.merge(incident, into=into, reason=reason, actor=user)
    except DomainError as refused:
        return refused.refusals
    return []
