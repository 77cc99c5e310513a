"""What search knows of documents, and never tells those who may not read them."""

import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from knowledge import workflow
from knowledge.models import Document, Reading
from knowledge.searchable import parts_of
from portal.models import Service, Team, User
from portal.search.building import rebuild
from portal.search.finding import search
from portal.search.vocabulary import count_changes
from portal.search.writing import together
from tests.knowledge.make import as_person, make_document, make_published, newest
from tests.operations.make import make_alert
from tests.searching import ask, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(payments: Team, checkout: Service) -> Document:
    """Of a space that only its team reads; its rarest word stands nowhere else."""
    vault = workflow.create_space(
        name="Vault", team=payments, reading=Reading.NAMED, actor=None
    )
    return make_published(
        "Zebrafish keys",
        space=vault,
        team=payments,
        services=[checkout],
        alert_names=["ZebrafishDown"],
        body="The quagga is the secret.\n",
    )


@pytest.mark.parametrize(
    "text", ["zebrafish keys", "zebrafish", "ZebrafishDown", "zebraf", "quagga", '"the quagga"']
)
def test_a_narrow_document_is_found_by_its_readers_alone(
    secret: Document, olivia: User, ana: User, vera: User, text: str
) -> None:
    assert found(olivia, text)[0] == "Zebrafish keys"
    for stranger in (ana, vera):
        answer = search(stranger, text)
        assert [result.title for result in answer.results if "ebra" in result.title] == []
        assert (answer.total, answer.kinds, answer.services, answer.teams) == (0, [], [], [])
        pages = ("/search/", "/search/suggestions/", "/api/v1/search/")
        for door in pages:
            said = as_person(stranger).get(door, {"q": text}).content.decode().lower()
            assert "quagga is" not in said
            assert "zebrafish keys" not in said.replace(text, "")


def test_no_correction_tells_a_word_of_it(secret: Document, olivia: User, ana: User) -> None:
    rebuild()

    assert search(olivia, "quaga").meant == {"quaga": "quagga"}
    assert search(ana, "quaga").meant == {}


def test_that_a_word_is_known_is_not_told_either(
    secret: Document, olivia: User, ana: User
) -> None:
    """For a stranger the secret's word is like any that nobody wrote: it is put right."""
    make_published("The quaggy field", body="Wet.\n")
    rebuild()

    assert search(ana, "quagga").meant == {"quagga": "quaggy"}
    assert search(ana, "quaggx").meant == {"quaggx": "quaggy"}
    assert search(olivia, "quagga").meant == {}


def test_it_is_found_the_moment_it_is_published_and_not_if_that_is_undone(
    olivia: User, vera: User
) -> None:
    document = make_document("Queue stuck", body="Drain the okapi.\n")
    assert search(vera, "okapi").total == 0
    with transaction.atomic():
        workflow.publish(newest(document), actor=None)
        assert search(vera, "okapi").total == 1
        transaction.set_rollback(True)

    assert search(vera, "okapi").total == 0
    workflow.publish(newest(document), actor=None)
    assert [(r.title, r.revision, r.kind) for r in search(vera, "okapi").results] == [
        ("Queue stuck", 1, "runbook")
    ]
    workflow.archive(document, actor=None)
    assert search(vera, "okapi").total == 0


def test_drafts_are_found_by_those_who_may_change_them(
    olivia: User, ana: User, vera: User, ada: User, payments: Team
) -> None:
    document = make_published("Queue stuck", team=payments, body="Drain it.\n")
    workflow.save_revision(
        document, base_number=1, title="Queue stuck", body="Feed the okapi.\n", actor=olivia
    )

    kinds = {
        user.name: [r.kind for r in search(user, "okapi").results] for user in (olivia, ada)
    }
    assert kinds == {"Olivia": ["draft"], "Ada": ["draft"]}
    assert search(ana, "okapi").total == search(vera, "okapi").total == 0
    # Where both answer, the document stands there once.
    assert [r.kind for r in search(olivia, "queue").results] == ["runbook"]
    workflow.publish(newest(document), actor=None)
    assert [r.kind for r in search(olivia, "okapi").results] == ["runbook"]
    assert search(vera, "okapi").total == 1
    assert search(olivia, "drain").total == 0


