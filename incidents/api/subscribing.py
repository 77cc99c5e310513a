"""Following the status page, for programs of the public: no name, no account."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents import subscriber_tokens, workflow
from incidents.models import Subscriber, SubscriberKind, SubscriberState
from incidents.views.subscribing import ASKS_WINDOW, asks_too_often
from portal.api.bodies import given
from portal.natures import mask


class ChoicesSerializer(serializers.Serializer[Any]):
    """What somebody wants to hear of; no components means all of them, and those to come."""

    wants_incidents = serializers.BooleanField(default=True)
    wants_maintenance = serializers.BooleanField(default=True)
    components = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=200, default=list
    )


class SubscribeSerializer(ChoicesSerializer):
    """An address that wants to be told."""

    kind = serializers.ChoiceField(choices=SubscriberKind.choices)
    address = serializers.CharField(max_length=500)


class SubscribedSerializer(serializers.Serializer[Any]):
    """What everybody is answered, known or not."""

    detail = serializers.CharField()


class SubscriptionSerializer(serializers.Serializer[Any]):
    """One subscription, for whoever has its token."""

    kind = serializers.ChoiceField(choices=SubscriberKind.choices)
    state = serializers.ChoiceField(choices=SubscriberState.choices)
    address = serializers.CharField(help_text="Masked.")
    wants_incidents = serializers.BooleanField()
    wants_maintenance = serializers.BooleanField()
    components = serializers.ListField(child=serializers.CharField())


class SubscribeView(APIView):
    """Where anybody may ask to be told."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="status_subscribe",
        request=SubscribeSerializer,
        responses={202: SubscribedSerializer},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """
        Ask that an address be told; a letter, or a call with a challenge, asks back.

        The answer is the same whether or not the address is known. A webhook is confirmed
        when it answers the challenge with the `challenge` that it was sent.
        """
        if asks_too_often(request._request):
            raise Throttled(wait=ASKS_WINDOW)
        workflow.ask_to_subscribe(**given(SubscribeSerializer, request))
        detail = "We ask that address whether it wants to be told. Nothing is sent before."
        return Response({"detail": detail}, status=202)


class SubscriptionView(APIView):
    """One subscription; the token from its letters is the key."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="status_subscription", responses=SubscriptionSerializer, auth=[]
    )
    def get(self, request: Request, token: str) -> Response:
        """What this subscription is told."""
        return _shown(_managed(token))

    @extend_schema(
        operation_id="status_subscription_change",
        request=ChoicesSerializer,
        responses=SubscriptionSerializer,
        auth=[],
    )
    def put(self, request: Request, token: str) -> Response:
        """Choose anew what it is told."""
        subscriber = _managed(token)
        said = given(ChoicesSerializer, request)
        return _shown(workflow.choose_subscription(subscriber, **said))

    @extend_schema(operation_id="status_unsubscribe", responses={204: None}, auth=[])
    def delete(self, request: Request, token: str) -> Response:
        """End it and erase the address."""
        workflow.leave(_managed(token))
        return Response(status=204)


def _managed(token: str) -> Subscriber:
    subscriber = subscriber_tokens.managed_by(token)
    if subscriber is None:
        raise Http404
    return subscriber


def _shown(subscriber: Subscriber) -> Response:
    address = subscriber.address and mask(subscriber.kind, subscriber.address)
    names = ("kind", "state", "wants_incidents", "wants_maintenance", "components")
    shown = {name: getattr(subscriber, name) for name in names} | {"address": address}
    return Response(SubscriptionSerializer(shown).data)
