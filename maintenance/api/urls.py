from django.urls import path
from rest_framework.routers import SimpleRouter

from maintenance import intake_urls
from maintenance.api.approval import EmergencyViewSet
from maintenance.api.change_events import ChangeEventViewSet
from maintenance.api.conflicts import ConflictRulesView, ResourceViewSet
from maintenance.api.delivery import DeliveryFiguresView
from maintenance.api.deployments import DeploymentsWithoutSlash, DeploymentViewSet
from maintenance.api.feeds import ChangeFeedViewSet
from maintenance.api.gate import GateQuestionViewSet, GateView, GateWithoutSlash
from maintenance.api.notices import NoticeViewSet
from maintenance.api.packs import RequestPackView, ServicePackView
from maintenance.api.policies import DelegationViewSet, PolicyViewSet
from maintenance.api.processes import ProcessViewSet
from maintenance.api.recurring import RecurringViewSet
from maintenance.api.requests import RequestViewSet
from maintenance.api.sources import SourceCallViewSet, SourceViewSet
from maintenance.api.standards import StandardViewSet
from maintenance.api.times import ChangeWindowViewSet, FreezeViewSet
from maintenance.api.windows import WindowViewSet

router = SimpleRouter()
router.register("maintenance-requests", RequestViewSet, basename="maintenance-request")
router.register("process-templates", ProcessViewSet, basename="process-template")
router.register("standard-changes", StandardViewSet, basename="standard-change")
router.register("deployments", DeploymentViewSet, basename="deployment")
router.register("change-events", ChangeEventViewSet, basename="change-event")
router.register("windows", WindowViewSet, basename="window")
router.register("freezes", FreezeViewSet, basename="freeze")
router.register("permitted-times", ChangeWindowViewSet, basename="change-window")
router.register("exclusive-resources", ResourceViewSet, basename="exclusive-resource")
router.register("gate-questions", GateQuestionViewSet, basename="gate-question")
router.register("emergencies", EmergencyViewSet, basename="emergency")
router.register("approval-policies", PolicyViewSet, basename="approval-policy")
router.register("approval-delegations", DelegationViewSet, basename="approval-delegation")
router.register("change-feeds", ChangeFeedViewSet, basename="change-feed")
router.register("deployment-sources", SourceViewSet, basename="deployment-source")
router.register("deployment-calls", SourceCallViewSet, basename="deployment-call")
router.register("supplier-notices", NoticeViewSet, basename="supplier-notice")
router.register("recurring-work", RecurringViewSet, basename="recurring-work")
urlpatterns = [
    path("conflict-rules/", ConflictRulesView.as_view(), name="conflict-rules"),
    path("delivery-figures/", DeliveryFiguresView.as_view(), name="delivery-figures"),
    path(
        "maintenance-requests/<int:pk>/evidence-pack/",
        RequestPackView.as_view(),
        name="request-pack",
    ),
    path("evidence-packs/", ServicePackView.as_view(), name="service-pack"),
    path(
        "deployments",
        DeploymentsWithoutSlash.as_view({"post": "create"}),
        name="deployments-without-slash",
    ),
    path("gate/", GateView.as_view(), name="gate-api"),
    path("gate", GateWithoutSlash.as_view(), name="gate-api-without-slash"),
    *intake_urls.urlpatterns,
    *router.urls,
]
