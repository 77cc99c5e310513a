"""Channels of teams: chat rooms, mailing lists and signed webhooks."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import channel_for, channel_teams, require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.reach_serializers import (
    ChannelChangeSerializer,
    ChannelOnceSerializer,
    ChannelSerializer,
    NewChannelSerializer,
    NotificationSerializer,
)
from portal.filters import ChannelFilter
from portal.http import signed_in
from portal.models import Channel
from portal.workflow import channels


class ChannelViewSet(RecordViewSet[Channel]):
    """Where pages go besides people; addresses are taken and never shown again whole."""

    queryset = Channel.objects.none()
    serializer_class = ChannelSerializer
    filterset_class = ChannelFilter
    shown_once = ("secret",)

    def get_queryset(self) -> QuerySet[Channel]:
        rows = Channel.objects.visible_to(signed_in(self.request)).with_list_columns()
        return rows.order_by("name", "pk")

    @extend_schema(request=NewChannelSerializer, responses={201: ChannelOnceSerializer})
    def create(self, request: Request) -> Response:
        """
        Make a channel for a team, or with `team` null, for everybody (administrators).

        For a webhook the answer holds the secret that signs each call, this once.
        """
        require_work(signed_in(request))
        said = given(NewChannelSerializer, request, context=_choices(request))
        channel, secret = channels.create_channel(**said, actor=signed_in(request))
        body: dict[str, Any] = ChannelSerializer(channel).data
        return Response({**body, "secret": secret}, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChannelChangeSerializer, responses=ChannelSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        channel = channel_for(signed_in(request), int(pk), may="change")
        said = given(
            ChannelChangeSerializer, request, channel, partial=True, context=_choices(request)
        )
        return self._answer(channels.change_channel(channel, actor=signed_in(request), **said))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove it and its log; refused while an escalation policy sends there."""
        channel = channel_for(signed_in(request), int(pk), may="change")
        channels.remove_channel(channel, actor=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ChannelSerializer)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: str) -> Response:
        return self._switch(request, pk, is_active=True)

    @extend_schema(request=None, responses=ChannelSerializer)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: str) -> Response:
        return self._switch(request, pk, is_active=False)

    @extend_schema(request=None, responses={202: NotificationSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Owe a test message to this channel."""
        channel = channel_for(signed_in(request), int(pk), may="change")
        message = channels.test_channel(channel, actor=signed_in(request))
        body = NotificationSerializer(message).data
        return Response(body, status=status.HTTP_202_ACCEPTED)

    def _switch(self, request: Request, pk: str, *, is_active: bool) -> Response:
        channel = channel_for(signed_in(request), int(pk), may="change")
        actor = signed_in(request)
        return self._answer(channels.switch_channel(channel, is_active=is_active, actor=actor))

    def _answer(self, channel: Channel) -> Response:
        return Response(ChannelSerializer(channel).data)


def _choices(request: Request) -> dict[str, Any]:
    user = signed_in(request)
    return {"teams": channel_teams(user), "for_everybody": user.is_administrator}
