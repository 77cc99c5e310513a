"""What the team has agreed on, to be read; it is edited in the admin, with its versions."""

from django.db.models import QuerySet
from rest_framework import serializers

from operations.access import seen_by
from operations.models import AlertRule, BackupComponent, CapacityRule, MetricThreshold
from portal.api.base import RecordViewSet
from portal.http import signed_in


class MetricThresholdSerializer(serializers.ModelSerializer[MetricThreshold]):
    """Normal is below `warning`, critical above `critical`, and a warning is in between."""

    class Meta:
        model = MetricThreshold
        fields = ["id", "key", "family", "name", "unit", "normal_from", "warning", "critical"]


class AlertRuleSerializer(serializers.ModelSerializer[AlertRule]):
    metric = serializers.SlugRelatedField[MetricThreshold](
        slug_field="key", read_only=True, allow_null=True
    )

    class Meta:
        model = AlertRule
        fields = ["id", "key", "name", "delivery", "metric", "above", "for_minutes"]


class BackupComponentSerializer(serializers.ModelSerializer[BackupComponent]):
    class Meta:
        model = BackupComponent
        fields = [
            "id",
            "key",
            "name",
            "frequency",
            "retention",
            "verification",
            "rto_hours",
            "rpo_hours",
        ]


class CapacityRuleSerializer(serializers.ModelSerializer[CapacityRule]):
    class Meta:
        model = CapacityRule
        fields = ["id", "key", "kind", "when", "then"]


class MetricThresholdViewSet(RecordViewSet[MetricThreshold]):
    """When a metric is normal, needs a look, or is critical."""

    serializer_class = MetricThresholdSerializer
    queryset = MetricThreshold.objects.all()

    def get_queryset(self) -> QuerySet[MetricThreshold]:
        return seen_by(signed_in(self.request), MetricThreshold.objects.all())


class AlertRuleViewSet(RecordViewSet[AlertRule]):
    """What pages the person on call, and what only tells."""

    serializer_class = AlertRuleSerializer
    queryset = AlertRule.objects.all()

    def get_queryset(self) -> QuerySet[AlertRule]:
        return seen_by(signed_in(self.request), AlertRule.objects.select_related("metric"))


class BackupComponentViewSet(RecordViewSet[BackupComponent]):
    """What is backed up, how often, kept how long and proved how."""

    serializer_class = BackupComponentSerializer
    queryset = BackupComponent.objects.all()

    def get_queryset(self) -> QuerySet[BackupComponent]:
        return seen_by(signed_in(self.request), BackupComponent.objects.all())


class CapacityRuleViewSet(RecordViewSet[CapacityRule]):
    """When capacity is reviewed, and what makes us grow."""

    serializer_class = CapacityRuleSerializer
    queryset = CapacityRule.objects.all()

    def get_queryset(self) -> QuerySet[CapacityRule]:
        return seen_by(signed_in(self.request), CapacityRule.objects.all())
