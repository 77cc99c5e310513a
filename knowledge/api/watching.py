"""Watching in the API: one document, and the list."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import document_for, space_for
from knowledge.models import Watch
from portal.access import require_look
from portal.api.base import View
from portal.api.pagination import Keyset
from portal.http import signed_in


class WatchSerializer(serializers.ModelSerializer[Watch]):
    """Exactly one of `document` and `space` is given."""

    document = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    space = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)

    class Meta:
        model = Watch
        fields = ["id", "document", "space", "reason", "since"]
        read_only_fields = fields


class WatchingSerializer(serializers.Serializer[Any]):
    watching = serializers.BooleanField(help_text="It, or the space that it lies in.")


class DocumentWatchView(View):
    @extend_schema(responses=WatchingSerializer)
    def get(self, request: Request, document: int) -> Response:
        """Whether the caller is told of this document."""
        user = signed_in(request)
        found = document_for(user, pk=document)
        watching = Watch.objects.about(found).filter(person=user).exists()
        return Response({"watching": watching})

    @extend_schema(request=None, responses=WatchingSerializer)
    def put(self, request: Request, document: int) -> Response:
        """Watch it."""
        user = signed_in(request)
        workflow.watch(document_for(user, pk=document), actor=user)
        return Response({"watching": True})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, document: int) -> Response:
        """Stop watching it, also where its space is watched."""
        user = signed_in(request)
        workflow.unwatch(document_for(user, pk=document), actor=user)
        return Response(status=204)


class SpaceWatchView(View):
    @extend_schema(request=None, responses=WatchingSerializer)
    def put(self, request: Request, space: str) -> Response:
        """Watch every document of a space."""
        user = signed_in(request)
        workflow.watch(space_for(user, slug=space), actor=user)
        return Response({"watching": True})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, space: str) -> Response:
        """Stop watching the space; documents of it that are watched stay watched."""
        user = signed_in(request)
        workflow.unwatch(space_for(user, slug=space), actor=user)
        return Response(status=204)


class WatchListView(View):
    @extend_schema(responses=WatchSerializer(many=True), operation_id="document_watches_list")
    def get(self, request: Request) -> Response:
        """What the caller watches, the newest first, in pages."""
        user = signed_in(request)
        require_look(user)
        keyset = Keyset()
        rows: QuerySet[Watch] = Watch.objects.of(user).select_related("document", "space")
        page = keyset.paginate_queryset(rows.order_by("-pk"), request, self) or []
        return keyset.get_paginated_response(WatchSerializer(page, many=True).data)
