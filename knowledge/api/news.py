"""What is new in the documents, in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.models import DocumentNews
from knowledge.news_feed import headline
from portal.access import require_look
from portal.api.base import View
from portal.api.pagination import Keyset
from portal.http import signed_in

WATCHED = OpenApiParameter("watched", bool, description="Only of what the caller watches.")
NEW = OpenApiParameter("new", bool, description="Only what is not marked as read.")


class DocumentNewsSerializer(serializers.ModelSerializer[DocumentNews]):
    """The title of a document that is archived stays hidden."""

    headline = serializers.SerializerMethodField()
    actor = serializers.StringRelatedField[Any]()
    url = serializers.CharField(read_only=True)

    class Meta:
        model = DocumentNews
        fields = [
            "id",
            "kind",
            "headline",
            "document",
            "number",
            "comment",
            "actor",
            "at",
            "url",
        ]
        read_only_fields = fields

    def get_headline(self, news: DocumentNews) -> str:
        return headline(news)


class ReadUntilSerializer(serializers.Serializer[Any]):
    until = serializers.IntegerField(min_value=1, max_value=2**62)


class DocumentNewsView(View):
    @extend_schema(
        responses=DocumentNewsSerializer(many=True),
        parameters=[WATCHED, NEW],
        operation_id="document_news_list",
    )
    def get(self, request: Request) -> Response:
        """What the caller may read of it, the newest first, in pages."""
        user = signed_in(request)
        require_look(user)
        rows = DocumentNews.objects.visible_to(user)
        if "watched" in request.query_params:
            rows = rows.watched_by(user)
        if "new" in request.query_params:
            rows = rows.unseen_by(user)
        keyset = Keyset()
        ordered = rows.with_list_columns().order_by("-pk")
        page = keyset.paginate_queryset(ordered, request, self) or []
        return keyset.get_paginated_response(DocumentNewsSerializer(page, many=True).data)


class DocumentNewsReadView(View):
    @extend_schema(request=ReadUntilSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark as read what is not newer than `until`."""
        user = signed_in(request)
        require_look(user)
        body = ReadUntilSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.mark_read(**body.validated_data, actor=user)
        return Response(status=204)
