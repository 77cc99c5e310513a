"""Who may do what at the URLs of operations."""

from datetime import date
from typing import Any

from operations import workflow
from operations.models import (
    AlertRule,
    BackupComponent,
    CapacityRule,
    MetricThreshold,
    Override,
    PingKind,
)
from operations.seeds import seed
from portal import clock
from tests.operations.make import (
    MINUTE,
    make_alert,
    make_check,
    make_heartbeat,
    make_integration,
    make_schedule,
    make_template,
    receive,
    told,
)
from tests.operations.pace_permissions import PACE_TABLE, furnish_pace
from tests.operations.shift_permissions import SHIFT_TABLE, furnish_shifts
from tests.permissions import ADMINISTER, LOOK, TEAM, WORK, Rule, api, form, opened, page, verb

ALERT: dict[str, Any] = {"pk": "alert.pk"}
INTEGRATION: dict[str, Any] = {"pk": "integration.pk"}
RECEIPT: dict[str, Any] = {"pk": "receipt.pk"}
SCHEDULE: dict[str, Any] = {"pk": "schedule.pk"}
LAYER: dict[str, Any] = {"pk": "layer.pk"}
HOURS: dict[str, Any] = {"pk": "hours.pk"}
SILENCE: dict[str, Any] = {"pk": "silence.pk"}
INHIBITION: dict[str, Any] = {"pk": "inhibition.pk"}
CHECK: dict[str, Any] = {"pk": "check.pk"}
HEARTBEAT: dict[str, Any] = {"pk": "heartbeat.pk"}
TEMPLATE: dict[str, Any] = {"pk": "template.pk"}
RUN: dict[str, Any] = {"pk": "run.pk"}
ENTRY: dict[str, Any] = {"pk": "entry.pk"}


def furnish(world: dict[str, Any]) -> None:
    """Give Checkout an alert, a check and a monitor; Payments, a rotation and a checklist."""
    seed()
    checkout, payments, olivia = world["checkout"], world["payments"], world["olivia"]
    integration = world["integration"] = make_integration(service=checkout)
    world["alert"] = make_alert(integration, service=checkout)
    world["receipt"] = receive(integration, told("Other"))
    for title in ("old", "new"):
        rules = {"fields": {"title": title}}
        mapping = workflow.set_mapping(integration, rules=rules, actor=olivia)
        world.setdefault("mapping", mapping)
    workflow.set_sprints(payments, begins_on=date(2026, 3, 2), days=14, actor=None)
    world["hours"] = workflow.set_business_hours(team=payments, actor=None)
    schedule = world["schedule"] = make_schedule(payments, olivia)
    world["override"] = Override(
        schedule=schedule,
        person=olivia,
        starts_at=clock.now(),
        ends_at=clock.now() + 60 * MINUTE,
    )
    world["override"].changed_by = None
    world["override"].save()
    world["layer"] = schedule.layers.get()
    world["temporary"] = workflow.make_temporary(
        schedule,
        starts_at=clock.now(),
        ends_at=clock.now() + 60 * MINUTE,
        shifts=[(olivia, clock.now(), clock.now() + 30 * MINUTE)],
        actor=None,
    )
    world["check"] = make_check(checkout)
    heartbeat = world["heartbeat"] = make_heartbeat(checkout)
    world["ping"] = workflow.accept_ping(
        heartbeat.ping_key, kind=PingKind.SUCCESS, method="GET"
    )
    template = world["template"] = make_template(payments, key="payments-daily")
    world["run"] = workflow.start_checklist(template, team=payments, actor=olivia)
    world["silence"] = workflow.make_silence(
        team=payments,
        matchers=[{"label": "alertname", "op": "=", "value": "Silenced"}],
        reason="Known",
        ends_at=clock.now() + 60 * MINUTE,
        actor=olivia,
    )
    world["hold"] = make_alert(integration, name="Silenced").holds.get()
    world["inhibition"] = workflow.make_inhibition(
        name="Down says it all",
        source_matchers=[{"label": "alertname", "op": "=", "value": "Down"}],
        target_matchers=[{"label": "alertname", "op": "=", "value": "Slow"}],
        actor=None,
    )
    world["entry"] = workflow.write_log(text="Looked", service=checkout, actor=olivia)
    world["threshold"] = MetricThreshold.objects.first()
    world["alertrule"] = AlertRule.objects.first()
    world["backup"] = BackupComponent.objects.first()
    world["capacity"] = CapacityRule.objects.first()
    furnish_shifts(world)
    furnish_pace(world)


