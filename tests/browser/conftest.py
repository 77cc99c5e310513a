"""A real browser in front of the real portal with its demo, started once for all tests."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    sync_playwright,
)

from tests.house import Portal, running

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)

# A refusal is an answer, and tests cut the line; and axe measures by inline styles, which our
# policy blocks. That no template of ours has one is shown by tests/test_architecture.py.
NOT_OURS = (
    "the server responded with a status of 4",
    "Applying inline style violates",
    "net::ERR_INTERNET_DISCONNECTED",
    "net::ERR_FAILED",
)

SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Install Debian's package chromium."
    # The synchronous driver runs an event loop, in which Django refuses to use a database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder: Path = tmp_path_factory.mktemp("portal")
    with running(Portal(folder, {"DEMO": "1"})) as house:
        yield house


@pytest.fixture(scope="session")
def password(portal: Portal) -> str:
    """The one that the demo's people share; it is printed once, when the demo is loaded."""
    found = re.search(r"shown this once: (\S+)", portal.log())
    assert found, portal.log()
    return found[1]


@pytest.fixture(scope="session")
def sessions(browser: Browser, portal: Portal, password: str) -> dict[str, str]:
    """Each person's session cookie, so that signing in costs once."""
    return {
        name: _sign_in(browser, portal, password, name) for name in ("olivia", "max", "ada")
    }


def _sign_in(browser: Browser, portal: Portal, password: str, name: str) -> str:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{portal.url}/sign-in/")
    page.fill("input[name=username]", f"{name}@harbour.example")
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{portal.url}/")
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    context.close()
    return cookies["session"]


def _is_expected(line: ConsoleMessage) -> bool:
    """What we cause ourselves; and what the frame of a hostile diagram is kept from doing."""
    is_in_frame = "script-src" in line.text and "/js/mermaid" in line.text  # its policy
    return is_in_frame or any(word in line.text for word in NOT_OURS)


@pytest.fixture
def as_person(browser: Browser, portal: Portal, sessions: dict[str, str]) -> Iterator[SignIn]:
    """Open a page as a person of the demo; fail when the browser complained of anything."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_as(
        name: str, *, phone: bool = False, dark: bool = False, scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=portal.url,
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            has_touch=phone,
        )
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": sessions[name], "url": portal.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: (
                complaints.append(f"{page.url}: {line.text}")
                if line.type == "error" and not _is_expected(line)
                else None
            ),
        )
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []
