"""The proof of coverage, for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.filters import CoverageHoleFilter
from incidents.models import CoverageHole, CoverageRun
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class CoverageRunSerializer(serializers.ModelSerializer[CoverageRun]):
    """One proof; `is_complete` is false where anything had to be cut."""

    covered_percent = serializers.DecimalField(
        max_digits=6, decimal_places=3, allow_null=True, read_only=True
    )

    class Meta:
        model = CoverageRun
        fields = [
            "id",
            "state",
            "asked_at",
            "starts_at",
            "ends_at",
            "finished_at",
            "is_complete",
            "remark",
            "service_count",
            "route_count",
            "hole_count",
            "weak_count",
            "covered_percent",
        ]


class CoverageHoleSerializer(serializers.ModelSerializer[CoverageHole]):
    """A time in which a page would not end well, what is missing, and what mends it."""

    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = CoverageHole
        fields = [
            "id",
            "run",
            "service",
            "severity",
            "kind",
            "code",
            "starts_at",
            "ends_at",
            "sentence",
            "fix_label",
            "fix_url",
            "is_new",
        ]


class CoverageRunViewSet(RecordViewSet[CoverageRun]):
    """Proofs that each page of the next 30 days ends at somebody, the newest first."""

    serializer_class = CoverageRunSerializer
    queryset = CoverageRun.objects.all()

    def get_queryset(self) -> QuerySet[CoverageRun]:
        return CoverageRun.objects.visible_to(signed_in(self.request))

    @extend_schema(request=None, responses={201: CoverageRunSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a proof now; its `state` becomes `done` within seconds."""
        user = signed_in(request)
        require_work(user)
        run = workflow.ask_for_proof(actor=user)
        return Response(self.get_serializer(run).data, status=201)


class CoverageHoleViewSet(RecordViewSet[CoverageHole]):
    """What the newest finished proof found, the soonest first."""

    serializer_class = CoverageHoleSerializer
    filterset_class = CoverageHoleFilter
    queryset = CoverageHole.objects.all()

    def get_queryset(self) -> QuerySet[CoverageHole]:
        newest = CoverageRun.objects.finished().order_by("-pk").values("pk")[:1]
        holes = CoverageHole.objects.visible_to(signed_in(self.request))
        return holes.filter(run__in=newest).with_list_columns()
