from django.urls import path
from rest_framework.routers import SimpleRouter

from incidents.api.coverage import CoverageHoleViewSet, CoverageRunViewSet
from incidents.api.grouping import GroupingRuleViewSet
from incidents.api.incidents import IncidentViewSet
from incidents.api.policies import EscalationPolicyViewSet, ServiceEscalationView
from incidents.api.reference import SeverityPolicyViewSet, StatusTemplateViewSet
from incidents.api.reviews import ReviewViewSet
from incidents.api.simulation import SimulationView

router = SimpleRouter()
router.register("coverage-holes", CoverageHoleViewSet)
router.register("coverage-runs", CoverageRunViewSet)
router.register("incidents", IncidentViewSet)
router.register("escalation-policies", EscalationPolicyViewSet)
router.register("reviews", ReviewViewSet)
router.register("grouping-rules", GroupingRuleViewSet)
router.register("severity-policies", SeverityPolicyViewSet)
router.register("status-templates", StatusTemplateViewSet)
urlpatterns = [
    *router.urls,
    path("simulations/", SimulationView.as_view(), name="simulations"),
    path(
        "services/<slug:slug>/escalation/",
        ServiceEscalationView.as_view(),
        name="service-escalation",
    ),
]
