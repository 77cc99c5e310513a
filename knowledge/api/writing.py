"""What an editor asks while somebody writes: the preview, its variables, where links lead."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from knowledge.access import document_for
from knowledge.linking import targets
from knowledge.models import Document, DocumentKind
from knowledge.showing import show_or_refuse
from knowledge.texts import sections_of
from knowledge.variables import variables_of
from portal.access import require_look
from portal.api.base import View
from portal.api.bodies import given
from portal.api.drawing import DrawnSerializer, TextSerializer, drawing_of
from portal.http import signed_in
from portal.markdown import Rendered
from portal.models import User
from portal.text_search import LONGEST


class DocumentTextSerializer(TextSerializer):
    """`document` is the one that the text is of: its pictures and links are found beside it."""

    document = serializers.IntegerField(allow_null=True, default=None)


class NamedVariableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    is_declared = serializers.BooleanField()
    is_used = serializers.BooleanField()


class DrawnDocumentSerializer(DrawnSerializer):
    variables = NamedVariableSerializer(many=True)


class LinkTargetSerializer(serializers.Serializer[Any]):
    """A place to link to; `heading` is empty for a whole document."""

    title = serializers.CharField()
    heading = serializers.CharField()
    kind = serializers.CharField()
    slug = serializers.CharField()
    url = serializers.CharField()


class PreviewView(View):
    """The preview of a document, with what only documents have."""

    @extend_schema(request=DocumentTextSerializer, responses=DrawnDocumentSerializer)
    def post(self, request: Request) -> Response:
        """Draw a text as readers of a document would see it; nothing is kept."""
        user = signed_in(request)
        require_look(user)
        said = given(DocumentTextSerializer, request)
        pk = said["document"]
        document = document_for(user, pk=pk) if pk is not None else None

        def draw(text: str) -> Rendered:
            return _shown(text, document, user)

        drawing = drawing_of(said["text"], draw)
        return Response({**drawing, "variables": _variables(said["text"])})


class LinkTargetView(View):
    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words of a title or heading."),
            OpenApiParameter("kind", str, enum=DocumentKind.values),
        ],
        responses=LinkTargetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return what the caller may read and a link may lead to, titles first."""
        user = signed_in(request)
        require_look(user)
        text = request.query_params.get("q", "")[:LONGEST]
        kind = request.query_params.get("kind", "")
        return Response([target._asdict() for target in targets(user, text, kind)])


def _shown(text: str, document: Document | None, user: User) -> Rendered:
    html = show_or_refuse(text, document, user)
    return Rendered(html, sections_of(html), "")


def _variables(text: str) -> list[dict[str, Any]]:
    report = variables_of(text)
    declared = [variable.name for variable in report.declared]
    return [
        {"name": name, "is_declared": name in declared, "is_used": name in report.used}
        for name in dict.fromkeys([*declared, *report.used])
    ]
