"""The four in the incident's room, each with a browser that is never reloaded for news."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from tests.gameday.house import CountingMailbox, Database, Reader, Shelf
from tests.gameday.world import PASSWORD, World, address
from tests.house import Portal
from tests.loop.story import Person

PATIENCE = 30  # seconds in which the others must see what one does
AWAY = ("net::ERR_", "Failed to fetch", "htmx:")
OPENED = "document.body.dataset.gameDay = 'open'"
IS_STILL_OPEN = "document.body.dataset.gameDay === 'open'"


class Player(Person):
    """Somebody in the room: what others do comes to them."""

    knows_it_is_away = False  # then a failed request is no complaint

    def _complain(self, what: str) -> None:
        if not (self.knows_it_is_away and any(word in what for word in AWAY)):
            super()._complain(what)

    def sit_down(self) -> None:
        """Stay on this page; whether it was loaded anew can be seen from now on."""
        self.page.evaluate(OPENED)

    def do(self, label: str, within: Locator | None = None) -> None:
        """Press a button and wait for the page that comes of it; the room is open again."""
        place = within or self.page.locator("main")
        button = place.get_by_role("button", name=label, exact=True).locator("visible=true")
        with self.page.expect_navigation():
            button.first.click()
        refused = self.page.locator("body").get_attribute("data-outcome")
        assert not refused, self.page.locator("main").inner_text()
        self.page.mouse.move(1, 1)  # a pointer that rests on news holds them back
        self.sit_down()

    def hears(self, words: str, *, at: str = "#room-live") -> None:
        """These words come by themselves, without the page being loaded anew."""
        expect(self.page.locator(at)).to_contain_text(words, timeout=PATIENCE * 1000)
        assert self.page.evaluate(IS_STILL_OPEN), f"{self.page.url} was loaded anew."

    def section(self, name: str) -> Locator:
        """The part of the page under this heading."""
        return self.page.locator(f"section[aria-labelledby={name}]")


@dataclass
class GameDay:
    """The house, who is there, and what is known so far."""

    folder: Path
    mailbox: CountingMailbox
    portal: Portal
    shelf: Shelf
    reader: Reader
    world: World
    database: Database
    browser: Browser
    players: dict[str, Player] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    measured: list[str] = field(default_factory=list)
    kept: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)

    def player(self, name: str, *, phone: bool = False) -> Player:
        if name not in self.players:
            self.players[name] = Player(self.browser, self.portal, phone=phone)
        return self.players[name]

    def comes_in(self, name: str, *, phone: bool = False) -> Player:
        player = self.player(name, phone=phone)
        player.sign_in(address(name), PASSWORD)
        player.open(self.known["room"])
        player.sit_down()
        return player

    def all_hear(self, words: str, *, at: str = "#room-live") -> None:
        for name in FOUR:
            self.players[name].hears(words, at=at)


FOUR = ["Olivia", "Ana", "Tomas", "Max"]
