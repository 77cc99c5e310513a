"""Webhooks out and the log of their deliveries; for administrators."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import require_administrator, webhook_for
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.serializers import (
    DeliverySerializer,
    WebhookOnceSerializer,
    WebhookSerializer,
)
from portal.filters import AnyDeliveryFilter
from portal.http import signed_in
from portal.models import Webhook, WebhookDelivery
from portal.workflow import webhooks


class AdministratorsOnly:
    """A mixin: whoever is not administrator is turned away at the door."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of the view it is mixed into
        require_administrator(signed_in(request))


class WebhookViewSet(AdministratorsOnly, RecordViewSet[Webhook]):
    """Programs that hear of our events, signed as Standard Webhooks describes."""

    queryset = Webhook.objects.order_by("name", "pk")
    serializer_class = WebhookSerializer
    shown_once = ("secret",)

    @extend_schema(request=WebhookSerializer, responses={201: WebhookOnceSerializer})
    def create(self, request: Request) -> Response:
        """Tell another program; the answer holds the secret that signs, this once."""
        said = given(WebhookSerializer, request)
        webhook, secret = webhooks.create_webhook(**said, actor=signed_in(request))
        body: dict[str, Any] = WebhookSerializer(webhook).data
        return Response({**body, "secret": secret}, status=status.HTTP_201_CREATED)

    @extend_schema(request=WebhookSerializer, responses=WebhookSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        webhook = webhook_for(signed_in(request), int(pk))
        said = given(WebhookSerializer, request, webhook, partial=True)
        return self._answer(webhooks.change_webhook(webhook, actor=signed_in(request), **said))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it and its delivery log."""
        webhook = webhook_for(signed_in(request), int(pk))
        webhooks.delete_webhook(webhook, actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=WebhookSerializer)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: str) -> Response:
        webhook = webhook_for(signed_in(request), int(pk))
        return self._answer(webhooks.switch_on(webhook, actor=signed_in(request)))

    @extend_schema(request=None, responses=WebhookSerializer)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: str) -> Response:
        webhook = webhook_for(signed_in(request), int(pk))
        return self._answer(webhooks.switch_off(webhook, actor=signed_in(request)))

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Owe one test delivery."""
        webhook = webhook_for(signed_in(request), int(pk))
        delivery = webhooks.send_test(webhook, actor=signed_in(request))
        body = DeliverySerializer(delivery).data
        return Response(body, status=status.HTTP_202_ACCEPTED)

    def _answer(self, webhook: Webhook) -> Response:
        return Response(WebhookSerializer(webhook).data)


class DeliveryViewSet(AdministratorsOnly, RecordViewSet[WebhookDelivery]):
    """What became of each event on its way to each webhook."""

    queryset = WebhookDelivery.objects.select_related("event", "webhook")
    serializer_class = DeliverySerializer
    filterset_class = AnyDeliveryFilter

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Owe it again, from now."""
        delivery = webhooks.retry(self.get_object(), actor=signed_in(request))
        body = DeliverySerializer(delivery).data
        return Response(body, status=status.HTTP_202_ACCEPTED)
