"""The load of a team without names; of single people for a manager who says why."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from operations import load_pages, load_teams, loads, workflow
from operations.access import look_for, require_lead, require_team
from operations.forms.pace import LookForm, PeriodForm
from operations.load.figures import Figures
from operations.load.periods import Period
from operations.models import LoadLook
from portal import clock
from portal.access import manages, require_look, team_for
from portal.forms import attempt
from portal.http import Request
from portal.models import Team, User


@require_http_methods(["GET", "POST"])
def team(request: Request, slug: str) -> HttpResponse:
    """Totals of a team; posted to, a look at its people with a purpose."""
    shown = team_for(request.user, slug)
    if request.method == "POST":
        require_lead(request.user, shown)
    require_team(request.user, shown)
    form = _period(request)
    why = LookForm(request.POST or None)
    look = _look(request, shown, form.chosen, why) if request.method == "POST" else None
    if look is not None:
        return redirect(look)
    return _page(request, shown, form, why)


@require_GET
def look(request: Request, pk: int) -> HttpResponse:
    """Each person's figures, and how evenly they lie."""
    found, people = _people(request, pk)
    context = load_pages.named_page(found, people)
    return render(request, "operations/pace_look.html", context)


@require_GET
def look_rows(request: Request, pk: int, person: int, key: str) -> HttpResponse:
    """The intervals behind one figure of one person; nothing of what the pages were about."""
    _found, people = _people(request, pk)
    who = get_object_or_404(User, pk=person, pk__in=[each.pk for each in people])
    its = people[who]
    context = load_pages.evidence(its, key, its.period, of=who, look=pk)
    return render(request, "operations/pace_rows.html", context)


@require_GET
def look_export(request: Request, pk: int) -> HttpResponse:
    """The file for pay; that it was taken is recorded."""
    found, people = _people(request, pk)
    workflow.export_look(found, actor=request.user)
    return load_pages.pay_file(people, _period_of(found))


def _page(request: Request, shown: Team, form: PeriodForm, why: LookForm) -> HttpResponse:
    now, period = clock.now(), form.chosen
    is_shown = shown.pk in load_teams.shown_teams(period, now=now)
    context = load_pages.team_page(shown, period, now=now, is_shown=is_shown) | {
        "team": shown,
        "form": form,
        "look_form": why,
        "may_look": manages(request.user, shown),
    }
    status = 422 if why.is_bound else 200
    return render(request, "operations/pace_team.html", context, status=status)


def _look(request: Request, shown: Team, period: Period, why: LookForm) -> LoadLook | None:
    return attempt(
        why,
        lambda: workflow.look_at_load(
            shown,
            period=period,
            purpose=why.cleaned_data["purpose"],
            actor=request.user,
        ),
    )


def _period(request: Request) -> PeriodForm:
    now = clock.now()
    given = request.POST if request.method == "POST" else request.GET
    return PeriodForm(given, today=loads.today(request.user, now), kind="quarter")


def _people(request: Request, pk: int) -> tuple[LoadLook, dict[User, Figures]]:
    require_look(request.user)
    found = look_for(request.user, pk)
    workflow.require_open(found)
    return found, load_pages.people_of_look(found, now=clock.now())


def _period_of(found: LoadLook) -> Period:
    return Period(found.period, found.first, found.after)
