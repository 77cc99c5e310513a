from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from knowledge.api.actions import ActionViewSet
from knowledge.api.comments import CommentViewSet
from knowledge.api.content import LinkViewSet
from knowledge.api.documents import DocumentViewSet
from knowledge.api.gaps import (
    AlertLinkViewSet,
    DocumentAddressViewSet,
    GapsView,
    RuleFilesView,
    RunbookForAlertView,
)
from knowledge.api.imports import ImportViewSet
from knowledge.api.news import DocumentNewsReadView, DocumentNewsView
from knowledge.api.reading import (
    ConfirmReadingView,
    DocumentReadersView,
    ReadingDutiesView,
    ReadingRequestsView,
    WithdrawReadingView,
)
from knowledge.api.repairs import FreshnessViewSet, RepairViewSet
from knowledge.api.retrospectives import RetrospectiveViewSet
from knowledge.api.runs import RunViewSet
from knowledge.api.spaces import SpaceViewSet
from knowledge.api.watching import DocumentWatchView, SpaceWatchView, WatchListView
from knowledge.api.writing import LinkTargetView, PreviewView

router = SimpleRouter()
router.register("documents", DocumentViewSet, basename="document")
router.register(
    r"documents/(?P<document>\d+)/comments", CommentViewSet, basename="document-comment"
)
router.register("links", LinkViewSet, basename="link")
router.register("spaces", SpaceViewSet, basename="space")
router.register("document-imports", ImportViewSet, basename="document-import")
router.register("runs", RunViewSet, basename="run")
router.register("alert-links", AlertLinkViewSet, basename="alert-link")
router.register("document-addresses", DocumentAddressViewSet, basename="document-address")
router.register("repairs", RepairViewSet, basename="repair")
router.register("freshness", FreshnessViewSet, basename="freshness")
router.register("actions", ActionViewSet, basename="action")
router.register("retrospectives", RetrospectiveViewSet, basename="retrospective")
urlpatterns: list[URLPattern | URLResolver] = [
    path("documents/preview/", PreviewView.as_view(), name="document-preview"),
    path("documents/link-targets/", LinkTargetView.as_view(), name="document-link-targets"),
    *router.urls,
    path("alerts/<int:pk>/runbook/", RunbookForAlertView.as_view(), name="alert-runbook"),
    path("runbook-gaps/", GapsView.as_view(), name="runbook-gaps"),
    path("rule-files/", RuleFilesView.as_view(), name="rule-files"),
    path(
        "documents/<int:document>/readers/",
        DocumentReadersView.as_view(),
        name="document-readers",
    ),
    path(
        "documents/<int:document>/reading-requests/",
        ReadingRequestsView.as_view(),
        name="reading-requests",
    ),
    path(
        "reading-requests/<int:pk>/withdraw/",
        WithdrawReadingView.as_view(),
        name="reading-withdraw",
    ),
    path("reading-duties/", ReadingDutiesView.as_view(), name="reading-duties"),
    path(
        "reading-duties/<int:pk>/confirm/",
        ConfirmReadingView.as_view(),
        name="reading-confirm",
    ),
    path("document-news/", DocumentNewsView.as_view(), name="document-news"),
    path("document-news/read/", DocumentNewsReadView.as_view(), name="document-news-read"),
    path("document-watches/", WatchListView.as_view(), name="document-watches"),
    path("documents/<int:document>/watch/", DocumentWatchView.as_view(), name="document-watch"),
    path("spaces/<slug:space>/watch/", SpaceWatchView.as_view(), name="space-watch"),
]
