from django.urls import path
from rest_framework.routers import SimpleRouter

from incidents.api.availability import AvailabilityRowsView, AvailabilityView
from incidents.api.blaming import BlameView
from incidents.api.context import UnderstandingView
from incidents.api.coverage import CoverageHoleViewSet, CoverageRunViewSet
from incidents.api.drafts import UpdateDraftViewSet
from incidents.api.entries import TimelineEntryViewSet
from incidents.api.factors import (
    FactorViewSet,
    RestoreReviewTemplateView,
    ReviewRulesView,
    ReviewTemplateView,
    ReviewWaiverViewSet,
)
from incidents.api.grouping import GroupingRuleViewSet
from incidents.api.incidents import IncidentViewSet
from incidents.api.learning import (
    LearningClocksView,
    LearningFactorsView,
    LearningRowsView,
    LearningView,
)
from incidents.api.maintenance import PublicMaintenanceViewSet
from incidents.api.policies import EscalationPolicyViewSet, ServiceEscalationView
from incidents.api.reference import SeverityPolicyViewSet, StatusTemplateViewSet
from incidents.api.reports import ProblemReportViewSet
from incidents.api.reviews import ReviewViewSet
from incidents.api.simulation import SimulationView
from incidents.api.stakeholders import (
    AudienceView,
    CommunicationRuleViewSet,
    MessagesView,
    MessageTemplateViewSet,
    StakeholderGroupViewSet,
    StakeholderViewSet,
)
from incidents.api.status_page import (
    ComponentGroupViewSet,
    LogoView,
    PageSettingsView,
    StatusComponentViewSet,
)
from incidents.api.subscribers import AnnouncementViewSet, SubscriberViewSet
from incidents.api.subscribing import SubscribeView, SubscriptionView

router = SimpleRouter()
router.register("coverage-holes", CoverageHoleViewSet)
router.register("coverage-runs", CoverageRunViewSet)
router.register("incidents", IncidentViewSet)
router.register("escalation-policies", EscalationPolicyViewSet)
router.register("factors", FactorViewSet)
router.register("problem-reports", ProblemReportViewSet)
router.register("reviews", ReviewViewSet)
router.register("review-waivers", ReviewWaiverViewSet)
router.register("grouping-rules", GroupingRuleViewSet)
router.register("timeline-entries", TimelineEntryViewSet, basename="timeline-entry")
router.register("severity-policies", SeverityPolicyViewSet)
router.register("status-maintenances", PublicMaintenanceViewSet)
router.register("status-drafts", UpdateDraftViewSet)
router.register("status-components", StatusComponentViewSet)
router.register("status-groups", ComponentGroupViewSet)
router.register("status-templates", StatusTemplateViewSet)
router.register("subscribers", SubscriberViewSet)
router.register("announcements", AnnouncementViewSet)
router.register("stakeholder-groups", StakeholderGroupViewSet)
router.register("stakeholders", StakeholderViewSet)
router.register("message-templates", MessageTemplateViewSet)
router.register("communication-rules", CommunicationRuleViewSet)
urlpatterns = [
    *router.urls,
    path("status/subscriptions/", SubscribeView.as_view(), name="subscriptions"),
    path(
        "status/subscriptions/<str:token>/",
        SubscriptionView.as_view(),
        name="subscription-by-token",
    ),
    path(
        "incidents/<int:pk>/caused-by/",
        BlameView.as_view(),
        name="incident-caused-by",
    ),
    path(
        "incidents/<int:pk>/context/",
        UnderstandingView.as_view(),
        name="incident-context-api",
    ),
    path("review-rules/", ReviewRulesView.as_view(), name="review-rules"),
    path("review-template/", ReviewTemplateView.as_view(), name="review-template"),
    path(
        "review-template/restore/",
        RestoreReviewTemplateView.as_view(),
        name="review-template-restore",
    ),
    path("incidents/<int:pk>/audience/", AudienceView.as_view(), name="incident-audience"),
    path("incidents/<int:pk>/messages/", MessagesView.as_view(), name="incident-messages"),
    path("availability/", AvailabilityView.as_view(), name="availability"),
    path("availability/rows/", AvailabilityRowsView.as_view(), name="availability-rows"),
    path("learning/", LearningView.as_view(), name="learning"),
    path("learning/clocks/", LearningClocksView.as_view(), name="learning-clocks"),
    path("learning/factors/", LearningFactorsView.as_view(), name="learning-factors"),
    path("learning/rows/", LearningRowsView.as_view(), name="learning-rows"),
    path("status-page/logo/", LogoView.as_view(), name="status-page-logo"),
    path("status-page/", PageSettingsView.as_view(), name="status-page-settings"),
    path("simulations/", SimulationView.as_view(), name="simulations"),
    path(
        "services/<slug:slug>/escalation/",
        ServiceEscalationView.as_view(),
        name="service-escalation",
    ),
]
