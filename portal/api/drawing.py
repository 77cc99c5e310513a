"""Markdown as readers will see it, drawn while somebody writes; nothing is kept."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.access import require_look
from portal.api.base import View
from portal.api.bodies import given
from portal.http import signed_in
from portal.markdown import MarkdownRefused, Rendered, render_or_refuse

LONGEST = 100_000  # characters


class TextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=LONGEST, allow_blank=True, trim_whitespace=False, default=""
    )


class HeadingSerializer(serializers.Serializer[Any]):
    level = serializers.IntegerField()
    anchor = serializers.CharField()
    text = serializers.CharField()


class DrawnSerializer(serializers.Serializer[Any]):
    """
    Safe HTML and its headings; or null, and in `problem` a sentence for who writes.

    With `passing`, the same text may well be drawn a moment later.
    """

    html = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_null=True)
    passing = serializers.BooleanField()
    headings = HeadingSerializer(many=True)


def drawing_of(text: str, draw: Callable[[str], Rendered] = render_or_refuse) -> dict[str, Any]:
    """Return what `DrawnSerializer` shows."""
    try:
        drawn = draw(text)
    except MarkdownRefused as refused:
        problem = {"problem": str(refused), "passing": refused.passing}
        return {"html": None, "headings": [], **problem}
    headings = [heading._asdict() for heading in drawn.headings]
    return {"html": drawn.html, "headings": headings, "problem": None, "passing": False}


class DrawingView(View):
    """The preview of every field that takes Markdown."""

    @extend_schema(request=TextSerializer, responses=DrawnSerializer)
    def post(self, request: Request) -> Response:
        """Draw a text as every page draws it; nothing is kept."""
        require_look(signed_in(request))
        return Response(drawing_of(given(TextSerializer, request)["text"]))
