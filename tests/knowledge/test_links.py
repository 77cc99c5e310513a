"""Links between documents: found by rule, kept over renames, told when they lead nowhere."""

import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge import workflow
from knowledge.line_numbers import Lines
from knowledge.models import Document, DocumentLink, LinkProblem
from knowledge.workflow.linking import judge_all_links, relink
from portal.models import Service, Team, User
from tests.knowledge.make import as_person, make_published, newest

pytestmark = pytest.mark.django_db


def page(document: Document, person: User) -> str:
    return as_person(person).get(document.get_absolute_url()).content.decode()


def problems(document: Document) -> list[tuple[int, str, str]]:
    rows = DocumentLink.objects.filter(document=document).read()
    return [(row.line, row.address, row.problem) for row in rows.order_by("line", "pk")]


def revise(document: Document, body: str) -> None:
    document.refresh_from_db()
    workflow.save_revision(
        document, base_number=document.latest_number, title="T", body=body, actor=None
    )
    workflow.publish(newest(document), actor=None)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("", "restore"),
        ("", "restore.md"),
        ("", "/learn/documents/restore/"),
        ("", "http://localhost:8000/learn/documents/restore/"),
        ("", "recover"),  # its past address
        ("app/start.md", "../db/restore.md"),
        ("app/start.md", "../db/restore/"),
        ("app/start.md", "/db/restore.md"),
        ("db/backup.md", "restore.md#steps"),
        ("db/backup.md", "./restore.md#-Steps"),
        ("db/backup.md", "../restore/"),  # as Hugo writes it
        ("README.md", "db/restore.md"),
    ],
)
def test_an_address_is_understood(path: str, address: str, vera: User) -> None:
    target = make_published("Recover", body="## Steps\n\n1. Do it\n", slug="recover")
    Document.objects.filter(pk=target.pk).update(path="db/restore.md")
    target.refresh_from_db()
    workflow.rename(target, slug="restore", actor=None)
    source = make_published("Start", body=f"See [it]({address}).\n")
    Document.objects.filter(pk=source.pk).update(path=path)
    source.refresh_from_db()
    relink(source)

    assert problems(source) == [(1, address, LinkProblem.NONE)]
    anchor = "#s-steps" if "#" in address else ""
    assert f'href="/learn/documents/restore/{anchor}"' in page(source, vera)
    target.refresh_from_db()
    assert "Start" in page(target, vera)  # linked from


def test_each_problem_is_told_with_its_line(vera: User) -> None:
    gone = make_published("Gone", body="x")
    workflow.archive(gone, actor=None)
    workflow.create_document(kind="runbook", title="Draft", body="x", team=None, actor=None)
    body = (
        "---\ntitle: T\n---\n# One\n\n[a](gone) and [b](nowhere.md)\n\n"
        "```\n[not a link](nothing)\n```\n\n[c](#one) [d](#two) [e](draft)\n"
        "![f](shot.png)\n[g](notes.pdf) [h](https://example.com) [i](/operate/alerts/)\n"
        "![[no-such-snippet]]\n"
    )
    source = make_published("Source", body=body)

    assert problems(source) == [
        (6, "gone", "archived"),
        (6, "nowhere.md", "no_document"),
        (12, "#one", ""),
        (12, "#two", "no_heading"),
        (12, "draft", "unpublished"),
        (13, "shot.png", "no_attachment"),
        (14, "notes.pdf", "no_attachment"),
        (14, "https://example.com", ""),
    ]
    assert 'class="link-missing" title="There is no such document."' in page(source, vera)


def test_what_becomes_of_the_target_is_followed() -> None:
    source = make_published("Source", body="[it](later) [its heading](later#how)\n")
    assert [row[2] for row in problems(source)] == ["no_document", "no_document"]

    later = workflow.create_document(
        kind="runbook", title="Later", body="# How\n", team=None, actor=None
    )
    assert [row[2] for row in problems(source)] == ["unpublished", "unpublished"]
    workflow.publish(newest(later), actor=None)
    assert [row[2] for row in problems(source)] == ["", ""]
    revise(later, "# Why\n")
    assert [row[2] for row in problems(source)] == ["", "no_heading"]
    later.refresh_from_db()
    workflow.rename(later, slug="elsewhere", actor=None)
    assert [row[2] for row in problems(source)] == ["", "no_heading"]
    workflow.archive(later, actor=None)
    assert [row[2] for row in problems(source)] == ["archived", "archived"]
    workflow.bring_back(later, actor=None)
    assert [row[2] for row in problems(source)] == ["", "no_heading"]
    assert judge_all_links() == 0
    DocumentLink.objects.update(problem="archived", target=None)
    assert judge_all_links() == 2


