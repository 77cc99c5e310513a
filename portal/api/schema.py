"""How the OpenAPI document is made: one tag per app, and our errors on every operation."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()
    remedy = serializers.CharField(allow_blank=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(required=False)
    errors: Any = FieldErrorSerializer(many=True, required=False)
    reasons = ReasonSerializer(many=True, required=False)


class Schema(AutoSchema):
    """Adds what all our operations share."""

    def get_tags(self) -> list[str]:
        return [type(self.view).__module__.partition(".")[0]]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> Any:
        bodies = super()._get_response_bodies(direction)
        changes = self.method != "GET"
        for status in ("400", "401", "403", "404", *(("409",) if changes else ())):
            bodies.setdefault(
                status,
                self._get_response_for_code(  # type: ignore[no-untyped-call]  # the library says no types
                    ProblemSerializer, status, ["application/problem+json"]
                ),
            )
        return bodies
