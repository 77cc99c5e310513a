from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import alert_for, may_change
from operations.api.shapes import DoerSerializer, WhyNotSerializer, given
from operations.filters import AlertFilter
from operations.models import Alert, Occurrence
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.errors import Refusal
from portal.http import signed_in

AT_ONCE = 200


class OccurrenceSerializer(serializers.ModelSerializer[Occurrence]):
    class Meta:
        model = Occurrence
        fields = ["started_at", "ended_at", "end_reason", "severity", "received_at"]


class AlertSerializer(serializers.ModelSerializer[Alert]):
    service: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    acknowledged_by = DoerSerializer(read_only=True, allow_null=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Alert
        fields = [
            "id",
            "name",
            "summary",
            "description",
            "severity",
            "state",
            "service",
            "integration",
            "fingerprint",
            "labels",
            "annotations",
            "generator_url",
            "runbook_url",
            "started_at",
            "ended_at",
            "last_seen_at",
            "acknowledged_at",
            "acknowledged_by",
            "occurrence_count",
            "url",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "labels": {"help_text": "Label names and values."},
            "annotations": {"help_text": "Annotation names and values."},
        }


class AlertDetailSerializer(AlertSerializer):
    """With its newest occurrences, and why it cannot be acknowledged, if it cannot."""

    occurrences = serializers.SerializerMethodField()
    why_not_acknowledge = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields = [*AlertSerializer.Meta.fields, "occurrences", "why_not_acknowledge"]
        read_only_fields = fields

    @extend_schema_field(OccurrenceSerializer(many=True))
    def get_occurrences(self, alert: Alert) -> Any:
        return OccurrenceSerializer(alert.occurrences.all()[:50], many=True).data

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_acknowledge(self, alert: Alert) -> list[dict[str, str]]:
        return [refusal._asdict() for refusal in workflow.why_not_acknowledge(alert)]


class AcknowledgeManySerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(), min_length=1, max_length=AT_ONCE
    )


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one alert; without reasons it was acknowledged."""

    id = serializers.IntegerField()
    is_done = serializers.BooleanField()
    reasons = WhyNotSerializer(many=True)


class OutcomesSerializer(serializers.Serializer[Any]):
    outcomes = OutcomeSerializer(many=True)


class AlertViewSet(RecordViewSet[Alert]):
    """Alerts of all monitors; they come in by the webhook and are acknowledged here."""

    filterset_class = AlertFilter
    queryset = Alert.objects.all()

    def get_queryset(self) -> QuerySet[Alert]:
        alerts = Alert.objects.visible_to(signed_in(self.request)).with_list_columns()
        alerts = alerts.select_related("acknowledged_by")
        if self.action == "list":
            return alerts
        newest = Occurrence.objects.order_by("-started_at")
        return alerts.prefetch_related(Prefetch("occurrences", newest))

    def get_serializer_class(self) -> type[AlertSerializer]:
        return AlertSerializer if self.action == "list" else AlertDetailSerializer

    @extend_schema(request=None, responses=AlertDetailSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that somebody looks at it."""
        user = signed_in(request)
        alert = alert_for(user, int(pk), may="change")
        alert = workflow.acknowledge_alert(alert, actor=user)
        return Response(self.get_serializer(alert).data)

    @extend_schema(
        operation_id="alerts_acknowledge_many",
        request=AcknowledgeManySerializer,
        responses=OutcomesSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="acknowledge", url_name="acknowledge-many")
    def acknowledge_many(self, request: Request) -> Response:
        """Acknowledge several; each by itself, and the answer says what became of each."""
        user = signed_in(request)
        require_work(user)
        ids = given(AcknowledgeManySerializer, request)["ids"]
        alerts = list(self.get_queryset().select_related("service__team").filter(pk__in=ids))
        mine = [alert for alert in alerts if may_change(user, alert.service)]
        outcomes = workflow.acknowledge_alerts(mine, actor=user)
        refused = {outcome.alert.pk: outcome.refusals for outcome in outcomes}
        return Response({"outcomes": [_outcome(pk, alerts, refused) for pk in ids]})


def _outcome(
    pk: int, alerts: list[Alert], refused: dict[int, list[Refusal]]
) -> dict[str, object]:
    if not any(alert.pk == pk for alert in alerts):
        reasons = [Refusal("not_found", "There is no such alert.")]
    else:
        sentence = "Only the service's team acknowledges its alerts."
        reasons = refused.get(pk, [Refusal("not_yours", sentence)])
    return {
        "id": pk,
        "is_done": not reasons,
        "reasons": [refusal._asdict() for refusal in reasons],
    }
