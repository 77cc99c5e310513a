"""The admin shows all of operations and moves none of its states."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from operations import seeds
from operations.models import BackupComponent, MetricThreshold
from portal.models import Service, Team, User
from tests.operations.make import make_alert, make_check, make_schedule

MODELS = [
    model
    for model in apps.get_app_config("operations").get_models()
    if admin.site.is_registered(model)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens(
    client: Client, ada: User, checkout: Service, payments: Team, olivia: User, model: type
) -> None:
    make_alert(service=checkout)
    make_check(checkout)
    make_schedule(payments, olivia)
    seeds.seed()
    client.force_login(ada)

    address = reverse(f"admin:operations_{model.__name__.lower()}_changelist")
    assert client.get(address).status_code == 200


def test_a_catalogue_is_edited_with_its_versions(client: Client, ada: User) -> None:
    seeds.seed()
    backup = BackupComponent.objects.get(key="logs")
    client.force_login(ada)
    address = reverse("admin:operations_backupcomponent_change", args=[backup.pk])
    fields = ("name", "frequency", "verification", "rto_hours", "rpo_hours", "order")
    form = {name: getattr(backup, name) for name in fields} | {"retention": "1 year"}

    assert client.post(address, form).status_code == 302

    backup.refresh_from_db()
    assert (backup.retention, backup.history.count()) == ("1 year", 2)
    assert backup.history.first().history_user == ada
    seeds.seed()
    backup.refresh_from_db()
    assert backup.retention == "1 year"  # seeding never overwrites what people changed


def test_what_the_database_would_refuse_comes_back_with_a_reason(
    client: Client, ada: User
) -> None:
    seeds.seed()
    metric = MetricThreshold.objects.first()
    assert metric is not None
    client.force_login(ada)
    address = reverse("admin:operations_metricthreshold_change", args=[metric.pk])
    fields = ("family", "name", "unit", "order")
    form = {name: getattr(metric, name) for name in fields} | {"warning": 90, "critical": 10}

    answer = client.post(address, form)

    assert answer.status_code == 200
    assert "threshold_critical_above_warning" in answer.content.decode()


def test_a_state_is_no_field(client: Client, ada: User, checkout: Service) -> None:
    alert, check = make_alert(service=checkout), make_check(checkout)
    client.force_login(ada)

    change = reverse("admin:operations_alert_change", args=[alert.pk])
    assert client.post(change, {"state": "normal"}).status_code == 403
    page = client.get(reverse("admin:operations_check_change", args=[check.pk]))
    assert 'name="state"' not in page.content.decode()
