"""Which deployment caused an incident, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import incident_for
from maintenance.access import deployment_for
from maintenance.api.serializers import DeploymentDetailSerializer
from maintenance.models import Deployment
from operations.api.shapes import given
from portal.api.base import View
from portal.http import signed_in


class BlameSerializer(serializers.Serializer[Any]):
    deployment = serializers.PrimaryKeyRelatedField(queryset=Deployment.objects.all())
    reason = serializers.CharField(max_length=300)


class BlameView(View):
    @extend_schema(request=BlameSerializer, responses=DeploymentDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Say that a deployment caused it, which thereby failed, and why you think so."""
        user = signed_in(request)
        incident = incident_for(user, pk, may="change")
        said = given(BlameSerializer, request)
        said["deployment"] = deployment_for(user, said["deployment"].pk)
        blamed = workflow.blame_deployment(incident, actor=user, **said)
        return Response(DeploymentDetailSerializer(blamed).data)