def read_only(name: str, thing: str) -> dict[str, Rule]:
    return {f"{name}-list": api(LOOK), f"{name}-detail": api(LOOK, pk=f"{thing}.pk")}


TABLE: dict[str, Rule] = {
    **SHIFT_TABLE,
    **PACE_TABLE,
    "operations:home": page(),
    "operations:reference": page(),
    "operations:alerts": page(),
    "operations:alerts-export": page(),
    "operations:alerts-acknowledge": verb(WORK),
    "operations:alerts-silence": verb(WORK),
    "operations:alerts-close": verb(WORK),
    "operations:alert": page(**ALERT),
    "operations:alert-unacknowledge": verb(TEAM, **ALERT),
    "operations:alert-close": verb(TEAM, **ALERT),
    "operations:noise": page(),
    "operations:noise-settings": form(LOOK, post=ADMINISTER),
    "operations:silences": page(),
    "operations:silence-create": form(WORK),
    "operations:silence": page(**SILENCE),
    "operations:silence-edit": form(TEAM, **SILENCE),
    "operations:silence-end": verb(TEAM, **SILENCE),
    "operations:silence-extend": verb(TEAM, **SILENCE),
    "operations:inhibitions": page(),
    "operations:inhibition-create": form(ADMINISTER),
    "operations:inhibition": page(**INHIBITION),
    "operations:inhibition-edit": form(ADMINISTER, **INHIBITION),
    "operations:alert-acknowledge": verb(TEAM, **ALERT),
    "operations:integrations": page(),
    "operations:integration-create": form(WORK),
    "operations:integration": page(**INTEGRATION),
    "operations:integration-edit": form(TEAM, **INTEGRATION),
    "operations:integration-rotate-key": verb(TEAM, **INTEGRATION),
    "operations:integration-switch-off": verb(TEAM, **INTEGRATION),
    "operations:integration-switch-on": verb(TEAM, **INTEGRATION),
    "operations:integration-send-test": verb(TEAM, **INTEGRATION),
    "operations:integration-mapping": form(TEAM, **INTEGRATION),
    "operations:integration-mapping-restore": verb(TEAM, pk="mapping.pk"),
    "operations:integration-replay": form(TEAM, **INTEGRATION),
    "operations:integration-upstream": form(TEAM, **INTEGRATION),
    "operations:integration-ask": verb(TEAM, **INTEGRATION),
    "operations:receipts": page(),
    "operations:receipt": page(**RECEIPT),
    "operations:receipt-replay": verb(TEAM, **RECEIPT),
    "operations:on-call": page(),
    "operations:business-hours": page(),
    "operations:business-hours-create": form(WORK),
    "operations:business-hours-edit": form(TEAM, **HOURS),
    "operations:business-hours-remove": verb(TEAM, **HOURS),
    "operations:sprints": form(TEAM, slug="payments.slug"),
    "operations:sprints-remove": verb(TEAM, slug="payments.slug"),
    "sprintcalendar-list": api(LOOK, post=WORK),
    "sprintcalendar-detail": api(LOOK, delete=TEAM, slug="payments.slug"),
    "businesshours-list": api(LOOK, post=WORK),
    "businesshours-detail": api(LOOK, patch=TEAM, delete=TEAM, **HOURS),
    "operations:schedule": page(**SCHEDULE),
    "operations:schedule-override": verb(TEAM, **SCHEDULE),
    "operations:schedule-set": form(TEAM, slug="payments.slug"),
    "operations:schedule-create": form(WORK),
    "operations:schedule-edit": form(TEAM, **SCHEDULE),
    "operations:schedule-default": verb(TEAM, **SCHEDULE),
    "operations:schedule-retire": verb(TEAM, **SCHEDULE),
    "operations:layer-create": form(TEAM, **SCHEDULE),
    "operations:layer-edit": form(TEAM, **LAYER),
    "operations:layer-up": verb(TEAM, **LAYER),
    "operations:layer-down": verb(TEAM, **LAYER),
    "operations:layer-remove": form(TEAM, **LAYER),
    "operations:override-remove": verb(TEAM, pk="override.pk"),
    "operations:temporary-create": form(TEAM, **SCHEDULE),
    "operations:temporary-edit": form(TEAM, pk="temporary.pk"),
    "operations:temporary-remove": verb(TEAM, pk="temporary.pk"),
    "operations:checks": page(),
    "operations:check-create": form(WORK),
    "operations:check": page(**CHECK),
    "operations:check-edit": form(TEAM, **CHECK),
    "operations:check-pause": verb(TEAM, **CHECK),
    "operations:check-resume": verb(TEAM, **CHECK),
    "operations:heartbeats": page(),
    "operations:heartbeat-create": form(WORK),
    "operations:heartbeat": page(**HEARTBEAT),
    "operations:heartbeat-edit": form(TEAM, **HEARTBEAT),
    "operations:heartbeat-pause": verb(TEAM, **HEARTBEAT),
    "operations:heartbeat-resume": verb(TEAM, **HEARTBEAT),
    "operations:heartbeat-renew-key": verb(TEAM, **HEARTBEAT),
    "operations:heartbeat-send-test": verb(TEAM, **HEARTBEAT),
    "operations:heartbeat-ping": page(**HEARTBEAT, ping_pk="ping.pk"),
    "operations:checklists": page(),
    "operations:checklist": page(**RUN),
    "operations:checklist-tick": verb(TEAM, **RUN),
    "operations:checklist-untick": verb(TEAM, **RUN),
    "operations:checklist-finish": verb(TEAM, **RUN),
    "operations:checklist-template": page(**TEMPLATE),
    # For which team, the form says; it knows one's own.
    "operations:checklist-start": verb(WORK, **TEMPLATE, body={"team": "payments.pk"}),
    "operations:log": page(),
    "operations:log-write": verb(WORK),
    "operations:log-export": page(),
    "operations:log-correct": form(WORK, **ENTRY),
    # Monitors show a key instead of a name.
    "intake-alertmanager": opened("POST", answer=401, key="nonsense"),
    "intake-grafana": opened("POST", answer=401, key="nonsense"),
    "intake-generic": opened("POST", answer=401, key="nonsense"),
    "intake-email": opened("POST", answer=401, key="nonsense"),
    # As PagerDuty and Opsgenie answer.
    "intake-pagerduty": opened("POST", answer=400),
    "intake-opsgenie": opened("POST", answer=401),
    "intake-opsgenie-request": opened(answer=401, number="receipt.public_id"),
    "intake-opsgenie-action": opened(
        "POST", "PUT", "PATCH", answer=401, identifier="disk", action="close"
    ),
    "intake-opsgenie-delete": opened("DELETE", answer=401, identifier="disk"),
    "ping": opened("GET", "POST", "HEAD", key="heartbeat.ping_key"),
    "on-call": api(LOOK),
    "alert-list": api(LOOK),
    "alert-acknowledge-many": api(post=WORK),
    "alert-close-many": api(post=WORK),
    "alert-silence-many": api(post=WORK),
    "alert-detail": api(LOOK, **ALERT),
    "alert-unacknowledge": api(post=TEAM, **ALERT),
    "alert-close": api(post=TEAM, **ALERT),
    "silence-list": api(LOOK, post=WORK),
    "silence-preview": api(post=WORK),
    "silence-detail": api(LOOK, patch=TEAM, **SILENCE),
    "silence-end": api(post=TEAM, **SILENCE),
    "silence-holds": api(LOOK, **SILENCE),
    "inhibition-list": api(LOOK, post=ADMINISTER),
    "inhibition-detail": api(LOOK, patch=ADMINISTER, **INHIBITION),
    "hold-list": api(LOOK),
    "hold-detail": api(LOOK, pk="hold.pk"),
    "noise-settings": api(LOOK, patch=ADMINISTER),
    "alert-acknowledge": api(post=TEAM, **ALERT),
    "integration-list": api(LOOK, post=WORK),
    "integration-detail": api(LOOK, patch=TEAM, **INTEGRATION),
    **{
        f"integration-{name}": api(post=TEAM, **INTEGRATION)
        for name in ("rotate-key", "send-test", "switch-off", "switch-on")
    },
    "integration-mappings": api(LOOK, **INTEGRATION),
    **{
        f"integration-{name}": api(
            post=TEAM, **INTEGRATION, body={"rules": {"fields": {"title": "t"}}}
        )
        for name in ("set-mapping", "try-mapping", "replay")
    },
    "integration-upstream": api(LOOK, patch=TEAM, **INTEGRATION),
    "integration-ask": api(post=TEAM, **INTEGRATION),
    "receipt-list": api(LOOK),
    "receipt-detail": api(LOOK, **RECEIPT),
    "receipt-replay": api(post=TEAM, **RECEIPT),
    "schedule-list": api(LOOK, post=WORK),
    "schedule-detail": api(LOOK, patch=TEAM, **SCHEDULE),
    "schedule-make-default": api(post=TEAM, **SCHEDULE),
    "schedule-retire": api(post=TEAM, **SCHEDULE),
    "schedule-layers": api(post=TEAM, **SCHEDULE),
    "schedule-on-call": api(LOOK, **SCHEDULE),
    "schedule-clock-changes": api(LOOK, **SCHEDULE),
    "schedule-temporaries": api(post=TEAM, **SCHEDULE),
    "schedule-remove-temporary": api(
        put=TEAM, delete=TEAM, **SCHEDULE, temporary="temporary.pk"
    ),
    "schedule-overrides": api(post=TEAM, **SCHEDULE),
    "schedule-remove-override": api(delete=TEAM, **SCHEDULE, override="override.pk"),
    "schedule-shifts": api(LOOK, **SCHEDULE),
    "layer-list": api(LOOK),
    "layer-detail": api(LOOK, patch=TEAM, delete=TEAM, **LAYER),
    "check-list": api(LOOK, post=WORK),
    "check-detail": api(LOOK, patch=TEAM, **CHECK),
    "check-pause": api(post=TEAM, **CHECK),
    "check-results": api(LOOK, **CHECK),
    "check-resume": api(post=TEAM, **CHECK),
    "heartbeat-list": api(LOOK, post=WORK),
    "heartbeat-detail": api(LOOK, patch=TEAM, **HEARTBEAT),
    "heartbeat-pause": api(post=TEAM, **HEARTBEAT),
    "heartbeat-pings": api(LOOK, **HEARTBEAT),
    "heartbeat-rejections": api(LOOK, **HEARTBEAT),
    "heartbeat-renew-key": api(post=TEAM, **HEARTBEAT),
    "heartbeat-resume": api(post=TEAM, **HEARTBEAT),
    "heartbeat-send-test": api(post=TEAM, **HEARTBEAT),
    "checklisttemplate-list": api(LOOK),
    "checklisttemplate-detail": api(LOOK, **TEMPLATE),
    "checklisttemplate-start": api(post=TEAM, **TEMPLATE, body={"team": "payments.slug"}),
    "checklistrun-list": api(LOOK),
    "checklistrun-detail": api(LOOK, **RUN),
    "checklistrun-finish": api(post=TEAM, **RUN),
    "checklistrun-tick": api(post=TEAM, **RUN),
    "checklistrun-untick": api(post=TEAM, **RUN),
    "logentry-list": api(LOOK, post=WORK),
    "logentry-detail": api(LOOK, **ENTRY),
    "logentry-correct": api(post=WORK, **ENTRY),
    **read_only("metricthreshold", "threshold"),
    **read_only("alertrule", "alertrule"),
    **read_only("backupcomponent", "backup"),
    **read_only("capacityrule", "capacity"),
}
