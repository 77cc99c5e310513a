"""What lies beside a document, leads to it and from it, in the API."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from knowledge import workflow
from knowledge.access import attachment_for, document_for
from knowledge.attachments import markdown_of
from knowledge.downloads import chosen, zip_of
from knowledge.filters import LinkFilter
from knowledge.models import Attachment, Document, DocumentLink, LinkProblem
from knowledge.workflow.attaching import too_large
from portal.access import May, require_look
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.pagination import Keyset
from portal.http import signed_in
from portal.pictures import MOST_BYTES

KEY = r"attachments/(?P<key>[0-9a-f]{40})"


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """`markdown` is what goes into the text; `path` is where the file lies in an export."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)
    markdown = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = [
            *("key", "name", "markdown", "url", "description", "media_type", "size", "sha256"),
            *("path", "created_at"),
        ]
        read_only_fields = fields

    def get_markdown(self, attachment: Attachment) -> str:
        return markdown_of(attachment, attachment.document)


class SendAttachmentSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="Any file, up to 10 MB; a picture is written anew.")
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


class DescribeAttachmentSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(max_length=300, allow_blank=True)


class DocumentLinkSerializer(serializers.ModelSerializer[DocumentLink]):
    """`problem` is empty for a link that leads where it should."""

    document = serializers.CharField(source="document.slug", read_only=True)
    title = serializers.CharField(source="document.title", read_only=True)
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    document_url = serializers.CharField(source="document.get_absolute_url", read_only=True)
    problem = serializers.ChoiceField(source="why", choices=LinkProblem.choices, read_only=True)

    class Meta:
        model = DocumentLink
        fields = [
            *("document", "title", "document_url", "revision", "line", "kind", "address"),
            *("anchor", "problem"),
        ]
        read_only_fields = fields


class LinkViewSet(RecordViewSet[DocumentLink]):
    """The links that readers see and that lead nowhere."""

    queryset = DocumentLink.objects.none()
    serializer_class = DocumentLinkSerializer
    filterset_class = LinkFilter

    def get_queryset(self) -> QuerySet[DocumentLink]:
        user = signed_in(self.request)
        return DocumentLink.objects.broken_for(user).with_list_columns()


class ContentActions(APIView):
    """Mixed into the documents' view set."""

    @extend_schema(methods=["get"], responses=AttachmentSerializer(many=True), filters=False)
    @extend_schema(
        methods=["post"],
        request=SendAttachmentSerializer,
        responses={201: AttachmentSerializer},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        parser_classes=[MultiPartParser],
        pagination_class=None,
    )
    def attachments(self, request: Request, pk: str) -> Response:
        """
        The files beside a document; POST puts one there.

        The same file under the same name is given back, so no Idempotency-Key is needed. The
        answer's `markdown` is the line for the text.
        """
        if request.method == "GET":
            files = self._read("view").attachments.current().select_related("document")
            return Response(AttachmentSerializer(files, many=True).data)
        document = self._read("change")
        sent = given(SendAttachmentSerializer, request)
        file = workflow.attach(
            document,
            _content_of(sent["file"]),
            name=sent["file"].name or "",
            description=sent.get("description", ""),
            actor=signed_in(request),
        )
        return Response(AttachmentSerializer(file).data, status=201)

    @extend_schema(
        methods=["put"], request=SendAttachmentSerializer, responses=AttachmentSerializer
    )
    @extend_schema(
        methods=["patch"],
        request=DescribeAttachmentSerializer,
        responses=AttachmentSerializer,
    )
    @extend_schema(methods=["delete"], request=None, responses={204: None})
    @action(
        detail=True,
        methods=["put", "patch", "delete"],
        url_path=KEY,
        parser_classes=[MultiPartParser, JSONParser],
    )
    def attachment(self, request: Request, pk: str, key: str) -> Response:
        """PUT another file in its place, PATCH what it shows, or DELETE it."""
        file = attachment_for(self._read("change"), key)
        user = signed_in(request)
        if request.method == "DELETE":
            workflow.remove_attachment(file, actor=user)
            return Response(status=204)
        if request.method == "PUT":
            sent = given(SendAttachmentSerializer, request)
            file = workflow.replace_attachment(file, _content_of(sent["file"]), actor=user)
        else:
            said = given(DescribeAttachmentSerializer, request)
            file = workflow.describe_attachment(file, **said, actor=user)
        return Response(AttachmentSerializer(file).data)

    @extend_schema(responses=DocumentLinkSerializer(many=True), filters=False)
    @action(detail=True, url_path="linked-from")
    def linked_from(self, request: Request, pk: str) -> Response:
        """The links, in what readers get, that lead to this document."""
        user = signed_in(request)
        require_look(user)
        links = DocumentLink.objects.visible_to(user).read().to(self._read("view"))
        keyset = Keyset()
        page = keyset.paginate_queryset(links.with_list_columns(), request) or []
        return keyset.get_paginated_response(DocumentLinkSerializer(page, many=True).data)

    @extend_schema(
        responses={
            (200, "text/markdown"): OpenApiTypes.STR,
            304: OpenApiResponse(description="If-None-Match names this revision"),
        },
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def raw(self, request: Request, pk: str) -> HttpResponse:
        """The words that readers get, as they were written: `text/markdown`, with an ETag."""
        revision = self._read("view").published
        if revision is None:
            return Response(status=404)
        headers = {"ETag": f'"{revision.body_hash}"', "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
        kind = "text/markdown; charset=utf-8"
        headers["X-Content-Type-Options"] = "nosniff"
        return HttpResponse(revision.body, content_type=kind, headers=headers)

    @extend_schema(
        parameters=[
            OpenApiParameter("as", str, enum=["markdown", "html"], description="How written.")
        ],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    @action(detail=False, pagination_class=None, url_path="archive", url_name="archive-file")
    def archive_file(self, request: Request) -> HttpResponse:
        """The documents of the list, filtered as it is, with their files, as a zip."""
        user = signed_in(request)
        require_look(user)
        query = request.query_params.copy()
        way = "html" if query.pop("as", [""])[-1] == "html" else "markdown"
        return zip_of(user, chosen(user, request, query), way)

    def _read(self, may: May) -> Document:
        return document_for(signed_in(self.request), pk=self.kwargs["pk"], may=may)


def _content_of(file: Any) -> bytes:
    if file.size > MOST_BYTES:
        raise too_large()
    return bytes(file.read())
