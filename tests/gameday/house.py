"""
What stands around the portal on the game day, and who keeps books about it.

A web server that knows nothing but the directory of the status page's copies; a reader who
never stops reading them; a mail scanner that opens every link, as those of companies do.
"""

import json
import logging
import re
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.house import Mailbox

ATOM = "{http://www.w3.org/2005/Atom}"
PAGE, JSON, FEED = "", "status.json", "feed.atom"
COPIES = (PAGE, JSON, FEED)
PAUSE = 0.2  # seconds between two readings
READ_AGAIN = 10  # seconds


class Shelf:
    """Serves the directory with the copies of the status page, and nothing else."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        serve = partial(Handler, directory=str(directory))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), serve)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Reader:
    """Reads the page, its JSON and its feed over and over; writes down what is wrong."""

    url: str
    readings: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    oldest: float = 0  # seconds
    _latest: dict[str, str] = field(default_factory=dict)
    _drawn_at: dict[str, datetime] = field(default_factory=dict)
    _goes_on: bool = True

    def start(self) -> None:
        self._thread = threading.Thread(target=self._read_on, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._goes_on = False
        self._thread.join(READ_AGAIN)

    def shows(self, words: str) -> bool:
        """Whether the page, the JSON and the feed that were read last all say this."""
        return all(words in self._latest.get(copy, "") for copy in COPIES)

    def says(self, words: str) -> bool:
        """Whether the page that was read last says this."""
        assert not self.wrong, self.wrong
        return words in self._latest.get(PAGE, "")

    def age(self) -> float:
        """How many seconds ago the page says that it was drawn."""
        return (datetime.now(UTC) - self._drawn_at[PAGE]).total_seconds()

    def _read_on(self) -> None:
        while self._goes_on:
            # The page is written last, so what it tells of must be in what is read after it.
            told: set[str] = set()
            for copy in COPIES:
                try:
                    text = self._read(copy)
                    updates = self._check(copy, text, told)
                except (OSError, ValueError, KeyError, ET.ParseError, AssertionError) as error:
                    self.wrong.append(f"{copy or 'the page'}: {type(error).__name__} {error}")
                else:
                    told = updates if copy == PAGE else told
                    self.readings[copy or "page"] += 1
                    self._latest[copy] = unescape(text)
            time.sleep(PAUSE)

    def _read(self, copy: str) -> str:
        with urllib.request.urlopen(self.url + copy, timeout=READ_AGAIN) as answer:
            assert answer.status == 200, answer.status
            return str(answer.read().decode())

    def _check(self, copy: str, text: str, told: set[str]) -> set[str]:
        """It is whole and says when it was drawn, later each time; return its updates."""
        look = {PAGE: _page, JSON: _json, FEED: _feed}[copy]
        drawn_at, updates = look(text)
        assert drawn_at >= self._drawn_at.get(copy, drawn_at), "It went back in time."
        assert told <= updates, f"The page tells of {told - updates}, which is not here."
        self._drawn_at[copy] = drawn_at
        age = (datetime.now(UTC) - drawn_at).total_seconds()
        self.oldest = max(self.oldest, age)
        return updates


def _page(text: str) -> tuple[datetime, set[str]]:
    assert text.lstrip().startswith("<!doctype html>"), text[:100]
    assert text.rstrip().endswith("</html>"), text[-100:]
    said = re.search(r'<time id="as-of" datetime="([^"]+)">As of ', text)
    assert said, "The page does not say its age."
    return datetime.fromisoformat(said[1]), set(re.findall(r'<li id="update-(\d+)"', text))


def _json(text: str) -> tuple[datetime, set[str]]:
    said = json.loads(text)
    updates = {each["id"] for told in said["incidents"] for each in told["updates"]}
    return datetime.fromisoformat(said["page"]["updated_at"]), updates


def _feed(text: str) -> tuple[datetime, set[str]]:
    said = ET.fromstring(text)
    drawn_at = said.findtext(f"{ATOM}updated")
    assert drawn_at, "The feed does not say its age."
    ids = " ".join(each.findtext(f"{ATOM}id") or "" for each in said.iter(f"{ATOM}entry"))
    return datetime.fromisoformat(drawn_at), set(re.findall(r"#update-(\d+)", ids))


# --- mails ----------------------------------------------------------------------------------


def links_in(mail: EmailMessage) -> set[str]:
    """Every address in a mail, whether in its text, its HTML or its headers."""
    words = " ".join(str(value) for _name, value in mail.items())
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            words += unescape(str(part.get_content()))
    return set(re.findall(r"https?://[^\s<>\"')]+", words))


def open_all(links: Iterable[str]) -> int:
    """HEAD and GET each as nobody, again and again: what mail scanners do; return how many."""
    opened = 0
    for link in sorted(links):
        for method in ["HEAD", "GET", "GET"]:
            request = urllib.request.Request(link, method=method)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    answer.read()
            except urllib.error.HTTPError as refused:
                if refused.code >= 500:
                    raise
        opened += 1
    return opened


class CountingMailbox(Mailbox):
    """Also notes (address, subject) of each message, since thousands come in."""

    def __init__(self) -> None:
        super().__init__()
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.noted: list[tuple[str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        self.noted.append((envelope.rcpt_tos[0], str(self.messages[-1]["Subject"])))
        return answer

    def letters(self, about: str = "") -> list[str]:
        """Which of the 1,000 got a letter about this, each as often as one came."""
        return [
            address
            for address, subject in list(self.noted)
            if address.startswith("reader-") and about in subject
        ]


# --- what the database holds ----------------------------------------------------------------

# What nobody may change by opening a link. Columns are named where the others only say when
# something left the house, or count.
KEPT = {
    "incidents_incident": "id, state, severity, acknowledged_at, commander_id",
    "incidents_incidentrole": "*",
    "incidents_incidenttask": "*",
    "incidents_timelinenote": "*",
    "incidents_statusupdate": "*",
    "incidents_updatedraft": "*",
    "incidents_subscriber": "id, address, state, confirmed_at, wants_incidents, components",
    "incidents_announcement": "id, key, title, text",
    "incidents_stakeholdermessage": "id, subject, text",
    "incidents_review": "id, state, version, sections, published_at",
    "incidents_reviewrequest": "*",
    "incidents_reviewcomment": "*",
    "knowledge_actionitem": "id, state, title, owner_id, due_on",
}


class Database:
    """The portal's SQLite file, read in plain SQL so that the product cannot flatter itself."""

    def __init__(self, file: Path) -> None:
        self._uri = f"file:{file}?mode=ro"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self._uri, uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def kept(self) -> dict[str, set[tuple[Any, ...]]]:
        """All that people and programs have said and decided so far, by table."""
        return {
            table: set(self.rows(f"SELECT {columns} FROM {table}"))
            for table, columns in KEPT.items()
        }
