"""The house of the game day: one portal, four people, and readers who never stop."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import sync_playwright

from tests.gameday.cast import GameDay
from tests.gameday.house import CountingMailbox, Database, Reader, Shelf
from tests.gameday.world import World
from tests.house import Portal, running, wait_for

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
_broken: list[str] = []
_measured: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _measured:
        terminalreporter.write_line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        _broken.append(item.name)


@pytest.fixture(autouse=True)
def _step_after_step() -> None:
    """A step of the day says nothing when one before it broke."""
    if _broken:
        pytest.skip(f"The day ended with {_broken[0]}.")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GameDay]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Install Debian's package chromium."
    folder = tmp_path_factory.mktemp("gameday")
    with ExitStack() as stack:
        mailbox = stack.enter_context(running(CountingMailbox()))
        shelf = stack.enter_context(running(Shelf(folder / "status")))
        settings = {
            "EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "EVENKEEL_STATUS_DIRECTORY": str(shelf.directory),
            "EVENKEEL_STATUS_URL": shelf.url,
        }
        portal = stack.enter_context(running(Portal(folder / "data", settings)))
        world = World(portal)
        world.build()
        wait_for((shelf.directory / "index.html").exists, seconds=60, what="a copy is written")
        reader = stack.enter_context(running(Reader(shelf.url)))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.callback(browser.close)
        database = Database(folder / "data" / "evenkeel.sqlite3")
        day = GameDay(folder, mailbox, portal, shelf, reader, world, database, browser)
        yield day
        _measured.extend(day.measured)
