"""Recurring work in the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge.api.fields import ReadableDocument
from knowledge.models import DocumentKind
from maintenance import workflow
from maintenance.access import recurring_for, require_services
from maintenance.api.serializers import RemarkSerializer, Slug
from maintenance.api.times import RecurrenceSerializer
from maintenance.filters import RecurringFilter
from maintenance.forms import workers
from maintenance.models import LONGEST, RecurringOccurrence, RecurringWork
from maintenance.models.recurring import FARTHEST
from maintenance.recurrence_words import in_words
from operations.api.shapes import DoerSerializer, given, service_field
from portal.access import require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import Service, User

SHOWN = 50  # occurrences


class OccurrenceSerializer(serializers.ModelSerializer[RecurringOccurrence]):
    request = serializers.CharField(source="request.number", read_only=True)
    state = serializers.CharField(source="request.state", read_only=True)

    class Meta:
        model = RecurringOccurrence
        fields = ["original_start", "request", "state", "made_at"]
        read_only_fields = fields


class RecurringSerializer(serializers.ModelSerializer[RecurringWork]):
    service = Slug[Service](slug_field="slug", read_only=True)
    owner = DoerSerializer(read_only=True)
    words = serializers.SerializerMethodField(help_text="The rule as people say it.")
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = RecurringWork
        fields = [
            "id",
            "title",
            "service",
            "words",
            "state",
            *("frequency", "interval", "weekdays", "nth", "day_of_month", "starts_on"),
            *("until", "at", "minutes", "time_zone", "lead_days", "announces", "owner"),
            *("follows", "url"),
        ]
        read_only_fields = fields

    def get_words(self, work: RecurringWork) -> str:
        return in_words(work)


class RecurringDetailSerializer(RecurringSerializer):
    """With its texts, and the newest requests that it made."""

    other_services = Slug[Service](slug_field="slug", many=True, read_only=True)
    implementers = DoerSerializer(many=True, read_only=True)
    runbook = ReadableDocument(read_only=True, allow_null=True)
    occurrences = serializers.SerializerMethodField()

    class Meta(RecurringSerializer.Meta):
        fields = [
            *RecurringSerializer.Meta.fields,
            *("other_services", "implementers", "runbook", "reason", "plan"),
            *("test_evidence", "rollback_plan", "prepare_minutes", "rollback_minutes"),
            "occurrences",
        ]
        read_only_fields = fields

    def get_occurrences(self, work: RecurringWork) -> list[dict[str, Any]]:
        rows = work.occurrences.select_related("request").order_by("-original_start")[:SHOWN]
        told: list[dict[str, Any]] = OccurrenceSerializer(rows, many=True).data  # type: ignore[assignment]  # a list of dictionaries
        return told


class RecurringTextsSerializer(RecurrenceSerializer):
    title = serializers.CharField(max_length=200)
    other_services = serializers.ListField(child=service_field(), max_length=50, required=False)
    reason = serializers.CharField(max_length=5000)
    plan = serializers.CharField(max_length=20000, default="", allow_blank=True)
    test_evidence = serializers.CharField(max_length=5000, default="", allow_blank=True)
    rollback_plan = serializers.CharField(max_length=10000, default="", allow_blank=True)
    prepare_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST, default=0)
    rollback_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST, default=0)
    implementers = serializers.ListField(
        child=serializers.PrimaryKeyRelatedField[User](queryset=workers()),
        max_length=50,
        required=False,
        help_text="They take turns, by name.",
    )
    runbook = ReadableDocument(kind=DocumentKind.RUNBOOK, required=False, allow_null=True)
    announces = serializers.BooleanField(default=False)
    lead_days = serializers.IntegerField(min_value=1, max_value=FARTHEST, default=14)


class SetUpRecurringSerializer(RecurringTextsSerializer):
    service = service_field()


class ChangeRecurringSerializer(RecurringTextsSerializer):
    since = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="From this day on another rule takes over; without, all that is ahead.",
    )


class RecurringViewSet(RecordViewSet[RecurringWork]):
    """What is done again and again; each time a request is drafted ahead."""

    filterset_class = RecurringFilter
    queryset = RecurringWork.objects.all()

    def get_queryset(self) -> QuerySet[RecurringWork]:
        return RecurringWork.objects.visible_to(signed_in(self.request)).with_list_columns()

    def get_serializer_class(self) -> type[RecurringSerializer]:
        return RecurringSerializer if self.action == "list" else RecurringDetailSerializer

    @extend_schema(request=SetUpRecurringSerializer, responses={201: RecurringDetailSerializer})
    def create(self, request: Request) -> Response:
        """Set it up; what is due within the days ahead is drafted at once."""
        user = signed_in(request)
        require_work(user)
        said = given(SetUpRecurringSerializer, request)
        require_services(user, [said["service"]])
        made = workflow.set_up_recurring(**said, actor=user)
        return Response(self._told(made), status=201)

    @extend_schema(request=ChangeRecurringSerializer, responses=RecurringDetailSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given; with `since` the answer is the rule that takes over."""
        user = signed_in(request)
        item = recurring_for(user, int(pk), may="change")
        said = given(ChangeRecurringSerializer, request, item)
        changed = workflow.change_recurring(item, **said, actor=user)
        return Response(self._told(changed))

    @extend_schema(request=RemarkSerializer, responses=RecurringDetailSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Make no more drafts until it goes on."""
        return self._do(workflow.pause_recurring, RemarkSerializer)

    @extend_schema(request=None, responses=RecurringDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on with what is ahead."""
        return self._do(workflow.resume_recurring)

    @extend_schema(request=RemarkSerializer, responses=RecurringDetailSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End it for good; untouched drafts ahead are withdrawn."""
        return self._do(workflow.end_recurring, RemarkSerializer)

    def _do(self, verb: Any, shape: Any = None) -> Response:
        user = signed_in(self.request)
        item = recurring_for(user, int(self.kwargs["pk"]), may="change")
        said = given(shape, self.request) if shape else {}
        return Response(self._told(verb(item, actor=user, **said)))

    def _told(self, item: RecurringWork) -> dict[str, Any]:
        told: dict[str, Any] = RecurringDetailSerializer(
            item, context=self.get_serializer_context()
        ).data
        return told
