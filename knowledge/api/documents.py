"""Documents in the API: the page's list and verbs, and revisions behind ETags."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from knowledge import workflow
from knowledge.access import document_for, require_owner, revision_of
from knowledge.api.preconditions import PreconditionFailed, base_number, etag
from knowledge.api.serializers import (
    DiffLineSerializer,
    DocumentAboutSerializer,
    DocumentSerializer,
    DocumentWithWordsSerializer,
    DocumentWordsSerializer,
    NewDocumentSerializer,
    RevisionSerializer,
    TrimmedRevisionSerializer,
)
from knowledge.diffs import compare
from knowledge.filters import DocumentFilter
from knowledge.models import Document
from knowledge.workflow import EditConflict
from portal.access import May, require_work
from portal.api.base import RecordViewSet
from portal.api.pagination import Keyset
from portal.api.schema import ProblemSerializer
from portal.http import signed_in

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description='Such as `"r3"`.'
)
NUMBER = r"revisions/(?P<number>\d+)"


class DocumentViewSet(RecordViewSet[Document]):
    queryset = Document.objects.none()
    filterset_class = DocumentFilter

    def get_queryset(self) -> QuerySet[Document]:
        documents = Document.objects.visible_to(signed_in(self.request))
        return documents.current().with_list_columns()

    def get_serializer_class(self) -> type[BaseSerializer[Document]]:
        return DocumentSerializer if self.action == "list" else DocumentWithWordsSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(self._document("view"))

    @extend_schema(request=NewDocumentSerializer, responses={201: DocumentWithWordsSerializer})
    def create(self, request: Request) -> Response:
        """Begin a document; revision 1 is a draft until it is published."""
        user = signed_in(request)
        require_work(user)
        body = NewDocumentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        require_owner(user, body.validated_data["team"])
        document = workflow.create_document(**body.validated_data, actor=user)
        return self._answer(document, status=201)

    @extend_schema(
        request=DocumentWordsSerializer,
        parameters=[IF_MATCH],
        responses={
            200: RevisionSerializer,
            412: OpenApiResponse(ProblemSerializer, description="A newer revision exists"),
            428: OpenApiResponse(ProblemSerializer, description="If-Match is missing"),
        },
    )
    def update(self, request: Request, pk: str) -> Response:
        """Save a draft built on the revision in If-Match; readers keep what they get."""
        document = self._document("change")
        base = base_number(request)
        body = DocumentWordsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            revision = workflow.save_revision(
                document, base_number=base, **body.validated_data, actor=signed_in(request)
            )
        except EditConflict as conflict:
            raise PreconditionFailed from conflict
        headers = {"ETag": etag(revision.number)}
        return Response(RevisionSerializer(revision).data, headers=headers)

    @extend_schema(request=DocumentAboutSerializer, responses=DocumentWithWordsSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change who owns the document and what it is about."""
        document = self._document("change")
        body = DocumentAboutSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user = signed_in(request)
        require_owner(user, body.validated_data["team"])
        workflow.change_document(document, **body.validated_data, actor=user)
        return self._answer(self._document("view"))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        workflow.archive(self._document("change"), actor=signed_in(request))
        return Response(status=204)

    @extend_schema(request=None, responses=DocumentWithWordsSerializer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        document = self._document("change", archived=True)
        return self._answer(workflow.bring_back(document, actor=signed_in(request)))

    @extend_schema(responses=TrimmedRevisionSerializer(many=True), filters=False)
    @action(detail=True)
    def revisions(self, request: Request, pk: str) -> Response:
        """Every revision without its words, the newest first, in pages."""
        revisions = self._document("view").revisions.select_related("author", "published_by")
        rows = revisions.defer("body", "html").order_by("-number")
        keyset = Keyset()
        page = keyset.paginate_queryset(rows, request, self) or []
        return keyset.get_paginated_response(TrimmedRevisionSerializer(page, many=True).data)

    @extend_schema(responses=RevisionSerializer)
    @action(detail=True, url_path=NUMBER)
    def revision(self, request: Request, pk: str, number: str) -> Response:
        found = revision_of(self._document("view"), int(number))
        return Response(RevisionSerializer(found).data, headers={"ETag": etag(found.number)})

    @extend_schema(request=None, responses=RevisionSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/publish")
    def publish(self, request: Request, pk: str, number: str) -> Response:
        found = revision_of(self._document("change"), int(number))
        published = workflow.publish(found, actor=signed_in(request))
        return Response(RevisionSerializer(published).data)

    @extend_schema(request=None, responses={201: RevisionSerializer})
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/restore")
    def restore(self, request: Request, pk: str, number: str) -> Response:
        """Add a new draft with the words of this revision."""
        found = revision_of(self._document("change"), int(number))
        restored = workflow.restore_revision(found, actor=signed_in(request))
        headers = {"ETag": etag(restored.number)}
        return Response(RevisionSerializer(restored).data, status=201, headers=headers)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", int, required=True),
            OpenApiParameter("to", int, required=True),
        ],
        responses=DiffLineSerializer(many=True),
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def diff(self, request: Request, pk: str) -> Response:
        """What changed between two revisions, line by line."""
        document = self._document("view")
        numbers = [_number(request, name) for name in ("from", "to")]
        old, new = (revision_of(document, number) for number in sorted(numbers))
        return Response(DiffLineSerializer(compare(old.body, new.body), many=True).data)

    def _document(self, may: May, *, archived: bool = False) -> Document:
        user = signed_in(self.request)
        return document_for(user, pk=self.kwargs["pk"], may=may, archived=archived)

    def _answer(self, document: Document, *, status: int = 200) -> Response:
        headers = {"ETag": etag(document.latest_number)}
        return Response(
            DocumentWithWordsSerializer(document).data, status=status, headers=headers
        )


def _number(request: Request, name: str) -> int:
    try:
        return int(request.query_params.get(name, ""))
    except ValueError:
        raise ValidationError({name: "Give the number of a revision."}) from None
