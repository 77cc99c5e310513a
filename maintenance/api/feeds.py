"""One's own calendar feeds of changes in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import change_feed_for
from maintenance.models import ChangeFeed
from maintenance.views.feeds import address_of
from operations.api.shapes import given, team_field
from portal.access import require_look
from portal.api.base import RecordViewSet
from portal.http import signed_in


class ChangeFeedSerializer(serializers.ModelSerializer[ChangeFeed]):
    team: Any = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = ChangeFeed
        fields = [
            "id",
            "team",
            "is_of_own",
            "key_prefix",
            "created_at",
            "last_used_at",
            "revoked_at",
        ]
        read_only_fields = fields


class NewChangeFeedSerializer(ChangeFeedSerializer):
    """With its address, which is told once."""

    address = serializers.CharField(read_only=True)

    class Meta(ChangeFeedSerializer.Meta):
        fields = [*ChangeFeedSerializer.Meta.fields, "address"]
        read_only_fields = fields


class MakeChangeFeedSerializer(serializers.Serializer[Any]):
    team = team_field(required=False, allow_null=True)
    is_of_own = serializers.BooleanField(default=False)


class ChangeFeedViewSet(RecordViewSet[ChangeFeed]):
    """One's own feeds; each is read under a key that is told once."""

    serializer_class = ChangeFeedSerializer
    queryset = ChangeFeed.objects.all()
    shown_once = ("address",)

    def get_queryset(self) -> QuerySet[ChangeFeed]:
        user = signed_in(self.request)
        require_look(user)
        return ChangeFeed.objects.of(user).select_related("team")

    @extend_schema(request=MakeChangeFeedSerializer, responses={201: NewChangeFeedSerializer})
    def create(self, request: Request) -> Response:
        """Make a feed of all changes, of a team's, or of one's own."""
        user = signed_in(request)
        require_look(user)
        said = given(MakeChangeFeedSerializer, request)
        feed, key = workflow.make_change_feed(owner=user, **said, actor=user)
        feed.address = address_of(key)  # type: ignore[attr-defined]  # told this once
        return Response(NewChangeFeedSerializer(feed).data, status=201)

    @extend_schema(request=None, responses=ChangeFeedSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Close it for good."""
        user = signed_in(request)
        feed = workflow.revoke_change_feed(change_feed_for(user, int(pk)), actor=user)
        return Response(ChangeFeedSerializer(feed).data)
