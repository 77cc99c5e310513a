"""Documents in the API: the page's list and verbs, and revisions behind ETags."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from knowledge import workflow
from knowledge.access import (
    Moved,
    document_for,
    require_owner,
    require_space,
    reviewers_for,
    revision_of,
)
from knowledge.api.content import ContentActions
from knowledge.api.preconditions import PreconditionFailed, base_number, etag
from knowledge.api.serializers import (
    AskForReviewSerializer,
    DiffSerializer,
    DocumentAboutSerializer,
    DocumentDraftSerializer,
    DocumentSerializer,
    DocumentWithWordsSerializer,
    DocumentWordsSerializer,
    MergedSerializer,
    MergeSerializer,
    NewDocumentSerializer,
    RenameSerializer,
    ReviewNoteSerializer,
    ReviewPolicySerializer,
    ReviewReasonSerializer,
    RevisionReviewSerializer,
    RevisionSerializer,
    StretchSerializer,
    TrimmedRevisionSerializer,
)
from knowledge.comparing import Comparison, usual_numbers
from knowledge.filters import DocumentFilter
from knowledge.merging import merged, three_way
from knowledge.models import Document, DocumentDraft, ReviewPolicy, Revision, RevisionReview
from knowledge.texts import normalised
from knowledge.workflow import EditConflict
from portal.access import May, require_administrator, require_look, require_work
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.api.pagination import Keyset
from portal.api.schema import ProblemSerializer
from portal.http import signed_in

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description='Such as `"r3"`.'
)
NUMBER = r"revisions/(?P<number>\d+)"


class DocumentViewSet(ContentActions, RecordViewSet[Document]):
    """Documents that the caller may read, without their words."""

    queryset = Document.objects.none()
    filterset_class = DocumentFilter

    def get_queryset(self) -> QuerySet[Document]:
        documents = Document.objects.visible_to(signed_in(self.request))
        return documents.current().with_list_columns()

    def get_serializer_class(self) -> type[BaseSerializer[Document]]:
        return DocumentSerializer if self.action == "list" else DocumentWithWordsSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One document, with the words that readers get."""
        return self._answer(self._document("view"))

    @extend_schema(request=NewDocumentSerializer, responses={201: DocumentWithWordsSerializer})
    def create(self, request: Request) -> Response:
        """Begin a document; revision 1 is a draft until it is published."""
        user = signed_in(request)
        require_work(user)
        said = given(NewDocumentSerializer, request)
        require_owner(user, said["team"])
        require_space(user, said.get("space"))
        document = workflow.create_document(**said, actor=user)
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
        said = {"owner": document.owner, **given(DocumentAboutSerializer, request)}
        user = signed_in(request)
        require_owner(user, said["team"])
        if said.get("space", document.space) != document.space:
            require_space(user, said["space"])
        workflow.change_document(document, **said, actor=user)
        return self._answer(self._document("view"))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put the document away; its keepers can bring it back."""
        workflow.archive(self._document("change"), actor=signed_in(request))
        return Response(status=204)

    @extend_schema(request=None, responses=DocumentWithWordsSerializer)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        """Have an archived document back as it was."""
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
        """One revision with its words; its number is the ETag."""
        found = revision_of(self._document("view"), int(number))
        return Response(RevisionSerializer(found).data, headers={"ETag": etag(found.number)})

    @extend_schema(request=None, responses=RevisionSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/publish")
    def publish(self, request: Request, pk: str, number: str) -> Response:
        """Give this revision to the readers."""
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

    @extend_schema(request=RenameSerializer, responses=DocumentWithWordsSerializer)
    @action(detail=True, methods=["post"])
    def rename(self, request: Request, pk: str) -> Response:
        """Give the document another address; the old one leads to it."""
        document = self._document("change")
        body = RenameSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        workflow.rename(document, **body.validated_data, actor=signed_in(request))
        return self._answer(self._document("view"))

    @extend_schema(request=MergeSerializer, responses=MergedSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Compare a text with the newest revision by its base; nothing is saved."""
        document = self._document("change")
        body = MergeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        base = revision_of(document, body.validated_data["base_number"])
        newest = revision_of(document, document.latest_number)
        mine = normalised(body.validated_data["body"])
        stretches = three_way(base.body, mine, newest.body)
        answer = {
            "base": base.number,
            "latest": newest.number,
            "author": str(newest.author) if newest.author else None,
            "body": newest.body,
            "merged": merged(stretches),
            "diff3": StretchSerializer(stretches, many=True).data,
        }
        return Response(answer)

    @extend_schema(
        responses={200: DocumentWithWordsSerializer, 302: OpenApiResponse(description="Moved")},
        parameters=[OpenApiParameter("slug", str, OpenApiParameter.PATH)],
        filters=False,
    )
    @action(
        detail=False,
        url_path=r"by-slug/(?P<slug>[-\w]+)",
        url_name="by-slug",
        pagination_class=None,
    )
    def by_slug(self, request: Request, slug: str) -> Response:
        """Return the document at this address; an old address answers with a redirect."""
        try:
            return self._answer(document_for(signed_in(request), slug=slug))
        except Moved as moved:
            address = reverse("document-by-slug", kwargs={"slug": moved.slug})
            return Response(status=302, headers={"Location": address})

    @extend_schema(methods=["get"], responses=DocumentDraftSerializer)
    @extend_schema(
        methods=["put"], request=DocumentDraftSerializer, responses=DocumentDraftSerializer
    )
    @extend_schema(methods=["delete"], request=None, responses={204: None})
    @action(detail=True, methods=["get", "put", "delete"])
    def draft(self, request: Request, pk: str) -> Response:
        """What the caller has typed and not saved yet; nobody else gets it."""
        document, user = self._document("change"), signed_in(request)
        if request.method == "DELETE":
            workflow.discard_draft(document, actor=user)
            return Response(status=204)
        if request.method == "PUT":
            body = DocumentDraftSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            kept = workflow.keep_draft(document, **body.validated_data, actor=user)
        else:
            kept = get_object_or_404(DocumentDraft, document=document, author=user)
        return Response(DocumentDraftSerializer(kept).data)

    @extend_schema(responses=RevisionReviewSerializer(many=True), filters=False)
    @action(detail=False)
    def reviews(self, request: Request) -> Response:
        """What waits for a review, the oldest first; and what was published urgently."""
        user = signed_in(request)
        require_look(user)
        rows = RevisionReview.objects.visible_to(user).of_current().unanswered()
        keyset = Keyset()
        ordered = rows.with_list_columns().order_by("asked_at", "pk")
        page = keyset.paginate_queryset(ordered, request, self) or []
        return keyset.get_paginated_response(RevisionReviewSerializer(page, many=True).data)

    @extend_schema(methods=["get"], responses=ReviewPolicySerializer, filters=False)
    @extend_schema(
        methods=["put"], request=ReviewPolicySerializer, responses=ReviewPolicySerializer
    )
    @action(
        detail=False,
        methods=["get", "put"],
        url_path="review-policy",
        pagination_class=None,
        filterset_class=None,
    )
    def review_policy(self, request: Request) -> Response:
        """The kinds whose documents need a review before readers get them."""
        require_look(signed_in(request))
        if request.method == "PUT":
            require_administrator(signed_in(request))
            body = ReviewPolicySerializer(data=request.data)
            body.is_valid(raise_exception=True)
            workflow.set_review_policy(**body.validated_data, actor=signed_in(request))
        needed = ReviewPolicy.objects.filter(review_needed=True)
        return Response({"kinds": list(needed.values_list("kind", flat=True))})

    @extend_schema(request=AskForReviewSerializer, responses={201: RevisionReviewSerializer})
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/ask-for-review")
    def ask_for_review(self, request: Request, pk: str, number: str) -> Response:
        """Ask these people, or the owner team, whether the revision may go to readers."""
        found, user = self._changeable(number), signed_in(request)
        body = AskForReviewSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        allowed = set(reviewers_for(found.document, user).values_list("pk", flat=True))
        if {person.pk for person in body.validated_data["reviewers"]} - allowed:
            raise ValidationError({"reviewers": "Name people who may change this document."})
        review = workflow.ask_for_review(found, **body.validated_data, actor=user)
        return Response(RevisionReviewSerializer(review).data, status=201)

    @extend_schema(request=ReviewNoteSerializer, responses=RevisionReviewSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/approve")
    def approve(self, request: Request, pk: str, number: str) -> Response:
        """Say that the revision is right; it goes to readers."""
        return self._review(request, number, ReviewNoteSerializer, workflow.approve_revision)

    @extend_schema(request=ReviewReasonSerializer, responses=RevisionReviewSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/reject")
    def reject(self, request: Request, pk: str, number: str) -> Response:
        """Send the revision back and say what is missing."""
        return self._review(request, number, ReviewReasonSerializer, workflow.reject_revision)

    @extend_schema(request=None, responses=RevisionReviewSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/withdraw")
    def withdraw(self, request: Request, pk: str, number: str) -> Response:
        """Take the question for a review back."""
        found = self._changeable(number)
        review = workflow.withdraw_review(found, actor=signed_in(request))
        return Response(RevisionReviewSerializer(review).data)

    @extend_schema(request=ReviewReasonSerializer, responses=RevisionReviewSerializer)
    @action(detail=True, methods=["post"], url_path=f"{NUMBER}/publish-urgently")
    def publish_urgently(self, request: Request, pk: str, number: str) -> Response:
        """Publish before the review; readers see that it is unreviewed."""
        return self._review(request, number, ReviewReasonSerializer, workflow.publish_urgently)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", int, description="What readers get, if not given."),
            OpenApiParameter("to", int, description="The newest, if not given."),
        ],
        responses=DiffSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def diff(self, request: Request, pk: str) -> Response:
        """What changed between two revisions: by line, and as readers see it."""
        document = self._document("view")
        usual = usual_numbers(document)
        asked = [_number(request, "from", usual[0]), _number(request, "to", usual[1])]
        old, new = (revision_of(document, number) for number in sorted(asked))
        return Response(DiffSerializer(Comparison(old, new, signed_in(request))).data)

    def _changeable(self, number: str) -> Revision:
        return revision_of(self._document("change"), int(number))

    def _review(
        self,
        request: Request,
        number: str,
        shape: type[Serializer[Any]],
        verb: Callable[..., RevisionReview],
    ) -> Response:
        found = self._changeable(number)
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        review = verb(found, **body.validated_data, actor=signed_in(request))
        return Response(RevisionReviewSerializer(review).data)

    def _document(self, may: May, *, archived: bool = False) -> Document:
        user = signed_in(self.request)
        return document_for(user, pk=self.kwargs["pk"], may=may, archived=archived)

    def _answer(self, document: Document, *, status: int = 200) -> Response:
        headers = {"ETag": etag(document.latest_number)}
        return Response(
            DocumentWithWordsSerializer(document).data, status=status, headers=headers
        )


def _number(request: Request, name: str, otherwise: int) -> int:
    try:
        return int(request.query_params.get(name, otherwise))
    except ValueError:
        raise ValidationError({name: "Give the number of a revision."}) from None
