"""Status updates that are not out yet, in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents import workflow
from incidents.access import draft_for
from incidents.filters import DraftFilter
from incidents.models import UpdateDraft
from operations.api.shapes import DoerSerializer
from portal.api.base import RecordViewSet
from portal.api.bodies import given
from portal.http import signed_in


class UpdateDraftSerializer(serializers.ModelSerializer[UpdateDraft]):
    author = DoerSerializer(read_only=True, allow_null=True)
    decided_by = DoerSerializer(read_only=True, allow_null=True)

    class Meta:
        model = UpdateDraft
        fields = [
            "id",
            "incident",
            "phase",
            "text",
            "state",
            "next_update_by",
            "components",
            "posted_at",
            "publish_at",
            "author",
            "written_at",
            "decided_by",
            "decided_at",
            "reason",
            "update",
            "needs_look",
            "seen_at",
        ]
        read_only_fields = fields


class RejectDraftSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class UpdateDraftViewSet(RecordViewSet[UpdateDraft]):
    """Updates that wait for a second person, or for their moment."""

    serializer_class = UpdateDraftSerializer
    filterset_class = DraftFilter
    queryset = UpdateDraft.objects.all()

    def get_queryset(self) -> QuerySet[UpdateDraft]:
        drafts = UpdateDraft.objects.visible_to(signed_in(self.request))
        return drafts.with_list_columns().order_by("-written_at", "-pk")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Let it out, or at its moment; never what one wrote oneself."""
        draft = draft_for(signed_in(request), pk)
        return self._answer(workflow.approve_draft(draft, actor=signed_in(request)))

    @extend_schema(request=RejectDraftSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Do not let it out, and say why."""
        draft = draft_for(signed_in(request), pk)
        said = given(RejectDraftSerializer, request)
        return self._answer(workflow.reject_draft(draft, **said, actor=signed_in(request)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back before it is out."""
        draft = draft_for(signed_in(request), pk)
        return self._answer(workflow.withdraw_draft(draft, actor=signed_in(request)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def seen(self, request: Request, pk: str) -> Response:
        """Say that a second person has looked at what went out at once."""
        draft = draft_for(signed_in(request), pk)
        return self._answer(workflow.note_seen(draft, actor=signed_in(request)))

    def _answer(self, draft: UpdateDraft) -> Response:
        fresh = get_object_or_404(self.get_queryset(), pk=draft.pk)
        return Response(self.get_serializer(fresh).data)
