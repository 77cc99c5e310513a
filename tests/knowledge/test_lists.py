"""Each list asks the database a fixed number of times, with one row and with sixty."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from knowledge import workflow
from knowledge.models import (
    ActionItem,
    Card,
    Document,
    Freshness,
    Retrospective,
    Revision,
    RevisionReview,
    RunbookRun,
    first_space,
)
from portal import clock
from portal.models import Service, Team, User
from tests.knowledge.make import (
    as_person,
    make_action,
    make_document,
    make_published,
    make_retrospective,
    make_run,
)

pytestmark = pytest.mark.django_db
MANY = 60


@pytest.fixture
def one_of_each(olivia: User, checkout: Service, payments: Team) -> None:
    document = make_published(services=[checkout], team=payments)
    RevisionReview.objects.create(revision=document.revisions.get(), asked_by=olivia)
    make_run(document, actor=olivia, service=checkout)
    make_action(olivia, service=checkout)
    make_retrospective(payments, olivia)


def make_sixty_more(olivia: User, checkout: Service, payments: Team) -> None:
    """Rows straight into the database: what is counted is reading, not writing."""
    revision = Revision.objects.get()
    space = first_space()
    Document.objects.bulk_create(
        Document(
            space=space,
            kind="runbook",
            title=f"D{n}",
            slug=f"d{n}",
            team=payments,
            latest_number=1,
        )
        for n in range(MANY)
    )
    for document in Document.objects.filter(latest_number=1):
        document.services.add(checkout)
    revisions = Revision.objects.bulk_create(
        Revision(document=document, number=n, title="T", body="b", author=olivia)
        for n, document in enumerate(Document.objects.all(), start=2)
    )
    RevisionReview.objects.bulk_create(
        RevisionReview(revision=revision, asked_by=olivia) for revision in revisions
    )
    RunbookRun.objects.bulk_create(
        RunbookRun(revision=revision, started_by=olivia, service=checkout) for _ in range(MANY)
    )
    ActionItem.objects.bulk_create(
        ActionItem(title=f"A{n}", owner=olivia, service=checkout, due_on=date(2026, 12, 1))
        for n in range(MANY)
    )
    Retrospective.objects.bulk_create(
        Retrospective(
            team=payments, title=f"R{n}", held_on=date(2026, 1, 1), facilitator=olivia
        )
        for n in range(MANY)
    )
    Card.objects.bulk_create(
        Card(retrospective=retrospective, column="improve", text="C", author=olivia)
        for retrospective in Retrospective.objects.all()
    )


PAGES = ["", "documents/", "runs/", "actions/?view=all", "retrospectives/", "reviews/"]
# The session, the person, and the rows; documents take one more for their services.
API = {"documents": 5, "runs": 3, "actions": 3, "retrospectives": 3, "documents/reviews": 4}


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("one_of_each")
def test_a_page_asks_as_often_for_sixty_as_for_one(
    page: str, olivia: User, checkout: Service, payments: Team
) -> None:
    """What other apps show around a page costs, too; only growth is a fault."""
    client = as_person(olivia)
    address = f"/learn/{page}"
    asked(client, address)  # what is asked once for the whole process
    with_one = asked(client, address)
    make_sixty_more(olivia, checkout, payments)
    assert asked(client, address) == with_one


@pytest.mark.parametrize("name", list(API))
@pytest.mark.usefixtures("one_of_each")
def test_the_api_asks_as_often_for_sixty_as_for_one(
    name: str, olivia: User, checkout: Service, payments: Team
) -> None:
    client = as_person(olivia)
    address = f"/api/v1/{name}/"
    assert asked(client, address) == API[name]
    make_sixty_more(olivia, checkout, payments)
    assert asked(client, address) == API[name]


def test_documents_are_sorted_and_filtered_page_by_page(olivia: User, payments: Team) -> None:
    old = make_published("Old", team=payments)
    make_published("New")
    long_ago = clock.now() - timedelta(days=100)
    old.revisions.update(published_at=long_ago)
    Freshness.objects.filter(document=old).update(due_at=long_ago)
    make_document("Never given out", owner=olivia)
    client = as_person(olivia)

    def titles(query: str) -> list[str]:
        """One by one, as pages of one document."""
        url, found = f"/api/v1/documents/?page_size=1&{query}", []
        while url:
            told = client.get(url).json()
            found += [row["title"] for row in told["results"]]
            url = told["next"]
        return found

    everything = ["Never given out", "New", "Old"]
    assert titles("") == everything
    assert titles("sort=-published") == ["New", "Old", "Never given out"]
    assert titles("sort=due") == ["Old", "New", "Never given out"]
    assert titles("state=draft") == titles(f"owner={olivia.pk}") == ["Never given out"]
    assert titles("state=published") == ["New", "Old"]
    assert titles("overdue=true") == ["Old"]
    page = client.get(f"{reverse('knowledge:freshness')}?team=payments").content.decode()
    assert "Old" in page
    assert 'documents/new/"' not in page
    told = client.get("/api/v1/freshness/?team=payments").json()["results"]
    assert [row["document"] for row in told] == ["old"]
    assert client.get("/api/v1/documents/?sort=nonsense").status_code == 400


def test_runs_and_repairs_are_filtered_by_whose_they_are(
    olivia: User, ana: User, payments: Team, platform: Team
) -> None:
    ours, theirs = (
        make_published("Ours", team=payments),
        make_published("Theirs", team=platform),
    )
    make_run(ours, actor=olivia)
    make_run(theirs, actor=ana)
    for document in (ours, theirs):
        workflow.report_repair(document, reason="wrong", what="No", order=None, actor=ana)
    client = as_person(olivia)

    def documents(query: str) -> list[str]:
        rows = client.get(f"/api/v1/{query}").json()["results"]
        return [row["document"] for row in rows]

    assert documents(f"runs/?person={ana.pk}") == documents("runs/?team=platform") == ["theirs"]
    assert len(documents("runs/?since=2026-01-01")) == 2
    assert documents("runs/?until=2025-01-01") == []
    assert documents("repairs/?mine=true") == ["ours"]
    assert documents("repairs/?mine=false") == ["theirs"]
    page = client.get("/learn/repairs/?mine=true").content.decode()
    assert "1 repair" in page
