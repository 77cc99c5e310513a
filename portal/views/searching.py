"""Search: the page with all results, and the few that are shown while somebody types."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from portal import clock
from portal.http import Request
from portal.models import Service, Team, User
from portal.search import asking, building, gaps
from portal.search.answering import help_with
from portal.search.finding import Answer, Wanted, search
from portal.search.kinds import label_of
from portal.search.narrowing import PERIODS, page_number, wanted_from

SUGGESTED = 8
MOST_CHOICES = 8  # of one filter

Choice = tuple[str, Any, int | None]  # value, label, how many


@require_GET
@vary_on_headers("HX-Target")
def search_page(request: Request) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    if asking.is_too_much(text):
        too_much = _("Search for at most %(length)d characters.") % {"length": asking.LONGEST}
        context: dict[str, Any] = {"text": text, "too_much": too_much}
        return render(request, "portal/search.html", context, status=422)
    now = clock.now()
    wanted = _wanted(request, now)
    answer = search(
        request.user,
        text,
        wanted,
        page=page_number(request.GET),
        as_typed=request.GET.get("as_typed") == "1",
    )
    is_typing = request.htmx.target == "results"
    if not is_typing:
        gaps.note(answer, wanted, now)
    context = {
        "text": text,
        "answer": answer,
        "help": help_with(request.user, answer),
        "filters": _filters(request.user, answer, request.GET),
        "is_narrowed": wanted.narrows,
        "is_built": bool(answer.results) or building.is_built(),
        "as_typed_url": _with(request.GET, as_typed="1", page=None),
        "previous_url": _page_url(request.GET, answer.page - 1, answer),
        "next_url": _page_url(request.GET, answer.page + 1, answer),
        "longest": asking.LONGEST,
    }
    template = "portal/search.html#results" if is_typing else "portal/search.html"
    return render(request, template, context)


@require_GET
def suggestions(request: Request) -> HttpResponse:
    """What the field on every page shows under it while somebody types."""
    text = request.GET.get("q", "").strip()
    answer = (
        Answer(text, [])
        if asking.is_too_much(text)
        else search(request.user, text, size=SUGGESTED)
    )
    context = {
        "text": text,
        "answer": answer,
        "help": help_with(request.user, answer),
        "all_url": f"?{urlencode({'q': text})}",
    }
    # Without the request: a fragment needs nothing of the frame around a page.
    return HttpResponse(render_to_string("portal/search.html#suggestions", context))


def _wanted(request: Request, now: Any) -> Wanted:
    """A filter that there is not any more finds nothing less."""
    try:
        return wanted_from(request.user, request.GET, now)
    except ValidationError:
        return Wanted(with_archived=request.GET.get("archived") == "1")


def _with(query: QueryDict, **changed: str | None) -> str:
    address = query.copy()
    for name, value in changed.items():
        address.pop(name, None)
        if value is not None:
            address[name] = value
    return f"?{address.urlencode()}"


def _page_url(query: QueryDict, number: int, answer: Answer) -> str:
    return _with(query, page=str(number)) if 1 <= number <= answer.page_count else ""


def _filters(user: User, answer: Answer, query: QueryDict) -> list[dict[str, Any]]:
    """`[{"label", "choices": [{"label", "count", "url", "is_on"}]}]`, those with a choice."""
    services = _named(Service.objects.visible_to(user), answer.services)
    teams = _named(Team.objects.visible_to(user), answer.teams)
    kinds: list[Choice] = [(kind, label_of(kind), count) for kind, count in answer.kinds]
    periods: list[Choice] = [
        (str(days), _("Last %(days)d days") % {"days": days}, None) for days in PERIODS
    ]
    archived: list[Choice] = [("1", _("Include archived"), None)]
    groups: list[tuple[str, Any, list[Choice]]] = [
        ("kind", _("Kind"), kinds),
        ("service", _("Service"), services),
        ("team", _("Team"), teams),
        ("since", _("Changed"), periods),
        ("archived", _("Archive"), archived),
    ]
    return [
        {"label": label, "choices": [_choice(query, name, *one) for one in choices]}
        for name, label, choices in groups
        if choices
    ]


def _named(rows: Any, counted: list[tuple[int, int]]) -> list[Choice]:
    """By slug and name, those that the person may know of."""
    named = rows.in_bulk([pk for pk, _count in counted[:MOST_CHOICES]])
    return [(named[pk].slug, str(named[pk]), count) for pk, count in counted if pk in named]


def _choice(
    query: QueryDict, name: str, value: str, label: str, count: int | None
) -> dict[str, Any]:
    is_on = query.get(name) == value
    url = _with(query, **{name: None if is_on else value, "page": None})
    return {"label": label, "count": count, "url": url, "is_on": is_on}
