"""Evidence to take along, in the API."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from maintenance import workflow
from maintenance.access import request_for
from maintenance.delivered import Period
from maintenance.views.packs import answer
from operations.api.shapes import given, service_field
from portal.access import require_look
from portal.http import signed_in
from portal.models import Scope

ZIP = {(200, "application/zip"): OpenApiTypes.BINARY}


class PackServiceSerializer(serializers.Serializer[Any]):
    service = service_field()
    first = serializers.DateField()
    last = serializers.DateField()


class RequestPackView(APIView):
    """Made anew at each call, so an Idempotency-Key is not looked at."""

    write_scope = Scope.READ

    @extend_schema(request=None, responses=ZIP)
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Pack all that is kept of a request; README.txt in it says how to check it."""
        user = signed_in(request)
        return answer(workflow.pack_request(request_for(user, pk), actor=user))


class ServicePackView(APIView):
    write_scope = Scope.READ

    @extend_schema(request=PackServiceSerializer, responses=ZIP)
    def post(self, request: Request) -> HttpResponse:
        """Pack the requests and deployments that a service had in some days."""
        user = signed_in(request)
        require_look(user)
        said = given(PackServiceSerializer, request)
        if said["last"] < said["first"]:
            raise ValidationError({"last": "It must not lie before the first day."})
        period = Period(said["first"], said["last"])
        pack = workflow.pack_service(
            said["service"], start=period.start, end=period.end, actor=user
        )
        return answer(pack)
