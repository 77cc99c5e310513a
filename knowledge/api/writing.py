"""What an editor asks while somebody writes: the preview, its variables, where links lead."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge import front_matter
from knowledge.linking import targets
from portal.access import require_look
from portal.api.base import View
from portal.api.bodies import given
from portal.api.drawing import DrawnSerializer, TextSerializer, drawing_of
from portal.http import signed_in
from portal.text_search import LONGEST

USED = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,39})[ \t]*\}\}", re.ASCII)


class VariableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    is_declared = serializers.BooleanField()
    is_used = serializers.BooleanField()


class DrawnDocumentSerializer(DrawnSerializer):
    variables = VariableSerializer(many=True)


class LinkTargetSerializer(serializers.Serializer[Any]):
    """A place to link to; `heading` is empty for a whole document."""

    title = serializers.CharField()
    heading = serializers.CharField()
    kind = serializers.CharField()
    url = serializers.CharField()


class PreviewView(View):
    """The preview of a document, with what only documents have."""

    @extend_schema(request=TextSerializer, responses=DrawnDocumentSerializer)
    def post(self, request: Request) -> Response:
        """Draw a text as readers of a document would see it; nothing is kept."""
        require_look(signed_in(request))
        text = given(TextSerializer, request)["text"]
        return Response({**drawing_of(text), "variables": _variables(text)})


class LinkTargetView(View):
    @extend_schema(
        parameters=[OpenApiParameter("q", str, description="Words of a title or heading.")],
        responses=LinkTargetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return what the caller may read and a link may lead to, titles first."""
        user = signed_in(request)
        require_look(user)
        text = request.query_params.get("q", "")[:LONGEST]
        return Response([target._asdict() for target in targets(user, text)])


def _variables(text: str) -> list[dict[str, Any]]:
    matter = front_matter.read(text)
    rows = matter.values.get("variables")
    declared = [
        str(row.get("name", "")) if isinstance(row, dict) else str(row)
        for row in (rows if isinstance(rows, list) else [])
    ]
    used = USED.findall(matter.text)
    return [
        {"name": name, "is_declared": name in declared, "is_used": name in used}
        for name in dict.fromkeys([*declared, *used])
    ]
