"""Gaps, links between alerts and runbooks, and rule files in the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import address_for, document_for, link_for
from knowledge.alert_runbooks import answer_for
from knowledge.api.action_shapes import Slug
from knowledge.api.fields import ReadableDocument
from knowledge.filters import AddressFilter, AlertLinkFilter
from knowledge.gaps import GapKind, gaps
from knowledge.models import AlertLink, Document, DocumentAddress
from knowledge.rule_files import LARGEST
from operations.models import Alert
from portal import clock
from portal.access import require_look, require_work
from portal.api.base import RecordViewSet, View
from portal.api.bodies import given
from portal.http import signed_in

MOST_SHOWN = 500


class RunbookAnswerSerializer(serializers.Serializer[Any]):
    """The runbook for an alert, and how it was found; all null without one."""

    document = serializers.SlugField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    step = serializers.CharField(allow_null=True)
    found_by = serializers.ChoiceField(
        choices=["link", "url", "name", "service"], allow_null=True
    )
    because = serializers.CharField(allow_null=True)


class RunbookForAlertView(View):
    """Which runbook answers an alert."""

    @extend_schema(responses=RunbookAnswerSerializer)
    def get(self, request: Request, pk: int) -> Response:
        user = signed_in(request)
        require_look(user)
        alerts = Alert.objects.visible_to(user).select_related("service")
        answer = answer_for(get_object_or_404(alerts, pk=pk), user)
        told = dict.fromkeys(RunbookAnswerSerializer().fields)
        if answer is None:
            return Response(told)
        return Response(
            {
                "document": answer.document.slug,
                "title": answer.document.title,
                "url": answer.document.get_absolute_url(),
                "step": answer.anchor or None,
                "found_by": answer.source,
                "because": answer.because,
            }
        )


class RunbookGapSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[each.value for each in GapKind])
    name = serializers.CharField()
    what = serializers.CharField()
    url = serializers.CharField()
    fires = serializers.IntegerField()
    sleep_pages = serializers.IntegerField()
    score = serializers.IntegerField()


class GapsView(View):
    """Where alerts have no runbook that helps, the worst first; at most 500."""

    @extend_schema(
        parameters=[OpenApiParameter("kind", enum=[each.value for each in GapKind])],
        responses=RunbookGapSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        user = signed_in(request)
        require_look(user)
        kind = request.query_params.get("kind")
        found = [gap for gap in gaps(user, clock.now()) if not kind or gap.kind == kind]
        return Response(RunbookGapSerializer(found[:MOST_SHOWN], many=True).data)


class RuleTextSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=LARGEST, trim_whitespace=False)


class RuleProblemSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    sentence = serializers.CharField()


class UploadedRulesSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    rules = serializers.IntegerField()
    problems = RuleProblemSerializer(many=True)


class RuleFilesView(View):
    """Take in a file of Prometheus rules in the place of what it said before."""

    @extend_schema(request=RuleTextSerializer, responses={201: UploadedRulesSerializer})
    def post(self, request: Request) -> Response:
        user = signed_in(request)
        require_work(user)
        body = RuleTextSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        file, problems = workflow.upload_rules(**body.validated_data, actor=user)
        told = [problem._asdict() for problem in problems]
        answer = {"name": file.name, "rules": file.rules.count(), "problems": told}
        return Response(answer, status=201)


class AlertLinkSerializer(serializers.ModelSerializer[AlertLink]):
    document = Slug[Document](slug_field="slug", read_only=True)
    labels = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = AlertLink
        fields = ["id", "alert_name", "labels", "document", "anchor"]
        read_only_fields = fields


class NewAlertLinkSerializer(serializers.Serializer[Any]):
    alert_name = serializers.CharField(max_length=200, allow_blank=True, default="")
    labels = serializers.DictField(child=serializers.CharField(max_length=500), default=dict)
    document = ReadableDocument()
    anchor = serializers.CharField(max_length=80, allow_blank=True, default="")


class AlertLinkViewSet(RecordViewSet[AlertLink]):
    """Which document answers which alerts, as people say."""

    queryset = AlertLink.objects.none()
    serializer_class = AlertLinkSerializer
    filterset_class = AlertLinkFilter

    def get_queryset(self) -> QuerySet[AlertLink]:
        return AlertLink.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=NewAlertLinkSerializer, responses={201: AlertLinkSerializer})
    def create(self, request: Request) -> Response:
        """Have alerts of this name, with these labels, answered by a document."""
        user = signed_in(request)
        require_work(user)
        said = given(NewAlertLinkSerializer, request)
        document = document_for(user, pk=said.pop("document").pk, may="change")
        link = workflow.link_alert(document, **said, actor=user)
        return Response(AlertLinkSerializer(link).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take the link back."""
        user = signed_in(request)
        workflow.unlink_alert(link_for(user, int(pk), may="change"), actor=user)
        return Response(status=204)


class DocumentAddressSerializer(serializers.ModelSerializer[DocumentAddress]):
    document = serializers.SlugField(source="document.slug", read_only=True)

    class Meta:
        model = DocumentAddress
        fields = ["id", "url", "document"]
        read_only_fields = fields


class NewDocumentAddressSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=1000)
    document = ReadableDocument()


class DocumentAddressViewSet(RecordViewSet[DocumentAddress]):
    """Addresses under which documents were known elsewhere, which alerts may still name."""

    queryset = DocumentAddress.objects.none()
    serializer_class = DocumentAddressSerializer
    filterset_class = AddressFilter

    def get_queryset(self) -> QuerySet[DocumentAddress]:
        addresses = DocumentAddress.objects.visible_to(signed_in(self.request))
        return addresses.select_related("document")

    @extend_schema(
        request=NewDocumentAddressSerializer, responses={201: DocumentAddressSerializer}
    )
    def create(self, request: Request) -> Response:
        """Remember where a document was known before."""
        user = signed_in(request)
        require_work(user)
        said = given(NewDocumentAddressSerializer, request)
        document = document_for(user, pk=said["document"].pk, may="change")
        address = workflow.know_address(document, url=said["url"], actor=user)
        return Response(DocumentAddressSerializer(address).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Forget the address; alerts that name it lead nowhere."""
        user = signed_in(request)
        workflow.forget_address(address_for(user, int(pk)), actor=user)
        return Response(status=204)
