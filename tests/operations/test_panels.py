"""What operations shows elsewhere: on Today, on a service's page, in the frame, in search."""

from django.test import Client

from operations import panels, workflow
from operations.models import Check
from portal.models import Service, Team, User
from portal.slots import gather
from portal.thread import thread
from tests.operations.make import make_alert, make_check, make_schedule, make_template
from tests.searching import ask


def test_today_shows_my_teams_checklists_and_what_is_red(
    olivia: User, ana: User, otto: User, checkout: Service, payments: Team
) -> None:
    assert panels.todays_checklists(olivia, olivia) is None
    assert panels.red_checks(olivia, olivia) is None
    run = workflow.start_checklist(make_template(), team=payments, actor=olivia)
    check = make_check(checkout)
    Check.objects.update(state="down")

    assert panels.todays_checklists(olivia, olivia) == {"runs": [run]}
    assert panels.todays_checklists(ana, ana) is None
    assert panels.red_checks(ana, ana) == {"checks": [check]}
    assert panels.red_checks(otto, otto) is None


def test_a_service_shows_its_alerts_checks_and_who_is_on_call(
    olivia: User, otto: User, checkout: Service, payments: Team
) -> None:
    assert panels.alerts_of_service(olivia, checkout) is None
    assert panels.checks_of_service(olivia, checkout) is None
    alert, check = make_alert(service=checkout), make_check(checkout)
    schedule = make_schedule(payments, olivia)

    shown = panels.alerts_of_service(olivia, checkout)
    assert shown == {"alerts": [alert], "service": checkout, "may_work": True}
    assert panels.checks_of_service(olivia, checkout) == {"rows": [(check, None)]}
    on_call = panels.on_call_of_service(olivia, checkout)
    assert on_call is not None
    assert (on_call["on_call"].person, on_call["schedule"]) == (olivia, schedule)
    for panel in (
        panels.alerts_of_service,
        panels.checks_of_service,
        panels.on_call_of_service,
    ):
        assert panel(otto, checkout) is None


def test_the_frame_names_who_is_on_call(
    client: Client, vera: User, olivia: User, payments: Team
) -> None:
    make_schedule(payments, olivia)

    assert {"name": "Olivia", "team": "Payments"} in gather("frame.on_call", vera)


def test_an_alert_begins_its_thread(vera: User, checkout: Service) -> None:
    alert = make_alert(service=checkout)

    item = thread(vera, alert)[0]

    assert (item["kind"], item["url"], item["tone"]) == (
        "alert",
        alert.get_absolute_url(),
        "bad",
    )


def test_search_finds_what_may_be_seen(vera: User, otto: User, checkout: Service) -> None:
    make_alert(service=checkout, name="DiskFull")
    make_check(checkout, "Disk page")
    workflow.write_log(text="Swapped a disk", actor=None)

    kinds = sorted(result.kind for result in ask(vera, "disk").results)

    assert kinds == ["alert", "check", "log"]
    assert ask(otto, "disk").results == []
