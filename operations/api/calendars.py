"""Calendars that schedules are read from, and feeds that calendars read."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import calendar_for, feed_for, schedule_for, seen_by
from operations.api.shapes import given
from operations.models import IN_USE, CalendarFeed, CalendarImport, Schedule
from portal.access import require_look, require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class CalendarImportSerializer(serializers.ModelSerializer[CalendarImport]):
    """An imported calendar; its address is a secret and is not shown."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = CalendarImport
        fields = [
            "id",
            "schedule",
            "layer",
            "name",
            "read_at",
            "tried_at",
            "error_code",
            "error",
            "notes",
            "unmatched",
            "shift_count",
            "url",
        ]


class NewCalendarImportSerializer(serializers.Serializer[Any]):
    schedule = serializers.PrimaryKeyRelatedField(queryset=Schedule.objects.filter(IN_USE))
    name = serializers.CharField(max_length=100)
    address = serializers.CharField(
        max_length=2000, required=False, help_text="Where the iCalendar file is fetched."
    )
    content = serializers.CharField(
        required=False, help_text="The iCalendar file itself, instead of an address."
    )
    priority = serializers.IntegerField(min_value=0, max_value=1000, default=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("address")) == bool(attrs.get("content")):
            raise serializers.ValidationError(
                {"address": "Give an address or the content, and not both."}
            )
        return attrs


class ChangedCalendarImportSerializer(serializers.Serializer[Any]):
    """What is left out stays; an address or a file instead of the other."""

    name = serializers.CharField(max_length=100, required=False)
    address = serializers.CharField(max_length=2000, required=False)
    content = serializers.CharField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("address") and attrs.get("content"):
            raise serializers.ValidationError(
                {"address": "Give an address or the content, and not both."}
            )
        return attrs


class CalendarImportViewSet(RecordViewSet[CalendarImport]):
    """Calendars that say who is on call, each in a layer of its own."""

    serializer_class = CalendarImportSerializer
    queryset = CalendarImport.objects.all()

    def get_queryset(self) -> QuerySet[CalendarImport]:
        rows = CalendarImport.objects.select_related("schedule__team")
        return seen_by(signed_in(self.request), rows).order_by("pk")

    @extend_schema(
        request=NewCalendarImportSerializer, responses={201: CalendarImportSerializer}
    )
    def create(self, request: Request) -> Response:
        """Have a calendar say who is on call."""
        user = signed_in(request)
        require_work(user)
        values = given(NewCalendarImportSerializer, request)
        schedule = schedule_for(user, values["schedule"].pk, may="change")
        calendar = workflow.add_calendar(
            schedule,
            name=values["name"],
            url=values.get("address", ""),
            source=values.get("content", "").encode(),
            priority=values["priority"],
            actor=user,
        )
        return Response(self.get_serializer(calendar).data, status=201)

    @extend_schema(request=ChangedCalendarImportSerializer, responses=CalendarImportSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change where it comes from; the last good copy answers until the new one is read."""
        user = signed_in(request)
        calendar = calendar_for(user, int(pk), may="change")
        values = given(ChangedCalendarImportSerializer, request)
        source = values.get("content", "").encode()
        changed = workflow.change_calendar(
            calendar,
            name=values.get("name", calendar.name),
            url=values.get("address", "" if source else calendar.url),
            source=source,
            actor=user,
        )
        return Response(self.get_serializer(changed).data)

    @extend_schema(request=None, responses=CalendarImportSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Fetch it now instead of when it falls due."""
        user = signed_in(request)
        calendar = calendar_for(user, int(pk), may="change")
        again = workflow.read_again(calendar, actor=user)
        return Response(self.get_serializer(again).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a calendar and its layer out of the schedule."""
        user = signed_in(request)
        workflow.remove_calendar(calendar_for(user, int(pk), may="change"), actor=user)
        return Response(status=204)


class CalendarFeedSerializer(serializers.ModelSerializer[CalendarFeed]):
    class Meta:
        model = CalendarFeed
        fields = ["id", "schedule", "key_prefix", "created_at", "last_used_at"]


class NewCalendarFeedSerializer(serializers.Serializer[Any]):
    schedule = serializers.PrimaryKeyRelatedField(
        queryset=Schedule.objects.filter(IN_USE),
        required=False,
        allow_null=True,
        help_text="Without it, one's own shifts in all schedules.",
    )


class MadeCalendarFeedSerializer(CalendarFeedSerializer):
    address = serializers.CharField(help_text="Shown this once; whoever has it reads the feed.")

    class Meta(CalendarFeedSerializer.Meta):
        fields = [*CalendarFeedSerializer.Meta.fields, "address"]


class CalendarFeedViewSet(RecordViewSet[CalendarFeed]):
    """One's own feeds that are open."""

    serializer_class = CalendarFeedSerializer
    queryset = CalendarFeed.objects.all()
    shown_once = ("address",)

    def get_queryset(self) -> QuerySet[CalendarFeed]:
        user = signed_in(self.request)
        require_look(user)
        return CalendarFeed.objects.of(user).open().order_by("pk")

    @extend_schema(
        request=NewCalendarFeedSerializer, responses={201: MadeCalendarFeedSerializer}
    )
    def create(self, request: Request) -> Response:
        """Make a feed; the answer holds its address, which is kept nowhere."""
        user = signed_in(request)
        require_look(user)
        schedule = given(NewCalendarFeedSerializer, request).get("schedule")
        feed, key = workflow.make_feed(owner=user, schedule=schedule, actor=user)
        url = settings.SITE_URL + reverse("on-call-feed", args=[key])
        return Response({**self.get_serializer(feed).data, "address": url}, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a feed for good."""
        user = signed_in(request)
        workflow.revoke_feed(feed_for(user, int(pk)), actor=user)
        return Response(status=204)
