"""Writers see what they can write, as every page draws it; readers see what parts a text."""

import pytest

from knowledge import tasks
from knowledge.examples import EXAMPLES, Example
from knowledge.models import Revision, RunStep
from knowledge.texts import contents_of
from portal import markdown
from portal.markdown import RENDERER_VERSION, render, render_result
from portal.markdown.children import RenderingFailed
from portal.models import User
from tests.knowledge.make import as_person, make_published, make_run

pytestmark = pytest.mark.django_db


def test_the_page_of_examples_shows_source_and_result(vera: User) -> None:
    page = as_person(vera).get("/learn/markdown/").content.decode()
    assert "&gt; [!WARNING]" in page
    assert '<div class="callout callout-warning">' in page
    assert '<div class="footnotes">' in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
def test_every_example_can_be_drawn(example: Example) -> None:
    assert render_result(example.source).ok
    assert f'id="{example.key}-symptoms"' in example.drawn or example.key != "headings"


def test_the_editor_leads_there(olivia: User) -> None:
    page = as_person(olivia).get("/learn/documents/new/").content.decode()
    assert 'href="/learn/markdown/"' in page


@pytest.mark.parametrize(
    ("source", "contents"),
    [
        ("# Title\n## A\n### deep\n## B & `c`\n## D", ["A", "B & c", "D"]),
        ("## A\n## B", []),
        ("## A\n### a\n## B\n### b\n#### deep", ["A", "a", "B", "b"]),
        ("\n".join(f"## {n}" for n in range(30)), []),
        ("# A\n# B\n# C\n## D", ["A", "B", "C"]),
        ("text\n\n```\n## code\n```", []),
    ],
)
def test_the_highest_headings_are_the_contents(source: str, contents: list[str]) -> None:
    assert [heading.text for heading in contents_of(render(source))] == contents


def test_a_document_lists_what_parts_it(vera: User) -> None:
    document = make_published(
        body="# Queue\n## Symptoms\n\nx\n\n## Steps\n1. a\n## Escalation\n"
    )
    page = as_person(vera).get(document.get_absolute_url()).content.decode()
    assert '<li><a href="#s-escalation">Escalation</a></li>' in page
    assert 'id="s-escalation"' in page


def test_what_older_rules_drew_is_drawn_anew_with_the_steps_of_its_runs(vera: User) -> None:
    document = make_published(body="## Steps\n1. Drain\n")
    run = make_run(document)
    Revision.objects.update(html="<p>Outdated</p>", renderer="0")
    RunStep.objects.update(html="<p>Outdated</p>")
    assert "Outdated" not in as_person(vera).get(document.get_absolute_url()).content.decode()

    tasks.redraw_documents()

    revision = Revision.objects.get(document=document)
    assert (revision.html, revision.renderer) == (render(revision.body), RENDERER_VERSION)
    assert "Drain" in run.steps.get().html
    assert "Outdated" not in as_person(vera).get(run.get_absolute_url()).content.decode()


def test_what_is_drawn_by_the_rules_is_left_alone() -> None:
    document = make_published(body="# A\n")
    Revision.objects.update(html="<p>kept</p>")
    tasks.redraw_documents()
    assert Revision.objects.get(document=document).html == "<p>kept</p>"


def test_what_could_not_be_drawn_for_the_moment_is_drawn_by_a_later_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = make_published(body="# A\n\n*b*\n")
    Revision.objects.update(html="<p>Outdated</p>", renderer="0")

    def busy(*_: object, **__: object) -> None:
        raise RenderingFailed("busy")

    with monkeypatch.context() as patched:
        patched.setattr(markdown, "ask", busy)
        markdown._remembered.cache_clear()
        tasks.redraw_documents()
    assert Revision.objects.get(document=document).renderer == "0"
    tasks.redraw_documents()

    revision = Revision.objects.get(document=document)
    assert (revision.html, revision.renderer) == (render(revision.body), RENDERER_VERSION)
