"""Several processes at one alert: one occurrence, one event, nothing lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from operations import workflow
from operations.models import Alert, AlertState, Occurrence, Receipt
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service
from tests.operations.make import make_alert, make_integration, told, webhook


@pytest.mark.django_db(transaction=True)
def test_many_readers_of_many_receipts_open_one_occurrence(checkout: Service) -> None:
    integration = make_integration(service=checkout)
    body = webhook(*(told(f"Alert{number}") for number in range(3)))
    for _ in range(6):
        workflow.accept(integration, body, "application/json")
    now = clock.now()

    def read(_number: int) -> None:
        try:
            workflow.read_all_due(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(read, range(4)))
    for receipt in Receipt.objects.filter(state="received"):  # put off after a collision
        workflow.read_receipt(receipt.pk, now=now)

    assert set(Receipt.objects.values_list("state", flat=True)) == {"processed"}
    assert (Alert.objects.count(), Occurrence.objects.count()) == (3, 3)
    assert Event.objects.filter(kind="alert.opened").count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_many_who_acknowledge_one_is_first(checkout: Service) -> None:
    alert = make_alert(service=checkout)

    def acknowledge(_number: int) -> str:
        try:
            workflow.acknowledge_alert(alert, actor=None)
        except TransitionNotAllowed:
            return "refused"
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=5) as pool:
        answers = sorted(pool.map(acknowledge, range(5)))

    assert answers == ["done", *["refused"] * 4]
    assert Alert.objects.get().state == AlertState.ACKED
    assert Event.objects.filter(kind="alert.acknowledged").count() == 1
