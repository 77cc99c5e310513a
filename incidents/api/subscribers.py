"""Subscribers of the status page in the API, for the house."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.filters import SubscriberFilter
from incidents.models import Announcement, Subscriber
from incidents.views.subscribers import address_for
from portal.access import require_administrator
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in


class SubscriberSerializer(serializers.ModelSerializer[Subscriber]):
    """One subscriber; the address is masked but for administrators."""

    address = serializers.SerializerMethodField()

    class Meta:
        model = Subscriber
        fields = [
            *("id", "kind", "address", "state", "wants_incidents", "wants_maintenance"),
            *("components", "requested_at", "confirmed_at", "suspended_reason", "failures"),
        ]
        read_only_fields = fields

    def get_address(self, row: Subscriber) -> str:
        return address_for(signed_in(self.context["request"]), row)


class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    """What subscribers were told, and how far that has come."""

    letters = serializers.IntegerField(read_only=True)
    sent = serializers.IntegerField(read_only=True)
    waiting = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)

    class Meta:
        model = Announcement
        fields = [
            *("id", "kind", "key", "topic", "phase", "title", "text", "components"),
            *("published_at", "fanned_out_at", "letters", "sent", "waiting", "failed"),
        ]
        read_only_fields = fields


class SuspendSerializer(serializers.Serializer[Any]):
    """Why nothing more is sent there."""

    reason = serializers.CharField(max_length=300)


class SubscriberViewSet(RecordViewSet[Subscriber]):
    """Who follows the status page."""

    serializer_class = SubscriberSerializer
    filterset_class = SubscriberFilter
    queryset = Subscriber.objects.all()

    def get_queryset(self) -> QuerySet[Subscriber]:
        return Subscriber.objects.visible_to(signed_in(self.request)).present()

    @extend_schema(request=SuspendSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        """Send nothing more, as after a complaint."""
        require_administrator(signed_in(request))
        row = workflow.suspend_subscriber(
            self.get_object(), **given(SuspendSerializer, request), actor=signed_in(request)
        )
        return Response(self.get_serializer(row).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Erase what is personal."""
        require_administrator(signed_in(request))
        workflow.leave(self.get_object(), actor=signed_in(request))
        return Response(status=204)


class AnnouncementViewSet(RecordViewSet[Announcement]):
    """What subscribers were told, the newest first."""

    serializer_class = AnnouncementSerializer
    queryset = Announcement.objects.all()

    def get_queryset(self) -> QuerySet[Announcement]:
        return Announcement.objects.visible_to(signed_in(self.request)).with_progress()
