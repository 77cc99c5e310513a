"""What the editor asks: the preview, where links can lead, what a document begins with."""

import re
from pathlib import Path
from typing import Any

import pytest

from knowledge import workflow
from knowledge.attachments import markdown_of
from knowledge.starts import OUTLINES
from portal.markdown import find_steps, render_result
from portal.models import Team, User
from tests.knowledge.make import as_person, make_document, make_published
from tests.make import png

pytestmark = pytest.mark.django_db
JSON = "application/json"
PREVIEW = "/api/v1/documents/preview/"
TARGETS = "/api/v1/documents/link-targets/"


class TestPreview:
    def test_it_draws_as_readers_see_it_and_keeps_nothing(self, vera: User) -> None:
        client = as_person(vera)
        for address in (PREVIEW, "/api/v1/markdown/"):
            answer = client.post(address, {"text": "## A `b`\n\n<b>x</b>"}, JSON).json()
            assert answer["html"].startswith('<h2 id="s-a-b">A <code>b</code></h2>')
            assert "&lt;b&gt;" in answer["html"]
            assert answer["headings"] == [{"level": 2, "anchor": "s-a-b", "text": "A b"}]
            assert (answer["problem"], answer["passing"]) == (None, False)
        assert client.post(PREVIEW, {"text": ""}, JSON).json()["html"] == ""

    def test_what_cannot_be_drawn_is_said_with_its_line(self, vera: User) -> None:
        answer = as_person(vera).post(PREVIEW, {"text": "a\n\n" + "[" * 5_000}, JSON)
        assert answer.status_code == 200
        assert answer.json()["html"] is None
        assert answer.json()["problem"].startswith("Line 3:")
        too_long = as_person(vera).post(PREVIEW, {"text": "x" * 100_001}, JSON)
        assert too_long.status_code == 400

    def test_variables_are_declared_and_used(self, vera: User) -> None:
        text = "---\nvariables:\n  - {name: ns}\n  - {name: old}\n---\n`{{ ns }} {{pod}}`\n"
        answer = as_person(vera).post(PREVIEW, {"text": text}, JSON).json()
        assert answer["variables"] == [
            {"name": "ns", "is_declared": True, "is_used": True},
            {"name": "old", "is_declared": True, "is_used": False},
            {"name": "pod", "is_declared": False, "is_used": True},
        ]

    def test_it_shows_what_lies_beside_the_document_to_whom_may_read_it(
        self, vera: User, otto: User, payments: Team, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        document = make_published("With a picture")
        file = workflow.attach(document, png(), name="graph.png", actor=None)
        said = {"text": markdown_of(file, document), "document": document.pk}
        shown = as_person(vera).post(PREVIEW, said, JSON).json()
        assert re.search(r'<img src="/attachments/[0-9a-f]{40}" alt="graph"', shown["html"])
        assert (
            "<img"
            not in (as_person(vera).post(PREVIEW, {"text": said["text"]}, JSON).json()["html"])
        )
        hidden = make_published("Hidden", is_team_only=True, team=payments)
        for person, pk, status in (
            (vera, 0, 404),
            (vera, hidden.pk, 404),
            (otto, document.pk, 404),
        ):
            answer = as_person(person).post(PREVIEW, {"text": "a", "document": pk}, JSON)
            assert answer.status_code == status


class TestLinkTargets:
    def asked(self, user: User, words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = as_person(user).get(TARGETS, {"q": words}).json()
        return found

    def test_titles_that_begin_so_come_first_then_headings(self, vera: User) -> None:
        make_published("Restore the queue", body="## Drain & wait\n\nx\n")
        make_published("Queue stuck", body="## Steps\n\n1. a\n")
        assert [row["title"] for row in self.asked(vera, "queue")] == [
            "Queue stuck",
            "Restore the queue",
        ]
        assert self.asked(vera, "drain") == [
            {
                "title": "Restore the queue",
                "heading": "Drain & wait",
                "kind": "Runbook",
                "slug": "restore-the-queue",
                "url": "/learn/documents/restore-the-queue/#s-drain-wait",
            }
        ]
        assert self.asked(vera, " ") == self.asked(vera, "nowhere") == []

    def test_nobody_learns_of_what_is_archived_or_not_published(
        self, vera: User, olivia: User
    ) -> None:
        workflow.archive(make_published("Queue plan", body="## Secret\n"), actor=olivia)
        make_document("Draft", body="## Secret\n")
        assert self.asked(vera, "queue") == self.asked(vera, "secret") == []

    def test_snippets_are_found_apart(self, vera: User) -> None:
        make_published("Whom to call", kind="snippet", body="Max\n")
        make_published("Whom to wake", body="a\n")
        found = as_person(vera).get(TARGETS, {"q": "", "kind": "snippet"}).json()
        assert [row["slug"] for row in found] == ["whom-to-call"]

    def test_it_asks_as_little_with_many(
        self, vera: User, django_assert_num_queries: Any
    ) -> None:
        client = as_person(vera)
        make_published("Queue 0", body="## Queue\n")
        client.get(TARGETS, {"q": "queue"})
        with django_assert_num_queries(QUERIES):
            client.get(TARGETS, {"q": "queue"})
        for number in range(1, 20):
            make_published(f"Queue {number}", body="## Queue\n")
        with django_assert_num_queries(QUERIES):
            client.get(TARGETS, {"q": "queue"})


QUERIES = 4


class TestStarts:
    @pytest.mark.parametrize("start", OUTLINES, ids=lambda start: start.key)
    def test_each_can_be_drawn_and_begins_a_document(self, start: Any, olivia: User) -> None:
        assert render_result(start.body).ok
        page = as_person(olivia).get("/learn/documents/new/", {"start": start.key})
        initial = page.context["form"].initial
        assert (initial["kind"], initial["body"]) == (start.kind, start.body)
        assert f'data-draft="document-new-{start.key}"' in page.content.decode()

    def test_a_runbook_begins_with_steps(self) -> None:
        assert len(find_steps(OUTLINES[0].body)) == 3

    def test_templates_of_ones_own_are_offered(self, olivia: User) -> None:
        make_published("Game day", kind="template", body="## Scenario\n")
        make_document("Not yet", kind="template")
        page = as_person(olivia).get("/learn/documents/new/?start=game-day").content.decode()
        assert "## Scenario" in page
        assert "Not yet" not in page
        assert (
            "## Scenario"
            not in as_person(olivia).get("/learn/documents/new/?start=nothing").content.decode()
        )


def test_what_is_typed_is_answered_with_who_else_is_at_it(olivia: User, max: User) -> None:
    document = make_published()
    address = f"{document.get_absolute_url()}draft/"
    words = {"base_number": 1, "title": "T", "body": "b"}
    assert as_person(max).post(address, words).json()["writers"] == []
    workflow.save_revision(document, base_number=1, title="T", body="c", actor=None)
    answer = as_person(olivia).post(address, words).json()
    assert answer["writers"] == [str(max)]
    assert answer["newest"] == 2
    assert answer["kept_at"]
