"""Snippets: words shared between documents, always as they are published now."""

from typing import Any

import pytest

from knowledge import workflow
from knowledge.models import Document, Reading, Repair, Space
from knowledge.snippets import MOST, expanded
from portal.markdown import DOCUMENT_LIMIT
from portal.models import Team, User
from tests.knowledge.make import as_person, make_document, make_published, newest

pytestmark = pytest.mark.django_db


def snippet(title: str, body: str) -> Document:
    return make_published(title, kind="snippet", body=body)


def page(document: Document, person: User) -> str:
    return as_person(person).get(document.get_absolute_url()).content.decode()


def revise(document: Document, body: str) -> None:
    document.refresh_from_db()
    workflow.save_revision(
        document, base_number=document.latest_number, title="T", body=body, actor=None
    )
    workflow.publish(newest(document), actor=None)


def test_its_words_stand_in_and_change_with_it(vera: User) -> None:
    warning = snippet("Warning", "## Mind\n\n**Tell** the team. [Why](#mind)\n")
    source = make_published("Source", body="# Mind\n\n![[warning]]\n\n![[warning]]\n\nEnd\n")

    shown = page(source, vera)
    assert shown.count("<strong>Tell</strong>") == 2
    assert shown.count('id="s-1-mind"') == shown.count('href="#s-1-mind"') == 1
    assert 'id="s-2-mind"' in shown
    assert "shows it" in page(warning, vera)
    revise(warning, "Ask the team.")
    assert page(source, vera).count("Ask the team.") == 2
    workflow.rename(warning, slug="notice", actor=None)
    assert page(source, vera).count("Ask the team.") == 2


def test_code_and_words_in_a_line_are_left_alone(vera: User) -> None:
    snippet("Warning", "secret words")
    body = "```\n![[warning]]\n```\n\n`![[warning]]` and ![[warning]] here\n"
    source = make_published("Source", body=body)
    assert "secret words" not in page(source, vera)
    assert expanded(body, None) == body.rstrip("\n")


@pytest.mark.parametrize("state", ["missing", "draft", "archived", "no snippet"])
def test_what_cannot_be_shown_says_so(state: str, vera: User) -> None:
    if state == "draft":
        make_document("Warning", kind="snippet", body="words")
    elif state == "archived":
        workflow.archive(snippet("Warning", "words"), actor=None)
    elif state == "no snippet":
        make_published("Warning", body="words")
    source = make_published("Source", body="![[warning]]\n")
    shown = page(source, vera)
    assert "There is no snippet “warning” that you can read." in shown
    assert source.links.get().problem in {"no_document", "unpublished"}


def test_circles_and_depth_are_refused(vera: User) -> None:
    one, two = snippet("One", "one"), snippet("Two", "![[one]]\n")
    revise(one, "one\n\n![[two]]\n")
    source = make_published("Source", body="![[one]]\n")
    assert "The snippet “one” contains itself." in page(source, vera)
    assert "contains itself" in page(two, vera)
    assert expanded(source.published.body, None).count("one") < 10  # type: ignore[union-attr]

    for number in range(2, 7):
        snippet(f"Deep {number}", f"![[deep-{number - 1}]]\n")
    deep = make_published("Deepest", body="![[deep-6]]\n")
    assert "Too many snippets" in page(deep, vera)
    many = make_published("Many", body="![[deep-2]]\n\n" * 60)
    assert page(many, vera).count("Too many snippets") >= 10


def test_a_run_keeps_the_words_that_it_began_with(olivia: User) -> None:
    words = snippet("Restart", "1. Drain it\n2. Restart it\n")
    runbook = make_published("Book", body="## Steps\n\n![[restart]]\n")
    run = workflow.start_run(runbook, actor=olivia)
    assert [step.text for step in run.steps.all()] == ["Drain it", "Restart it"]
    revise(words, "1. Leave it\n")
    assert [step.title for step in run.steps.all()] == ["Drain it", "Restart it"]
    assert "Leave it" in workflow.start_run(runbook, actor=olivia).steps.get().text


def test_what_comes_together_is_no_larger_than_a_document(
    django_assert_max_num_queries: Any,
) -> None:
    snippet("Long", "a line\n" * 2_000)
    snippet("Short", "a word\n")
    snippet("Nested", "- ![[short]]\n\n> ![[short]]\n\n![[short]]\n")

    with django_assert_max_num_queries(2):
        assert len(expanded("![[long]]\n" * 1_000, None)) <= DOCUMENT_LIMIT
        assert expanded(f"![[short]]\n{'> ' * 10_000}![[long]]\n", None).endswith("![[long]]")
    told = expanded("![[short]]\n" * 1_000, None).split("\n")
    assert (told.count("a word"), told.count("![[short]]")) == (MOST, 1_000 - MOST)
    told = expanded("  ![[nested]]\n" * 100, None).split("\n")
    assert told[:5] == ["  - ![[short]]", "", "  > a word", "", "  a word"]
    assert len([line for line in told if "a word" in line]) < MOST


@pytest.fixture
def vault(payments: Team) -> Space:
    return workflow.create_space(name="Vault", team=payments, reading=Reading.NAMED, actor=None)


@pytest.mark.parametrize("kept", ["vault", "team"])
def test_runs_and_repairs_take_over_only_what_all_readers_of_the_document_may_read(
    kept: str, vault: Space, payments: Team, olivia: User, ana: User
) -> None:
    narrow = {"space": vault} if kept == "vault" else {"is_team_only": True}
    words = "1. Zebra is the password\n"
    make_published("Keys", kind="snippet", body=words, team=payments, **narrow)
    open_to_all = make_published("Book", body="## Steps\n\n1. Look\n\n![[keys]]\n")
    among_us = make_published(
        "Ours", body="## Steps\n\n1. Look\n\n![[keys]]\n", team=payments, **narrow
    )

    def seen(book: Document, person: User) -> str:
        """What is chosen from, what is quoted, and what a run of theirs copies."""
        form = as_person(person).get(f"{book.get_absolute_url()}repairs/new/")
        told = {"document": book.slug, "reason": "wrong", "what": "No", "step": 2}
        as_person(person).post("/api/v1/repairs/", told, content_type="application/json")
        run = workflow.start_run(book, actor=person)
        quotes = Repair.objects.filter(document=book).values_list("quote", flat=True)
        return " ".join(
            [form.content.decode(), *quotes, *run.steps.values_list("text", flat=True)]
        )

    assert "Zebra" not in seen(open_to_all, ana)
    assert "Zebra" not in seen(open_to_all, olivia)
    assert seen(among_us, olivia).count("Zebra") == 3
    assert "Zebra" in page(open_to_all, olivia)
    assert "Zebra" not in page(open_to_all, ana)


def test_the_preview_shows_it(olivia: User) -> None:
    snippet("Warning", "words of it")
    form = {"kind": "runbook", "title": "T", "body": "![[warning]]", "preview": "1"}
    answer = as_person(olivia).post("/learn/documents/new/", form)
    assert "words of it" in answer.content.decode()
