"""Comments on documents in the API: threads, answers, and what is done with them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import comment_for, document_for, revision_of
from knowledge.models import Document, DocumentComment
from knowledge.models.comments import LONGEST_QUOTE
from knowledge.texts import check_comment
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in

DOCUMENT = OpenApiParameter("document", int, OpenApiParameter.PATH)
OPEN = OpenApiParameter("open", bool, description="Only open threads, or only settled ones.")


class DocumentCommentSerializer(serializers.ModelSerializer[DocumentComment]):
    """`made_on` and `settled_in` are numbers of revisions; an answer names its `thread`."""

    thread = serializers.IntegerField(source="parent_id", read_only=True, allow_null=True)
    text = serializers.SerializerMethodField()
    made_on = serializers.IntegerField(source="revision.number", read_only=True)
    author = serializers.StringRelatedField[Any]()
    resolved_by = serializers.StringRelatedField[Any]()
    settled_in = serializers.IntegerField(
        source="resolved_in.number", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = DocumentComment
        fields = [
            *("id", "thread", "text", "quote", "heading", "is_blocking", "author"),
            *("made_on", "created_at", "edited_at", "removed_at"),
            *("resolved_at", "resolved_by", "settled_in"),
        ]
        read_only_fields = fields

    def get_text(self, comment: DocumentComment) -> str:
        """What was said, as Markdown; empty once it is deleted."""
        return "" if comment.removed_at else comment.text


class DocumentCommentWordsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=10_000, validators=[check_comment])


class NewDocumentCommentSerializer(DocumentCommentWordsSerializer):
    revision = serializers.IntegerField(
        required=False, min_value=1, help_text="Left out: what readers get, or else the newest."
    )
    quote = serializers.CharField(max_length=LONGEST_QUOTE, allow_blank=True, default="")
    heading = serializers.CharField(max_length=200, allow_blank=True, default="")
    is_blocking = serializers.BooleanField(default=False)


class WeighDocumentCommentSerializer(serializers.Serializer[Any]):
    is_blocking = serializers.BooleanField()


@extend_schema(parameters=[DOCUMENT])
class CommentViewSet(RecordViewSet[DocumentComment]):
    """One thread of comments on a document, with its answers."""

    queryset = DocumentComment.objects.none()
    serializer_class = DocumentCommentSerializer
    filterset_class = None

    def get_queryset(self) -> QuerySet[DocumentComment]:
        comments = self._document().comments.select_related("author", "resolved_by")
        rows = comments.select_related("revision", "resolved_in")
        return rows.defer(
            *("revision__body", "revision__html", "resolved_in__body", "resolved_in__html")
        ).order_by("-pk")

    @extend_schema(parameters=[OPEN])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Threads and answers, the newest first."""
        return super().list(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.request.query_params.get("open", "").lower()
        if wanted in {"true", "1"}:
            return queryset.filter(parent=None, resolved_at=None)
        if wanted in {"false", "0"}:
            return queryset.filter(parent=None, resolved_at__isnull=False)
        return queryset

    @extend_schema(
        request=NewDocumentCommentSerializer, responses={201: DocumentCommentSerializer}
    )
    def create(self, request: Request, document: str) -> Response:
        """Begin a thread about a revision, as a whole or about words of it."""
        user, found = signed_in(request), self._document()
        require_work(user)
        said = self._sent(NewDocumentCommentSerializer)
        number = said.pop("revision", None)
        shown = found.published.number if found.published else found.latest_number
        revision = revision_of(found, number or shown)
        return self._answer(workflow.comment_on(revision, **said, actor=user), status=201)

    @extend_schema(
        request=DocumentCommentWordsSerializer, responses={201: DocumentCommentSerializer}
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, document: str, pk: str) -> Response:
        """Say something more in its thread."""
        comment = self._comment("answer")
        said = self._sent(DocumentCommentWordsSerializer)
        answer = workflow.answer_comment(comment, **said, actor=signed_in(request))
        return self._answer(answer, status=201)

    @extend_schema(request=DocumentCommentWordsSerializer, responses=DocumentCommentSerializer)
    @action(detail=True, methods=["post"])
    def edit(self, request: Request, document: str, pk: str) -> Response:
        """Put one's own comment into other words."""
        comment = self._comment("edit")
        said = self._sent(DocumentCommentWordsSerializer)
        return self._answer(workflow.edit_comment(comment, **said, actor=signed_in(request)))

    @extend_schema(request=None, responses=DocumentCommentSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, document: str, pk: str) -> Response:
        """Delete one's own comment; answers to it stay."""
        comment = self._comment("remove")
        return self._answer(workflow.remove_comment(comment, actor=signed_in(request)))

    @extend_schema(request=None, responses=DocumentCommentSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, document: str, pk: str) -> Response:
        """Say that the thread is settled, in the newest revision."""
        comment = self._comment("settle")
        return self._answer(workflow.resolve_comment(comment, actor=signed_in(request)))

    @extend_schema(request=None, responses=DocumentCommentSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, document: str, pk: str) -> Response:
        """Say that the thread is not settled after all."""
        comment = self._comment("settle")
        return self._answer(workflow.reopen_comment(comment, actor=signed_in(request)))

    @extend_schema(request=WeighDocumentCommentSerializer, responses=DocumentCommentSerializer)
    @action(detail=True, methods=["post"])
    def weigh(self, request: Request, document: str, pk: str) -> Response:
        """Say whether it has to be settled before an approval."""
        comment = self._comment("settle")
        said = self._sent(WeighDocumentCommentSerializer)
        return self._answer(workflow.set_blocking(comment, **said, actor=signed_in(request)))

    def _document(self) -> Document:
        return document_for(signed_in(self.request), pk=self.kwargs["document"])

    def _comment(self, may: Any) -> DocumentComment:
        user = signed_in(self.request)
        return comment_for(user, self.kwargs["pk"], may, document=self._document())

    def _sent(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = shape(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def _answer(self, comment: DocumentComment, *, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=comment.pk)
        return Response(DocumentCommentSerializer(fresh).data, status=status)
