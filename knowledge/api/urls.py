from rest_framework.routers import SimpleRouter

from knowledge.api.actions import ActionViewSet
from knowledge.api.comments import CommentViewSet
from knowledge.api.documents import DocumentViewSet
from knowledge.api.retrospectives import RetrospectiveViewSet
from knowledge.api.runs import RunViewSet

router = SimpleRouter()
router.register("documents", DocumentViewSet, basename="document")
router.register(
    r"documents/(?P<document>\d+)/comments", CommentViewSet, basename="document-comment"
)
router.register("runs", RunViewSet, basename="run")
router.register("actions", ActionViewSet, basename="action")
router.register("retrospectives", RetrospectiveViewSet, basename="retrospective")
urlpatterns = router.urls
