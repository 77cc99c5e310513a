"""What conflicts are found by: the rules, and the resources that one change has to itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import require_rule_of, resource_for, ruled_services
from maintenance.filters import ResourceFilter
from maintenance.models import ConflictRules, ExclusiveResource
from maintenance.time_forms import ConflictRulesForm, ResourceForm
from portal.access import require_administrator, require_look, require_work
from portal.http import Request
from portal.listing import listing


@require_http_methods(["GET", "POST"])
def rules(request: Request) -> HttpResponse:
    require_look(request.user)
    if request.method == "POST":
        require_administrator(request.user)
    row = ConflictRules.objects.order_by("pk").first() or ConflictRules()
    form = ConflictRulesForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.Meta.fields}
        workflow.change_conflict_rules(actor=request.user, **values)
        messages.success(request, _("The rules are saved."))
        return redirect("maintenance:conflict-rules")
    context = {
        "form": form,
        "rules": [
            (field.label, dict(field.field.choices).get(field.value(), field.value()))
            if hasattr(field.field, "choices")
            else (field.label, field.value())
            for field in form
        ],
        "may_change": request.user.is_administrator,
    }
    status = 422 if form.is_bound else 200
    return render(request, "maintenance/conflict_rules.html", context, status=status)


@require_GET
def resource_list(request: Request) -> HttpResponse:
    resources = ExclusiveResource.objects.visible_to(request.user).with_list_columns()
    context = listing(request, resources, ResourceFilter)
    page = context["page"]
    ruled = set(ruled_services(request.user).values_list("pk", flat=True))
    context |= {
        "rows": [_row(request, item, ruled) for item in page.rows],
        "total": ngettext("%(n)s resource", "%(n)s resources", page.counted)
        % {"n": page.total_text},
        "may_write": bool(ruled) or request.user.is_administrator,
    }
    return render(request, "maintenance/resources.html", context)


@require_http_methods(["GET", "POST"])
def new_resource(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        return _form_page(request, ResourceForm(user=request.user))
    form = ResourceForm(request.POST, user=request.user)
    if not form.is_valid() or not _is_new_name(form):
        return _form_page(request, form, status=422)
    services = list(form.cleaned_data["services"])
    require_rule_of(request.user, services, covers_all=not services)
    return redirect(workflow.add_resource(**form.cleaned_data, actor=request.user))


@require_http_methods(["GET", "POST"])
def edit_resource(request: Request, pk: int) -> HttpResponse:
    item = resource_for(request.user, pk, may="change")
    if request.method == "GET":
        slugs = [service.slug for service in item.services.all()]
        initial = {"name": item.name, "note": item.note, "services": slugs}
        return _form_page(request, ResourceForm(user=request.user, initial=initial), item=item)
    form = ResourceForm(request.POST, user=request.user)
    if not form.is_valid() or not _is_new_name(form, item):
        return _form_page(request, form, item=item, status=422)
    services = list(form.cleaned_data["services"])
    require_rule_of(request.user, services, covers_all=not services)
    return redirect(workflow.change_resource(item, **form.cleaned_data, actor=request.user))


@require_POST
def retire_resource(request: Request, pk: int) -> HttpResponse:
    item = resource_for(request.user, pk, may="change")
    return redirect(workflow.retire_resource(item, actor=request.user))


def _row(request: Request, item: ExclusiveResource, ruled: set[int]) -> dict[str, Any]:
    services = list(item.services.all())
    own = {service.pk for service in services}
    may = request.user.is_administrator or (own <= ruled if own else bool(ruled))
    return {"item": item, "services": services, "may_change": may and not item.retired_at}


def _is_new_name(form: ResourceForm, item: ExclusiveResource | None = None) -> bool:
    same = ExclusiveResource.objects.filter(name=form.cleaned_data["name"])
    if same.exclude(pk=item.pk if item else 0).exists():
        form.add_error("name", _("There is a resource of this name already."))
        return False
    return True


def _form_page(
    request: Request, form: ResourceForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, **more}
    return render(request, "maintenance/resource_edit.html", context, status=status)
