from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import integration_for, receipt_for, require_set_up, seen_by
from operations.api.mappings import MappingActions
from operations.api.shapes import given, service_field
from operations.filters import IntegrationFilter, ReceiptFilter
from operations.formats import FORMATS
from operations.models import Integration, IntegrationKind, Receipt, Rejection
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in

# All but the portal's own.
MONITOR_KINDS = [(str(kind), IntegrationKind(kind).label) for kind in FORMATS]


class RejectionSerializer(serializers.ModelSerializer[Rejection]):
    class Meta:
        model = Rejection
        fields = ["reason", "count", "first_at", "last_at"]


class IntegrationSerializer(serializers.ModelSerializer[Integration]):
    # Those that somebody can add; the portal's own is shown all the same.
    kind = serializers.ChoiceField(
        choices=MONITOR_KINDS,
        default=IntegrationKind.ALERTMANAGER,
    )
    service = service_field(allow_null=True, required=False)
    key_prefix = serializers.CharField(read_only=True, help_text="How its key begins.")
    rejections = RejectionSerializer(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Integration
        fields = [
            "id",
            "name",
            "kind",
            "service",
            "default_severity",
            "mail_id",
            "key_prefix",
            "is_active",
            "rejections",
            "url",
        ]
        read_only_fields = ["is_active", "mail_id"]


class IntegrationChangeSerializer(IntegrationSerializer):
    """What can be changed later."""

    class Meta(IntegrationSerializer.Meta):
        fields = ["name", "service", "default_severity"]


class IntegrationWithKeySerializer(IntegrationSerializer):
    """With the key, which is shown this once."""

    key = serializers.CharField(read_only=True)

    class Meta(IntegrationSerializer.Meta):
        fields = [*IntegrationSerializer.Meta.fields, "key"]


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Receipt
        fields = [
            "id",
            "public_id",
            "integration",
            "received_at",
            "content_type",
            "call",
            "headers",
            "mapping",
            "body_hash",
            "is_truncated",
            "state",
            "attempts",
            "processed_at",
            "error",
            "alert_count",
            "late_count",
            "url",
        ]
        read_only_fields = fields


class ReceiptDetailSerializer(ReceiptSerializer):
    body = serializers.SerializerMethodField(help_text="What was sent, as text.")

    class Meta(ReceiptSerializer.Meta):
        fields = [*ReceiptSerializer.Meta.fields, "body"]
        read_only_fields = fields

    def get_body(self, receipt: Receipt) -> str:
        return bytes(receipt.body).decode(errors="replace")


class IntegrationViewSet(MappingActions, RecordViewSet[Integration]):
    """Monitors that may send us alerts, each by a key of its own."""

    serializer_class = IntegrationSerializer
    filterset_class = IntegrationFilter
    queryset = Integration.objects.all()
    shown_once = ("key",)

    def get_queryset(self) -> QuerySet[Integration]:
        rows = Integration.objects.select_related("service").prefetch_related("rejections")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(responses={201: IntegrationWithKeySerializer})
    def create(self, request: Request) -> Response:
        """Add a monitor; the answer holds its key, once."""
        user = signed_in(request)
        require_work(user)
        values = given(IntegrationSerializer, request)
        require_set_up(user, values.get("service"))
        integration, key = workflow.make_integration(**values, actor=user)
        return self._with_key(integration, key, status=201)

    @extend_schema(request=IntegrationChangeSerializer, responses=IntegrationSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its name, its service or the severity of alerts without a label."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        values = given(IntegrationChangeSerializer, request, integration)
        require_set_up(user, values.get("service", integration.service))
        known = {
            name: getattr(integration, name) for name in IntegrationChangeSerializer.Meta.fields
        }
        integration = workflow.change_integration(integration, **(known | values), actor=user)
        return Response(self.get_serializer(integration).data)

    @extend_schema(request=None, responses=IntegrationWithKeySerializer)
    @action(detail=True, methods=["post"], url_path="rotate-key")
    def rotate_key(self, request: Request, pk: str) -> Response:
        """Replace the key at once; the answer holds the new one, once."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        return self._with_key(*workflow.rotate_key(integration, actor=user))

    @extend_schema(request=None, responses=IntegrationSerializer)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: str) -> Response:
        """Turn its calls away from now on."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        integration = workflow.switch_off(integration, actor=user)
        return Response(self.get_serializer(integration).data)

    @extend_schema(request=None, responses=IntegrationSerializer)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: str) -> Response:
        """Take its calls again."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        integration = workflow.switch_on(integration, actor=user)
        return Response(self.get_serializer(integration).data)

    @extend_schema(request=None, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"], url_path="send-test")
    def send_test(self, request: Request, pk: str) -> Response:
        """Take in a made-up alert of the lowest severity."""
        user = signed_in(request)
        integration = integration_for(user, int(pk), may="change")
        receipt = workflow.send_test(integration, actor=user)
        return Response(ReceiptSerializer(receipt).data, status=201)

    def _with_key(self, integration: Integration, key: str, status: int = 200) -> Response:
        data: dict[str, Any] = dict(self.get_serializer(integration).data)
        return Response(data | {"key": key}, status=status)


class ReceiptViewSet(RecordViewSet[Receipt]):
    """Calls of monitors as they came; one that was not understood can be read again."""

    filterset_class = ReceiptFilter
    queryset = Receipt.objects.all()

    def get_queryset(self) -> QuerySet[Receipt]:
        receipts = seen_by(signed_in(self.request), Receipt.objects.all())
        return receipts.defer("body") if self.action == "list" else receipts

    def get_serializer_class(self) -> type[ReceiptSerializer]:
        return ReceiptDetailSerializer if self.action == "retrieve" else ReceiptSerializer

    @extend_schema(request=None, responses=ReceiptSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Read it again; what it told before changes nothing twice."""
        user = signed_in(request)
        receipt = workflow.replay(receipt_for(user, int(pk), may="change"), actor=user)
        return Response(self.get_serializer(receipt).data)
