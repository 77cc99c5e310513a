from rest_framework.routers import SimpleRouter

from incidents.api.incidents import IncidentViewSet
from incidents.api.reference import SeverityPolicyViewSet, StatusTemplateViewSet
from incidents.api.reviews import ReviewViewSet

router = SimpleRouter()
router.register("incidents", IncidentViewSet)
router.register("reviews", ReviewViewSet)
router.register("severity-policies", SeverityPolicyViewSet)
router.register("status-templates", StatusTemplateViewSet)
urlpatterns = router.urls
