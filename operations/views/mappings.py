"""Saying what bodies mean: rules tried on what came, saved as versions, read again by them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from operations import workflow
from operations.access import integration_for, mapping_for
from operations.formats import Told
from operations.forms import MailRulesForm, MappingForm, rules_form
from operations.models import Integration, IntegrationMapping, Receipt, ReceiptState
from operations.workflow import Trial
from portal.errors import TransitionNotAllowed
from portal.forms import attempt
from portal.http import Request

BODY_SHOWN = 50_000  # characters
SIZES = (20, 50, 100)


class Tried(NamedTuple):
    """What the rules make of a body that somebody looks at, and of the last calls."""

    body: str
    told: Told | None
    trials: list[Trial]
    lost_count: int  # calls that were understood and would not be any more


@require_http_methods(["GET", "POST"])
@vary_on_headers("HX-Target")
def edit(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    if reasons := workflow.why_not_map(integration):
        raise TransitionNotAllowed(reasons)
    samples = workflow.last_calls(integration)
    rules = workflow.rules_to_start_from(integration)
    form = rules_form(integration, request.POST or None, rules=rules, samples=samples)
    is_tried = "try" in request.POST or request.htmx.target == "tried"
    if request.method == "GET" or is_tried:
        return _page(request, integration, form, samples)
    if _is_safe(integration, form) and _save(request, integration, form):
        messages.success(request, _("Saved. From now on calls are read by these rules."))
        return redirect("operations:integration-replay", pk)
    return _page(request, integration, form, samples, status=422)


@require_POST
def restore(request: Request, pk: int) -> HttpResponse:
    mapping = mapping_for(request.user, pk, may="change")
    made = workflow.restore_mapping(mapping, actor=request.user)
    messages.success(
        request,
        _("The rules of version %(old)s hold again, as version %(new)s.")
        % {"old": mapping.number, "new": made.number},
    )
    return redirect("operations:integration-mapping", mapping.integration_id)


@require_http_methods(["GET", "POST"])
def replay(request: Request, pk: int) -> HttpResponse:
    """Show what reading the newest calls again would change; POST does it."""
    integration = integration_for(request.user, pk, may="change")
    chosen = request.POST.get("limit") or request.GET.get("limit") or ""
    limit = int(chosen) if chosen in {str(size) for size in SIZES} else SIZES[0]
    if request.method == "POST":
        done = workflow.replay_many(integration, actor=request.user, limit=limit)
        words = ngettext(
            "Read %(n)s call again.", "Read %(n)s calls again.", n := len(done.differences)
        )
        messages.success(request, words % {"n": n})
        return redirect(integration)
    context = {
        "integration": integration,
        "replay": workflow.preview_replay(integration, limit=limit),
        "limit": limit,
        "sizes": SIZES,
        "why_not_replay": workflow.why_not_replay_many(integration),
    }
    return render(request, "operations/integration_replay.html", context)


def _save(
    request: Request, integration: Integration, form: MappingForm | MailRulesForm
) -> IntegrationMapping | None:
    def verb() -> IntegrationMapping:
        return workflow.set_mapping(integration, rules=form.rules, actor=request.user)

    return attempt(form, verb)


def _is_safe(integration: Integration, form: MappingForm | MailRulesForm) -> bool:
    """Whether no call is lost by the rules, or somebody has said that it may be."""
    if not form.is_valid() or form.cleaned_data["anyway"]:
        return form.is_valid()
    if workflow.wrong_rules(integration, form.rules):
        return True  # the verb says so, at each field
    if lost := _lost(workflow.try_rules(integration, form.rules)):
        words = ngettext(
            "%(n)s of the last calls was understood and would not be any more.",
            "%(n)s of the last calls were understood and would not be any more.",
            lost,
        )
        form.add_error("anyway", words % {"n": lost})
    return not form.errors


def _lost(trials: list[Trial]) -> int:
    return sum(
        trial.receipt.state == ReceiptState.PROCESSED and bool(trial.told.problems)
        for trial in trials
    )


def _page(
    request: Request,
    integration: Integration,
    form: MappingForm | MailRulesForm,
    samples: list[Receipt],
    *,
    status: int = 200,
) -> HttpResponse:
    rules, wrong = _rules_of(integration, form)
    tried = _try(integration, form, samples, rules)
    context: dict[str, Any] = {
        "integration": integration,
        "form": form,
        "tried": tried,
        "wrong": wrong,
        "versions": integration.mappings.newest_first()[:20],
    }
    template = "operations/integration_mapping.html"
    if request.htmx.target == "tried":
        template, context["is_update"] = f"{template}#update", True
    return render(request, template, context, status=status)


def _rules_of(
    integration: Integration, form: MappingForm | MailRulesForm
) -> tuple[dict[str, Any] | None, list[tuple[str, str]]]:
    """Return the rules as they are typed, or None with what is wrong with them, by label."""
    if not form.is_bound:
        return workflow.rules_to_start_from(integration), []
    if not form.is_valid():
        return None, _labelled(form, form.errors)
    if wrong := workflow.wrong_rules(integration, form.rules):
        return None, _labelled(form, wrong)
    return form.rules, []


def _labelled(form: forms.Form, wrong: Mapping[str, Iterable[Any]]) -> list[tuple[str, str]]:
    return [
        (str(form.fields[name].label), str(each))
        for name, said in wrong.items()
        if name in form.fields and name != "anyway"
        for each in said
    ]


def _try(
    integration: Integration,
    form: MappingForm | MailRulesForm,
    samples: list[Receipt],
    rules: dict[str, Any] | None,
) -> Tried:
    chosen, pasted = form["sample"].value(), form["pasted"].value()
    sample = next((each for each in samples if str(each.pk) == chosen), None)
    sample = sample or (samples[0] if samples else None)
    body = pasted or (bytes(sample.body).decode(errors="replace") if sample else "")
    if rules is None:
        return Tried(body[:BODY_SHOWN], None, [], 0)
    told = None
    if pasted:
        told = workflow.try_body(integration, rules, pasted)
    elif sample is not None:
        told = workflow.try_receipt(sample, rules)
    trials = workflow.try_rules(integration, rules)
    return Tried(body[:BODY_SHOWN], told, trials, _lost(trials))
