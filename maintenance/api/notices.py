"""Suppliers' notices in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from maintenance import workflow
from maintenance.access import notice_for, own_services, require_services
from maintenance.api.serializers import Slug
from maintenance.filters import NoticeFilter
from maintenance.maintnote import LONGEST
from maintenance.models import SupplierNotice
from operations.api.shapes import given, service_field
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.api.errors import invalid
from portal.http import signed_in
from portal.models import Service


class NoticeSerializer(serializers.ModelSerializer[SupplierNotice]):
    services = Slug[Service](slug_field="slug", many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = SupplierNotice
        fields = [
            *("id", "provider", "uid", "sequence", "account", "summary", "organizer"),
            *("maintenance_ids", "objects_touched", "impact", "status", "starts_at"),
            *("ends_at", "services", "received_at", "changed_at", "url"),
        ]
        read_only_fields = fields


class TakeNoticeSerializer(serializers.Serializer[Any]):
    content = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, help_text="The MAINTNOTE calendar file."
    )


class TakenSerializer(serializers.Serializer[Any]):
    """What became of each event of the file."""

    new = NoticeSerializer(many=True)
    changed = NoticeSerializer(many=True)
    ignored = NoticeSerializer(many=True, help_text="Told before, with as high a SEQUENCE.")


class LinkNoticeSerializer(serializers.Serializer[Any]):
    services = serializers.ListField(child=service_field(), max_length=100)


class NoticeViewSet(RecordViewSet[SupplierNotice]):
    """What suppliers tell of their own maintenance."""

    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    queryset = SupplierNotice.objects.all()

    def get_queryset(self) -> QuerySet[SupplierNotice]:
        return SupplierNotice.objects.visible_to(signed_in(self.request)).with_list_columns()

    @extend_schema(request=TakeNoticeSerializer, responses={201: TakenSerializer})
    def create(self, request: Request) -> Response:
        """
        Take a notice. Sound events are kept also where others are refused with 400.

        A refused one is listed on the page of notices with its reason.
        """
        user = signed_in(request)
        require_work(user)
        said = given(TakeNoticeSerializer, request)
        taken = workflow.take_notices(said["content"].encode(), actor=user)
        if taken.faults:
            told = [f"{fault.number}: {fault.sentence}" for fault in taken.faults]
            return invalid(ValidationError({"content": told}, "unreadable"))
        return Response(TakenSerializer(taken).data, status=201)

    @extend_schema(request=LinkNoticeSerializer, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:
        """Say which of your services feel it; those of other teams stay."""
        user = signed_in(request)
        item = notice_for(user, int(pk))
        require_work(user)
        chosen = given(LinkNoticeSerializer, request)["services"]
        require_services(user, chosen)
        foreign = item.services.exclude(pk__in=own_services(user))
        item = workflow.link_notice(item, services=[*chosen, *foreign], actor=user)
        return Response(NoticeSerializer(item).data)
