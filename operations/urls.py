from django.urls import path

from operations.views import alerts, checklists, checks, home, integrations, log, on_call

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
    path("receipts/", integrations.receipt_list, name="receipts"),
    path("receipts/<int:pk>/", integrations.receipt, name="receipt"),
    path("receipts/<int:pk>/replay/", integrations.replay, name="receipt-replay"),
    path("on-call/", on_call.overview, name="on-call"),
    path("on-call/<int:pk>/", on_call.schedule, name="schedule"),
    path("on-call/<int:pk>/override/", on_call.override, name="schedule-override"),
    path("on-call/set/<slug:slug>/", on_call.set_schedule, name="schedule-set"),
    path("on-call/overrides/<int:pk>/remove/", on_call.remove_override, name="override-remove"),
    path("checks/", checks.check_list, name="checks"),
    path("checks/new/", checks.create, name="check-create"),
    path("checks/<int:pk>/", checks.detail, name="check"),
    path("checks/<int:pk>/edit/", checks.edit, name="check-edit"),
    path("checks/<int:pk>/pause/", checks.pause, name="check-pause"),
    path("checks/<int:pk>/resume/", checks.resume, name="check-resume"),
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
