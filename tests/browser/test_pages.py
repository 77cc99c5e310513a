"""Every main page as people see it: no broken rule of accessibility, nothing sticks out."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.conftest import SignIn

PAGES = [
    "/",
    "/operate/",
    "/operate/alerts/",
    "/operate/alerts/?group=service",
    "/operate/noise/",
    "/operate/noise/settings/",
    "/operate/silences/",
    "/operate/silences/new/",
    "/operate/inhibitions/",
    "/operate/inhibitions/new/",
    "/operate/integrations/",
    "/operate/integrations/new/",
    "/operate/checks/",
    "/operate/checks/new/",
    "/operate/heartbeats/",
    "/operate/heartbeats/new/",
    "/operate/checklists/",
    "/operate/log/",
    "/operate/on-call/",
    "/operate/on-call/new/",
    "/operate/on-call/calendar/",
    "/operate/on-call/findings/",
    "/operate/on-call/swaps/",
    "/operate/on-call/hand-overs/",
    "/operate/on-call/leave/",
    "/operate/on-call/leave/new/",
    "/operate/on-call/feeds/",
    "/operate/on-call/carry-over/",
    "/operate/business-hours/",
    "/operate/business-hours/new/",
    "/operate/receipts/",
    "/operate/reference/",
    "/respond/",
    "/respond/incidents/",
    "/respond/declare/",
    "/respond/reports/",
    "/respond/severities/",
    "/respond/grouping/",
    "/respond/grouping/new/",
    "/respond/escalation/",
    "/respond/escalation/new/",
    "/respond/services/checkout/escalation/",
    "/respond/who-would-be-woken/",
    "/respond/coverage/",
    "/respond/reviews/",
    "/respond/learning/",
    "/respond/learning/clocks/?kind=response",
    "/respond/learning/factors/?factor=Untested+change",
    "/respond/availability/",
    "/respond/availability/rows/?service=orders-database",
    "/respond/status-page/",
    "/respond/status-page/settings/",
    "/change/",
    "/change/requests/",
    "/change/requests/new/",
    "/change/requests/board/",
    "/change/deployments/new/",
    "/change/deployments/",
    "/change/windows/",
    "/change/windows/new/",
    "/change/processes/",
    "/change/policies/",
    "/change/policies/new/",
    "/change/policies/applies/?service=checkout&category=corrective&risk_level=very_high",
    "/change/delegations/",
    "/change/delegations/new/",
    "/change/emergencies/",
    "/learn/",
    "/learn/documents/",
    "/learn/documents/new/",
    "/learn/documents/new/?start=decision",
    "/learn/documents/high-latency/edit/",
    "/learn/documents/high-latency/history/",
    "/learn/documents/high-latency/diff/",
    "/learn/documents/orders-database-connections-run-out/",
    "/learn/documents/orders-database-connections-run-out/comments/",
    "/learn/documents/orders-database-connections-run-out/readers/",
    "/learn/new/",
    "/learn/watching/",
    "/learn/markdown/",
    "/learn/actions/",
    "/learn/actions/new/",
    "/learn/runs/",
    "/learn/retrospectives/",
    "/improve/",
    "/services/",
    "/services/checkout/",
    "/services/new/",
    "/people/",
    "/people/invite/",
    "/teams/",
    "/teams/payments/",
    "/inbox/",
    "/me/",
    "/me/notifications/",
    "/channels/",
    "/channels/new/",
    "/reachability/",
    "/me/tokens/",
    "/webhooks/",
    "/search/?q=checkout",
    "/events/",
    "/health/",
    "/status/",
    "/status/report/",
    "/styleguide/",
]
# Lists whose first row leads to a page that has a number in its address.
LISTS = [
    "/operate/alerts/",
    "/operate/silences/",
    "/operate/inhibitions/",
    "/operate/integrations/",
    "/operate/receipts/",
    "/operate/checks/",
    "/operate/heartbeats/",
    "/operate/checklists/",
    "/operate/on-call/",
    "/operate/on-call/swaps/",
    "/operate/on-call/hand-overs/",
    "/respond/incidents/",
    "/respond/escalation/",
    "/respond/reports/",
    "/respond/reviews/",
    "/change/requests/",
    "/change/requests/?state=awaiting_approval",
    "/change/policies/",
    "/change/emergencies/",
    "/change/deployments/",
    "/change/windows/",
    "/learn/documents/",
    "/learn/runs/",
    "/learn/actions/?view=all",
    "/learn/retrospectives/",
    "/people/",
    "/channels/",
]
# What an administrator sets at the first integration.
INTEGRATION_PAGES = ["mapping/", "replay/", "upstream/", "edit/"]
# What axe cannot know, or what is not a rule of WCAG 2.2 AA.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
SHOTS = os.environ.get("SHOTS", "")


def name_of(path: str) -> str:
    return re.sub("[^a-z0-9]+", "-", path.lower()).strip("-") or "today"


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page in the folder that SHOTS names, for people to look at."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def broken_rules(page: Page) -> list[tuple[str, str]]:
    violations = Axe().run(page, options=RULES).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in violations]


def look_at(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200


def look_at_first_of(page: Page, path: str, below: str = "") -> None:
    look_at(page, path)
    rows = page.locator("main .row-link")
    assert rows.count(), f"The demo has nothing in {path}"
    link = str(rows.first.get_attribute("href"))
    look_at(page, link + below)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_obeys_the_rules_of_accessibility(as_person: SignIn, path: str) -> None:
    page = as_person("ada")
    look_at(page, path)
    shoot(page, f"{name_of(path)}-desktop")

    assert broken_rules(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_at_night(as_person: SignIn, path: str) -> None:
    page = as_person("ada", phone=True, dark=True)
    look_at(page, path)
    shoot(page, f"{name_of(path)}-phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert broken_rules(page) == []


@pytest.mark.parametrize("path", LISTS)
def test_the_first_of_a_list_obeys_the_rules(as_person: SignIn, path: str) -> None:
    page = as_person("ada")
    look_at_first_of(page, path)
    shoot(page, f"{name_of(path)}-first-desktop")

    assert broken_rules(page) == []


@pytest.mark.parametrize("path", LISTS)
def test_the_first_of_a_list_fits_a_phone(as_person: SignIn, path: str) -> None:
    page = as_person("ada", phone=True, dark=True)
    look_at_first_of(page, path)
    shoot(page, f"{name_of(path)}-first-phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert broken_rules(page) == []


@pytest.mark.parametrize("below", INTEGRATION_PAGES)
def test_what_is_set_at_an_integration_obeys_the_rules(as_person: SignIn, below: str) -> None:
    page = as_person("ada")
    look_at_first_of(page, "/operate/integrations/?kind=alertmanager", below)
    shoot(page, f"integration-{name_of(below)}-desktop")

    assert broken_rules(page) == []


@pytest.mark.parametrize("below", INTEGRATION_PAGES)
def test_what_is_set_at_an_integration_fits_a_phone(as_person: SignIn, below: str) -> None:
    page = as_person("ada", phone=True, dark=True)
    look_at_first_of(page, "/operate/integrations/?kind=alertmanager", below)
    shoot(page, f"integration-{name_of(below)}-phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert broken_rules(page) == []


def test_the_part_that_is_shown_is_seen_among_more_than_a_phone_holds(
    as_person: SignIn,
) -> None:
    page = as_person("ada", phone=True)
    look_at(page, "/operate/reference/")
    shown = page.locator(".tabs [aria-current]").first

    left, width = page.evaluate(
        "(tab) => [tab.offsetLeft, tab.offsetWidth]", shown.element_handle()
    )
    scrolled = page.evaluate("(tab) => tab.closest('ul').scrollLeft", shown.element_handle())
    assert left + width - scrolled <= 390
    assert scrolled > 0
