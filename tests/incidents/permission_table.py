"""Who may do what at the URLs of incidents and of the public."""

from datetime import timedelta
from typing import Any

from incidents import links, report_tokens, workflow
from incidents.live import address_for
from incidents.models import Announcement, CoverageRun, GroupingRule, PublicMaintenance
from incidents.seeds import seed
from incidents.subscriber_tokens import token_of
from incidents.workflow import prove_due
from incidents.workflow.maintenance_phases import announce_maintenance
from knowledge.workflow import start_run
from maintenance.workflow.windows import announce_window
from portal import clock, events
from tests.incidents.make import make_review, make_runbook
from tests.incidents.review_permissions import REVIEWS, furnish_review
from tests.incidents.subscribers import subscriber
from tests.permissions import ADMINISTER, LOOK, TEAM, WORK, Rule, api, form, opened, page, verb

INCIDENT: dict[str, Any] = {"pk": "incident.pk"}
NOTE: dict[str, Any] = {"pk": "incident.pk", "note": "note.pk"}
EVENT: dict[str, Any] = {"pk": "incident.pk", "event": "event.pk"}
TASK: dict[str, Any] = {"pk": "incident.pk", "task": "task.pk"}
POLICY: dict[str, Any] = {"pk": "policy.pk"}
STEP: dict[str, Any] = {"pk": "policy.pk", "step": "step.pk"}


