from django.urls import path

from operations.views import (
    alerts,
    checklists,
    checks,
    heartbeats,
    home,
    integrations,
    layers,
    log,
    mappings,
    on_call,
    overrides,
)

app_name = "operations"
urlpatterns = [
    path("", home.home, name="home"),
    path("reference/", home.reference, name="reference"),
    path("alerts/", alerts.alert_list, name="alerts"),
    path("alerts/export.csv", alerts.export, name="alerts-export"),
    path("alerts/acknowledge/", alerts.acknowledge_many, name="alerts-acknowledge"),
    path("alerts/<int:pk>/", alerts.detail, name="alert"),
    path("alerts/<int:pk>/acknowledge/", alerts.acknowledge, name="alert-acknowledge"),
    path("integrations/", integrations.integration_list, name="integrations"),
    path("integrations/new/", integrations.create, name="integration-create"),
    path("integrations/<int:pk>/", integrations.detail, name="integration"),
    path("integrations/<int:pk>/edit/", integrations.edit, name="integration-edit"),
    path(
        "integrations/<int:pk>/rotate-key/",
        integrations.rotate_key,
        name="integration-rotate-key",
    ),
    path(
        "integrations/<int:pk>/switch-off/",
        integrations.switch_off,
        name="integration-switch-off",
    ),
    path(
        "integrations/<int:pk>/switch-on/", integrations.switch_on, name="integration-switch-on"
    ),
    path(
        "integrations/<int:pk>/send-test/", integrations.send_test, name="integration-send-test"
    ),
    path("integrations/<int:pk>/mapping/", mappings.edit, name="integration-mapping"),
    path("integrations/<int:pk>/replay/", mappings.replay, name="integration-replay"),
    path(
        "integrations/mappings/<int:pk>/restore/",
        mappings.restore,
        name="integration-mapping-restore",
    ),
    path("receipts/", integrations.receipt_list, name="receipts"),
    path("receipts/<int:pk>/", integrations.receipt, name="receipt"),
    path("receipts/<int:pk>/replay/", integrations.replay, name="receipt-replay"),
    path("on-call/", on_call.overview, name="on-call"),
    path("on-call/<int:pk>/", on_call.schedule, name="schedule"),
    path("on-call/<int:pk>/override/", overrides.override, name="schedule-override"),
    path("on-call/set/<slug:slug>/", on_call.set_schedule, name="schedule-set"),
    path("on-call/new/", on_call.create, name="schedule-create"),
    path("on-call/<int:pk>/edit/", on_call.edit, name="schedule-edit"),
    path("on-call/<int:pk>/make-default/", on_call.make_default, name="schedule-default"),
    path("on-call/<int:pk>/retire/", on_call.retire, name="schedule-retire"),
    path("on-call/<int:pk>/layers/new/", layers.create, name="layer-create"),
    path("on-call/layers/<int:pk>/edit/", layers.edit, name="layer-edit"),
    path("on-call/layers/<int:pk>/up/", layers.move_up, name="layer-up"),
    path("on-call/layers/<int:pk>/down/", layers.move_down, name="layer-down"),
    path("on-call/layers/<int:pk>/remove/", layers.remove, name="layer-remove"),
    path(
        "on-call/overrides/<int:pk>/remove/", overrides.remove_override, name="override-remove"
    ),
    path(
        "on-call/<int:pk>/temporary/new/", overrides.create_temporary, name="temporary-create"
    ),
    path(
        "on-call/temporary/<int:pk>/edit/", overrides.edit_temporary, name="temporary-edit"
    ),
    path(
        "on-call/temporary/<int:pk>/remove/",
        overrides.remove_temporary,
        name="temporary-remove",
    ),
    path("checks/", checks.check_list, name="checks"),
    path("checks/new/", checks.create, name="check-create"),
    path("checks/<int:pk>/", checks.detail, name="check"),
    path("checks/<int:pk>/edit/", checks.edit, name="check-edit"),
    path("checks/<int:pk>/pause/", checks.pause, name="check-pause"),
    path("checks/<int:pk>/resume/", checks.resume, name="check-resume"),
    path("heartbeats/", heartbeats.heartbeat_list, name="heartbeats"),
    path("heartbeats/new/", heartbeats.create, name="heartbeat-create"),
    path("heartbeats/<int:pk>/", heartbeats.detail, name="heartbeat"),
    path("heartbeats/<int:pk>/edit/", heartbeats.edit, name="heartbeat-edit"),
    path("heartbeats/<int:pk>/pause/", heartbeats.pause, name="heartbeat-pause"),
    path("heartbeats/<int:pk>/resume/", heartbeats.resume, name="heartbeat-resume"),
    path("heartbeats/<int:pk>/renew-key/", heartbeats.renew_key, name="heartbeat-renew-key"),
    path("heartbeats/<int:pk>/pings/<int:ping_pk>/", heartbeats.ping, name="heartbeat-ping"),
    path("checklists/", checklists.run_list, name="checklists"),
    path("checklists/<int:pk>/", checklists.run, name="checklist"),
    path("checklists/<int:pk>/tick/", checklists.tick, name="checklist-tick"),
    path("checklists/<int:pk>/untick/", checklists.untick, name="checklist-untick"),
    path("checklists/<int:pk>/finish/", checklists.finish, name="checklist-finish"),
    path("checklists/templates/<int:pk>/", checklists.template, name="checklist-template"),
    path("checklists/templates/<int:pk>/start/", checklists.start, name="checklist-start"),
    path("log/", log.log, name="log"),
    path("log/write/", log.write, name="log-write"),
    path("log/export.csv", log.export, name="log-export"),
    path("log/<int:pk>/correct/", log.correct, name="log-correct"),
]
