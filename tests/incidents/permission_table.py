"""Who may do what at the URLs of incidents and of the public."""

from typing import Any

from incidents import links
from incidents.seeds import seed
from tests.incidents.make import make_review
from tests.permissions import LOOK, TEAM, WORK, Rule, api, form, opened, page, verb

INCIDENT: dict[str, Any] = {"pk": "incident.pk"}
REVIEW: dict[str, Any] = {"pk": "review.pk"}


def furnish(world: dict[str, Any]) -> None:
    """A resolved P0 of Checkout's, which owes its review, and Olivia's link to it."""
    seed()
    world["review"] = make_review(world["checkout"], world["olivia"])
    incident = world["incident"] = world["review"].incident
    world["token"] = links.path_for(world["olivia"], incident).strip("/").split("/")[-1]


TABLE: dict[str, Rule] = {
    "incidents:home": page(),
    "incidents:severities": page(),
    "incidents:declare": form(WORK),
    "incidents:incidents": page(),
    "incidents:incidents-csv": page(),
    "incidents:incidents-acknowledge": verb(WORK),
    "incidents:reviews": page(),
    "incidents:incident": page(**INCIDENT),
    "incidents:incident-live": page(**INCIDENT),
    **{
        f"incidents:incident-{name}": verb(TEAM, **INCIDENT)
        for name in (
            *("acknowledge", "unacknowledge", "severity", "note", "update"),
            *("resolve", "reopen", "close", "start-runbook"),
        )
    },
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
            *("acknowledge", "unacknowledge", "severity", "notes", "updates"),
            *("resolve", "reopen", "close", "start-runbook"),
        )
    },
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
