"""Post-incident reviews in the API: the same access and the same verbs as the pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from incidents import review_figures, review_text, workflow
from incidents.access import MayReview, comment_for, review_for
from incidents.api.review_shapes import (
    AddCauseSerializer,
    AnswerReviewSerializer,
    ChangeCauseSerializer,
    HangCauseSerializer,
    MarkdownSerializer,
    NameFactorSerializer,
    NewCommentSerializer,
    PromiseActionSerializer,
    PublicTextSerializer,
    RefillSerializer,
    ReviewCommentSerializer,
    ReviewFiguresSerializer,
    ReviewPeopleSerializer,
    ReviewSerializer,
    ReviewWithWordsSerializer,
    SaveReviewSerializer,
    SendReviewSerializer,
    WhySerializer,
    WhysSerializer,
)
from incidents.filters import ReviewFilter
from incidents.models import CausalNode, Review, ReviewFactor
from knowledge.api.action_shapes import ActionSerializer
from portal import clock
from portal.access import require_look
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in

WORDS = ReviewWithWordsSerializer
NODE = r"causes/(?P<node>\d+)"


class ReviewViewSet(RecordViewSet[Review]):
    """Post-incident reviews; a draft is made when a P0 or P1 incident is resolved."""

    filterset_class = ReviewFilter
    queryset = Review.objects.all()

    def get_queryset(self) -> QuerySet[Review]:
        user = signed_in(self.request)
        require_look(user)
        reviews = Review.objects.visible_to(user).with_list_columns()
        if self.action == "list":
            return reviews
        return reviews.select_related("template_version").prefetch_related(
            "contributors",
            "requests__person",
            "factors__factor",
            "factors__actions",
            "causes",
            "comments__author",
        )

    def get_serializer_class(self) -> type[BaseSerializer[Review]]:
        return ReviewSerializer if self.action == "list" else ReviewWithWordsSerializer

    @extend_schema(responses=ReviewFiguresSerializer)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def figures(self, request: Request) -> Response:
        """How long reviews take, and which factors come back."""
        require_look(signed_in(request))
        now = clock.now()
        told = {
            "times": review_figures.cycle_times(now),
            "factors": review_figures.factor_rows(now),
        }
        return Response(ReviewFiguresSerializer(told).data)

    @extend_schema(responses=MarkdownSerializer)
    @action(detail=True, methods=["get"])
    def markdown(self, request: Request, pk: str) -> Response:
        """The review as one Markdown text."""
        review = self._review("view")
        text = review_text.document(review, workflow.actions_of(review.incident))
        told = {"name": f"review-inc-{review.incident_id}.md", "text": text}
        return Response(MarkdownSerializer(told).data)

    @extend_schema(request=SaveReviewSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: str) -> Response:
        """Keep these sections; 409 `newer_version` if somebody saved since that version."""
        return self._do(workflow.save_review, SaveReviewSerializer)

    @extend_schema(request=RefillSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def refill(self, request: Request, pk: str) -> Response:
        """Add to a section what is news; what people wrote stays."""
        return self._do(workflow.refill_section, RefillSerializer)

    @extend_schema(request=ReviewPeopleSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def people(self, request: Request, pk: str) -> Response:
        """Say who answers for it, and who else writes in it."""
        return self._do(workflow.set_review_people, ReviewPeopleSerializer)

    @extend_schema(request=PromiseActionSerializer, responses={201: ActionSerializer})
    @action(detail=True, methods=["post"])
    def actions(self, request: Request, pk: str) -> Response:
        """Add an action item, with its one owner and its due date."""
        review = self._review("change")
        said = given(PromiseActionSerializer, request)
        made = workflow.add_review_action(review, **said, actor=signed_in(request))
        return Response(ActionSerializer(made).data, status=201)

    @extend_schema(request=SendReviewSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Ask people by name to look it over."""
        return self._do(workflow.send_for_review, SendReviewSerializer)

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self._do(workflow.withdraw_review)

    @extend_schema(request=AnswerReviewSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Approve it or ask for changes; for those who were asked."""
        return self._do(workflow.answer_review, AnswerReviewSerializer, may="comment")

    @extend_schema(request=NewCommentSerializer, responses={201: ReviewCommentSerializer})
    @action(detail=True, methods=["post"])
    def comments(self, request: Request, pk: str) -> Response:
        """Say something about a section; people named with an @ are told."""
        review = self._review("comment")
        said = given(NewCommentSerializer, request)
        made = workflow.comment_on(review, **said, actor=signed_in(request))
        return Response(ReviewCommentSerializer(made).data, status=201)

    @extend_schema(request=None, responses=ReviewCommentSerializer)
    @action(detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d+)/resolve")
    def resolve_comment(self, request: Request, pk: str, comment: str) -> Response:
        return self._settle(workflow.resolve_comment, comment)

    @extend_schema(request=None, responses=ReviewCommentSerializer)
    @action(detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d+)/reopen")
    def reopen_comment(self, request: Request, pk: str, comment: str) -> Response:
        return self._settle(workflow.reopen_comment, comment)

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make it a document of the knowledge base; the incident may then be closed."""
        return self._do(workflow.publish_review)

    @extend_schema(request=PublicTextSerializer, responses=WORDS)
    @action(detail=True, methods=["post"], url_path="public-text")
    def public_text(self, request: Request, pk: str) -> Response:
        """Write what everybody may read, apart from the review itself."""
        return self._do(workflow.set_public_text, PublicTextSerializer)

    @extend_schema(request=WhySerializer, responses=WORDS)
    @action(detail=True, methods=["post"], url_path="not-needed")
    def not_needed(self, request: Request, pk: str) -> Response:
        """Do without it, with a reason; for managers who do not own it."""
        return self._do(workflow.set_not_needed, WhySerializer, may="decide")

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"], url_path="take-up")
    def take_up(self, request: Request, pk: str) -> Response:
        return self._do(workflow.take_up_review, may="decide")

    @extend_schema(request=WhySerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, pk: str) -> Response:
        """Let the incident be closed first; for managers who do not own the review."""
        review = self._review("decide")
        said = given(WhySerializer, request)
        workflow.waive_review(review.incident, **said, actor=signed_in(request))
        return self._told()

    @extend_schema(request=NameFactorSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def factors(self, request: Request, pk: str) -> Response:
        """Name a contributing factor with its evidence; named again, it is corrected."""
        return self._do(workflow.name_factor, NameFactorSerializer)

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=r"factors/(?P<found>\d+)/drop")
    def drop_factor(self, request: Request, pk: str, found: str) -> Response:
        review = self._review("change")
        one = get_object_or_404(ReviewFactor, review=review, pk=found)
        workflow.drop_factor(one, actor=signed_in(request))
        return self._told()

    @extend_schema(request=WhysSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def whys(self, request: Request, pk: str) -> Response:
        """Answer “why?” again and again, under a box of the tree or under its top."""
        review = self._review("change")
        said = given(WhysSerializer, request)
        said["under"] = self._under(review, said["under"])
        workflow.ask_whys(review, **said, actor=signed_in(request))
        return self._told()

    @extend_schema(request=AddCauseSerializer, responses=WORDS)
    @action(detail=True, methods=["post"])
    def causes(self, request: Request, pk: str) -> Response:
        """Add a cause under a box of the tree, or under its top."""
        review = self._review("change")
        said = given(AddCauseSerializer, request)
        said["under"] = self._under(review, said["under"])
        workflow.add_cause(review, **said, actor=signed_in(request))
        return self._told()

    @extend_schema(request=ChangeCauseSerializer, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=f"{NODE}/change")
    def change_cause(self, request: Request, pk: str, node: str) -> Response:
        found = self._node(node)
        said = given(ChangeCauseSerializer, request)
        workflow.change_cause(found, **said, actor=signed_in(request))
        return self._told()

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=f"{NODE}/up")
    def cause_up(self, request: Request, pk: str, node: str) -> Response:
        workflow.move_cause(self._node(node), up=True, actor=signed_in(request))
        return self._told()

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=f"{NODE}/down")
    def cause_down(self, request: Request, pk: str, node: str) -> Response:
        workflow.move_cause(self._node(node), up=False, actor=signed_in(request))
        return self._told()

    @extend_schema(request=HangCauseSerializer, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=f"{NODE}/hang")
    def hang_cause(self, request: Request, pk: str, node: str) -> Response:
        """Make it a cause of another box."""
        found = self._node(node)
        said = given(HangCauseSerializer, request)
        under = get_object_or_404(CausalNode, review=found.review, pk=said["under"])
        workflow.hang_cause(found, under=under, actor=signed_in(request))
        return self._told()

    @extend_schema(request=None, responses=WORDS)
    @action(detail=True, methods=["post"], url_path=f"{NODE}/remove")
    def remove_cause(self, request: Request, pk: str, node: str) -> Response:
        """Take a box out; its causes move up."""
        workflow.remove_cause(self._node(node), actor=signed_in(request))
        return self._told()

    def _review(self, may: MayReview) -> Review:
        found = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        return review_for(signed_in(self.request), found.incident_id, may=may)

    def _node(self, pk: str) -> CausalNode:
        review = self._review("change")
        nodes = CausalNode.objects.select_related("review")
        return get_object_or_404(nodes, review=review, pk=pk)

    def _under(self, review: Review, pk: int | None) -> CausalNode | None:
        return get_object_or_404(CausalNode, review=review, pk=pk) if pk else None

    def _settle(self, verb: Callable[..., Any], pk: str) -> Response:
        user = signed_in(self.request)
        review = self._review("comment")
        comment = comment_for(user, review.incident_id, pk)
        return Response(ReviewCommentSerializer(verb(comment, actor=user)).data)

    def _do(
        self,
        verb: Callable[..., Any],
        shape: type[Serializer[Any]] | None = None,
        *,
        may: MayReview = "change",
    ) -> Response:
        review = self._review(may)
        said = given(shape, self.request) if shape else {}
        verb(review, **said, actor=signed_in(self.request))
        return self._told()

    def _told(self) -> Response:
        """The review as it is now."""
        fresh = self.get_queryset().get(pk=self.kwargs["pk"])
        return Response(ReviewWithWordsSerializer(fresh).data)
