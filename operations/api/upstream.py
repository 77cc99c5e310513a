from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from operations import workflow
from operations.access import integration_for
from operations.api.shapes import given
from operations.forms.upstream import LONGEST
from operations.models import Integration
from portal import clock, outgoing
from portal.api.base import View
from portal.http import signed_in

OURS = ["stale_after_minutes", "quiet_severity", "poll_url", "poll_receiver"]


class UpstreamSerializer(serializers.ModelSerializer[Integration]):
    has_secret = serializers.SerializerMethodField(help_text="Whether a token is kept.")
    poll_secret = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=1000,
        help_text=(
            "A token, or name:password; empty to forget it. Left out, what is kept stays, "
            "as long as the address is the same."
        ),
    )

    class Meta:
        model = Integration
        fields = [
            *OURS,
            "poll_secret",
            "has_secret",
            "poll_due_at",
            "polled_at",
            "poll_error",
            "quiet_since",
        ]
        read_only_fields = ["poll_due_at", "polled_at", "poll_error", "quiet_since"]
        extra_kwargs = {"stale_after_minutes": {"min_value": 1, "max_value": LONGEST}}

    def get_has_secret(self, integration: Integration) -> bool:
        return bool(integration.poll_secret)


class UpstreamView(View):
    """How an integration's alerts are confirmed: how long they are believed, and by asking."""

    @extend_schema(responses=UpstreamSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Say how they are confirmed, and how asking went."""
        integration = integration_for(signed_in(request), pk)
        return Response(UpstreamSerializer(integration).data)

    @extend_schema(request=UpstreamSerializer, responses=UpstreamSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change it; with an address, Alertmanager is asked each minute what it has."""
        user = signed_in(request)
        integration = integration_for(user, pk, may="change")
        values = given(UpstreamSerializer, request, integration)
        known: dict[str, Any] = {name: getattr(integration, name) for name in OURS}
        try:
            changed = workflow.set_upstream(
                integration, **(known | values), now=clock.now(), actor=user
            )
        except outgoing.UrlRefused as refused:
            detail = serializers.ErrorDetail(refused.sentence, code=refused.code)
            raise serializers.ValidationError({"poll_url": detail}) from refused
        return Response(UpstreamSerializer(changed).data)


class AskView(View):
    """Asking Alertmanager at once."""

    @extend_schema(request=None, responses=UpstreamSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Ask within seconds instead of within the minute."""
        user = signed_in(request)
        integration = integration_for(user, pk, may="change")
        asked = workflow.ask_soon(integration, now=clock.now(), actor=user)
        return Response(UpstreamSerializer(asked).data)
