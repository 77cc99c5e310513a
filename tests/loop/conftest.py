"""The house of the loop, empty: started once, with a real browser in front of it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from tests.house import Mailbox, Portal, Receiver, running
from tests.loop.story import Story

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
    """A step of the story says nothing when one before it broke."""
    if _broken:
        pytest.skip(f"The story ended with {_broken[0]}.")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Install Debian's package chromium."
    with ExitStack() as stack:
        mailbox = stack.enter_context(running(Mailbox()))
        receiver = stack.enter_context(running(Receiver()))
        folder = tmp_path_factory.mktemp("loop")
        settings = {
            "EVENKEEL_EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "EVENKEEL_OUTGOING_ALLOW": f"127.0.0.1:{receiver.port}",
            **stack.enter_context(_database()),
        }
        portal = stack.enter_context(running(Portal(folder / "data", settings)))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.callback(browser.close)
        story = Story(folder, mailbox, receiver, portal, browser)
        stack.callback(story.stop)
        yield story
        _measured.extend(story.measured)


class _database:  # noqa: N801 (used as a function)
    """On PostgreSQL, a database of our own beside the one that DATABASE_URL names."""

    name = f"evenkeel_loop_{os.getpid()}"

    def __enter__(self) -> dict[str, str]:
        self.url = os.environ.get("DATABASE_URL", "")
        if not self.url:
            return {}
        self._do(f"CREATE DATABASE {self.name}")
        return {"DATABASE_URL": urlunsplit(urlsplit(self.url)._replace(path=f"/{self.name}"))}

    def __exit__(self, *_: object) -> None:
        if self.url:
            self._do(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        server = urlunsplit(urlsplit(self.url)._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement.encode())