def furnish(world: dict[str, Any]) -> None:
    """A resolved P0 of Checkout's, which owes its review, and Olivia's link to it."""
    seed()
    world["review"] = make_review(world["checkout"], world["olivia"])
    furnish_review(world)
    incident = world["incident"] = world["review"].incident
    world["note"] = workflow.add_note(incident, text="A larger pool", actor=world["olivia"])
    world["event"] = events.about(incident).first()
    world["news"] = address_for(world["olivia"], incident).strip("/").split("/")[-1]
    book = make_runbook(incident.service.team, incident.service)
    world["run_of_book"] = start_run(book, actor=world["olivia"], reference=incident.reference)
    world["task"] = workflow.add_task(incident, text="Look", actor=world["olivia"])
    prove_due(clock.now())
    world["grouping"] = GroupingRule.objects.get(is_default=True)
    world["run"] = CoverageRun.objects.get()
    world["hole"] = world["run"].holes.first()
    rung = workflow.Rung([workflow.Target("schedule")])
    policy = workflow.create_policy(
        name="Ours", team=world["payments"], rungs=[rung], actor=None
    )
    world["policy"], world["step"] = policy, policy.steps.get()
    group = world["group"] = workflow.keep_stakeholder_group(
        name="Board", severities=[0], actor=None
    )
    world["stakeholder"] = workflow.keep_stakeholder(
        name="Dora", email="dora@example.net", groups=[group], actor=None
    )
    world["message_template"] = workflow.keep_template(
        name="Ours", subject="s", text="t", sms="m", actor=None
    )
    world["rule"] = workflow.keep_rule(severity=1, service=world["checkout"], actor=None)
    world["message"] = workflow.tell_stakeholders(
        incident, subject="S", text="T", sms="M", seen=None, actor=None
    )
    world["announcement"] = Announcement.objects.create(
        kind="incident", key="update:1", topic=incident.reference, title="T", text="T"
    )
    reader = world["subscriber"] = subscriber()
    world["confirm_token"] = token_of(reader.nonce, "confirm")
    world["manage_token"] = token_of(reader.nonce, "manage")
    world["report"] = workflow.receive_report(text="I cannot pay", actor=None)
    world["report_token"] = report_tokens.token_of(world["report"])
    world["heading"] = workflow.make_group(name="Shops", actor=None)
    world["component"] = workflow.make_component(
        name="Board", slug="board", group=world["heading"], actor=None
    )
    workflow.change_page_settings(actor=None, private_key="key", takes_reports=True)
    world["own"] = workflow.make_component(
        name="Checkout", slug="", service=world["checkout"], actor=None
    )
    window = announce_window(
        title="New disks",
        services=[world["checkout"]],
        starts_at=clock.now() + timedelta(days=1),
        ends_at=clock.now() + timedelta(days=2),
        actor=None,
    )
    announce_maintenance(window, actor=None)
    world["draft"] = workflow.submit_update(
        incident,
        phase="monitoring",
        text="It holds.",
        publish_at=clock.now() + timedelta(days=1),
        actor=None,
    )
    world["maintenance"] = PublicMaintenance.objects.get()
    world["key"] = "key"
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
    "incidents:who-would-be-woken": page(query="service=checkout"),
    "incidents:coverage": page(),
    "incidents:availability": page(),
    "incidents:availability-rows": page(query="service=checkout"),
    "incidents:availability-csv": page(),
    "incidents:learning": page(),
    "incidents:learning-rows": page(query="measure=mttr"),
    "incidents:learning-clocks": page(query="kind=response"),
    "incidents:learning-clocks-csv": page(query="kind=response"),
    "incidents:learning-factors": page(query="factor=Untested+change"),
    "incidents:learning-csv": page(query="measure=mttr"),
    "availability": api(LOOK),
    "availability-rows": api(LOOK, query="service=checkout"),
    "learning": api(LOOK),
    "learning-clocks": api(LOOK, query="kind=response"),
    "learning-factors": api(LOOK, query="factor=Untested+change"),
    "learning-rows": api(LOOK, query="measure=mttr"),
    "incidents:coverage-csv": page(),
    "incidents:coverage-prove": verb(WORK),
    "incidents:incident": page(**INCIDENT),
    "incidents:incident-live": page(**INCIDENT),
    "incidents:incident-context": page(**INCIDENT),
    "incidents:incident-blame": verb(TEAM, **INCIDENT),
    "incident-caused-by": api(post=TEAM, **INCIDENT),
    "incidents:incident-desk": page(**INCIDENT),
    "incidents:incident-hand-over": form(TEAM, **INCIDENT, role="commander"),
    "incident-context-api": api(LOOK, **INCIDENT),
    **{
        f"incidents:incident-{name}": verb(TEAM, **INCIDENT)
        for name in (
            *("unacknowledge", "snooze", "escalate", "page", "severity", "note"),
            *("mitigate", "unmitigate"),
            *("update", "resolve", "reopen", "close", "start-runbook"),
        )
    },
    "incidents:incident-clocks": page(**INCIDENT),
    "incidents:incident-clock-pause": verb(TEAM, **INCIDENT),
    "incidents:incident-clock-resume": verb(TEAM, **INCIDENT),
    "incidents:incident-milestone": verb(TEAM, **INCIDENT),
    "incident-clocks": api(LOOK, **INCIDENT),
    "incident-pause-clock": api(post=TEAM, **INCIDENT),
    "incident-resume-clock": api(post=TEAM, **INCIDENT),
    "incident-milestones": api(LOOK, **INCIDENT),
    "incident-correct-milestone": api(post=TEAM, **INCIDENT),
    "incident-news": opened(token="news"),
    "incidents:incident-run-step": verb(WORK, pk="incident.pk", run="run_of_book.pk", order=1),
    "incidents:incident-note-edit": form(TEAM, **NOTE),
    "incidents:incident-note-remove": verb(TEAM, **NOTE),
    "incidents:incident-note-pin": verb(TEAM, **NOTE),
    "incidents:incident-note-unpin": verb(TEAM, **NOTE),
    "incidents:incident-event-pin": verb(TEAM, **EVENT),
    "incidents:incident-event-unpin": verb(TEAM, **EVENT),
    "incident-pin-event": api(post=TEAM, **INCIDENT),
    "timeline-entry-list": api(LOOK),
    "timeline-entry-detail": api(LOOK, patch=TEAM, pk="note.pk"),
    **{
        f"timeline-entry-{name}": api(post=TEAM, pk="note.pk")
        for name in ("remove", "pin", "unpin")
    },
    "incidents:incidents-merge": verb(WORK),
    **{
        f"incidents:incident-{name}": verb(TEAM, **INCIDENT)
        for name in (
            *("give-role", "offer-role", "take-role", "add-task", "impact", "affected"),
            *("remove-affected", "assess", "private", "merge", "unmerge"),
        )
    },
    **{
        f"incidents:incident-{name}-task": verb(TEAM, **TASK)
        for name in ("finish", "reopen", "take")
    },
    # Whoever sees it may follow it, and stop following; whoever was asked may accept.
    "incidents:incident-join": verb(LOOK, **INCIDENT),
    "incidents:incident-leave-role": verb(LOOK, **INCIDENT),
    "incidents:incident-accept-role": verb(WORK, **INCIDENT),
    "incidents:incident-decline-role": verb(WORK, **INCIDENT),
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
    **REVIEWS,
    # The public, and the signed link, which shows on GET and acts on POST alone.
    "status": opened(),
    "status-json": opened(),
    "status-feed": opened(),
    "status-part": opened(path="feed.rss"),
    "status-private": opened(key="key"),
    "status-private-part": opened(key="key", path="status.json"),
    "status-inside": page(),
    "status-inside-part": page(path="status.json"),
    "incidents:status-page": page(),
    "incidents:status-drafts": page(),
    "incidents:status-settings": form(ADMINISTER),
    "incidents:status-settings-logo": verb(ADMINISTER),
    "incidents:status-settings-logo-remove": verb(ADMINISTER),
    "status-page-logo": api(None, post=ADMINISTER, delete=ADMINISTER),
    "incidents:status-settings-renew": verb(ADMINISTER),
    "incidents:status-settings-shut": verb(ADMINISTER),
    "status-page-settings": api(ADMINISTER, patch=ADMINISTER),
    "updatedraft-list": api(LOOK),
    "updatedraft-detail": api(LOOK, pk="draft.pk"),
    **{
        f"incidents:status-draft-{name}": verb(TEAM, pk="draft.pk")
        for name in ("approve", "reject", "withdraw", "seen")
    },
    **{
        f"updatedraft-{name}": api(post=TEAM, pk="draft.pk")
        for name in ("approve", "reject", "withdraw", "seen")
    },
    "incidents:status-maintenances": page(),
    "incidents:status-maintenance": page(pk="maintenance.pk"),
    "incidents:status-maintenance-move": verb(TEAM, pk="maintenance.pk"),
    "incidents:status-maintenance-post": verb(TEAM, pk="maintenance.pk"),
    "incidents:status-maintenance-clock": verb(TEAM, pk="maintenance.pk"),
    "publicmaintenance-list": api(LOOK),
    "publicmaintenance-detail": api(LOOK, pk="maintenance.pk"),
    "publicmaintenance-move": api(post=TEAM, pk="maintenance.pk"),
    "publicmaintenance-updates": api(post=TEAM, pk="maintenance.pk"),
    "publicmaintenance-clock": api(post=TEAM, pk="maintenance.pk"),
    "incidents:status-component-create": form(ADMINISTER),
    "incidents:status-component": form(ADMINISTER, pk="component.pk"),
    "incidents:status-component-retire": verb(ADMINISTER, pk="component.pk"),
    "incidents:status-component-restore": verb(ADMINISTER, pk="component.pk"),
    "incidents:status-group-create": form(ADMINISTER),
    "incidents:status-group": form(ADMINISTER, pk="heading.pk"),
    "incidents:status-group-remove": verb(ADMINISTER, pk="heading.pk"),
    "statuscomponent-list": api(LOOK, post=ADMINISTER),
    "statuscomponent-detail": api(LOOK, patch=ADMINISTER, pk="component.pk"),
    "statuscomponent-override": api(post=TEAM, pk="own.pk"),
    "statuscomponent-end-override": api(post=TEAM, pk="own.pk"),
    "incidents:status-component-state": form(TEAM, pk="own.pk"),
    "incidents:status-component-state-end": verb(TEAM, pk="own.pk"),
    "incidents:incident-public-impact": form(LOOK, post=TEAM, pk="incident.pk"),
    "statuscomponent-retire": api(post=ADMINISTER, pk="component.pk"),
    "statuscomponent-restore": api(post=ADMINISTER, pk="component.pk"),
    "componentgroup-list": api(LOOK, post=ADMINISTER),
    "componentgroup-detail": api(LOOK, patch=ADMINISTER, delete=ADMINISTER, pk="heading.pk"),
    "acknowledge": opened("GET", "POST", token="token"),
    "incidents:stakeholders": page(),
    "incidents:stakeholder-group-create": form(ADMINISTER),
    "incidents:stakeholder-group": form(ADMINISTER, pk="group.pk"),
    "incidents:stakeholder-group-remove": verb(ADMINISTER, pk="group.pk"),
    "incidents:stakeholder-create": form(ADMINISTER),
    "incidents:stakeholder": form(ADMINISTER, pk="stakeholder.pk"),
    "incidents:stakeholder-erase": verb(ADMINISTER, pk="stakeholder.pk"),
    "incidents:message-template-create": form(ADMINISTER),
    "incidents:message-template": form(ADMINISTER, pk="message_template.pk"),
    "incidents:message-template-remove": verb(ADMINISTER, pk="message_template.pk"),
    "incidents:communication-rule": form(TEAM, pk="rule.pk"),
    "incidents:communication-rule-remove": verb(TEAM, pk="rule.pk"),
    "incidents:service-communication-rule": form(TEAM, slug="checkout.slug"),
    "incidents:incident-tell": Rule(
        {"GET": (302, 404, *LOOK), "POST": (302, 404, *TEAM)}, INCIDENT
    ),
    "incidents:incident-message": page(**INCIDENT, message="message.pk"),
    "incidents:reports": page(),
    "incidents:reports-spam": verb(WORK),
    "incidents:reports-join": verb(WORK),
    "incidents:report": page(pk="report.pk"),
    "incidents:report-join": verb(WORK, pk="report.pk"),
    "incidents:report-close": verb(WORK, pk="report.pk"),
    "incidents:report-spam": verb(WORK, pk="report.pk"),
    "incidents:report-reopen": verb(WORK, pk="report.pk"),
    "incidents:report-request": verb(WORK, pk="report.pk"),
    "problemreport-maintenance-request": api(post=WORK, pk="report.pk"),
    "incidents:incident-request": verb(TEAM, **INCIDENT),
    "incident-maintenance-request": api(post=TEAM, **INCIDENT),
    "incidents:report-erase": verb(ADMINISTER, pk="report.pk"),
    "problemreport-list": api(LOOK, post=WORK),
    "problemreport-detail": api(LOOK, pk="report.pk"),
    **{
        f"problemreport-{name}": api(post=WORK, pk="report.pk")
        for name in ("join", "close", "spam", "reopen")
    },
    "problemreport-related": api(LOOK, pk="report.pk"),
    "problemreport-together": api(LOOK),
    "problemreport-erase": api(post=ADMINISTER, pk="report.pk"),
    "incidents:subscribers": page(),
    "incidents:subscribers-csv": page(ADMINISTER),
    "incidents:subscriber": page(pk="subscriber.pk"),
    "incidents:subscriber-suspend": verb(ADMINISTER, pk="subscriber.pk"),
    "incidents:subscriber-erase": verb(ADMINISTER, pk="subscriber.pk"),
    "incidents:announcement": page(pk="announcement.pk"),
    "subscriber-list": api(LOOK),
    "subscriber-detail": api(LOOK, delete=ADMINISTER, pk="subscriber.pk"),
    "subscriber-suspend": api(post=ADMINISTER, pk="subscriber.pk"),
    "announcement-list": api(LOOK),
    "announcement-detail": api(LOOK, pk="announcement.pk"),
    "stakeholdergroup-list": api(LOOK, post=ADMINISTER),
    "stakeholdergroup-detail": api(LOOK, patch=ADMINISTER, delete=ADMINISTER, pk="group.pk"),
    "stakeholder-list": api(LOOK, post=ADMINISTER),
    "stakeholder-detail": api(LOOK, patch=ADMINISTER, delete=ADMINISTER, pk="stakeholder.pk"),
    "messagetemplate-list": api(LOOK, post=ADMINISTER),
    "messagetemplate-detail": api(
        LOOK, patch=ADMINISTER, delete=ADMINISTER, pk="message_template.pk"
    ),
    "communicationrule-list": api(
        LOOK, post=TEAM, body={"severity": 1, "service": "checkout.slug"}
    ),
    "communicationrule-detail": api(LOOK, delete=TEAM, pk="rule.pk"),
    "incident-audience": api(LOOK, **INCIDENT),
    "incident-messages": api(LOOK, post=TEAM, **INCIDENT),
    "status-report": opened("GET", "POST"),
    "status-report-state": opened("GET", "POST", token="report_token"),
    "status-subscribe": opened("GET", "POST"),
    "status-confirm": opened("GET", "POST", token="confirm_token"),
    "status-subscription": opened("GET", "POST", token="manage_token"),
    "status-unsubscribe": opened("GET", "POST", token="manage_token"),
    "subscriptions": opened("POST"),
    "subscription-by-token": opened("GET", "PUT", "DELETE", token="manage_token"),
    "incident-list": api(LOOK, post=WORK),
    "incident-acknowledge-many": api(post=WORK),
    "incident-detail": api(LOOK, **INCIDENT),
    "incident-timeline": api(LOOK, **INCIDENT),
    **{
        f"incident-{name}": api(post=TEAM, **INCIDENT)
        for name in (
            *("unacknowledge", "snooze", "escalate", "page", "severity", "notes"),
            *("mitigate", "unmitigate"),
            *("updates", "resolve", "reopen", "close", "start-runbook"),
            *("components", "public-impact"),
        )
    },
    "incident-merge-many": api(post=WORK),
    "incident-roles-held": api(LOOK, **INCIDENT),
    **{
        f"incident-{name}": api(post=TEAM, **INCIDENT)
        for name in (
            *(
                "roles",
                "roles-hand-over",
                "roles-offer",
                "roles-leave",
                "tasks",
                "impact",
                "affected",
            ),
            *("affected-remove", "assess", "private", "merge", "unmerge"),
        )
    },
    "incident-task-done": api(post=TEAM, **TASK),
    "incident-task-reopen": api(post=TEAM, **TASK),
    "incident-join": api(post=LOOK, **INCIDENT),
    "incident-roles-accept": api(post=WORK, **INCIDENT),
    "incident-roles-decline": api(post=WORK, **INCIDENT),
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
    "severitypolicy-list": api(LOOK),
    "severitypolicy-detail": api(LOOK, severity=0),
    "statustemplate-list": api(LOOK),
    "statustemplate-detail": api(LOOK, phase="resolved"),
}
