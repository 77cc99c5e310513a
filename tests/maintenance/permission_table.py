"""Who may do what at the URLs of maintenance."""

from typing import Any

from maintenance.models import RequestState
from maintenance.workflow import (
    Asked,
    add_resource,
    ask_gate,
    make_change_feed,
    record_change_event,
    set_up_source,
    take_notices,
    test_source,
)
from tests.maintenance.make import (
    make_action,
    make_change_window,
    make_delegation,
    make_deployment,
    make_emergency,
    make_freeze,
    make_policy,
    make_process,
    make_recurring,
    make_standard,
    make_window,
    request_in,
)
from tests.maintenance.notices import a_notice
from tests.operations.make import make_alert, make_check
from tests.permissions import (
    ADMINISTER,
    DONE,
    LOOK,
    MANAGE,
    MANAGER_ONLY,
    OLIVIAS,
    OLIVIAS_ALONE,
    TEAM,
    WORK,
    Rule,
    api,
    form,
    opened,
    page,
    verb,
)

REQUEST: dict[str, Any] = {"pk": "request.pk"}
STANDARD: dict[str, Any] = {"pk": "standard.pk"}
STEP: dict[str, Any] = {**REQUEST, "order": "step.order"}
DEPLOYMENT: dict[str, Any] = {"pk": "deployment.pk"}
FREEZE: dict[str, Any] = {"pk": "freeze.pk"}
POLICY: dict[str, Any] = {"pk": "policy.pk"}
DELEGATION: dict[str, Any] = {"pk": "delegation.pk"}
PERMITTED: dict[str, Any] = {"pk": "permitted.pk"}
FEED: dict[str, Any] = {"pk": "change_feed.pk"}
RECURRING: dict[str, Any] = {"pk": "recurring.pk"}
RESOURCE: dict[str, Any] = {"pk": "resource.pk"}
WINDOW: dict[str, Any] = {"pk": "window.pk"}
SOURCE: dict[str, Any] = {"pk": "source.pk"}
NO_SOURCE = "00000000-0000-4000-8000-000000000000"

# Olivia gave it, so she takes it back, and an administrator may.
GIVER = (403, 403, DONE, 403, DONE)


def furnish(world: dict[str, Any]) -> None:
    """Give Checkout a request in work, a deployment and a window; Olivia has an action item."""
    checkout, olivia = world["checkout"], world["olivia"]
    world["process"] = make_process()
    world["request"] = request_in(RequestState.IN_PROGRESS, checkout, olivia, world["max"])
    world["alert"] = make_alert(service=checkout)
    world["check"] = make_check(checkout)
    world["standard"] = make_standard(checkout, olivia)
    world["step"] = world["request"].steps.first()
    world["action"] = make_action(olivia, checkout)
    world["deployment"] = make_deployment(checkout)
    asked = Asked("checkout", "production", "a" * 64, world["request"].number)
    world["question"] = ask_gate(asked, actor=olivia)
    world["source"], _secret = set_up_source(
        kind="github", team=checkout.team, name="Forge", service=checkout, actor=None
    )
    world["call"] = test_source(world["source"], actor=None)
    world["window"] = make_window(checkout)
    world["freeze"] = make_freeze(checkout, world["max"])
    world["glass"] = make_emergency(checkout, olivia, world["max"]).break_glass
    world["policy"] = make_policy(services=[checkout])
    world["delegation"] = make_delegation(olivia, world["max"])
    world["permitted"] = make_change_window(checkout)
    world["change_feed"], _key = make_change_feed(owner=olivia, actor=olivia)
    world["recurring"] = make_recurring(checkout, olivia)
    (world["notice"],) = take_notices(a_notice(), actor=None).new
    world["resource"] = add_resource(name="Laboratory", services=[checkout], actor=None)
    world["change"], _is_new = record_change_event(
        service=checkout, kind="flag", title="Pay later is on", external_id="1", actor=None
    )


