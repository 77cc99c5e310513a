"""The analysis of a request in the API."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maintenance.models import (
    Analysis,
    MaintenanceRequest,
    Reproduced,
    RequestKind,
    Weight,
    analysis_of,
)
from maintenance.risk import risk_of
from operations.api.shapes import DoerSerializer
from portal import clock


def words() -> serializers.CharField:
    return serializers.CharField(max_length=3000, required=False, allow_blank=True)


class AnalyseSerializer(serializers.Serializer[Any]):
    """What is given is kept, the rest stays; `seen` is the `edits` that you had before you."""

    seen = serializers.IntegerField(min_value=0, required=False)
    kind = serializers.ChoiceField(
        choices=RequestKind.choices, required=False, allow_blank=True
    )
    reproduced = serializers.ChoiceField(
        choices=Reproduced.choices, required=False, allow_blank=True
    )
    reproduced_how = words()
    impact_services = words()
    impact_data = words()
    impact_interfaces = words()
    impact_documents = words()
    impact_users = words()
    options = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    risk_impact = serializers.ChoiceField(
        choices=Weight.choices, required=False, allow_null=True
    )
    risk_likelihood = serializers.ChoiceField(
        choices=Weight.choices, required=False, allow_null=True
    )
    delay_cost = serializers.ChoiceField(
        choices=Weight.choices, required=False, allow_null=True
    )
    effort_hours = serializers.DecimalField(
        max_digits=6,
        decimal_places=1,
        min_value=Decimal("0.1"),
        required=False,
        allow_null=True,
    )
    effort_points = serializers.IntegerField(
        min_value=1, max_value=100, required=False, allow_null=True
    )


class EngineSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    level = serializers.CharField()
    words = serializers.CharField()


class RiskSerializer(serializers.Serializer[Any]):
    """`level` is the highest of the engines now; null while nobody has estimated."""

    level = serializers.CharField(allow_null=True)
    engines = EngineSerializer(many=True)
    failed = serializers.IntegerField(source="history.failed")
    total = serializers.IntegerField(
        source="history.total", help_text="Changes of the service within 180 days."
    )
    shift = serializers.IntegerField(
        source="history.shift", help_text="By how much they raise the likelihood."
    )


class AnalysisSerializer(serializers.ModelSerializer[Analysis]):
    kind_decided_by = DoerSerializer(read_only=True, allow_null=True)
    analysed_by = DoerSerializer(read_only=True, allow_null=True)
    risk_impact = serializers.IntegerField(source="request.risk_impact", allow_null=True)
    risk_likelihood = serializers.IntegerField(
        source="request.risk_likelihood", allow_null=True
    )
    risk = serializers.SerializerMethodField()

    class Meta:
        model = Analysis
        fields = [
            *("kind", "kind_decided_by", "kind_decided_at", "reproduced", "reproduced_how"),
            *("impact_services", "impact_data", "impact_interfaces", "impact_documents"),
            *("impact_users", "options", "risk_impact", "risk_likelihood", "delay_cost"),
            *("effort_hours", "effort_points", "edits", "analysed_by", "analysed_at", "risk"),
        ]
        read_only_fields = fields

    @extend_schema_field(RiskSerializer)
    def get_risk(self, analysis: Analysis) -> Any:
        return RiskSerializer(risk_of(analysis.request, clock.now())).data


def shown(request: MaintenanceRequest) -> Any:
    return AnalysisSerializer(analysis_of(request)).data
