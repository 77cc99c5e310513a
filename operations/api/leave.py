"""When people are away: personal, for the person and their managers."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import leave_for, people_led_by
from operations.api.shapes import DoerSerializer, given
from operations.models import Leave
from portal.access import require_look, require_work
from portal.api.base import RecordViewSet
from portal.http import signed_in
from portal.models import User


class LeaveSerializer(serializers.ModelSerializer[Leave]):
    person = DoerSerializer(read_only=True)

    class Meta:
        model = Leave
        fields = ["id", "person", "starts_at", "ends_at", "kind", "note"]


class NewLeaveSerializer(serializers.ModelSerializer[Leave]):
    person = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.all(), required=False, help_text="By default oneself."
    )

    class Meta:
        model = Leave
        fields = ["person", "starts_at", "ends_at", "kind", "note"]


class ChangedLeaveSerializer(serializers.ModelSerializer[Leave]):
    class Meta:
        model = Leave
        fields = ["starts_at", "ends_at", "kind", "note"]


class LeaveViewSet(RecordViewSet[Leave]):
    """Leave of oneself and of the people one manages. It takes nobody off call."""

    serializer_class = LeaveSerializer
    queryset = Leave.objects.all()

    def get_queryset(self) -> QuerySet[Leave]:
        user = signed_in(self.request)
        require_look(user)
        rows = Leave.objects.filter(person__in=people_led_by(user))
        return rows.select_related("person").order_by("pk")

    @extend_schema(request=NewLeaveSerializer, responses={201: LeaveSerializer})
    def create(self, request: Request) -> Response:
        """Record that somebody is away."""
        user = signed_in(request)
        require_work(user)
        values = given(NewLeaveSerializer, request)
        person = values.pop("person", user)
        _require_led(user, person)
        leave = workflow.record_leave(person=person, **values, actor=user)
        return Response(self.get_serializer(leave).data, status=201)

    @extend_schema(request=ChangedLeaveSerializer, responses=LeaveSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change when somebody is away."""
        user = signed_in(request)
        require_look(user)
        leave = leave_for(user, int(pk))
        values: dict[str, Any] = {
            name: getattr(leave, name) for name in ChangedLeaveSerializer.Meta.fields
        }
        values |= given(ChangedLeaveSerializer, request, leave)
        changed = workflow.change_leave(leave, **values, actor=user)
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take leave back that is not over."""
        user = signed_in(request)
        require_look(user)
        workflow.cancel_leave(leave_for(user, int(pk)), actor=user)
        return Response(status=204)


def _require_led(user: User, person: User) -> None:
    if not people_led_by(user).filter(pk=person.pk).exists():
        raise serializers.ValidationError(
            {"person": "Only managers record leave for somebody else."}, "not_yours"
        )
