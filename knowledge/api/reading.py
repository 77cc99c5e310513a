"""Who has read a document, and asking others to, in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import workflow
from knowledge.access import (
    document_for,
    reading_duty_for,
    reading_request_for,
    revision_of,
)
from knowledge.models import Document, ReadingDuty, ReadingRequest, RevisionReading
from portal.access import require_look
from portal.api.base import View
from portal.api.pagination import Keyset
from portal.http import signed_in
from portal.models import Team, User


class RevisionReadingSerializer(serializers.ModelSerializer[RevisionReading]):
    person = serializers.StringRelatedField[Any]()
    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = RevisionReading
        fields = ["person", "revision", "first_at", "last_at"]
        read_only_fields = fields


class ReadingDutySerializer(serializers.ModelSerializer[ReadingDuty]):
    person = serializers.StringRelatedField[Any]()

    class Meta:
        model = ReadingDuty
        fields = ["person", "confirmed_at", "confirmed_number"]
        read_only_fields = fields


class ReadingRequestSerializer(serializers.ModelSerializer[ReadingRequest]):
    revision = serializers.IntegerField(source="revision.number", read_only=True)
    asked_by = serializers.StringRelatedField[Any]()
    team = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    duties = ReadingDutySerializer(many=True, read_only=True)

    class Meta:
        model = ReadingRequest
        fields = [
            *("id", "revision", "due_on", "note", "team", "asked_by", "asked_at"),
            *("withdrawn_at", "duties"),
        ]
        read_only_fields = fields


class AskToReadSerializer(serializers.Serializer[Any]):
    people = serializers.PrimaryKeyRelatedField[Any](
        queryset=User.objects.filter(is_active=True),
        many=True,
        default=list,
    )
    team = serializers.SlugRelatedField[Any](
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True
    )
    due_on = serializers.DateField()
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class OwnDutySerializer(serializers.ModelSerializer[ReadingDuty]):
    """What the caller is asked to read."""

    document = serializers.IntegerField(source="request.document_id", read_only=True)
    title = serializers.CharField(source="request.document.title", read_only=True)
    revision = serializers.IntegerField(source="number", read_only=True)
    due_on = serializers.DateField(source="request.due_on", read_only=True)
    note = serializers.CharField(source="request.note", read_only=True)
    asked_by = serializers.StringRelatedField[Any](source="request.asked_by")
    url = serializers.CharField(source="request.document.get_absolute_url", read_only=True)

    class Meta:
        model = ReadingDuty
        fields = [
            *("id", "document", "title", "revision", "due_on", "note", "asked_by", "url"),
        ]
        read_only_fields = fields


class DocumentReadersView(View):
    @extend_schema(
        responses=RevisionReadingSerializer(many=True), operation_id="document_readers_list"
    )
    def get(self, request: Request, document: int) -> Response:
        """Who opened which revision; for those who may change the document."""
        found = _document(request, document)
        rows = found.readings.select_related("person", "revision")
        rows = rows.defer("revision__body", "revision__html").order_by("-last_at", "-pk")
        keyset = Keyset()
        page = keyset.paginate_queryset(rows, request, self) or []
        return keyset.get_paginated_response(RevisionReadingSerializer(page, many=True).data)


class ReadingRequestsView(View):
    @extend_schema(
        responses=ReadingRequestSerializer(many=True), operation_id="reading_requests_list"
    )
    def get(self, request: Request, document: int) -> Response:
        """Who was asked to read it, and who has said that they did."""
        found = _document(request, document)
        rows = found.reading_requests.select_related("revision", "asked_by", "team")
        rows = rows.defer("revision__body", "revision__html").prefetch_related("duties__person")
        keyset = Keyset()
        page = keyset.paginate_queryset(rows.order_by("-pk"), request, self) or []
        return keyset.get_paginated_response(ReadingRequestSerializer(page, many=True).data)

    @extend_schema(request=AskToReadSerializer, responses={201: ReadingRequestSerializer})
    def post(self, request: Request, document: int) -> Response:
        """Ask people, or a whole team, to read what readers get now."""
        found = _document(request, document)
        body = AskToReadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if found.published is None:
            raise ValidationError({"detail": "Readers do not get this document yet."})
        revision = revision_of(found, found.published.number)
        asked = workflow.ask_to_read(revision, **body.validated_data, actor=signed_in(request))
        return Response(ReadingRequestSerializer(asked).data, status=201)


class WithdrawReadingView(View):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Ask nobody to read it any more."""
        user = signed_in(request)
        workflow.withdraw_reading(reading_request_for(user, pk), actor=user)
        return Response(status=204)


class ReadingDutiesView(View):
    @extend_schema(responses=OwnDutySerializer(many=True), operation_id="reading_duties_list")
    def get(self, request: Request) -> Response:
        """What the caller is asked to read, the soonest first."""
        user = signed_in(request)
        require_look(user)
        duties = ReadingDuty.objects.owed_by(user)[:200]
        return Response(OwnDutySerializer(duties, many=True).data)


class ConfirmReadingView(View):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Say that one has read it."""
        user = signed_in(request)
        workflow.confirm_reading(reading_duty_for(user, pk), actor=user)
        return Response(status=204)


def _document(request: Request, pk: int) -> Document:
    return document_for(signed_in(request), pk=pk, may="change")
