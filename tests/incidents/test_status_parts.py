"""The parts of the status page: each for its audience, in one request, with lasting names."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from incidents import workflow
from incidents.models import StatusComponent
from incidents.status_sheet import sheet
from operations.models import Severity
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, Team, User
from tests.incidents.doors import signed_in_as
from tests.incidents.make import make_incident
from tests.incidents.status import follow, make_component, make_shown_service
from tests.incidents.test_public import make_window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

PARTS = [
    "",
    "status.json",
    "feed.atom",
    "feed.rss",
    "maintenance.ics",
    "badge.svg",
    "components/shop/",
    "components/shop/status.json",
    "components/shop/feed.atom",
    "components/shop/feed.rss",
    "components/shop/maintenance.ics",
    "components/shop/badge.svg",
]
SECRET = "Vault of gold"


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


@pytest.fixture
def vault(payments: Team) -> StatusComponent:
    """A component for some, on a service for everybody."""
    service = make_shown_service("Vault", team=payments, is_public=True)
    component = StatusComponent.objects.get(service=service)
    return workflow.change_component(component, name=SECRET, is_public=False, actor=None)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_there_with_its_tag(client: Client, shop: Service, part: str) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False):
        first = client.get(f"/status/{part}")
        assert first.status_code == 200
        assert "max-age=15" in first["Cache-Control"]
        again = client.get(f"/status/{part}", headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "part",
    [
        "nothing",
        "components/nothing/",
        "components/shop/nothing",
        "incidents/1/",
        "incidents/x/",
        f"incidents/{'9' * 30}/",
        "history/2026-13/",
        "history/1999-01/",
        "history/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, shop: Service, part: str) -> None:
    assert client.get(f"/status/{part}").status_code == 404


@pytest.mark.parametrize(
    "part", [*PARTS, "history/2026-11/", "incidents/{pk}/", "components/vault/"]
)
def test_a_private_component_leaks_nowhere(
    client: Client, shop: Service, vault: StatusComponent, olivia: User, part: str
) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False):
        assert vault.service is not None
        incident = make_incident(vault.service, severity=Severity.P0)
        make_window(vault.service, starts=1, title=f"{SECRET} closes")
        workflow.post_update(incident, phase="identified", text=f"{SECRET} empty", actor=None)
        follow()
        answer = client.get(f"/status/{part.format(pk=incident.pk)}")
        assert SECRET not in answer.content.decode()
        assert "vault" not in answer.content.decode().lower()
        if part in {"", "status.json", "badge.svg"}:
            said = answer.content.decode()
            assert "operational" in said.lower()
            assert "Major outage" not in said
        if "pk" in part or "vault" in part:
            assert answer.status_code == 404


def test_a_component_of_a_service_kept_inside_is_kept_inside(
    client: Client, payments: Team
) -> None:
    service = make_shown_service("Vault", team=payments, is_public=False)
    make_component(SECRET, service=service, is_public=True)
    assert SECRET not in client.get("/status/").content.decode()


def test_who_is_signed_in_sees_the_private_ones(
    client: Client, vault: StatusComponent, vera: User, otto: User
) -> None:
    assert client.get("/status/inside/").status_code == 302
    assert signed_in_as(otto).get("/status/inside/").status_code == 404
    answer = signed_in_as(vera).get("/status/inside/")
    assert SECRET in answer.content.decode()
    assert "private" in answer["Cache-Control"]
    assert SECRET in signed_in_as(vera).get("/status/inside/status.json").content.decode()


def test_the_private_address_opens_until_there_is_another(
    client: Client, vault: StatusComponent, ada: User
) -> None:
    assert client.get("/status/private/x/").status_code == 404
    key = workflow.renew_private_key(actor=ada).private_key
    assert SECRET in client.get(f"/status/private/{key}/").content.decode()
    assert SECRET in client.get(f"/status/private/{key}/status.json").content.decode()
    workflow.renew_private_key(actor=ada)
    assert client.get(f"/status/private/{key}/").status_code == 404


def test_the_page_asks_for_nothing_beside_itself(client: Client, shop: Service) -> None:
    answer = client.get("/status/")
    shown = answer.content.decode()
    assert '<link rel="stylesheet"' not in shown
    assert not re.search(r"<script[^>]+src|<img[^>]+src=\"(?!data:)|@import", shown)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy


def test_the_style_is_small_and_has_what_it_uses() -> None:
    style = sheet()
    assert len(style) < 18_000
    used, kept = (
        set(re.findall(r"var\((--[\w-]+)", style)),
        set(re.findall(r"(--[\w-]+):", style)),
    )
    assert used == kept


@pytest.mark.parametrize("shape", ["feed.atom", "feed.rss"])
def test_feeds_keep_the_ids_of_their_posts(client: Client, shop: Service, shape: str) -> None:
    incident = make_incident(shop, severity=Severity.P1)
    workflow.post_update(incident, phase="identified", text="A <b>cable</b>.", actor=None)
    before = _ids(client.get(f"/status/{shape}").content)
    workflow.resolve(incident, summary="Done", actor=None)
    workflow.post_update(incident, phase="resolved", text="All is well.", actor=None)
    after = _ids(client.get(f"/status/{shape}").content)
    assert len(after) == 2
    assert before < after
    assert _ids(client.get(f"/status/components/shop/{shape}").content) == after


def _ids(source: bytes) -> set[str]:
    tree = ET.fromstring(source)
    found = [node.text or "" for node in tree.iter() if node.tag.rpartition("}")[2] == "guid"]
    atom = "{http://www.w3.org/2005/Atom}"
    found += [node.findtext(f"{atom}id", "") for node in tree.iter(f"{atom}entry")]
    return set(found)


def test_a_component_s_parts_are_about_it_alone(
    client: Client, shop: Service, payments: Team
) -> None:
    other = make_shown_service("Search", team=payments, is_public=True)
    for service in (shop, other):
        incident = make_incident(service, severity=Severity.P1)
        workflow.post_update(incident, phase="identified", text=f"{service} hurts", actor=None)
    one = client.get("/status/components/search/status.json").json()
    assert [each["id"] for each in one["components"]] == ["search"]
    assert [each["updates"][0]["body"] for each in one["incidents"]] == ["Search hurts"]
    assert (
        client.get("/status/status.json?component=search").json()["components"]
        == one["components"]
    )


def test_the_badge_is_a_picture_without_script(client: Client, payments: Team) -> None:
    make_shown_service("A <b> & co", team=payments, is_public=True)
    slug = StatusComponent.objects.get().slug
    answer = client.get(f"/status/badge.svg?component={slug}")
    tree = ET.fromstring(answer.content)
    assert tree.get("aria-label") == "A <b> & co: Operational"
    assert b"<script" not in answer.content
    assert answer["Content-Type"] == "image/svg+xml"


def test_the_calendar_holds_announced_maintenance(client: Client, shop: Service) -> None:
    make_window(shop, starts=1, title="New disks")
    (event,) = Calendar.from_ical(client.get("/status/maintenance.ics").content).walk("VEVENT")
    assert (str(event["summary"]), str(event["status"])) == ("New disks", "CONFIRMED")


def test_an_incident_and_a_month_have_pages_of_their_own(
    client: Client, shop: Service, olivia: User
) -> None:
    with time_machine.travel("2026-09-10T12:00:00Z", tick=False) as at:
        incident = make_incident(shop, severity=Severity.P1)
        workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
        workflow.resolve(incident, summary="Done", actor=olivia)
        at.shift(timedelta(days=60))
        assert "A cable." not in client.get("/status/").content.decode()
        for part in (f"incidents/{incident.pk}/", "history/2026-09/"):
            assert "A cable." in client.get(f"/status/{part}").content.decode()
        assert "A cable." not in client.get("/status/history/2026-10/").content.decode()
        moved = client.get(f"/status/incidents/{incident.pk}")
        assert moved["Location"] == f"/status/incidents/{incident.pk}/"


def test_a_post_mortem_is_for_what_is_over(client: Client, shop: Service, olivia: User) -> None:
    incident = make_incident(shop, severity=Severity.P1)
    workflow.post_update(incident, phase="identified", text="A cable.", actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.post_postmortem(incident, text="We learned.", actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["not_resolved"]
    workflow.resolve(incident, summary="Done", actor=olivia)
    workflow.post_postmortem(incident, text="We learned.", actor=olivia)
    (told,) = client.get("/status/status.json").json()["incidents"]
    assert told["status"] == "postmortem"
    assert "We learned." in client.get(f"/status/incidents/{incident.pk}/").content.decode()


def test_both_times_of_a_backdated_post_are_said(
    client: Client, shop: Service, olivia: User
) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False):
        incident = make_incident(shop, severity=Severity.P1)
        earlier = datetime(2026, 11, 10, 11, 40, tzinfo=UTC)
        first = workflow.post_update(
            incident, phase="identified", text="A cable.", posted_at=earlier, actor=olivia
        )
        workflow.post_update(
            incident, phase="identified", text="A fibre.", corrects=first, actor=olivia
        )
        shown = client.get("/status/").content.decode()
        assert "10 Nov, 11:40 UTC" in shown
        assert "(written down at 10 Nov, 12:00 UTC)" in shown
        assert "Puts right the post of 10 Nov, 11:40 UTC." in shown


def test_only_the_four_phases_have_forms(shop: Service, olivia: User) -> None:
    incident = make_incident(shop)
    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/desk/").content.decode()
    assert shown.count('name="next_within"') == 4


def test_a_private_incident_is_in_no_part(
    client: Client, shop: Service, olivia: User, vera: User
) -> None:
    incident = make_incident(shop, severity=Severity.P0)
    workflow.post_update(incident, phase="identified", text=SECRET, actor=olivia)
    workflow.submit_update(
        incident,
        phase="identified",
        text=SECRET,
        publish_at=clock.now() + timedelta(hours=1),
        actor=olivia,
    )
    type(incident).objects.update(is_private=True)
    for part in ("", "status.json", "feed.atom", f"incidents/{incident.pk}/"):
        assert SECRET not in client.get(f"/status/{part}").content.decode()
    assert client.get("/status/status.json").json()["status"]["indicator"] == "operational"
    queue = signed_in_as(vera).get("/respond/status-page/updates/")
    assert SECRET not in queue.content.decode()
