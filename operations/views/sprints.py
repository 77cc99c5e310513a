"""A team's sprints, by which the clocks of small incidents run."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from operations import workflow
from operations.access import require_team, sprints_for
from operations.forms import SprintForm
from operations.models import SprintCalendar
from portal import clock
from portal.access import team_for
from portal.forms import attempt
from portal.http import Request


@require_http_methods(["GET", "HEAD", "POST"])
def sprints(request: Request, slug: str) -> HttpResponse:
    team = team_for(request.user, slug)
    require_team(request.user, team)
    known = SprintCalendar.objects.select_related("team").filter(team=team).first()
    form = SprintForm(request.POST or None, instance=known or SprintCalendar(team=team))
    saved = attempt(
        form,
        lambda: workflow.set_sprints(
            team,
            begins_on=form.cleaned_data["begins_on"],
            days=form.cleaned_data["days"],
            actor=request.user,
        ),
    )
    if saved is not None:
        messages.success(request, _("Saved. Clocks that run by it are worked out anew."))
        return redirect("operations:sprints", team.slug)
    fresh = SprintCalendar.objects.select_related("team").filter(team=team).first()
    context = {
        "form": form,
        "team": team,
        "sprints": fresh,
        "ends_at": fresh.sprints.end_of_next(clock.now()) if fresh else None,
        "crumbs": [{"label": _("Business hours"), "url": reverse("operations:business-hours")}],
        "cancel_url": team.get_absolute_url(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/sprints.html", context, status=status)


@require_POST
def remove(request: Request, slug: str) -> HttpResponse:
    found = sprints_for(request.user, slug)
    workflow.remove_sprints(found, actor=request.user)
    messages.success(request, _("Removed. Nothing is due in a next sprint any more."))
    return redirect(found.team)
