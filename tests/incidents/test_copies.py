"""Copies of the status page: written with every change, whole, and again until it works."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer

from incidents import copy_places, workflow
from incidents.copy_places import write
from incidents.models import PageCopy
from incidents.status_documents import Document
from incidents.workflow import copies, status
from operations.models import Severity
from portal import auditor, clock, leases, reactions
from portal.models import Event, Service, Team, User
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.STATUS_DIRECTORY = str(tmp_path / "status")
    return tmp_path / "status"


def copy() -> int:
    return copies.copy_due(clock.now(), patience=10)


def test_without_a_place_nothing_is_owed(shop: Service) -> None:
    assert copies.want_copies(clock.now()) == 0
    assert copy() == 0
    assert not PageCopy.objects.exists()


def test_every_change_is_written_whole_and_links_hold(
    shop: Service, olivia: User, folder: Path
) -> None:
    incident = make_incident(shop, severity=Severity.P1)
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    reactions.react_to_all_due(clock.now())
    assert copy() == 1

    shown = (folder / "index.html").read_text()
    assert "A cable." in shown
    assert "Partial outage" in shown
    assert "This is a copy" in shown
    assert "Content-Security-Policy" in shown
    for page in folder.rglob("*.html"):
        for link in re.findall(r'href="([^"#]+)"', page.read_text()):
            if not link.startswith(("http", "data:")):
                assert (page.parent / link).exists(), (page, link)
    assert not list(folder.rglob(".*"))
    kept = PageCopy.objects.get()
    assert kept.files.keys() >= {"index.html", "status.json", "feed.atom", "badge.svg"}
    assert kept.failing_since is None


def test_it_is_written_anew_so_that_its_age_can_be_told(shop: Service, folder: Path) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False) as at:
        copies.want_copies(clock.now())
        assert (copy(), copy()) == (1, 0)
        assert "As of 10 Nov 2026, 12:00 UTC." in (folder / "index.html").read_text()
        at.shift(timedelta(minutes=5))
        assert copy() == 1
        assert "As of 10 Nov 2026, 12:05 UTC." in (folder / "index.html").read_text()


def test_many_changes_are_one_writing(shop: Service, folder: Path) -> None:
    for _ in range(5):
        status.told_something(clock.now())
    assert (copy(), copy()) == (1, 0)


def test_a_change_during_the_writing_is_written_next(
    shop: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.want_copies(clock.now())
    (claimed,) = leases.claim(PageCopy.objects.all(), clock.now(), limit=1)
    copies.want_copies(clock.now())
    copies._mark(claimed, copy_places.Written({"index.html": "x"}))
    kept = PageCopy.objects.get()
    assert kept.due_at <= clock.now()
    assert kept.state == "due"


def test_what_cannot_be_written_is_seen_and_tried_until_it_can(
    shop: Service, tmp_path: Path, settings: Any
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    settings.STATUS_DIRECTORY = str(blocked / "status")
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False) as at:
        copies.want_copies(clock.now())
        for _ in range(3):
            assert copy() == 1
            at.shift(timedelta(minutes=6))
        assert Event.objects.filter(kind="status_page.copy_failed").count() == 1
        assert "status_copy_late" in [found.code for found in auditor.audit(clock.now())]
        blocked.unlink()
        assert copy() == 1
        assert (blocked / "status/index.html").exists()
        assert Event.objects.filter(kind="status_page.copy_restored").count() == 1
        assert PageCopy.objects.get().last_error == ""
        assert "status_copy_late" not in [found.code for found in auditor.audit(clock.now())]


def test_the_command_writes_at_once(shop: Service, folder: Path, tmp_path: Path) -> None:
    call_command("publish_status_page")
    assert (folder / "status.json").exists()
    call_command("publish_status_page", directory=tmp_path / "once")
    assert (tmp_path / "once/index.html").exists()


def test_the_command_says_what_is_missing(settings: Any) -> None:
    settings.STATUS_DIRECTORY = ""
    with pytest.raises(CommandError, match="No place is named"):
        call_command("publish_status_page")


def test_the_pager_leaves_it_to_workers_at_first(shop: Service, folder: Path) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False) as at:
        copies.want_copies(clock.now())
        assert copies.copy_due(clock.now() - copies.LEFT_LYING, patience=5) == 0
        at.shift(timedelta(seconds=6))
        assert copies.copy_due(clock.now() - copies.LEFT_LYING, patience=5) == 1


@pytest.fixture
def bucket(settings: Any) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings.STATUS_S3_ENDPOINT = f"http://{host}:{port}"
    settings.STATUS_S3_BUCKET = "page"
    settings.STATUS_S3_PREFIX = "status"
    settings.STATUS_S3_KEY_ID = settings.STATUS_S3_SECRET = "test"
    client = copy_places._client()
    yield client
    server.stop()


def test_a_bucket_takes_it_too(bucket: Any, shop: Service) -> None:
    copies.want_copies(clock.now())
    assert copy() == 1
    assert "NoSuchBucket" in PageCopy.objects.get().last_error
    bucket.create_bucket(Bucket="page")
    PageCopy.objects.update(due_at=clock.now())
    assert copy() == 1
    assert PageCopy.objects.get().last_error == ""
    kept = bucket.get_object(Bucket="page", Key="status/index.html")
    assert kept["ContentType"].startswith("text/html")
    assert b"Shop" in kept["Body"].read()


def test_only_what_differs_is_sent(folder: Path) -> None:
    page = Document("", "text/html", b"1")
    badge = Document("badge.svg", "image/svg+xml", b"2")
    first = write("directory", [page, badge], {})
    (folder / "badge.svg").unlink()
    second = write("directory", [Document("", "text/html", b"3"), badge], first.files)
    assert not (folder / "badge.svg").exists()
    assert (folder / "index.html").read_bytes() == b"3"
    assert second.files["badge.svg"] == first.files["badge.svg"]
