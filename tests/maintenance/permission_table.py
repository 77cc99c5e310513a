"""Who may do what at the URLs of maintenance."""

from typing import Any

from maintenance.models import RequestState
from tests.maintenance.make import (
    make_action,
    make_deployment,
    make_process,
    make_window,
    request_in,
)
from tests.permissions import LOOK, MANAGER_ONLY, TEAM, WORK, Rule, api, form, page, verb

REQUEST: dict[str, Any] = {"pk": "request.pk"}
STEP: dict[str, Any] = {**REQUEST, "order": "step.order"}
DEPLOYMENT: dict[str, Any] = {"pk": "deployment.pk"}
WINDOW: dict[str, Any] = {"pk": "window.pk"}


def furnish(world: dict[str, Any]) -> None:
    """Give Checkout a request in work, a deployment and a window; Olivia has an action item."""
    checkout, olivia = world["checkout"], world["olivia"]
    world["process"] = make_process()
    world["request"] = request_in(RequestState.IN_PROGRESS, checkout, olivia, world["max"])
    world["step"] = world["request"].steps.first()
    world["action"] = make_action(olivia, checkout)
    world["deployment"] = make_deployment(checkout)
    world["window"] = make_window(checkout)


TABLE: dict[str, Rule] = {
    "maintenance:home": page(),
    "maintenance:processes": page(),
    "maintenance:requests": page(),
    "maintenance:requests-export": page(),
    "maintenance:board": page(),
    "maintenance:request-new": form(WORK),
    "maintenance:request-from-action": verb(TEAM, pk="action.pk"),
    "maintenance:request": page(**REQUEST),
    "maintenance:request-edit": form(TEAM, **REQUEST),
    "maintenance:request-runbook": form(TEAM, **REQUEST),
    "maintenance:request-approval": page(**REQUEST),
    # Administering is not managing: no administrator decides for a team.
    "maintenance:request-approve": verb(MANAGER_ONLY, **REQUEST),
    "maintenance:request-reject": verb(MANAGER_ONLY, **REQUEST),
    **{
        f"maintenance:request-{name}": verb(TEAM, **REQUEST)
        for name in (
            *("submit", "withdraw", "back-to-draft", "start"),
            *("finish-work", "back-to-work", "close"),
        )
    },
    "maintenance:request-step": verb(TEAM, **STEP),
    "maintenance:deployments": page(),
    "maintenance:deployments-export": page(),
    "maintenance:deployment-new": form(WORK),
    "maintenance:deployment": page(**DEPLOYMENT),
    "maintenance:deployment-failed": verb(TEAM, **DEPLOYMENT),
    "maintenance:deployment-recovered": verb(TEAM, **DEPLOYMENT),
    "maintenance:windows": page(),
    "maintenance:window-new": form(WORK),
    "maintenance:window": page(**WINDOW),
    "maintenance:window-edit": form(TEAM, **WINDOW),
    "maintenance:window-cancel": verb(TEAM, **WINDOW),
    "maintenance-request-list": api(LOOK, post=WORK),
    "maintenance-request-from-action": api(post=WORK),
    "maintenance-request-detail": api(LOOK, patch=TEAM, **REQUEST),
    "maintenance-request-approve": api(post=MANAGER_ONLY, **REQUEST),
    "maintenance-request-reject": api(post=MANAGER_ONLY, **REQUEST),
    "maintenance-request-answer-step": api(post=TEAM, **STEP),
    **{
        f"maintenance-request-{name}": api(post=TEAM, **REQUEST)
        for name in (
            *("submit", "withdraw", "back-to-draft", "start", "finish-work"),
            *("back-to-work", "verify-and-close", "revise-runbook"),
        )
    },
    "process-template-list": api(LOOK),
    "process-template-detail": api(LOOK, pk="process.pk"),
    "deployment-list": api(LOOK, post=WORK),
    "deployment-detail": api(LOOK, **DEPLOYMENT),
    "deployment-failed": api(post=TEAM, **DEPLOYMENT),
    "deployment-recovered": api(post=TEAM, **DEPLOYMENT),
    "window-list": api(LOOK, post=WORK),
    "window-detail": api(LOOK, patch=TEAM, **WINDOW),
    "window-cancel": api(post=TEAM, **WINDOW),
}
