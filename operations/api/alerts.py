from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import alert_for, may_change, may_silence
from operations.api.noise import HoldSerializer
from operations.api.shapes import DoerSerializer, WhyNotSerializer, given
from operations.filters import AlertFilter
from operations.models import Alert, Occurrence
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.errors import Refusal
from portal.http import signed_in
from portal.models import User

AT_ONCE = 200
Verb = Callable[[list[Alert]], list[workflow.Outcome]]


class OccurrenceSerializer(serializers.ModelSerializer[Occurrence]):
    acknowledged_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Occurrence
        fields = [
            "started_at",
            "ended_at",
            "end_reason",
            "severity",
            "acknowledged_at",
            "acknowledged_by",
            "received_at",
        ]


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
            "condition",
            "is_held",
            "is_flapping",
            "url",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "labels": {"help_text": "Label names and values."},
            "annotations": {"help_text": "Annotation names and values."},
        }


class AlertDetailSerializer(AlertSerializer):
    """With its newest occurrences, what holds it, and why it cannot be acknowledged."""

    occurrences = serializers.SerializerMethodField()
    held_by = serializers.SerializerMethodField()
    why_not_acknowledge = serializers.SerializerMethodField()

    class Meta(AlertSerializer.Meta):
        fields = [
            *AlertSerializer.Meta.fields,
            "occurrences",
            "held_by",
            "why_not_acknowledge",
        ]
        read_only_fields = fields

    @extend_schema_field(OccurrenceSerializer(many=True))
    def get_occurrences(self, alert: Alert) -> Any:
        return OccurrenceSerializer(alert.occurrences.all()[:50], many=True).data

    @extend_schema_field(HoldSerializer(many=True))
    def get_held_by(self, alert: Alert) -> Any:
        holds = alert.holds.open().select_related("silence", "inhibition")
        return HoldSerializer(holds, many=True).data if alert.is_held else []

    @extend_schema_field(WhyNotSerializer(many=True))
    def get_why_not_acknowledge(self, alert: Alert) -> list[dict[str, str]]:
        return [refusal._asdict() for refusal in workflow.why_not_acknowledge(alert)]


class AcknowledgeManySerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(
        child=serializers.IntegerField(), min_length=1, max_length=AT_ONCE
    )


class CloseAlertSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class CloseManySerializer(AcknowledgeManySerializer, CloseAlertSerializer):
    pass


class SilenceManySerializer(AcknowledgeManySerializer):
    reason = serializers.CharField(max_length=300)
    ends_at = serializers.DateTimeField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of one alert; without reasons it was done."""

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
        newest = Occurrence.objects.order_by("-started_at").select_related("acknowledged_by")
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
        return self._each(ids, lambda mine: workflow.acknowledge_alerts(mine, actor=user))

    @extend_schema(request=None, responses=AlertDetailSerializer)
    @action(detail=True, methods=["post"])
    def unacknowledge(self, request: Request, pk: str) -> Response:
        """Take back that somebody looks at it."""
        user = signed_in(request)
        alert = alert_for(user, int(pk), may="change")
        alert = workflow.unacknowledge_alert(alert, actor=user)
        return Response(self.get_serializer(alert).data)

    @extend_schema(request=CloseAlertSerializer, responses=AlertDetailSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Declare over what its monitor still says fires."""
        user = signed_in(request)
        alert = alert_for(user, int(pk), may="change")
        said = given(CloseAlertSerializer, request)
        alert = workflow.close_alert(alert, actor=user, **said)
        return Response(self.get_serializer(alert).data)

    @extend_schema(
        operation_id="alerts_close_many",
        request=CloseManySerializer,
        responses=OutcomesSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="close", url_name="close-many")
    def close_many(self, request: Request) -> Response:
        """Close several; each by itself, and the answer says what became of each."""
        user = signed_in(request)
        require_work(user)
        said = given(CloseManySerializer, request)
        reason = said["reason"]
        return self._each(
            said["ids"],
            lambda mine: workflow.close_alerts(mine, reason=reason, actor=user),
        )

    @extend_schema(
        operation_id="alerts_silence_many",
        request=SilenceManySerializer,
        responses=OutcomesSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="silence", url_name="silence-many")
    def silence_many(self, request: Request) -> Response:
        """Silence several, exactly these; the answer says what became of each."""
        user = signed_in(request)
        require_work(user)
        said = given(SilenceManySerializer, request)
        reason, ends_at = said["reason"], said["ends_at"]
        return self._each(
            said["ids"],
            lambda mine: workflow.silence_alerts(
                mine, ends_at=ends_at, reason=reason, actor=user
            ),
            silences=True,
        )

    def _each(self, ids: list[int], verb: Verb, *, silences: bool = False) -> Response:
        user = signed_in(self.request)
        alerts = list(
            Alert.objects.visible_to(user)
            .with_list_columns()
            .select_related("service__team")
            .filter(pk__in=ids)
        )
        mine = [alert for alert in alerts if _may(user, alert, silences=silences)]
        refused = {outcome.alert.pk: outcome.refusals for outcome in verb(mine)}
        return Response({"outcomes": [_outcome(pk, alerts, refused) for pk in ids]})


def _may(user: User, alert: Alert, *, silences: bool) -> bool:
    if silences:
        return may_silence(user, alert.service.team if alert.service else None)
    return may_change(user, alert.service)


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