TABLE: dict[str, Rule] = {
    "maintenance:home": page(),
    "maintenance:processes": page(),
    "maintenance:rules": page(),
    "maintenance:process": page(pk="process.pk"),
    "maintenance:process-edit": form(MANAGE, pk="process.pk"),
    "maintenance:process-publish": verb(MANAGE, pk="process.pk"),
    "maintenance:process-discard": verb(MANAGE, pk="process.pk"),
    "maintenance:backlog": page(),
    "maintenance:backlog-rank": verb(TEAM, **REQUEST),
    "maintenance:backlog-triage": verb(WORK),
    "maintenance-request-backlog": api(LOOK),
    "maintenance-request-rank": api(post=TEAM, **REQUEST),
    "maintenance-request-triage": api(post=WORK),
    "maintenance:standards": page(),
    "maintenance:standard-new": form(WORK),
    "maintenance:standard": page(**STANDARD),
    "maintenance:standard-propose": form(TEAM, **STANDARD),
    "maintenance:standard-use": verb(TEAM, **STANDARD),
    **{
        f"maintenance:standard-{name}": verb(MANAGER_ONLY, **STANDARD)
        for name in ("approve", "reject", "suspend", "reinstate", "retire")
    },
    "standard-change-list": api(LOOK, post=WORK),
    "standard-change-detail": api(LOOK, **STANDARD),
    "standard-change-versions": api(LOOK, **STANDARD),
    "standard-change-propose": api(post=TEAM, **STANDARD),
    "standard-change-use": api(post=TEAM, **STANDARD),
    **{
        f"standard-change-{name}": api(post=MANAGER_ONLY, **STANDARD)
        for name in ("approve", "reject", "suspend", "reinstate", "retire")
    },
    "maintenance:request-authorise": verb(TEAM, **REQUEST),
    "maintenance-request-authorise": api(post=TEAM, **REQUEST),
    "maintenance:request-from-alert": verb(TEAM, pk="alert.pk"),
    "maintenance:request-from-check": verb(TEAM, pk="check.pk"),
    "maintenance-request-from-alert": api(post=TEAM, body={"alert": "alert.pk"}),
    "maintenance-request-from-forecast": api(post=WORK),
    "maintenance-request-from-check": api(post=TEAM, body={"check": "check.pk"}),
    "maintenance:requests": page(),
    "maintenance:requests-export": page(),
    "maintenance:board": page(),
    "maintenance:request-new": form(WORK),
    "maintenance:request-from-action": verb(TEAM, pk="action.pk"),
    "maintenance:request": page(**REQUEST),
    "maintenance:request-gate-set": verb(TEAM, **REQUEST),
    "maintenance:request-gate-remove": verb(TEAM, **REQUEST),
    "maintenance-request-set-gate": api(post=TEAM, **REQUEST),
    "maintenance-request-remove-gate": api(post=TEAM, **REQUEST),
    "maintenance:request-analysis": form(LOOK, post=TEAM, **REQUEST),
    "maintenance-request-analysis": api(LOOK, patch=TEAM, **REQUEST),
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
            *("finish-work", "back-to-work", "verify", "review", "follow-up", "close"),
            *("assess", "ask-approval", "schedule", "hold", "resume", "cancel"),
            "confirm-runbook",
        )
    },
    "maintenance:request-step": verb(TEAM, **STEP),
    "maintenance:request-times": page(**REQUEST),
    "maintenance:request-plan-time": verb(TEAM, **REQUEST),
    "maintenance:request-override-time": verb(MANAGER_ONLY, **REQUEST),
    "maintenance-request-times": api(LOOK, **REQUEST),
    "maintenance-request-override-time": api(post=MANAGER_ONLY, **REQUEST),
    "maintenance:freezes": page(),
    "maintenance:freeze-new": form(WORK),
    "maintenance:freeze": page(**FREEZE),
    "maintenance:freeze-edit": form(MANAGE, **FREEZE),
    **{
        f"maintenance:freeze-{name}": verb(MANAGE, **FREEZE)
        for name in ("approve", "end", "discard")
    },
    "freeze-list": api(LOOK, post=WORK),
    "freeze-detail": api(LOOK, patch=MANAGE, **FREEZE),
    **{f"freeze-{name}": api(post=MANAGE, **FREEZE) for name in ("approve", "end", "discard")},
    "maintenance:change-windows": page(),
    "maintenance:change-window-new": form(WORK),
    "maintenance:change-window": page(**PERMITTED),
    "maintenance:change-window-edit": form(MANAGE, **PERMITTED),
    "maintenance:change-window-retire": verb(MANAGE, **PERMITTED),
    "change-window-list": api(LOOK, post=WORK),
    "change-window-detail": api(LOOK, patch=MANAGE, **PERMITTED),
    "change-window-retire": api(post=MANAGE, **PERMITTED),
    "maintenance:calendar": page(),
    "maintenance:request-move-time": form(TEAM, **REQUEST),
    "maintenance:change-feeds": page(),
    "maintenance:change-feed-create": verb(LOOK),
    "maintenance:change-feed-revoke": verb(OLIVIAS, **FEED),
    "change-feed": opened("GET", answer=404, key="nonsense"),
    "change-feed-list": api(LOOK, post=LOOK),
    "change-feed-detail": api(OLIVIAS_ALONE, **FEED),
    "change-feed-revoke": api(post=OLIVIAS, **FEED),
    "maintenance:notices": page(),
    "maintenance:notices-take": verb(WORK),
    "maintenance:notice": page(pk="notice.pk"),
    "maintenance:notice-link": verb(WORK, pk="notice.pk"),
    "supplier-notice-list": api(LOOK, post=WORK),
    "supplier-notice-detail": api(LOOK, pk="notice.pk"),
    "supplier-notice-link": api(post=WORK, pk="notice.pk"),
    "maintenance:recurring-list": page(),
    "maintenance:recurring-new": form(WORK),
    "maintenance:recurring": page(**RECURRING),
    "maintenance:recurring-edit": form(TEAM, **RECURRING),
    **{
        f"maintenance:recurring-{name}": verb(TEAM, **RECURRING)
        for name in ("pause", "resume", "end")
    },
    "recurring-work-list": api(LOOK, post=WORK),
    "recurring-work-detail": api(LOOK, patch=TEAM, **RECURRING),
    **{
        f"recurring-work-{name}": api(post=TEAM, **RECURRING)
        for name in ("pause", "resume", "end")
    },
    "maintenance:conflict-rules": form(LOOK, post=ADMINISTER),
    "maintenance:resources": page(),
    "maintenance:resource-new": form(WORK),
    "maintenance:resource-edit": form(MANAGE, **RESOURCE),
    "maintenance:resource-retire": verb(MANAGE, **RESOURCE),
    "maintenance-request-what-if": api(LOOK, **REQUEST),
    "conflict-rules": api(LOOK, patch=ADMINISTER),
    "exclusive-resource-list": api(LOOK, post=WORK),
    "exclusive-resource-detail": api(LOOK, patch=MANAGE, **RESOURCE),
    "exclusive-resource-retire": api(post=MANAGE, **RESOURCE),
    "maintenance:request-break-glass": verb(TEAM, **REQUEST),
    "maintenance-request-break-glass": api(post=TEAM, **REQUEST),
    "maintenance-request-approval": api(LOOK, **REQUEST),
    "maintenance:emergencies": page(),
    "emergency-list": api(LOOK),
    "emergency-detail": api(LOOK, pk="glass.pk"),
    "maintenance:policies": page(),
    "maintenance:policy-applies": page(),
    "maintenance:policy-new": form(WORK),
    "maintenance:policy": page(**POLICY),
    "maintenance:policy-edit": form(MANAGE, **POLICY),
    "maintenance:policy-retire": verb(MANAGE, **POLICY),
    "maintenance:delegations": page(),
    "maintenance:delegation-new": form(WORK),
    "maintenance:delegation-revoke": verb(GIVER, **DELEGATION),
    "approval-policy-list": api(LOOK, post=WORK),
    "approval-policy-detail": api(LOOK, patch=MANAGE, **POLICY),
    "approval-policy-retire": api(post=MANAGE, **POLICY),
    "approval-policy-applies": api(post=LOOK),
    "approval-delegation-list": api(LOOK, post=WORK),
    "approval-delegation-detail": api(LOOK, **DELEGATION),
    "approval-delegation-revoke": api(post=GIVER, **DELEGATION),
    "maintenance:deployments": page(),
    "maintenance:deployments-export": page(),
    "maintenance:deployment-new": form(WORK),
    "maintenance:deployment": page(**DEPLOYMENT),
    "maintenance:deployment-failed": verb(TEAM, **DEPLOYMENT),
    "maintenance:deployment-recovered": verb(TEAM, **DEPLOYMENT),
    "maintenance:deployment-not-failed": verb(TEAM, **DEPLOYMENT),
    "maintenance:deployment-rollback": verb(TEAM, **DEPLOYMENT),
    "maintenance:deployment-accept": verb(MANAGER_ONLY, **DEPLOYMENT),
    "maintenance:sources": page(),
    "maintenance:source-new": form(WORK),
    "maintenance:source": page(**SOURCE),
    "maintenance:source-edit": form(TEAM, **SOURCE),
    **{
        f"maintenance:source-{name}": verb(TEAM, **SOURCE)
        for name in ("rotate", "switch-on", "switch-off", "test")
    },
    "maintenance:source-calls": page(),
    "maintenance:source-call": page(pk="call.pk"),
    "maintenance:source-call-replay": verb(TEAM, pk="call.pk"),
    "deployment-source-list": api(LOOK, post=WORK),
    "deployment-source-detail": api(LOOK, patch=TEAM, **SOURCE),
    **{
        f"deployment-source-{name}": api(post=TEAM, **SOURCE)
        for name in ("rotate-secret", "switch-on", "switch-off", "test")
    },
    "deployment-call-list": api(LOOK),
    "deployment-call-detail": api(LOOK, pk="call.pk"),
    "deployment-call-replay": api(post=TEAM, pk="call.pk"),
    # By a signature, not by a person: an address that is no source's.
    "intake-deployments": opened("POST", answer=404, kind="github", number=NO_SOURCE),
    "maintenance:delivery": page(),
    **{
        f"maintenance:delivery-{name}-csv": page()
        for name in ("figures", "deployments", "changes")
    },
    "delivery-figures": api(LOOK),
    "maintenance:request-evidence-pack": verb(LOOK, **REQUEST),
    "maintenance:service-evidence-pack": verb(LOOK, slug="checkout.slug"),
    "request-pack": api(post=LOOK, **REQUEST),
    "service-pack": api(post=LOOK),
    "maintenance:gate": page(),
    "maintenance:gate-ask": form(WORK),
    "maintenance:gate-question": page(pk="question.pk"),
    "gate-api": api(post=WORK),
    "gate-api-without-slash": api(post=WORK),
    "gate-question-list": api(LOOK),
    "gate-question-detail": api(LOOK, pk="question.pk"),
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
            *("back-to-work", "verify", "review", "follow-up", "close"),
            *("assess", "ask-approval", "schedule", "hold", "resume", "cancel"),
            *("revise-runbook", "confirm-runbook"),
        )
    },
    "process-template-list": api(LOOK),
    "process-template-detail": api(LOOK, pk="process.pk"),
    "process-template-versions": api(LOOK, pk="process.pk"),
    "process-template-save-draft": api(post=MANAGE, pk="process.pk"),
    "process-template-publish": api(post=MANAGE, pk="process.pk"),
    "process-template-discard-draft": api(post=MANAGE, pk="process.pk"),
    "deployment-list": api(LOOK, post=WORK),
    "deployments-without-slash": api(post=WORK),
    "deployment-detail": api(LOOK, **DEPLOYMENT),
    "deployment-failed": api(post=TEAM, **DEPLOYMENT),
    "deployment-recovered": api(post=TEAM, **DEPLOYMENT),
    "deployment-not-failed": api(post=TEAM, **DEPLOYMENT),
    "deployment-link-rollback": api(post=TEAM, **DEPLOYMENT),
    "deployment-accept-unauthorised": api(post=MANAGER_ONLY, **DEPLOYMENT),
    "maintenance:change-events": page(),
    "change-event-list": api(LOOK, post=WORK),
    "change-event-detail": api(LOOK, pk="change.pk"),
    "window-list": api(LOOK, post=WORK),
    "window-detail": api(LOOK, patch=TEAM, **WINDOW),
    "window-cancel": api(post=TEAM, **WINDOW),
}
