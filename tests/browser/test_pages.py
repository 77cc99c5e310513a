"""Every main page as people see it: no broken rule of accessibility, nothing sticks out."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SignIn

PAGES = [
    "/",
    "/operate/",
    "/operate/alerts/",
    "/operate/integrations/",
    "/operate/checks/",
    "/operate/checklists/",
    "/operate/log/",
    "/operate/reference/",
    "/respond/",
    "/respond/incidents/",
    "/respond/declare/",
    "/respond/severities/",
    "/change/",
    "/change/requests/",
    "/change/requests/new/",
    "/change/deployments/",
    "/change/windows/",
    "/change/processes/",
    "/learn/",
    "/learn/documents/",
    "/learn/documents/new/",
    "/learn/actions/",
    "/learn/retrospectives/",
    "/improve/",
    "/services/",
    "/services/checkout/",
    "/services/new/",
    "/people/",
    "/teams/payments/",
    "/inbox/",
    "/search/?q=checkout",
    "/events/",
    "/health/",
    "/status/",
    "/styleguide/",
]
# What axe cannot know, or what is not a rule of WCAG 2.2 AA.
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
SHOTS = os.environ.get("SHOTS", "")


def name_of(path: str) -> str:
    return path.strip("/").replace("/", "-").replace("?", "-").replace("=", "-") or "today"


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page in the folder that SHOTS names, for people to look at."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_obeys_the_rules_of_accessibility(as_person: SignIn, path: str) -> None:
    page = as_person("ada")
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    shoot(page, f"{name_of(path)}-desktop")

    broken = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in broken] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_at_night(as_person: SignIn, path: str) -> None:
    page = as_person("ada", phone=True, dark=True)
    page.goto(path)
    shoot(page, f"{name_of(path)}-phone")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    broken = Axe().run(page, options=RULES).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in broken] == []
