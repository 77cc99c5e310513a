"""Folders of Markdown in the API: sent, checked, and written when told to; and taken out."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import import_for, require_owner, require_space
from knowledge.api.action_shapes import Slug
from knowledge.api.fields import ReadableSpace
from knowledge.filters import ImportFilter
from knowledge.models import (
    Document,
    DocumentImport,
    DocumentKind,
    ImportedFile,
    ImportFinding,
    Space,
)
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.pagination import Keyset
from portal.http import signed_in
from portal.models import Team


class ImportSerializer(serializers.ModelSerializer[DocumentImport]):
    """`position` of `file_count` files are done in the current round."""

    space = Slug[Space](slug_field="slug", read_only=True)

    class Meta:
        model = DocumentImport
        fields = [
            *("id", "name", "space", "state", "position", "file_count", "created_count"),
            *("revised_count", "same_count", "refused_count", "started_at", "ended_at"),
        ]
        read_only_fields = fields


class FindingSerializer(serializers.ModelSerializer[ImportFinding]):
    class Meta:
        model = ImportFinding
        fields = ["path", "line", "level", "sentence"]
        read_only_fields = fields


class ImportedFileSerializer(serializers.ModelSerializer[ImportedFile]):
    """`document` is null where it could not come in, or is hidden from the caller."""

    document = Slug[Document](slug_field="slug", read_only=True)
    newest_state = serializers.CharField(
        source="document.newest_state", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = ImportedFile
        fields = ["path", "outcome", "document", "newest_state"]
        read_only_fields = fields


class RefusedDraftSerializer(serializers.Serializer[Any]):
    document = serializers.SlugField(source="document.slug")
    reasons = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_reasons(self, refused: Any) -> list[str]:
        return [str(reason.sentence) for reason in refused.reasons]


class AfterSerializer(serializers.Serializer[Any]):
    after = serializers.CharField(max_length=400, default="", allow_blank=True)


class BulkSerializer(serializers.Serializer[Any]):
    """`left` are not tried yet: send the call again with `after`."""

    changed = serializers.IntegerField()
    refused = RefusedDraftSerializer(many=True)
    left = serializers.IntegerField()
    after = serializers.CharField()


class SendImportSerializer(serializers.Serializer[Any]):
    archive = serializers.FileField(help_text="A zip, up to 12 MB.")
    space = ReadableSpace()
    kind = serializers.ChoiceField(choices=DocumentKind.choices, required=False)
    team = Slug[Team](slug_field="slug", queryset=Team.objects.all(), required=False)
    is_published = serializers.BooleanField(default=False)


class ImportViewSet(RecordViewSet[DocumentImport]):
    """One's own imports; administrators see all."""

    queryset = DocumentImport.objects.none()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter

    def get_queryset(self) -> QuerySet[DocumentImport]:
        user = signed_in(self.request)
        require_work(user)
        return DocumentImport.objects.visible_to(user).select_related("space")

    @extend_schema(request=SendImportSerializer, responses={201: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Send an archive; it is checked, and nothing is written before `write`."""
        user = signed_in(request)
        require_work(user)
        said = given(SendImportSerializer, request)
        require_space(user, said["space"])
        require_owner(user, said.get("team"))
        archive = said.pop("archive")
        coming = workflow.start_import(
            archive.read(), name=archive.name or "", actor=user, **said
        )
        return Response(ImportSerializer(coming).data, status=201)

    @extend_schema(responses=FindingSerializer(many=True))
    @action(detail=True)
    def findings(self, request: Request, pk: str) -> Response:
        """What was found, by file and line."""
        coming = import_for(signed_in(request), int(pk))
        keyset = Keyset()
        rows = coming.findings.order_by("path", "line", "pk")
        page = keyset.paginate_queryset(rows, request) or []
        return keyset.get_paginated_response(FindingSerializer(page, many=True).data)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def write(self, request: Request, pk: str) -> Response:
        """Make documents of what was checked."""
        user = signed_in(request)
        coming = import_for(user, int(pk))
        require_space(user, coming.space)
        return Response(ImportSerializer(workflow.take_in(coming, actor=user)).data)

    @extend_schema(responses=ImportedFileSerializer(many=True))
    @action(detail=True)
    def files(self, request: Request, pk: str) -> Response:
        """What each file became, by its path."""
        user = signed_in(request)
        rows = import_for(user, int(pk)).files.with_documents(user).order_by("path", "pk")
        keyset = Keyset()
        page = keyset.paginate_queryset(rows, request) or []
        return keyset.get_paginated_response(ImportedFileSerializer(page, many=True).data)

    @extend_schema(request=AfterSerializer, responses=BulkSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Give the drafts of the import to readers, 50 at a time; refusals are listed."""
        return self._each(request, pk, workflow.publish_drafts)

    @extend_schema(request=AfterSerializer, responses=BulkSerializer)
    @action(detail=True, methods=["post"], url_path="ask-for-review")
    def ask_for_review(self, request: Request, pk: str) -> Response:
        """Ask the owner teams about the drafts, 50 at a time; refusals are listed."""
        return self._each(request, pk, workflow.ask_for_reviews)

    def _each(self, request: Request, pk: str, verb: Callable[..., Any]) -> Response:
        user = signed_in(request)
        coming = import_for(user, int(pk))
        done = verb(coming, **given(AfterSerializer, request), actor=user)
        return Response(BulkSerializer(done).data)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop; what has become a document stays one."""
        user = signed_in(request)
        coming = workflow.cancel_import(import_for(user, int(pk)), actor=user)
        return Response(ImportSerializer(coming).data)

    def get_parsers(self) -> list[Any]:
        is_sent = getattr(self, "action_map", {}).get("post") == "create"
        return [MultiPartParser()] if is_sent else super().get_parsers()
