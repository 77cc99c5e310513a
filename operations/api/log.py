from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import entry_for, seen_by
from operations.api.shapes import DoerSerializer, given, service_field
from operations.filters import LogFilter
from operations.models import LogEntry
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in


class LogEntrySerializer(serializers.ModelSerializer[LogEntry]):
    author = DoerSerializer(read_only=True, allow_null=True)
    service = service_field(allow_null=True, required=False)
    happened_at = serializers.DateTimeField(required=False)
    is_late = serializers.BooleanField(read_only=True)

    class Meta:
        model = LogEntry
        fields = [
            "id",
            "happened_at",
            "entered_at",
            "is_late",
            "author",
            "service",
            "text",
            "corrects",
        ]
        read_only_fields = ["corrects"]


class CorrectionSerializer(serializers.Serializer[LogEntry]):
    text = serializers.CharField(max_length=4000)


class LogEntryViewSet(RecordViewSet[LogEntry]):
    """The operations log: lines are added, and corrected by new lines."""

    serializer_class = LogEntrySerializer
    filterset_class = LogFilter
    queryset = LogEntry.objects.all()

    def get_queryset(self) -> QuerySet[LogEntry]:
        rows = LogEntry.objects.select_related("author", "service")
        return seen_by(signed_in(self.request), rows)

    @extend_schema(responses={201: LogEntrySerializer})
    def create(self, request: Request) -> Response:
        """Add a line about what happened at `happened_at`, by default now."""
        user = signed_in(request)
        require_work(user)
        entry = workflow.write_log(**given(LogEntrySerializer, request), actor=user)
        return Response(self.get_serializer(entry).data, status=201)

    @extend_schema(request=CorrectionSerializer, responses={201: LogEntrySerializer})
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Add a line that says what this one should have said."""
        user = signed_in(request)
        entry = entry_for(user, int(pk), may="change")
        correction = workflow.correct_log(
            entry, **given(CorrectionSerializer, request), actor=user
        )
        return Response(self.get_serializer(correction).data, status=201)
