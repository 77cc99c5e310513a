"""The deploy gate: what it was asked, what it answered, and a form to ask it oneself."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from maintenance import workflow
from maintenance.access import gate_question_for
from maintenance.deployment_parts import deployment_parts
from maintenance.filters import GateQuestionFilter
from maintenance.forms import AskGateForm
from maintenance.models import GateDecision, GateQuestion
from portal.access import require_work
from portal.http import Request
from portal.listing import listing

TONES = {GateDecision.ALLOW: "good", GateDecision.DENY: "bad", GateDecision.INVALID: "neutral"}
RECIPE = """\
answer=$(curl --fail --silent --show-error --max-time 10 \\
  -H "Authorization: Bearer $EVENKEEL_TOKEN" -H "Content-Type: application/json" \\
  -d "{{\\"service\\": \\"{service}\\", \\"environment\\": \\"production\\",
       \\"artefact_sha256\\": \\"$ARTEFACT_SHA256\\", \\"request\\": \\"$CHANGE_REQUEST\\"}}" \\
  {site}/api/v1/gate/) || exit 1
echo "$answer" | jq -r '.reasons[].sentence'
echo "$answer" | jq -e '.decision == "allow"' > /dev/null || exit 1
"""


@require_GET
def question_list(request: Request) -> HttpResponse:
    rows = GateQuestion.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, GateQuestionFilter)
    page = context["page"]
    counted = ngettext("%(n)s question", "%(n)s questions", page.counted)
    context |= {
        "rows": [question_row(item) for item in page.rows],
        "total": counted % {"n": page.total_text},
        "may_ask": request.user.may_work,
        "recipe": recipe(),
        "parts": deployment_parts(request),
    }
    return render(request, "maintenance/gate.html", context)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    item = gate_question_for(request.user, pk)
    again = {
        "service": item.service_asked,
        "environment": item.environment,
        "request": item.request_asked,
        "artefact_sha256": item.artefact_sha256,
    }
    context = {
        **question_row(item),
        "facts": _facts(item),
        "may_ask": request.user.may_work,
        "again": urlencode(again),
    }
    return render(request, "maintenance/gate_question.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: Request) -> HttpResponse:
    """Ask as a pipeline would; what is asked here is kept as well."""
    require_work(request.user)
    if request.method == "GET":
        names = ("service", "environment", "artefact_sha256", "request")
        given = {name: request.GET[name] for name in names if name in request.GET}
        form = AskGateForm(initial=given, user=request.user)
        return render(request, "maintenance/gate_ask.html", {"form": form})
    form = AskGateForm(request.POST, user=request.user)
    if not form.is_valid():
        return render(request, "maintenance/gate_ask.html", {"form": form}, status=422)
    given = {**form.cleaned_data, "service": form.cleaned_data["service"].slug}
    return redirect(workflow.ask_gate(workflow.Asked(**given), actor=request.user))


def question_row(item: GateQuestion) -> dict[str, Any]:
    decision = GateDecision(item.decision)
    return {"item": item, "label": str(decision.label), "tone": TONES[decision]}


def recipe(service: str = "shop") -> str:
    """Return what a pipeline runs before it deploys; whatever goes wrong, it stops."""
    return RECIPE.format(site=settings.SITE_URL, service=service)


def _facts(item: GateQuestion) -> list[dict[str, Any]]:
    service, request = item.service, item.request
    asked_by = f"{item.actor}, {item.token_name}" if item.token_name else item.actor
    return [
        {"label": _("Asked"), "at": item.asked_at},
        {"label": _("By"), "value": asked_by},
        {
            "label": _("Service"),
            "value": service or item.service_asked,
            "url": service.get_absolute_url() if service else "",
        },
        {"label": _("Environment"), "value": item.environment},
        {
            "label": _("Request"),
            "value": request or item.request_asked,
            "url": request.get_absolute_url() if request else "",
        },
        {"label": _("Artefact (SHA-256)"), "value": item.artefact_sha256},
        {"label": _("Digest of the plan"), "value": item.plan_digest},
    ]
