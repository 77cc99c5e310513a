"""Deployments in the API: pipelines tell of them here."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from maintenance import workflow
from maintenance.access import May, deployment_for, request_numbered, require_services
from maintenance.api.serializers import (
    DeploymentDetailSerializer,
    DeploymentSerializer,
    FailedSerializer,
    LinkRollbackSerializer,
    ReasonSerializer,
    RecordSerializer,
    RecoveredSerializer,
)
from maintenance.filters import DeploymentFilter
from maintenance.models import Deployment, MaintenanceRequest
from operations.api.shapes import given
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Scope, User


class DeploymentViewSet(RecordViewSet[Deployment]):
    """Deployments of the services that the caller sees, the newest first."""

    serializer_class = DeploymentSerializer
    filterset_class = DeploymentFilter
    queryset = Deployment.objects.all()

    @property
    def write_scope(self) -> Scope:
        """A pipeline's token records deployments and does nothing else."""
        return Scope.DEPLOY if self.action == "create" else Scope.WRITE

    def get_queryset(self) -> QuerySet[Deployment]:
        rows = Deployment.objects.visible_to(signed_in(self.request)).with_list_columns()
        return rows if self.action == "list" else rows.prefetch_related("commits")

    def get_serializer_class(self) -> type[DeploymentSerializer]:
        return DeploymentSerializer if self.action == "list" else DeploymentDetailSerializer

    @extend_schema(
        request=RecordSerializer,
        responses={200: DeploymentDetailSerializer, 201: DeploymentDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """
        Tell of a deployment; the same source and external_id again update it.

        Start and finish may come in one call or in two, in any order. 201 for a new one,
        200 for one that is known.
        """
        user = signed_in(request)
        require_work(user)
        said = given(RecordSerializer, request)
        require_services(user, [said["service"]])
        said["request"] = _request(user, said.get("request"))
        said["rolls_back"] = _rolled_back(said["source"], said.get("rolls_back"))
        said["commits"] = [workflow.Commit(**commit) for commit in said["commits"]]
        same = {"source": said["source"], "external_id": said["external_id"]}
        known = Deployment.objects.filter(**same).exists()
        made = workflow.record_deployment(**said, actor=user)
        return Response(DeploymentDetailSerializer(made).data, status=200 if known else 201)

    @extend_schema(request=FailedSerializer, responses=DeploymentDetailSerializer)
    @action(detail=True, methods=["post"])
    def failed(self, request: Request, pk: str) -> Response:
        """Say that somebody had to act on it at once."""
        return self._do(workflow.mark_failed, FailedSerializer)

    @extend_schema(request=ReasonSerializer, responses=DeploymentDetailSerializer)
    @action(detail=True, methods=["post"], url_path="not-failed")
    def not_failed(self, request: Request, pk: str) -> Response:
        """Say that it did not fail, where it was suspected or somebody had said so."""
        return self._do(workflow.clear_failure, ReasonSerializer)

    @extend_schema(request=RecoveredSerializer, responses=DeploymentDetailSerializer)
    @action(detail=True, methods=["post"])
    def recovered(self, request: Request, pk: str) -> Response:
        """Say that what it broke works again."""
        return self._do(workflow.mark_recovered, RecoveredSerializer)

    @extend_schema(request=LinkRollbackSerializer, responses=DeploymentDetailSerializer)
    @action(detail=True, methods=["post"], url_path="link-rollback")
    def link_rollback(self, request: Request, pk: str) -> Response:
        """Say which deployment it took back; that one has thereby failed, and recovered."""
        return self._do(workflow.link_rollback, LinkRollbackSerializer)

    @extend_schema(request=ReasonSerializer, responses=DeploymentDetailSerializer)
    @action(detail=True, methods=["post"], url_path="accept-unauthorised")
    def accept_unauthorised(self, request: Request, pk: str) -> Response:
        """Let a deployment stand that nobody had approved; for managers who look at it."""
        return self._do(workflow.accept_unauthorised, ReasonSerializer, may="decide")

    def _do(self, verb: Any, shape: type[Serializer[Any]], *, may: May = "change") -> Response:
        user = signed_in(self.request)
        item = deployment_for(user, int(self.kwargs["pk"]), may=may)
        item = verb(item, actor=user, **given(shape, self.request))
        return Response(DeploymentDetailSerializer(item).data)


@extend_schema(exclude=True)
class DeploymentsWithoutSlash(DeploymentViewSet):
    """The same without a trailing slash: a redirect would lose the body."""


def _request(user: User, number: str | None) -> MaintenanceRequest | None:
    if not number:
        return None
    try:
        return request_numbered(user, number)
    except Http404:
        sentence = _("There is no request %(number)s.") % {"number": number}
        raise ValidationError({"request": [sentence]}, "unknown") from None


def _rolled_back(source: str, external_id: str | None) -> Any:
    if not external_id:
        return None
    found = Deployment.objects.filter(source=source, external_id=external_id).first()
    if found is None:
        sentence = _("This source has told of no deployment %(id)s.") % {"id": external_id}
        raise ValidationError({"rolls_back": [sentence]}, "unknown")
    return found
