"""Users' problem reports in the API: sent by programs, and dealt with by members."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import incident_for, report_for, require_reporter
from incidents.filters import ReportFilter
from incidents.models import (
    CLOSINGS,
    Harm,
    ProblemReport,
    ReportSource,
    ReportState,
    StatusComponent,
)
from incidents.models.reports import TEXT
from incidents.report_bursts import bursts, open_like, reported_with
from incidents.views.reports import address_for
from maintenance.access import require_services
from maintenance.api.serializers import RequestSerializer
from operations.api.shapes import DoerSerializer
from portal.access import require_administrator
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in


class ProblemReportSerializer(serializers.ModelSerializer[ProblemReport]):
    """One report; the address is masked but for administrators."""

    component = serializers.SlugRelatedField[StatusComponent](
        slug_field="slug", read_only=True, allow_null=True
    )
    address = serializers.SerializerMethodField()
    decided_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = ProblemReport
        fields = [
            *("id", "reference", "text", "component", "harm", "began_at", "received_at"),
            *("source", "address", "state", "incident", "reason", "decided_by", "decided_at"),
        ]
        read_only_fields = fields

    def get_address(self, row: ProblemReport) -> str:
        return address_for(signed_in(self.context["request"]), row)


class SendReportSerializer(serializers.Serializer[Any]):
    """What a user says is wrong, as a help desk's program passes it on."""

    text = serializers.CharField(max_length=TEXT)
    component: Any = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=StatusComponent.objects.current(),
        default=None,
        allow_null=True,
        help_text="The short name of a component of the status page.",
    )
    harm: Any = serializers.ChoiceField(choices=Harm.choices, default=Harm.SLOW)
    began_at = serializers.DateTimeField(default=None, allow_null=True)
    address = serializers.CharField(
        max_length=254,
        default="",
        allow_blank=True,
        help_text="Where the user wants to be answered by e-mail; kept encrypted.",
    )


class JoinReportSerializer(serializers.Serializer[Any]):
    incident = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="The number of one that is open."
    )


class CloseReportSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(
        choices=[(each.value, ReportState(each).label) for each in CLOSINGS]
    )
    reason = serializers.CharField(max_length=500, help_text="The reporter reads it.")


class LikelyIncidentSerializer(serializers.Serializer[Any]):
    incident = serializers.IntegerField()
    title = serializers.CharField()
    because = serializers.ListField(child=serializers.CharField())


class RelatedSerializer(serializers.Serializer[Any]):
    """What a report may belong to; the likeliest incident first."""

    reported_with = serializers.ListField(child=serializers.IntegerField())
    open_incidents = LikelyIncidentSerializer(many=True)


class BurstSerializer(serializers.Serializer[Any]):
    """Reports that came together, the oldest first."""

    component = serializers.CharField(allow_null=True)
    first_at = serializers.DateTimeField()
    blocked = serializers.IntegerField(help_text="How many of them cannot work.")
    reports = serializers.ListField(child=serializers.IntegerField())


class ProblemReportViewSet(RecordViewSet[ProblemReport]):
    """What users report; an incident is declared from some by `POST incidents/`."""

    serializer_class = ProblemReportSerializer
    filterset_class = ReportFilter
    queryset = ProblemReport.objects.all()

    def get_queryset(self) -> QuerySet[ProblemReport]:
        reports = ProblemReport.objects.visible_to(signed_in(self.request))
        return reports.with_list_columns()

    @extend_schema(request=SendReportSerializer, responses={201: ProblemReportSerializer})
    def create(self, request: Request) -> Response:
        """Pass on what a user reports; also while the form for everybody is shut."""
        user = signed_in(request)
        require_reporter(user)
        said = given(SendReportSerializer, request)
        report = workflow.receive_report(**said, source=ReportSource.API, actor=user)
        return self._answer(report, status=201)

    @extend_schema(request=JoinReportSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str) -> Response:
        """Say that it is what this open incident is about."""
        report = self._mine(pk)
        number = given(JoinReportSerializer, request)["incident"]
        incident = incident_for(signed_in(request), number)
        done = workflow.join_report(report, incident=incident, actor=signed_in(request))
        return self._answer(done)

    @extend_schema(request=CloseReportSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close it without an incident; who left an address is written the reason."""
        report = self._mine(pk)
        said = given(CloseReportSerializer, request)
        return self._answer(workflow.close_report(report, **said, actor=signed_in(request)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def spam(self, request: Request, pk: str) -> Response:
        """It is no report; its address is erased."""
        done = workflow.mark_report_spam(self._mine(pk), actor=signed_in(request))
        return self._answer(done)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back what was decided: it is new again."""
        done = workflow.reopen_report(self._mine(pk), actor=signed_in(request))
        return self._answer(done)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Erase the reporter's address; the report stays."""
        user = signed_in(request)
        require_administrator(user)
        return self._answer(workflow.forget_report_address(report_for(user, pk), actor=user))

    @extend_schema(responses=RelatedSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def related(self, request: Request, pk: str) -> Response:
        """What was reported with it, and open incidents that it may be about."""
        user = signed_in(request)
        report = report_for(user, pk)
        related = {
            "reported_with": [each.pk for each in reported_with(report, user)],
            "open_incidents": [
                {
                    "incident": like.incident.pk,
                    "title": str(like.incident),
                    "because": like.because,
                }
                for like in open_like(report, user)
            ],
        }
        return Response(RelatedSerializer(related).data)

    @extend_schema(responses=BurstSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def together(self, request: Request) -> Response:
        """What waits and was reported by several about one component at about the same time."""
        found = [
            {
                "component": burst.component.slug if burst.component else None,
                "first_at": burst.first_at,
                "blocked": burst.blocked,
                "reports": [each.pk for each in burst.reports],
            }
            for burst in bursts(signed_in(request))
        ]
        return Response(BurstSerializer(found, many=True).data)

    @extend_schema(
        request=None, responses={200: RequestSerializer, 201: RequestSerializer}, filters=False
    )
    @action(detail=True, methods=["post"], url_path="maintenance-request")
    def maintenance_request(self, request: Request, pk: str) -> Response:
        """Make a draft that mends what was reported; 200 with the open one if there is one."""
        report = self._mine(pk)
        if report.component and report.component.service:
            require_services(signed_in(request), [report.component.service])
        made, is_new = workflow.request_from_report(report, actor=signed_in(request))
        return Response(RequestSerializer(made).data, status=201 if is_new else 200)

    def _mine(self, pk: str) -> ProblemReport:
        return report_for(signed_in(self.request), pk, may="change")

    def _answer(self, report: ProblemReport, *, status: int = 200) -> Response:
        fresh = get_object_or_404(self.get_queryset(), pk=report.pk)
        return Response(self.get_serializer(fresh).data, status=status)
