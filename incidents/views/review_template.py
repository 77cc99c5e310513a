"""What every review is made from: the template in versions, and the rules of publication."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.models import ReviewTemplate
from incidents.parts import parts
from incidents.review_forms import RulesForm, TemplateForm
from incidents.workflow.review_saving import rules
from incidents.workflow.review_templates import the_template
from portal.access import require_administrator, require_look
from portal.forms import attempt
from portal.http import Request


@require_GET
def template(request: Request) -> HttpResponse:
    require_look(request.user)
    return _page(request)


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep the sections as the next version; nothing typed is lost if somebody was faster."""
    require_administrator(request.user)
    current = _current()
    form = TemplateForm(request.POST, sections=current.sections)
    try:
        saved = attempt(
            form,
            lambda: workflow.save_template(
                current,
                base_number=form.cleaned_data["base_number"],
                sections=form.sections,
                message=form.cleaned_data["message"],
                actor=request.user,
            ),
        )
    except workflow.TemplateConflict as conflict:
        return _page(request, form, status=409, refusals=conflict.refusals)
    if saved is None:
        return _page(request, form, status=422)
    return redirect("incidents:review-template")


@require_POST
def restore(request: Request, number: int) -> HttpResponse:
    require_administrator(request.user)
    workflow.restore_template(_current(), number=number, actor=request.user)
    return redirect("incidents:review-template")


@require_POST
def change_rules(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = RulesForm(request.POST, instance=rules(), auto_id="id_rules_%s")
    changed = attempt(
        form, lambda: workflow.change_review_rules(**form.cleaned_data, actor=request.user)
    )
    if changed is None:
        return _page(request, rules_form=form, status=422)
    return redirect("incidents:review-template")


def _current() -> ReviewTemplate:
    found = the_template()
    if found is None:
        raise Http404
    return found


def _page(
    request: Request,
    form: TemplateForm | None = None,
    *,
    status: int = 200,
    rules_form: forms.BaseForm | None = None,
    **more: object,
) -> HttpResponse:
    current = _current()
    asked = rules()
    if form is None:
        initial = {"base_number": current.latest_number}
        form = TemplateForm(sections=current.sections, initial=initial)
    context = {
        "template": current,
        "versions": current.versions.select_related("author")[:50],
        "form": form,
        "rules": asked,
        "rules_form": rules_form or RulesForm(instance=asked, auto_id="id_rules_%s"),
        "may_change": request.user.is_administrator,
        "parts": parts("reviews"),
        **more,
    }
    return render(request, "incidents/review_template.html", context, status=status)
