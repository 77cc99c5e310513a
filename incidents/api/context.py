"""What changed before an incident, and what was like it, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.access import incident_for
from incidents.similar import similar_to
from incidents.understanding import changed_before
from portal.api.base import View
from portal.http import signed_in


class ChangedSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(source="change.kind")
    at = serializers.DateTimeField(source="change.at")
    label: Any = serializers.CharField(source="change.label")
    url = serializers.CharField(source="change.url")
    service = serializers.CharField(source="change.near.service.slug")
    distance = serializers.IntegerField(
        source="change.near.distance", help_text="Steps in the catalogue; 0 is affected itself."
    )
    weight = serializers.FloatField()
    because = serializers.CharField(help_text="What its rank comes from.")


class SimilarSerializer(serializers.Serializer[Any]):
    incident = serializers.IntegerField(source="incident.pk")
    title = serializers.CharField(source="incident.title")
    url = serializers.CharField(source="incident.get_absolute_url")
    score = serializers.FloatField()
    because = serializers.ListField(child=serializers.CharField())
    resolution = serializers.CharField(source="incident.resolution")
    review = serializers.IntegerField(
        source="incident.review.pk", default=None, allow_null=True
    )


class UnderstandingSerializer(serializers.Serializer[Any]):
    changed = ChangedSerializer(many=True)
    similar = SimilarSerializer(many=True)


class UnderstandingView(View):
    @extend_schema(responses=UnderstandingSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What changed in the day before it began, and which past incidents resemble it."""
        user = signed_in(request)
        incident = incident_for(user, pk)
        found = {
            "changed": changed_before(incident, user),
            "similar": similar_to(incident, user),
        }
        return Response(UnderstandingSerializer(found).data)
