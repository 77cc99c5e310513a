"""Every list costs the same number of queries for one row and for sixty."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal import clock, events
from portal.models import (
    ImprovementTarget,
    Notification,
    SendState,
    Urgency,
    User,
    WebhookDelivery,
)
from portal.notify import notify
from portal.workflow import contacts, services, teams, tokens, webhooks
from tests.make import make_person, make_service, make_team

Make = Callable[[int, User], None]


@pytest.mark.django_db
def test_a_wrong_filter_finds_nothing_and_says_why(olivia: User, client: Client) -> None:
    client.force_login(olivia)
    make_service("Checkout", team=make_team("Shops"))

    right = client.get("/services/?team=shops").content.decode()
    assert "Checkout" in right
    assert "field-errors" not in right
    wrong = client.get("/services/?team=nosuch")
    assert wrong.status_code == 200
    assert "field-errors" in wrong.content.decode()
    assert "Checkout" not in wrong.content.decode()
    assert client.get("/events/export.csv").status_code == 200
    assert client.get("/events/export.csv?service=nosuch").status_code == 400


def a_member(n: int, _me: User) -> None:
    make_person(f"Person {n}", team=make_team(f"Team {n}"))


def a_service(n: int, _me: User) -> None:
    service = make_service(f"{n} Service", team=make_team(f"Team {n}"))
    services.add_label(service, name="app", value=str(n), actor=None)
    services.add_link(service, label="Source", url="https://example.com", actor=None)
    other = make_service(f"{n} Other", team=service.team)
    services.add_dependency(service, needs=other, actor=None)


def an_event(n: int, _me: User) -> None:
    service = make_service(f"Service {n}", team=make_team(f"Team {n}"))
    events.record("service.changed", service, actor=make_person(f"Person {n}"))


def a_message(n: int, me: User) -> None:
    contact = contacts.add_contact(
        me, kind="email", destination="a@example.com", label=str(n), for_high=True, actor=None
    )
    if n >= contacts.MOST_CONTACTS - 1:
        contacts.remove_contact(contact, actor=None)
    notify(me, key=str(n), urgency=Urgency.HIGH, kind="page", subject=str(n), body="x")


def a_token(n: int, me: User) -> None:
    ends = clock.now() + timedelta(days=1)
    tokens.create_token(me, name=str(n), scopes=["read"], expires_at=ends, actor=me)


def a_webhook(n: int, me: User) -> None:
    webhook, _secret = webhooks.create_webhook(
        name=str(n), url="https://example.com", kinds=[], actor=me
    )
    WebhookDelivery.objects.create(
        webhook=webhook,
        event=events.record("webhook.test", webhook, actor=me),
        state=SendState.FAILED,
    )


def a_target(n: int, _me: User) -> None:
    target = ImprovementTarget(
        key=str(n), name=str(n), definition="x", comparison="below", value=1, unit="h"
    )
    target.changed_by = None
    target.save()


PAGES: list[tuple[str, Make]] = [
    ("/people/", a_member),
    ("/teams/", a_member),
    ("/services/", a_service),
    ("/events/", an_event),
    ("/inbox/", a_message),
    ("/me/tokens/", a_token),
    ("/webhooks/", a_webhook),
    ("/improve/", a_target),
    ("/api/v1/targets/", a_target),
    ("/search/?q=e", a_service),
]
# With the session and its person: no frame around them.
API: list[tuple[str, Make, int]] = [
    ("people", a_member, 4),
    ("teams", a_member, 5),
    ("services", a_service, 9),
    ("events", an_event, 3),
    ("notifications", a_message, 3),
    ("tokens", a_token, 3),
    ("webhooks", a_webhook, 3),
    ("webhook-deliveries", a_webhook, 3),
]


@pytest.fixture(autouse=True)
def _any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.outgoing.check_url", lambda _url: None)


@pytest.mark.parametrize(("door", "make"), PAGES)
def test_a_page(client: Client, ada: User, door: str, make: Make) -> None:
    client.force_login(ada)

    def cost() -> int:
        client.get(door)  # what is looked up once for each process
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(door).status_code == 200
        return len(queries)

    make(0, ada)
    one = cost()
    for n in range(1, 60):
        make(n, ada)

    assert cost() == one
    assert one < 52  # the frame and its slots included


@pytest.mark.parametrize("many", [1, 60])
@pytest.mark.parametrize(("name", "make", "queries"), API)
def test_the_api(
    client: Client, ada: User, name: str, make: Make, queries: int, many: int
) -> None:
    for n in range(many):
        make(n, ada)
    client.force_login(ada)
    client.get(f"/api/v1/{name}/")

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/api/v1/{name}/")

    assert answer.status_code == 200
    assert len(asked) == queries, [query["sql"][:100] for query in asked]


def test_members_and_parts_cost_the_same(client: Client, ada: User) -> None:
    team = make_team("Payments")
    service = make_service("Checkout", team=team)
    client.force_login(ada)

    def cost(door: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(door).status_code == 200
        return len(queries)

    def grow(n: int) -> None:
        teams.add_member(team, person=make_person(f"Person {n}"), actor=None)
        services.add_label(service, name="app", value=str(n), actor=None)
        other = make_service(f"Other {n}", team=team)
        services.add_dependency(service, needs=other, actor=None)

    grow(0)
    doors = ["/teams/payments/", "/services/checkout/"]
    [cost(door) for door in doors]
    before = [cost(door) for door in doors]
    for n in range(1, 30):
        grow(n)
    assert [cost(door) for door in doors] == before
    assert Notification.objects.count() == 0


def test_pages_follow_one_another_without_gap_or_repeat(client: Client, ada: User) -> None:
    team = make_team("Payments")
    for n in range(60):
        make_service(f"Service {n:02}", team=team)
    client.force_login(ada)

    for door in ("/services/", "/services/?q=service"):
        url, seen = f"{door}{'&' if '?' in door else '?'}page_size=25", []
        while url:
            page = client.get(f"/services/{url.partition('/services/')[2] or url}").context[
                "page"
            ]
            seen += [row.name for row in page]
            url = page.next_url
        assert seen == [f"Service {n:02}" for n in range(60)]
        assert page.total_text == "60"
