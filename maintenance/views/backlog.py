"""The backlog: ranked by hand, proposed by a score, and triaged in bulk."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from maintenance import workflow
from maintenance.access import own_services, request_for
from maintenance.backlog import MOST, Row, in_order
from maintenance.backlog_forms import RankForm, TriageForm
from maintenance.filters import BacklogFilter
from maintenance.models import MaintenanceRequest
from maintenance.presentation import request_row
from maintenance.views.requests import tabs
from portal import clock
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import chips_of, found_by


@require_GET
def backlog(request: Request) -> HttpResponse:
    return _page(request)


@require_POST
def rank(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    beside = request.GET.get("other") or request.POST.get("other")
    form = RankForm({"move": request.POST.get("move"), "other": beside})
    if not form.is_valid():
        return _page(request, status=422)
    workflow.rank(item, actor=request.user, **form.cleaned_data)
    return redirect(f"{_back(request)}#request-{item.pk}")


@require_POST
def triage(request: Request) -> HttpResponse:
    """Do the same with each of the chosen; those that cannot be are listed with why."""
    require_work(request.user)
    form = TriageForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = dict(form.cleaned_data)
    refused = []
    done = 0
    for pk in said.pop("chosen"):
        reasons = triage_one(request, pk, said)
        refused += [reasons] if reasons else []
        done += not reasons
    if refused:
        return _page(request, form, status=409, refused=refused, done=done)
    messages.success(request, _("Done with %(n)s.") % {"n": done})
    return redirect(_back(request))


def triage_one(request: Request, pk: int, said: dict[str, Any]) -> dict[str, Any] | None:
    """Do it to one; return which and why not, if it could not be done."""
    may = "decide" if said["action"] == "reject" else "change"
    try:
        item = request_for(request.user, pk, may=may)  # type: ignore[arg-type]  # one of its words
    except Http404:
        return {"number": f"CHG-{pk}", "why": [_("There is no such request.")]}
    except PermissionDenied:
        return {"number": f"CHG-{pk}", "why": [_("It belongs to another team.")]}
    try:
        workflow.triage(item, actor=request.user, **said)
    except DomainError as error:
        why = [str(refusal.sentence) for refusal in error.refusals]
        return {"number": item.number, "url": item.get_absolute_url(), "why": why}
    return None


def _page(
    request: Request, form: TriageForm | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    visible = MaintenanceRequest.objects.visible_to(request.user)
    chosen = BacklogFilter(request.GET, queryset=visible, request=request)
    rows = in_order(found_by(chosen), clock.now())
    theirs = set(own_services(request.user).values_list("pk", flat=True))
    context = {
        "filter": chosen,
        "chips": chips_of(request, chosen),
        "clear_url": request.path,
        "is_filtered": bool(chosen.form.changed_data),
        "rows": _rows(rows, theirs),
        "is_cut": len(rows) == MOST,
        "most": MOST,
        "tabs": tabs(request),
        "form": form or TriageForm(),
        "chosen": request.POST.getlist("chosen") if form else [],
        "may_work": bool(theirs),
        "query": request.GET.urlencode(),
        **more,
    }
    return render(request, "maintenance/backlog.html", context, status=status)


def _rows(rows: list[Row], theirs: set[int]) -> list[dict[str, Any]]:
    """Each with the rows shown above and below it, which its buttons lead past."""
    keys = [None, *(row.request.pk for row in rows), None]
    return [
        {
            **request_row(row.request),
            "place": row.place,
            "rank": row.rank,
            "score": row.score,
            "above": keys[number],
            "below": keys[number + 2],
            "may_change": row.request.service_id in theirs,
        }
        for number, row in enumerate(rows)
    ]


def _back(request: Request) -> str:
    """The backlog as it was filtered."""
    query = request.POST.get("query", "")
    here = reverse("maintenance:backlog")
    asked = f"{here}?{query}" if query else here
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else here
