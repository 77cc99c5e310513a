from django.urls import path
from rest_framework.routers import SimpleRouter

from operations import intake_urls
from operations.api.alerts import AlertViewSet
from operations.api.checklists import ChecklistRunViewSet, ChecklistTemplateViewSet
from operations.api.checks import CheckViewSet
from operations.api.heartbeats import HeartbeatViewSet
from operations.api.integrations import IntegrationViewSet, ReceiptViewSet
from operations.api.log import LogEntryViewSet
from operations.api.reference import (
    AlertRuleViewSet,
    BackupComponentViewSet,
    CapacityRuleViewSet,
    MetricThresholdViewSet,
)
from operations.api.schedules import LayerViewSet, OnCallView, ScheduleViewSet

router = SimpleRouter()
router.register("alerts", AlertViewSet)
router.register("integrations", IntegrationViewSet)
router.register("receipts", ReceiptViewSet)
router.register("schedules", ScheduleViewSet)
router.register("schedule-layers", LayerViewSet)
router.register("checks", CheckViewSet)
router.register("heartbeats", HeartbeatViewSet)
router.register("checklist-templates", ChecklistTemplateViewSet)
router.register("checklist-runs", ChecklistRunViewSet)
router.register("log-entries", LogEntryViewSet)
router.register("thresholds", MetricThresholdViewSet)
router.register("alert-rules", AlertRuleViewSet)
router.register("backups", BackupComponentViewSet)
router.register("capacity-rules", CapacityRuleViewSet)

urlpatterns = [
    *intake_urls.urlpatterns,
    path("on-call/", OnCallView.as_view(), name="on-call"),
    *router.urls,
]