def test_former_names_lead_to_it(vera: User) -> None:
    document = make_published("Queue stuck", slug="queue-stuck")
    workflow.rename(document, slug="jam", actor=None)
    workflow.save_revision(
        document, base_number=1, title="Traffic jam", body="Wait.\n", actor=None
    )
    workflow.publish(newest(document), actor=None)

    for text in ("queue stuck", "Queue-Stuck", "jam", "traffic jam"):
        result = search(vera, text).results[0]
        assert (result.title, result.is_exact) == ("Traffic jam", True), text


def test_a_pasted_alert_finds_its_runbook_and_says_why(vera: User) -> None:
    make_published("Pods restart", alert_names=["KubePodCrashLooping"], body="Look.\n")
    make_published("Disk full", body="Pods fill the disk, look for more than 15 minutes.\n")
    rebuild()
    pasted = (
        "[FIRING:1] KubePodCrashLooping (shop/checkout-7d9f8b6c5-x2x4v warning) Pod "
        "shop/checkout is in waiting state (reason: CrashLoopBackOff) for 15 minutes." * 20
    )

    first = search(vera, pasted[:3900]).results[0]

    assert first.title == "Pods restart"
    assert "alerts" in first.fields


def test_a_summary_that_names_no_word_of_it_finds_the_runbook_too(
    secret: Document, checkout: Service, vera: User, olivia: User
) -> None:
    runbook = make_published("Pool runs dry", alert_names=["HighErrorRate"], body="Wait.\n")
    make_alert(service=checkout, name="HighErrorRate", summary="Card network times out")
    make_alert(service=checkout, name="ZebrafishDown", summary="Whiskers are cold")
    rebuild()

    def helped(person: User, text: str) -> list[str]:
        client = as_person(person)
        page = client.get("/search/", {"q": text}).content.decode()
        suggested = client.get("/search/suggestions/", {"q": text}).content.decode()
        answer = client.get("/api/v1/search/", {"q": text}).json()["help"]
        for one in answer:
            assert one["because"] in page
            assert one["url"] in suggested
        return [one["url"] for one in answer]

    assert helped(vera, "Card network times out") == [runbook.get_absolute_url()]
    assert helped(olivia, "Whiskers are cold") == [secret.get_absolute_url()]
    assert helped(vera, "Whiskers are cold") == []  # its runbook is not for her
    assert helped(vera, "Pool runs dry") == []  # stands above all anyway


def test_words_are_counted_as_documents_come_and_go(vera: User) -> None:
    make_published("Okapi one")
    two = make_published("Okapi two")
    while count_changes():
        pass
    assert ask(vera, "okpai").meant == {"okpai": "okapi"}
    workflow.archive(two, actor=None)
    assert ask(vera, "okpai").total == 1
    assert set(found(vera, "okapi", with_archived=True)) == {"Okapi one", "Okapi two"}


def test_a_text_is_read_by_its_parts() -> None:
    source = (
        "---\nkind: runbook\n---\n# **Bold** head\n\nText with [a link](https://x.example)"
        " and `code_word`.\n\n- item\n  ~~~sh\n  kubectl get\n  ~~~\n\n"
        "````\n```\ninner\n````\nEnd.\n"
    )
    parts = parts_of(source)

    assert parts.headings.split() == ["Bold", "head"]
    assert parts.code.split() == ["kubectl", "get", "```", "inner"]
    assert " ".join(parts.body.split()) == "Text with a link and code_word . - item End."


@pytest.mark.parametrize(
    "line",
    [
        "# a" + " " * 50_000 + "b",
        "# " + "#" * 50_000 + "a",
        "a" + "_" * 50_000 + "b",
        "](a" * 30_000,
        '](a "' * 20_000,
        "> " * 50_000 + "a",
        "1" * 50_000,
    ],
)
def test_no_line_however_hostile_holds_up_the_index(line: str) -> None:
    began = time.process_time()
    parts_of(line)
    assert time.process_time() - began < 2, "Looks at the line over and over."


def test_what_changes_together_is_read_once_at_its_end(olivia: User) -> None:
    def count() -> int:
        return search(olivia, "zanzibar").total

    with CaptureQueriesContext(connection) as apart:
        make_published("Zanzibar one")
    with CaptureQueriesContext(connection) as at_once, transaction.atomic(), together():
        make_published("Zanzibar two")
    assert len(at_once) < len(apart)
    with transaction.atomic(), together():
        make_published("Zanzibar three")
        assert count() == 2
    assert count() == 3

    def fail() -> None:
        with transaction.atomic(), together():
            make_published("Zanzibar four")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count() == 3
