"""Who is in the story and what they hold in their hands."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Browser, Locator, Page, ViewportSize, expect

from tests.house import Alertmanager, Mailbox, Portal, Receiver

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)


class Person:
    """Somebody with a browser of their own, who reads labels and presses buttons."""

    def __init__(self, browser: Browser, portal: Portal, *, phone: bool = False) -> None:
        self._context = browser.new_context(
            base_url=portal.url, viewport=PHONE if phone else DESKTOP, has_touch=phone
        )
        self._context.set_default_timeout(10_000)
        self._is_on_phone = phone
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on(
            "console", lambda line: self._complain(line.text) if line.type == "error" else None
        )

    def _complain(self, what: str) -> None:
        if "the server responded with a status of 4" not in what:
            self.complaints.append(f"{self.page.url}: {what}")

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/sign-in/")
        self.write("E-mail address", email)
        self.write("Password", password)
        self.press("Sign in")

    def takes_the_session_to(self, device: "Person") -> None:
        device._context.add_cookies(self._context.cookies())  # type: ignore[arg-type]

    def open(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        if self._is_on_phone:
            assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    def field(self, label: str, within: Locator | None = None) -> Locator:
        """The visible field of this label; words such as “(optional)” may follow it."""
        place = within or self.page.locator("main")
        name = re.compile(rf"^{re.escape(label)}( \(optional\))?$")
        return place.get_by_label(name).locator("visible=true").first

    def write(self, label: str, text: str, within: Locator | None = None) -> None:
        self.field(label, within).fill(text)

    def tick(self, label: str) -> None:
        self.field(label).check()

    def choose(self, label: str, option: str, within: Locator | None = None) -> None:
        self.field(label, within).select_option(label=option)

    def unfold(self, label: str, within: Locator | None = None) -> Locator:
        """Open what is folded away under these words; return it."""
        place = within or self.page.locator("main")
        words = re.compile(rf"^\s*{re.escape(label)}\b")
        summary = place.locator("summary").filter(has_text=words).first
        details = summary.locator("xpath=..")
        if details.get_attribute("open") is None:
            summary.click()
        return details

    def press(self, label: str, within: Locator | None = None, *, exact: bool = True) -> None:
        place = within or self.page.locator("main")
        button = place.get_by_role("button", name=label, exact=exact)
        button.locator("visible=true").first.click()
        self.page.wait_for_load_state()

    def follow(self, label: str) -> None:
        self.page.get_by_role("link", name=label).first.click()
        self.page.wait_for_load_state()

    def reads(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def sees(self, text: str, *, at: str) -> bool:
        self.open(at)
        return text in self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def disabled(self, label: str) -> str:
        """The sentences beside a button that cannot be pressed."""
        button = self.page.locator("main").get_by_role("button", name=label, exact=True).first
        expect(button).to_be_disabled()
        reasons = button.get_attribute("aria-describedby")
        assert reasons, f"“{label}” does not say why it is disabled."
        return self.page.locator(f"#{reasons}").inner_text()

    def api(self, path: str) -> Any:
        """GET with the session, as the pages' own scripts would."""
        answer = self._context.request.get(f"/api/v1{path}")
        assert answer.status == 200, f"{path}: {answer.status} {answer.text()[:500]}"
        return answer.json()

    def call(self, path: str, **body: Any) -> APIResponse:
        """POST to the API with the session."""
        csrf = {cookie["name"]: cookie["value"] for cookie in self._context.cookies()}["csrf"]
        headers = {"X-CSRFToken": csrf, "Content-Type": "application/json"}
        return self._context.request.post(
            f"/api/v1{path}", data=json.dumps(body), headers=headers
        )


@dataclass
class Story:
    """The house and what is known so far."""

    folder: Path
    mailbox: Mailbox
    receiver: Receiver
    portal: Portal
    browser: Browser
    _alertmanager: Alertmanager | None = None
    people: dict[str, Person] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)

    def starts_alertmanager(self, configuration: str) -> None:
        self._alertmanager = Alertmanager(self.folder / "alertmanager", configuration)
        self._alertmanager.start()

    @property
    def alertmanager(self) -> Alertmanager:
        assert self._alertmanager is not None
        return self._alertmanager

    def stop(self) -> None:
        if self._alertmanager is not None:
            self._alertmanager.stop()

    def person(self, name: str, *, phone: bool = False) -> Person:
        key = f"{name} on the phone" if phone else name
        if key not in self.people:
            self.people[key] = Person(self.browser, self.portal, phone=phone)
        return self.people[key]
