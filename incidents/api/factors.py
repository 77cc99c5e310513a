"""The vocabulary of factors, waivers, and what reviews are made from, in the API."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from incidents import workflow
from incidents.access import factor_for, waiver_for
from incidents.api.review_shapes import (
    FactorSerializer,
    MergeFactorSerializer,
    RestoreTemplateSerializer,
    ReviewRulesSerializer,
    ReviewWaiverSerializer,
    SaveTemplateSerializer,
    TemplateVersionSerializer,
    WriteFactorSerializer,
)
from incidents.filters import FactorFilter, ReviewWaiverFilter
from incidents.models import Factor, Incident, ReviewTemplate, ReviewWaiver
from incidents.workflow.review_saving import rules
from incidents.workflow.review_templates import the_template
from portal.access import require_administrator, require_look, require_work
from portal.api.base import RecordViewSet, View
from portal.api.bodies import given
from portal.http import signed_in


class FactorViewSet(RecordViewSet[Factor]):
    """The words that reviews share for what contributes to incidents."""

    serializer_class = FactorSerializer
    filterset_class = FactorFilter
    queryset = Factor.objects.all()

    def get_queryset(self) -> QuerySet[Factor]:
        require_look(signed_in(self.request))
        return Factor.objects.order_by("pk")

    @extend_schema(request=WriteFactorSerializer, responses={201: FactorSerializer})
    def create(self, request: Request) -> Response:
        user = signed_in(request)
        require_work(user)
        made = workflow.add_factor(**given(WriteFactorSerializer, request), actor=user)
        return Response(FactorSerializer(made).data, status=201)

    @extend_schema(request=WriteFactorSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        return self._do(workflow.change_factor, WriteFactorSerializer)

    @extend_schema(request=MergeFactorSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Use another word instead, in every review; answers with that word."""
        return self._do(workflow.merge_factor, MergeFactorSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        return self._do(workflow.retire_factor)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        return self._do(workflow.bring_back_factor)

    def _do(
        self, verb: Callable[..., Factor], shape: type[Serializer[Any]] | None = None
    ) -> Response:
        user = signed_in(self.request)
        found = factor_for(user, self.kwargs["pk"], may="curate")
        said = given(shape, self.request) if shape else {}
        return Response(FactorSerializer(verb(found, **said, actor=user)).data)


class ReviewWaiverViewSet(RecordViewSet[ReviewWaiver]):
    """Leave to close an incident before its review is published."""

    serializer_class = ReviewWaiverSerializer
    filterset_class = ReviewWaiverFilter
    queryset = ReviewWaiver.objects.all()

    def get_queryset(self) -> QuerySet[ReviewWaiver]:
        user = signed_in(self.request)
        require_look(user)
        seen = ReviewWaiver.objects.filter(incident__in=Incident.objects.visible_to(user))
        return seen.select_related("granted_by").order_by("-pk")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Take it back, as long as the incident is not closed."""
        user = signed_in(request)
        waiver = workflow.revoke_waiver(waiver_for(user, pk), actor=user)
        return Response(ReviewWaiverSerializer(waiver).data)


class ReviewTemplateView(View):
    """The outline of reviews, newest version first; saving makes the next one."""

    @extend_schema(responses=TemplateVersionSerializer(many=True))
    def get(self, request: Request) -> Response:
        require_look(signed_in(request))
        versions = _template().versions.select_related("author")[:100]
        return Response(TemplateVersionSerializer(versions, many=True).data)

    @extend_schema(request=SaveTemplateSerializer, responses={201: TemplateVersionSerializer})
    def post(self, request: Request) -> Response:
        """Keep these sections; 409 `newer_version` if somebody saved since that version."""
        user = signed_in(request)
        require_administrator(user)
        said = given(SaveTemplateSerializer, request)
        said["sections"] = [dict(section) for section in said["sections"]]
        saved = workflow.save_template(_template(), **said, actor=user)
        return Response(TemplateVersionSerializer(saved.versions.first()).data, status=201)


class RestoreReviewTemplateView(View):
    """Making an older version of the outline the newest."""

    @extend_schema(
        request=RestoreTemplateSerializer, responses={201: TemplateVersionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make what an older version said the newest one."""
        user = signed_in(request)
        require_administrator(user)
        said = given(RestoreTemplateSerializer, request)
        saved = workflow.restore_template(_template(), **said, actor=user)
        return Response(TemplateVersionSerializer(saved.versions.first()).data, status=201)


class ReviewRulesView(View):
    """What is asked of a review before it is published."""

    @extend_schema(responses=ReviewRulesSerializer)
    def get(self, request: Request) -> Response:
        require_look(signed_in(request))
        return Response(ReviewRulesSerializer(rules()).data)

    @extend_schema(request=ReviewRulesSerializer(partial=True), responses=ReviewRulesSerializer)
    def patch(self, request: Request) -> Response:
        """Change what is given."""
        user = signed_in(request)
        require_administrator(user)
        said = given(ReviewRulesSerializer, request, rules(), partial=True)
        changed = workflow.change_review_rules(**said, actor=user)
        return Response(ReviewRulesSerializer(changed).data)


def _template() -> ReviewTemplate:
    found = the_template()
    if found is None:
        raise Http404
    return found
