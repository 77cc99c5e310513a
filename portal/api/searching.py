"""Search over everything."""

from typing import Any

from django.core.exceptions import ValidationError as Unknown
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal import clock
from portal.access import require_work
from portal.api.base import View
from portal.http import signed_in
from portal.models import SearchGap, Service, Team, User
from portal.search import asking, gaps
from portal.search.answering import help_with
from portal.search.finding import Answer, search
from portal.search.narrowing import NAMES, PERIODS, page_number, wanted_from

GAPS = 100


class FoundSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    snippet = serializers.CharField(
        source="excerpt", allow_blank=True, help_text="Plain text around what was asked for."
    )
    snippet_html = serializers.CharField(
        source="marked_excerpt",
        allow_blank=True,
        help_text="The same, escaped, with `<mark>` around the words: safe as it is.",
    )
    service = serializers.SerializerMethodField(help_text="The first of `services`, or empty.")
    services = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField(
        source="updated_at", allow_null=True, help_text="When it last changed."
    )
    revision = serializers.IntegerField(allow_null=True, help_text="The published revision.")
    overdue = serializers.BooleanField(source="is_overdue")
    archived = serializers.BooleanField(source="is_archived")
    exact = serializers.BooleanField(
        source="is_exact", help_text="The question is its title, name or identifier."
    )
    why = serializers.ListField(
        source="fields", child=serializers.CharField(), help_text="Where the words stand."
    )

    def get_service(self, result: Any) -> str:
        return result.services[0] if result.services else ""


class CountSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class HelpSerializer(serializers.Serializer[Any]):
    """What helps with the first results, such as the runbook of an alert, and why."""

    title = serializers.CharField()
    url = serializers.CharField()
    because = serializers.CharField()


class SearchSerializer(serializers.Serializer[Any]):
    query = serializers.CharField()
    shown_query = serializers.CharField(help_text="What the results are of.")
    corrected = serializers.DictField(
        child=serializers.CharField(),
        help_text="Words that nothing holds, each with the one that was searched instead.",
    )
    total = serializers.IntegerField(help_text="At most 200 are ranked.")
    is_cut = serializers.BooleanField(help_text="There is more than is ranked.")
    page = serializers.IntegerField()
    page_count = serializers.IntegerField()
    kinds = CountSerializer(many=True)
    services = CountSerializer(many=True)
    teams = CountSerializer(many=True)
    help = HelpSerializer(many=True)
    results = FoundSerializer(many=True)


class SearchGapSerializer(serializers.ModelSerializer[SearchGap]):
    class Meta:
        model = SearchGap
        fields = ["text", "count", "first_at", "last_at"]
        read_only_fields = fields


class SearchGapView(View):
    """What was searched and not found, the most wanted first; by whom is not kept."""

    @extend_schema(responses=SearchGapSerializer(many=True))
    def get(self, request: Request) -> Response:
        require_work(signed_in(request))
        return Response(SearchGapSerializer(gaps.gaps()[:GAPS], many=True).data)


class SearchView(View):
    """Finds what all apps know, of what the caller may see, the best first."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q",
                str,
                required=True,
                description='At most 4000 characters. Up to 12 words, "..." must stand there '
                "as it is and -word must not; a longer text is read as one that was pasted.",
            ),
            OpenApiParameter("kind", str, many=True),
            OpenApiParameter("service", str, many=True, description="The slug."),
            OpenApiParameter("team", str, many=True, description="The slug."),
            OpenApiParameter("since", int, enum=list(PERIODS), description="Changed in days."),
            OpenApiParameter("archived", bool, description="Archived ones too."),
            OpenApiParameter("as_typed", bool, description="Put no word right."),
            OpenApiParameter("page", int),
        ],
        responses=SearchSerializer,
    )
    def get(self, request: Request) -> Response:
        user, query = signed_in(request), request.query_params
        for name in query.keys() - NAMES - {"format"}:
            raise ValidationError({name: _("There is no parameter of this name.")})
        text = query.get("q", "").strip()
        if not text or asking.is_too_much(text):
            sentence = _("From 1 to %(length)d characters.") % {"length": asking.LONGEST}
            raise ValidationError({"q": sentence})
        now = clock.now()
        try:
            wanted = wanted_from(user, query, now)
        except Unknown as unknown:
            raise ValidationError(unknown.message_dict) from unknown
        as_typed = query.get("as_typed") in ("1", "true")
        answer = search(user, text, wanted, page=page_number(query), as_typed=as_typed)
        gaps.note(answer, wanted, now)
        return Response(SearchSerializer(_body(user, answer)).data)


def _body(user: User, answer: Answer) -> dict[str, Any]:
    services = Service.objects.visible_to(user)
    teams = Team.objects.visible_to(user)
    return {
        "query": answer.text,
        "shown_query": answer.shown_text,
        "corrected": answer.meant,
        "total": answer.total,
        "is_cut": answer.is_cut,
        "page": answer.page,
        "page_count": answer.page_count,
        "kinds": [{"value": kind, "count": count} for kind, count in answer.kinds],
        "services": _slugs(services, answer.services),
        "teams": _slugs(teams, answer.teams),
        "help": help_with(user, answer),
        "results": answer.results,
    }


def _slugs(rows: Any, counted: list[tuple[int, int]]) -> list[dict[str, Any]]:
    slugs = dict(rows.filter(pk__in=dict(counted)).values_list("pk", "slug"))
    return [{"value": slugs[pk], "count": count} for pk, count in counted if pk in slugs]
