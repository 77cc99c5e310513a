from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from operations import workflow
from operations.access import item_of, require_team, run_for, seen_by, template_for
from operations.filters import ChecklistRunFilter
from operations.forms import StartForm, TickForm
from operations.models import ChecklistRun, ChecklistTemplate
from portal import events
from portal.access import require_look, require_work, works_in
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.models import Team, User
from portal.timeline import lines


@require_GET
def run_list(request: Request) -> HttpResponse:
    require_look(request.user)
    runs = ChecklistRun.objects.visible_to(request.user).with_list_columns()
    context = listing(request, runs, ChecklistRunFilter)
    context["templates"] = ChecklistTemplate.objects.select_related("team")
    return render(request, "operations/checklists.html", context)


@require_GET
def run(request: Request, pk: int) -> HttpResponse:
    shown = run_for(request.user, pk)
    refusals = []
    if not works_in(request.user, shown.team):
        sentence = _("Only the team works through its checklists.")
        refusals = [Refusal("not_yours", sentence)]
    items = list(shown.items.all())
    context = {
        "run": shown,
        "items": items,
        "done": sum(item.done_at is not None for item in items),
        "refusals": refusals,
        "why_not_finish": refusals or workflow.why_not_finish(shown),
        "timeline": lines(events.about(shown)[:50], about=shown),
    }
    return render(request, "operations/checklist.html", context)


@require_POST
def tick(request: Request, pk: int) -> HttpResponse:
    shown = run_for(request.user, pk, may="change")
    form = TickForm(request.POST)
    if form.is_valid():
        item = item_of(shown, form.cleaned_data["item"])
        workflow.tick(item, note=form.cleaned_data["note"], actor=request.user)
    return redirect(shown)


@require_POST
def untick(request: Request, pk: int) -> HttpResponse:
    shown = run_for(request.user, pk, may="change")
    form = TickForm(request.POST)
    if form.is_valid():
        workflow.untick(item_of(shown, form.cleaned_data["item"]), actor=request.user)
    return redirect(shown)


@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    shown = run_for(request.user, pk, may="change")
    workflow.finish(shown, actor=request.user)
    messages.success(request, _("%(title)s is done.") % {"title": shown.title})
    return redirect(shown)


@require_GET
def template(request: Request, pk: int) -> HttpResponse:
    return _template_page(request, template_for(request.user, pk))


@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    require_work(request.user)
    shown = template_for(request.user, pk)
    form = StartForm(request.POST, teams=_teams_of(request.user))
    if not form.is_valid():
        return _template_page(request, shown, form, status=422)
    require_team(request.user, form.cleaned_data["team"])
    return redirect(
        workflow.start_checklist(shown, team=form.cleaned_data["team"], actor=request.user)
    )


def _teams_of(user: User) -> QuerySet[Team]:
    if user.is_administrator:
        return Team.objects.all()
    return Team.objects.of(user) if user.may_work else Team.objects.none()


def _template_page(
    request: Request,
    shown: ChecklistTemplate,
    form: StartForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    teams = _teams_of(request.user)
    runs = ChecklistRun.objects.with_list_columns().filter(template=shown)
    context = {
        "template": shown,
        "form": form or StartForm(teams=teams),
        "may_start": teams.exists(),
        "runs": seen_by(request.user, runs)[:20],
    }
    return render(request, "operations/checklist_template.html", context, status=status)
