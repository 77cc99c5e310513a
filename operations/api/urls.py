from django.urls import path
from rest_framework.routers import SimpleRouter

from operations import intake_urls
from operations.api.alerts import AlertViewSet
from operations.api.business_hours import BusinessHoursViewSet
from operations.api.calendars import CalendarFeedViewSet, CalendarImportViewSet
from operations.api.checklists import ChecklistRunViewSet, ChecklistTemplateViewSet
from operations.api.checks import CheckViewSet
from operations.api.handovers import HandoverViewSet, ShiftFindingViewSet
from operations.api.heartbeats import HeartbeatViewSet
from operations.api.integrations import IntegrationViewSet, ReceiptViewSet
from operations.api.leave import LeaveViewSet
from operations.api.log import LogEntryViewSet
from operations.api.noise import (
    HoldViewSet,
    InhibitionViewSet,
    NoiseSettingsView,
    SilenceViewSet,
)
from operations.api.pace import (
    LoadLookViewSet,
    LoadView,
    PaceSettingsView,
    PaceWarningViewSet,
    TeamLoadView,
    WeeklyHoursViewSet,
)
from operations.api.reference import (
    AlertRuleViewSet,
    BackupComponentViewSet,
    CapacityRuleViewSet,
    MetricThresholdViewSet,
)
from operations.api.schedule_drafts import ScheduleDraftViewSet
from operations.api.schedules import LayerViewSet, OnCallView, ScheduleViewSet
from operations.api.sprints import SprintCalendarViewSet
from operations.api.swaps import SwapViewSet, TakeOverView
from operations.api.upstream import AskView, UpstreamView

router = SimpleRouter()
router.register("business-hours", BusinessHoursViewSet)
router.register("sprints", SprintCalendarViewSet)
router.register("alerts", AlertViewSet)
router.register("silences", SilenceViewSet)
router.register("inhibitions", InhibitionViewSet)
router.register("holds", HoldViewSet)
router.register("integrations", IntegrationViewSet)
router.register("receipts", ReceiptViewSet)
router.register("schedules", ScheduleViewSet)
router.register("schedule-layers", LayerViewSet)
router.register("schedule-drafts", ScheduleDraftViewSet)
router.register("checks", CheckViewSet)
router.register("heartbeats", HeartbeatViewSet)
router.register("checklist-templates", ChecklistTemplateViewSet)
router.register("checklist-runs", ChecklistRunViewSet)
router.register("log-entries", LogEntryViewSet)
router.register("thresholds", MetricThresholdViewSet)
router.register("alert-rules", AlertRuleViewSet)
router.register("backups", BackupComponentViewSet)
router.register("capacity-rules", CapacityRuleViewSet)
router.register("swaps", SwapViewSet)
router.register("hand-overs", HandoverViewSet)
router.register("shift-findings", ShiftFindingViewSet)
router.register("leave", LeaveViewSet)
router.register("load-looks", LoadLookViewSet)
router.register("weekly-hours", WeeklyHoursViewSet)
router.register("pace-warnings", PaceWarningViewSet)
router.register("calendar-imports", CalendarImportViewSet)
router.register("calendar-feeds", CalendarFeedViewSet)

urlpatterns = [
    path("schedules/<int:pk>/take-over/", TakeOverView.as_view(), name="schedule-take-over"),
    *intake_urls.urlpatterns,
    path("on-call/", OnCallView.as_view(), name="on-call"),
    path(
        "integrations/<int:pk>/upstream/", UpstreamView.as_view(), name="integration-upstream"
    ),
    path("integrations/<int:pk>/upstream/ask/", AskView.as_view(), name="integration-ask"),
    path("noise-settings/", NoiseSettingsView.as_view(), name="noise-settings"),
    path("load/", LoadView.as_view(), name="load"),
    path("load/teams/<slug:slug>/", TeamLoadView.as_view(), name="load-team"),
    path("pace-settings/", PaceSettingsView.as_view(), name="pace-settings"),
    *router.urls,
]
