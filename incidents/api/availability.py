"""Availability by service and month, and what each figure is made of, for programs."""

from datetime import timedelta
from typing import Any

from django import forms
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import availability_sheet
from incidents.availability_form import AvailabilityForm, BehindForm
from incidents.availability_sheet import Cell
from portal import clock
from portal.access import require_look
from portal.api.base import View
from portal.http import signed_in
from portal.models import Service

PARAMETERS = [
    OpenApiParameter("months", int, enum=[3, 6, 12], description="Full months; by default 3."),
    OpenApiParameter("service", str, description="The short name of a service."),
    OpenApiParameter("team", str, description="The short name of a team."),
    OpenApiParameter("missed", bool, description="Only services that missed their target."),
]
ROWS = [
    OpenApiParameter("service", str, required=True, description="Its short name."),
    OpenApiParameter("month", str, description="Such as 2026-11; else the last 90 days."),
]
STATES = ["recorded", "pending", "not_applicable", "invalid"]


class AvailabilityFigureSerializer(serializers.Serializer[Any]):
    """
    Per cent of the time without planned work, and of all the time with it counted as down.

    `state` is `pending` while the month runs, `invalid` where moments are out of order.
    """

    month = serializers.CharField(
        source="period.key", help_text="Such as 2026-11; empty for the last 90 days."
    )
    availability = serializers.DecimalField(
        source="figure.value", max_digits=6, decimal_places=3, allow_null=True
    )
    with_planned_work = serializers.DecimalField(
        source="figure.with_planned", max_digits=6, decimal_places=3, allow_null=True
    )
    state = serializers.ChoiceField(source="figure.state", choices=STATES)
    is_met = serializers.BooleanField(allow_null=True)
    observed = serializers.DurationField(source="figure.observed")
    planned = serializers.DurationField(source="figure.planned")
    unplanned = serializers.DurationField(source="figure.unplanned")
    invalid = serializers.IntegerField(
        source="figure.invalid", help_text="Incidents whose moments are out of order."
    )


class ServiceAvailabilitySerializer(serializers.Serializer[Any]):
    service = serializers.CharField(source="service.slug")
    target = serializers.DecimalField(
        source="service.availability_objective", max_digits=6, decimal_places=3
    )
    figures = AvailabilityFigureSerializer(source="cells", many=True)


class AvailabilitySheetSerializer(serializers.Serializer[Any]):
    missed = serializers.IntegerField(help_text="Full months of services below their target.")
    judged = serializers.IntegerField(help_text="Full months of services that have a figure.")
    services = ServiceAvailabilitySerializer(source="lines", many=True)


class ImpactSerializer(serializers.Serializer[Any]):
    """Without an incident: a private one, of which the caller may not know more."""

    incident = serializers.IntegerField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    is_out_of_order = serializers.BooleanField()
    counted = serializers.DurationField(help_text="In this time, outside of planned work.")
    within_planned_work = serializers.DurationField()


class PlannedSerializer(serializers.Serializer[Any]):
    window = serializers.IntegerField()
    title = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    counted = serializers.DurationField(
        help_text="What of it was announced before it began, in this time."
    )


class BehindSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    figure = AvailabilityFigureSerializer()
    impacts = ImpactSerializer(many=True)
    planned = PlannedSerializer(many=True)


class AvailabilityView(View):
    """Availability of each service: the last 90 days, the month that runs, and full months."""

    @extend_schema(parameters=PARAMETERS, responses=AvailabilitySheetSerializer)
    def get(self, request: Request) -> Response:
        form = AvailabilityForm(request.query_params)
        said = _asked(request, form)
        services = form.among(Service.objects.visible_to(signed_in(request)))
        months = int(said["months"])
        found = availability_sheet.sheet(services, months=months, now=clock.now())
        if said["missed"]:
            found = found._replace(lines=[line for line in found.lines if line.was_missed])
        return Response(AvailabilitySheetSerializer(found).data)


class AvailabilityRowsView(View):
    """The impacts and the planned work behind a figure."""

    @extend_schema(parameters=ROWS, responses=BehindSerializer)
    def get(self, request: Request) -> Response:
        form = BehindForm(request.query_params)
        service = _asked(request, form)["service"]
        cell, impacts, planned = availability_sheet.behind(
            service, form.period(), signed_in(request), now=clock.now()
        )
        return Response(_told(cell, impacts, planned))


def _told(
    cell: Cell,
    impacts: list[availability_sheet.ImpactRow],
    planned: list[availability_sheet.PlannedRow],
) -> Any:
    told = {
        "service": cell.service.slug,
        "figure": cell,
        "impacts": [
            {
                "incident": row.incident and row.incident.pk,
                "starts_at": row.impact.start if row.incident else None,
                "ends_at": row.impact.end if row.incident and row.impact.is_over else None,
                "is_out_of_order": row.impact.end is None,
                "counted": row.counted,
                "within_planned_work": row.planned or timedelta(0),
            }
            for row in impacts
        ],
        "planned": [
            {
                "window": row.planned.window.pk,
                "title": row.planned.window.title,
                "starts_at": row.planned.window.starts_at,
                "ends_at": row.planned.window.ends_at,
                "counted": row.counted,
            }
            for row in planned
        ],
    }
    return BehindSerializer(told).data


def _asked(request: Request, form: forms.Form) -> dict[str, Any]:
    require_look(signed_in(request))
    if not form.is_valid():
        said = form.errors.get_json_data()
        raise ValidationError({name: [e["message"] for e in said[name]] for name in said})
    return form.cleaned_data
