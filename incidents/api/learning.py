"""The figures of incidents, and the rows behind them, for programs."""

from datetime import datetime
from typing import Any

from django import forms
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import learning
from incidents.learning_form import ClocksForm, FactorsForm, LearningForm, RowsForm
from incidents.milestones import MEASURES
from incidents.models import ClockKind, Incident, IncidentClock
from portal import clock
from portal.access import require_look
from portal.api.base import View
from portal.http import signed_in

PARAMETERS = [
    OpenApiParameter("days", int, enum=[30, 90, 180, 365], description="By default 90."),
    OpenApiParameter("severity", int, enum=[0, 1, 2, 3]),
    OpenApiParameter("service", str, description="The short name of a service."),
    OpenApiParameter("team", str, description="The short name of a team."),
]
ROWS = [
    OpenApiParameter("measure", str, enum=list(MEASURES), required=True),
    OpenApiParameter("value", str, enum=["recorded", "pending", "not_applicable", "invalid"]),
]
CLOCKS = [
    OpenApiParameter("kind", str, enum=ClockKind.values, required=True),
    OpenApiParameter("outcome", str, enum=list(learning.OUTCOMES)),
    OpenApiParameter("target_severity", int, enum=[0, 1, 2, 3]),
]
FACTORS = [
    OpenApiParameter("factor", str, required=True, description="Its name."),
    OpenApiParameter("came_back", bool, description="Only where it came back."),
]
MOST = 1000  # rows in an answer


class LearnedFigureSerializer(serializers.Serializer[Any]):
    """A figure with how many incidents it is of, and how many had nothing to say."""

    mean = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    median = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    p90 = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    n = serializers.IntegerField(help_text="Recorded.")
    pending = serializers.IntegerField()
    not_applicable = serializers.IntegerField()
    invalid = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer[Any]):
    """MTTD and MTTA in minutes, MTTM (to mitigation) and MTTR in hours."""

    name = serializers.CharField(help_text="A severity or a service; empty: all of them.")
    incidents = serializers.IntegerField(source="n")
    mttd = LearnedFigureSerializer(source="figures.mttd")
    mtta = LearnedFigureSerializer(source="figures.mtta")
    mttm = LearnedFigureSerializer(source="figures.mttm")
    mttr = LearnedFigureSerializer(source="figures.mttr")


class KeptSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    severity = serializers.IntegerField(allow_null=True, help_text="None: all of them.")
    met = serializers.IntegerField()
    breached = serializers.IntegerField()
    running = serializers.IntegerField()
    not_needed = serializers.IntegerField()
    per_cent = serializers.IntegerField(allow_null=True, help_text="Met, of those judged.")


class ReturnedSerializer(serializers.Serializer[Any]):
    factor = serializers.CharField(source="factor.name")
    named = serializers.IntegerField()
    recurred = serializers.IntegerField()


class LearningSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    by_severity = FiguresSerializer(many=True)
    by_service = FiguresSerializer(many=True)
    clocks = KeptSerializer(many=True)
    review_cycle = LearnedFigureSerializer(
        help_text="Hours from the end to the published review."
    )
    factors = ReturnedSerializer(many=True)


class LearningRowSerializer(serializers.Serializer[Any]):
    incident = serializers.IntegerField()
    number = serializers.CharField()
    severity = serializers.IntegerField()
    service = serializers.CharField()
    detected_at = serializers.DateTimeField()
    value = serializers.CharField()
    length = serializers.DurationField(allow_null=True)


class LearningRowsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    rows = LearningRowSerializer(many=True, help_text="At most 1,000.")


class LearningClockSerializer(serializers.ModelSerializer[IncidentClock]):
    incident = serializers.IntegerField(source="incident_id")
    service = serializers.CharField(source="incident.service.slug")

    class Meta:
        model = IncidentClock
        fields = [
            *("incident", "service", "kind", "number", "severity", "started_at", "due_at"),
            *("stopped_at", "breached_at", "outcome"),
        ]
        read_only_fields = fields


class LearningClocksSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    rows = LearningClockSerializer(many=True, help_text="At most 1,000.")


class LearningFactorSerializer(serializers.Serializer[Any]):
    incident = serializers.IntegerField(source="row.review.incident_id")
    service = serializers.CharField(source="row.review.incident.service.slug")
    detected_at = serializers.DateTimeField(source="row.review.incident.detected_at")
    evidence = serializers.CharField(source="row.evidence")
    came_back = serializers.BooleanField()


class LearningFactorsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    rows = LearningFactorSerializer(many=True, help_text="At most 1,000.")


class LearningView(View):
    """How fast and how much in time incidents were answered and ended."""

    @extend_schema(parameters=PARAMETERS, responses=LearningSerializer)
    def get(self, request: Request) -> Response:
        form, since, now = _asked(request, LearningForm)
        every = form.among(Incident.objects.visible_to(signed_in(request)))
        incidents = learning.read(every, since, now)
        told = {
            "since": since,
            "until": now,
            "by_severity": learning.by_severity(incidents),
            "by_service": learning.by_service(incidents),
            "clocks": learning.kept(every, since, now),
            "review_cycle": learning.review_cycle(every, since, now),
            "factors": learning.returned(every, since, now),
        }
        return Response(LearningSerializer(told).data)


class LearningRowsView(View):
    """The incidents behind a figure, each with what is known of it."""

    @extend_schema(parameters=[*PARAMETERS, *ROWS], responses=LearningRowsSerializer)
    def get(self, request: Request) -> Response:
        form, since, now = _asked(request, RowsForm)
        every = form.among(Incident.objects.visible_to(signed_in(request)))
        said = form.cleaned_data
        incidents = learning.read(every, since, now)
        found = list(learning.rows_of(incidents, MEASURES[said["measure"]], said["value"]))
        rows = [
            {
                "incident": incident.pk,
                "number": incident.number,
                "severity": incident.severity,
                "service": incident.service.slug,
                "detected_at": incident.detected_at,
                "value": value,
                "length": span,
            }
            for incident, value, span in found[:MOST]
        ]
        return Response(LearningRowsSerializer({"count": len(found), "rows": rows}).data)


class LearningClocksView(View):
    """The clocks behind a figure of what was kept in time."""

    @extend_schema(parameters=[*PARAMETERS, *CLOCKS], responses=LearningClocksSerializer)
    def get(self, request: Request) -> Response:
        form, since, now = _asked(request, ClocksForm)
        said = form.cleaned_data
        found = learning.clocks_behind(
            form.among(Incident.objects.visible_to(signed_in(request))),
            since,
            now,
            kind=said["kind"],
            outcome=said["outcome"],
            severity=said["target_severity"],
        )
        told = {"count": found.count(), "rows": found[:MOST]}
        return Response(LearningClocksSerializer(told).data)


class LearningFactorsView(View):
    """The incidents whose reviews name a factor, the newest first."""

    @extend_schema(parameters=[*PARAMETERS, *FACTORS], responses=LearningFactorsSerializer)
    def get(self, request: Request) -> Response:
        form, since, now = _asked(request, FactorsForm)
        said = form.cleaned_data
        every = form.among(Incident.objects.visible_to(signed_in(request)))
        found = learning.named(every, since, now, said["factor"])
        rows = [each for each in reversed(found) if each.came_back or not said["came_back"]]
        told = {"count": len(rows), "rows": rows[:MOST]}
        return Response(LearningFactorsSerializer(told).data)


def _asked(
    request: Request, kind: type[LearningForm]
) -> tuple[LearningForm, datetime, datetime]:
    """The form that was filled in right, and the time that it asks about."""
    require_look(signed_in(request))
    form: forms.Form = kind(request.query_params)
    assert isinstance(form, LearningForm)
    if not form.is_valid():
        said = form.errors.get_json_data()
        raise ValidationError({name: [e["message"] for e in said[name]] for name in said})
    now = clock.now()
    return form, learning.start_of(form.cleaned_data["days"], now), now