def test_readers_links_and_those_of_the_draft_are_kept_apart(vera: User) -> None:
    target = make_published("Target", body="x")
    source = make_published("Source", body="[a](target)\n")
    workflow.save_revision(source, base_number=1, title="S", body="[b](none)\n", actor=None)

    assert "Source" in page(target, vera)
    assert problems(source) == [(1, "target", "")]
    workflow.save_revision(source, base_number=2, title="S", body="[c](none)\n", actor=None)
    assert {row.address for row in source.links.all()} == {"target", "none"}
    workflow.publish(newest(source), actor=None)
    assert "linked-from" not in page(target, vera)
    assert problems(source) == [(1, "none", "no_document")]


def test_the_report_as_page_file_and_api(vera: User, checkout: Service) -> None:
    make_published("Source", body="[a](gone.md)\n\n[b](=HYPERLINK)\n\n![c](d.png)\n")
    client = as_person(vera)

    shown = client.get("/learn/links/").content.decode()
    assert "gone.md" in shown
    assert "Attachment missing" in shown
    only = client.get("/learn/links/?problem=no_attachment").content.decode()
    assert "d.png" in only
    assert "gone.md" not in only
    lines = client.get("/learn/links.csv").getvalue().decode().splitlines()
    assert lines[1] == "Source,source,1,gone.md,no_document,document"
    assert ",'=HYPERLINK," in lines[2]
    rows = client.get("/api/v1/links/?document=source").json()["results"]
    assert [(row["line"], row["address"], row["problem"]) for row in rows] == [
        (1, "gone.md", "no_document"),
        (3, "=HYPERLINK", "no_document"),
        (5, "d.png", "no_attachment"),
    ]


def test_a_link_does_not_tell_what_is_hidden(payments: Team, olivia: User, ana: User) -> None:
    secret = make_published("Keys", team=payments, is_team_only=True)
    source = make_published("Source", body="[a](keys)\n\n[b](keys#none)\n\n[c](gone)\n")

    def told(person: User) -> list[list[str]]:
        client = as_person(person)
        lines = client.get("/learn/links.csv?document=source").getvalue().decode().splitlines()
        rows = client.get("/api/v1/links/?document=source").json()["results"]
        filtered = client.get("/api/v1/links/?document=source&problem=no_heading").json()
        return [
            [line.split(",")[4] for line in lines[1:]],
            [row["problem"] for row in rows],
            [row["address"] for row in filtered["results"]],
        ]

    assert told(olivia) == [["no_heading", "no_document"]] * 2 + [["keys#none"]]
    assert told(ana) == [["no_document"] * 3] * 2 + [[]]
    assert "<td>No such heading</td>" in as_person(olivia).get("/learn/links/").content.decode()
    assert (
        "<td>No such heading</td>" not in as_person(ana).get("/learn/links/").content.decode()
    )
    workflow.archive(secret, actor=None)
    assert told(ana)[0] == ["no_document"] * 3
    assert [row[2] for row in problems(source)] == ["archived", "archived", "no_document"]


def test_a_report_costs_the_same_for_many_links(vera: User) -> None:
    client = as_person(vera)
    counts = []
    for number in (1, 20):
        make_published(f"S{number}", body="".join(f"[x](n{i})\n\n" for i in range(number)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/learn/links/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_costs_the_same_for_many_links(vera: User) -> None:
    client = as_person(vera)
    counts = []
    for number in (1, 15):
        targets = [make_published(f"T{number}-{i}", body="x") for i in range(number)]
        body = "\n\n".join(f"[x]({one.slug}) ![y](p{one.slug}.png)" for one in targets)
        source = make_published(f"S{number}", body=body)
        with CaptureQueriesContext(connection) as queries:
            client.get(source.get_absolute_url())
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_linked_from_in_the_api(vera: User) -> None:
    target = make_published("Target", body="x")
    make_published("Source", body="[a](target)\n")
    answer: Any = as_person(vera).get(f"/api/v1/documents/{target.pk}/linked-from/").json()
    assert [(row["document"], row["line"]) for row in answer["results"]] == [("source", 1)]


def test_lines_are_told_in_order_and_a_long_text_is_not_read_over_and_over() -> None:
    lines = Lines(
        "[a](x.md) [b](x.md)\n\nx.md\n<x.md>\n[c]: y%20z.md\n![](a b.md)\nlast z.md\n"
    )
    assert [lines.next_of("x.md") for _time in range(4)] == [1, 1, 4, 4]
    assert [lines.next_of(one) for one in ("y%20z.md", "a%20b.md", "z.md", "?")] == [5, 6, 5, 0]

    began = time.process_time()
    long = Lines("(\n" * 20_000 + "".join(f"[x]({n}.md)\n" for n in range(1_000)))
    told = [long.next_of(f"{n}.md") for n in range(1_000)]
    assert time.process_time() - began < 5
    assert told[:2] == [20_001, 20_002]
    assert told[-1] == 0, "Behind so many it is not looked for."
