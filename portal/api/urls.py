"""The API of the ground floor, and its document."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from portal.api.account import TokenViewSet
from portal.api.catalogue import ServiceViewSet
from portal.api.channels import ChannelViewSet
from portal.api.documents import SchemaView, docs
from portal.api.drawing import DrawingView
from portal.api.finding import EventViewSet, RuleViewSet, TargetView
from portal.api.messages import DeliveryViewSet, WebhookViewSet
from portal.api.people import PersonViewSet, TeamViewSet
from portal.api.pictures import PictureView
from portal.api.reaching import (
    ContactMethodViewSet,
    DeliveryLogViewSet,
    NotificationRuleViewSet,
    NotificationViewSet,
    ReachView,
)
from portal.api.searching import SearchGapView, SearchView

router = SimpleRouter()
router.register("people", PersonViewSet, basename="api-person")
router.register("teams", TeamViewSet, basename="api-team")
router.register("services", ServiceViewSet, basename="api-service")
router.register("contact-methods", ContactMethodViewSet, basename="api-contact")
router.register("notification-rules", NotificationRuleViewSet, basename="api-notification-rule")
router.register("channels", ChannelViewSet, basename="api-channel")
router.register("delivery-log", DeliveryLogViewSet, basename="api-delivery-log")
router.register("notifications", NotificationViewSet, basename="api-notification")
router.register("tokens", TokenViewSet, basename="api-token")
router.register("webhooks", WebhookViewSet, basename="api-webhook")
router.register("webhook-deliveries", DeliveryViewSet, basename="api-delivery")
router.register("events", EventViewSet, basename="api-event")
router.register("rules", RuleViewSet, basename="api-rule")

urlpatterns: list[URLPattern | URLResolver] = [
    path("search/", SearchView.as_view(), name="api-search"),
    path("search-gaps/", SearchGapView.as_view(), name="api-search-gaps"),
    path("reach/", ReachView.as_view(), name="api-reach"),
    path("markdown/", DrawingView.as_view(), name="api-markdown"),
    path("pictures/", PictureView.as_view(), name="api-pictures"),
    path("targets/", TargetView.as_view(), name="api-targets"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
    *router.urls,
]
