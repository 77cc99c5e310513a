"""The demo comes with one command and goes with one, and leaves what is yours."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from incidents.models import Incident
from knowledge.models import ActionItem
from maintenance.models import Deployment, MaintenanceRequest
from operations.models import Alert, ChecklistRun
from portal.models import Event, Service, User


@pytest.fixture
def seeded(db: None) -> None:
    call_command("seed", verbosity=0)


def demo_rows() -> Iterator[tuple[str, int]]:
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        if "is_demo" in names and "history_id" not in names:
            rows: Any = model._default_manager
            yield model.__name__, rows.filter(is_demo=True).count()


def test_a_quarter_of_a_company_comes_and_goes(seeded: None, checkout: Service) -> None:
    call_command("demo", "load")
    counts = dict(demo_rows())
    assert {name for name, count in counts.items() if count == 0} <= {"Notification"}
    assert Incident.objects.count() > 10
    assert Deployment.objects.count() > 50
    assert ChecklistRun.objects.count() > 100

    call_command("demo", "load")
    assert dict(demo_rows()) == counts

    call_command("demo", "remove")
    assert {count for _, count in demo_rows()} == {0}
    assert list(Service.objects.all()) == [checkout]
    for model in (Alert, Incident, ActionItem, MaintenanceRequest):
        assert not model._default_manager.exists(), model
    assert not User.history.filter(is_demo=True).exists()


def test_nothing_of_it_is_part_of_the_audit_chain(seeded: None) -> None:
    before = set(Event.objects.filter(is_demo=False).values_list("pk", flat=True))
    call_command("demo", "load")

    assert set(Event.objects.filter(is_demo=False).values_list("pk", flat=True)) == before
