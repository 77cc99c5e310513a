from rest_framework.routers import SimpleRouter

from maintenance.api.deployments import DeploymentViewSet
from maintenance.api.requests import ProcessViewSet, RequestViewSet
from maintenance.api.windows import WindowViewSet

router = SimpleRouter()
router.register("maintenance-requests", RequestViewSet, basename="maintenance-request")
router.register("process-templates", ProcessViewSet, basename="process-template")
router.register("deployments", DeploymentViewSet, basename="deployment")
router.register("windows", WindowViewSet, basename="window")
urlpatterns = router.urls
