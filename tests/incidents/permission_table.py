"""Who may do what at the URLs of incidents and of the public."""

from typing import Any

from incidents import links, workflow
from incidents.models import CoverageRun, GroupingRule
from incidents.seeds import seed
from incidents.workflow import prove_due
from portal import clock
from tests.incidents.make import make_review
from tests.permissions import ADMINISTER, LOOK, TEAM, WORK, Rule, api, form, opened, page, verb

INCIDENT: dict[str, Any] = {"pk": "incident.pk"}
REVIEW: dict[str, Any] = {"pk": "review.pk"}
POLICY: dict[str, Any] = {"pk": "policy.pk"}
STEP: dict[str, Any] = {"pk": "policy.pk", "step": "step.pk"}


def furnish(world: dict[str, Any]) -> None:
    """A resolved P0 of Checkout's, which owes its review, and Olivia's link to it."""
    seed()
    world["review"] = make_review(world["checkout"], world["olivia"])
    incident = world["incident"] = world["review"].incident
    prove_due(clock.now())
    world["grouping"] = GroupingRule.objects.get(is_default=True)
    world["run"] = CoverageRun.objects.get()
    world["hole"] = world["run"].holes.first()
    rung = workflow.Rung([workflow.Target("schedule")])
    policy = workflow.create_policy(
        name="Ours", team=world["payments"], rungs=[rung], actor=None
    )
    world["policy"], world["step"] = policy, policy.steps.get()
    world["token"] = links.path_for(world["olivia"], incident).strip("/").split("/")[-1]


TABLE: dict[str, Rule] = {
    "incidents:home": page(),
    "incidents:severities": page(),
    "incidents:grouping-rules": page(),
    "incidents:grouping-rule-create": form(ADMINISTER),
    "incidents:grouping-rule-edit": form(ADMINISTER, pk="grouping.pk"),
    "incidents:grouping-rule-remove": verb(ADMINISTER, pk="grouping.pk"),
    "groupingrule-list": api(LOOK, post=ADMINISTER),
    "groupingrule-detail": api(LOOK, patch=ADMINISTER, delete=ADMINISTER, pk="grouping.pk"),
    "incidents:declare": form(WORK),
    "incidents:incidents": page(),
    "incidents:incidents-csv": page(),
    "incidents:incidents-acknowledge": verb(WORK),
    "incidents:reviews": page(),
    "incidents:who-would-be-woken": page(query="service=checkout"),
    "incidents:coverage": page(),
    "incidents:coverage-csv": page(),
    "incidents:coverage-prove": verb(WORK),
    "incidents:incident": page(**INCIDENT),
    "incidents:incident-live": page(**INCIDENT),
    **{
        f"incidents:incident-{name}": verb(TEAM, **INCIDENT)
        for name in (
            *("unacknowledge", "snooze", "escalate", "page", "severity", "note"),
            *("update", "resolve", "reopen", "close", "start-runbook"),
        )
    },
    # Who may not stop the paging is noted.
    "incidents:incident-acknowledge": verb(WORK, **INCIDENT),
    "incidents:escalation-policies": page(),
    "incidents:escalation-policy-create": form(WORK),
    "incidents:escalation-policy": page(**POLICY),
    "incidents:escalation-policy-edit": form(TEAM, **POLICY),
    "incidents:escalation-policy-default": verb(TEAM, **POLICY),
    "incidents:escalation-policy-apply": verb(TEAM, **POLICY),
    "incidents:escalation-policy-remove": verb(TEAM, **POLICY),
    "incidents:escalation-step-create": form(TEAM, **POLICY),
    "incidents:escalation-step-edit": form(TEAM, **STEP),
    "incidents:escalation-step-up": verb(TEAM, **STEP),
    "incidents:escalation-step-down": verb(TEAM, **STEP),
    "incidents:escalation-step-remove": verb(TEAM, **STEP),
    "incidents:service-escalation": form(TEAM, slug="checkout.slug"),
    "incidents:review": page(**INCIDENT),
    "incidents:review-save": verb(TEAM, **INCIDENT),
    "incidents:review-add-action": verb(TEAM, **INCIDENT),
    "incidents:review-publish": verb(TEAM, **INCIDENT),
    # The public, and the signed link, which shows on GET and acts on POST alone.
    "status": opened(),
    "status-json": opened(),
    "status-feed": opened(),
    "acknowledge": opened("GET", "POST", token="token"),
    "incident-list": api(LOOK, post=WORK),
    "incident-acknowledge-many": api(post=WORK),
    "incident-detail": api(LOOK, **INCIDENT),
    "incident-timeline": api(LOOK, **INCIDENT),
    **{
        f"incident-{name}": api(post=TEAM, **INCIDENT)
        for name in (
            *("unacknowledge", "snooze", "escalate", "page", "severity", "notes"),
            *("updates", "resolve", "reopen", "close", "start-runbook"),
        )
    },
    "simulations": api(LOOK, query="service=checkout"),
    "coveragerun-list": api(LOOK, post=WORK),
    "coveragerun-detail": api(LOOK, pk="run.pk"),
    "coveragehole-list": api(LOOK),
    "coveragehole-detail": api(LOOK, pk="hole.pk"),
    "incident-acknowledge": api(post=WORK, **INCIDENT),
    "incident-escalation": api(LOOK, **INCIDENT),
    "escalationpolicy-list": api(LOOK, post=WORK),
    "escalationpolicy-detail": api(LOOK, patch=TEAM, delete=TEAM, **POLICY),
    "escalationpolicy-make-default": api(post=TEAM, **POLICY),
    "escalationpolicy-apply": api(post=TEAM, **POLICY),
    "escalationpolicy-now": api(LOOK, **POLICY),
    "service-escalation": api(LOOK, post=TEAM, slug="checkout.slug"),
    "review-list": api(LOOK),
    "review-detail": api(LOOK, **REVIEW),
    "review-actions": api(post=TEAM, **REVIEW),
    "review-publish": api(post=TEAM, **REVIEW),
    "review-save": api(post=TEAM, **REVIEW),
    "severitypolicy-list": api(LOOK),
    "severitypolicy-detail": api(LOOK, severity=0),
    "statustemplate-list": api(LOOK),
    "statustemplate-detail": api(LOOK, phase="resolved"),
}
