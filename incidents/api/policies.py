"""Escalation policies in the API: drawn whole, given to services, applied."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import policy_for, require_keeper
from incidents.api.policy_shapes import (
    NewPolicySerializer,
    PolicyChangeSerializer,
    PolicyNowSerializer,
    PolicySerializer,
    ServiceEscalationSerializer,
    SetServiceEscalationSerializer,
    rungs_from,
)
from incidents.filters import PolicyFilter
from incidents.ladder import as_timeline, drawn, services_of
from incidents.models import EscalationPolicy, ServiceEscalation
from incidents.route import Atlas
from operations.models import Severity
from portal import clock
from portal.access import require_look, require_work, service_for
from portal.api.base import RecordViewSet, View
from portal.api.bodies import given
from portal.http import signed_in


class EscalationPolicyViewSet(RecordViewSet[EscalationPolicy]):
    """Ladders of steps: whom to tell, on what condition, how long to wait for an answer."""

    serializer_class = PolicySerializer
    filterset_class = PolicyFilter
    queryset = EscalationPolicy.objects.all()

    def get_queryset(self) -> QuerySet[EscalationPolicy]:
        user = signed_in(self.request)
        require_look(user)
        return EscalationPolicy.objects.visible_to(user).with_steps()

    @extend_schema(request=NewPolicySerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Draw a policy with its steps; the first of a team becomes its default."""
        user = signed_in(request)
        require_work(user)
        said = given(NewPolicySerializer, request)
        require_keeper(user, said.get("team"))
        rungs = rungs_from(said.pop("steps", []))
        team = said.pop("team", None)
        policy = workflow.create_policy(team=team, rungs=rungs, actor=user, **said)
        return self._answer(policy, code=status.HTTP_201_CREATED)

    @extend_schema(request=PolicyChangeSerializer, responses=PolicySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change it; `steps`, where given, replace all there are. What is under way stays."""
        policy = self._mine()
        said = given(PolicyChangeSerializer, request, policy, partial=True)
        steps = said.pop("steps", None)
        with transaction.atomic():
            workflow.change_policy(policy, actor=signed_in(request), **said)
            if steps is not None:
                workflow.set_rungs(policy, rungs_from(steps), actor=signed_in(request))
        return self._answer(policy)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a policy that no service names."""
        workflow.remove_policy(self._mine(), actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=PolicySerializer)
    @action(detail=True, methods=["post"], url_path="make-default")
    def make_default(self, request: Request, pk: str) -> Response:
        """Have the team's services climb it that name no other; of the house, all the rest."""
        return self._answer(workflow.make_default(self._mine(), actor=signed_in(request)))

    @extend_schema(request=None, responses=PolicySerializer)
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Have the escalations under way climb the policy as it is now."""
        policy = self._mine()
        workflow.apply_now(policy, actor=signed_in(request))
        return self._answer(policy)

    @extend_schema(responses=PolicyNowSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def now(self, request: Request, pk: str) -> Response:
        """Whom each step would tell now, for the first service that climbs it, and doubts."""
        policy = policy_for(signed_in(request), pk)
        rungs = drawn(policy, services_of(policy).first(), clock.now())
        return Response(PolicyNowSerializer(as_timeline(rungs), many=True).data)

    def _mine(self) -> EscalationPolicy:
        return policy_for(signed_in(self.request), self.kwargs["pk"], may="change")

    def _answer(self, policy: EscalationPolicy, *, code: int = 200) -> Response:
        fresh = EscalationPolicy.objects.with_steps().get(pk=policy.pk)
        return Response(PolicySerializer(fresh).data, status=code)


class ServiceEscalationView(View):
    """Which policy a service climbs and why, and whether it pages outside business hours."""

    @extend_schema(responses=ServiceEscalationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        service = service_for(signed_in(request), slug)
        atlas = Atlas.of([service])
        own = atlas.own.get(service.pk)
        route = atlas.route(service, Severity.P0)
        said: dict[str, Any] = {
            "policy": own.policy_id if own else None,
            "pages_always": bool(own and own.pages_always),
            "climbs": route.policy.pk if route.policy else None,
            "reason": route.reason,
        }
        return Response(ServiceEscalationSerializer(said).data)

    @extend_schema(
        request=SetServiceEscalationSerializer, responses=ServiceEscalationSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Choose the policy, null for that of the team, and whether P1 pages at any hour."""
        service = service_for(signed_in(request), slug, may="change")
        said = given(SetServiceEscalationSerializer, request)
        known = ServiceEscalation.objects.filter(service=service).first()
        fields = {
            "policy": known.policy if known else None,
            "pages_always": bool(known and known.pages_always),
        }
        workflow.set_service_escalation(service, actor=signed_in(request), **(fields | said))
        return self.get(request, slug)
