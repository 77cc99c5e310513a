"""What is to be put right in documents: said, listed, dealt with."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import (
    document_for,
    may_change_document,
    repair_for,
    revision_of,
    run_for,
)
from knowledge.filters import RepairFilter
from knowledge.models import Document, Repair, RunbookRun
from knowledge.repair_forms import DismissForm, RepairForm, ResolveForm
from knowledge.workflow.repairs import additions_to
from portal.access import require_look, require_work
from portal.http import Request
from portal.listing import listing
from portal.models import User


@require_GET
def repair_list(request: Request) -> HttpResponse:
    require_look(request.user)
    repairs = Repair.objects.visible_to(request.user).with_list_columns()
    return render(request, "knowledge/repairs.html", listing(request, repairs, RepairFilter))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, repair_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def new(request: Request, slug: str) -> HttpResponse:
    """Say what is wrong, from the document or from a run of it (`?run=7&step=2`)."""
    document = document_for(request.user, slug=slug)
    require_work(request.user)
    run = _run(request, document)
    if request.method == "POST":
        form = RepairForm(document, request.POST)
        if form.is_valid():
            said = form.cleaned_data
            repair = workflow.report_repair(document, **said, run=run, actor=request.user)
            messages.success(request, _thanks(repair, request.user))
            step = f"#step-{said['order']}" if run and said["order"] else ""
            return redirect(f"{(run or document).get_absolute_url()}{step}")
    else:
        form = RepairForm(document, initial={"order": request.GET.get("step")})
    context = {"document": document, "run": run, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "knowledge/repair_new.html", context, status=status)


@require_POST
def resolve(request: Request, pk: int) -> HttpResponse:
    repair = repair_for(request.user, pk, may="change")
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _page(request, repair, resolve=form, status=422)
    revision = revision_of(repair.document, form.cleaned_data["number"])
    workflow.resolve_repair(
        repair, revision=revision, reason=form.cleaned_data["reason"], actor=request.user
    )
    return redirect(repair)


@require_POST
def dismiss(request: Request, pk: int) -> HttpResponse:
    repair = repair_for(request.user, pk, may="change")
    form = DismissForm(request.POST)
    if not form.is_valid():
        return _page(request, repair, dismiss=form, status=422)
    workflow.dismiss_repair(repair, **form.cleaned_data, actor=request.user)
    return redirect(repair)


def _thanks(repair: Repair, user: User) -> str:
    if repair.reported_by is None or repair.reported_by == user:
        return _("Reported. Whoever keeps this document knows of it.")
    sentence = _("%(person)s has reported this, too; what you wrote is added there.")
    return sentence % {"person": repair.reported_by.name}


def _run(request: Request, document: Document) -> RunbookRun | None:
    """The run that it was seen in, if that is one of this document."""
    key = request.GET.get("run", "")
    if not key.isdecimal():
        return None
    run = run_for(request.user, int(key))
    return run if run.revision.document_id == document.pk else None


def _page(
    request: Request,
    repair: Repair,
    *,
    resolve: ResolveForm | None = None,
    dismiss: DismissForm | None = None,
    status: int = 200,
) -> HttpResponse:
    published = repair.document.published
    newest = published.number if published else None
    context = {
        "repair": repair,
        "additions": additions_to(repair),
        "may_change": may_change_document(request.user, repair.document),
        "resolve_form": resolve or ResolveForm(initial={"number": newest}, auto_id="by_%s"),
        "dismiss_form": dismiss or DismissForm(auto_id="dismiss_%s"),
    }
    return render(request, "knowledge/repair.html", context, status=status)
