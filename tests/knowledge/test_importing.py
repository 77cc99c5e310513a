"""Folders of Markdown come in after an honest check, and go out byte for byte."""

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from knowledge import workflow
from knowledge.exporting import as_html, as_markdown, exportable
from knowledge.exporting import zipped as packed
from knowledge.models import (
    Attachment,
    Document,
    DocumentImport,
    DocumentKind,
    ImportState,
    Space,
    first_space,
)
from knowledge.workflow import importing
from portal.errors import DomainError
from portal.models import Event, Service, Team, User
from tests.knowledge.folders import folder, unzipped, zipped
from tests.knowledge.make import as_person, codes, make_document, make_published
from tests.make import png

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def begin(files: dict[str, bytes], actor: User | None = None, **fields: Any) -> DocumentImport:
    told: dict[str, Any] = {"name": "books.zip", "space": first_space()}
    return workflow.work_on(workflow.start_import(zipped(files), actor=actor, **told | fields))


def bring_in(files: dict[str, bytes], **fields: Any) -> DocumentImport:
    coming = begin(files, **{"is_published": True} | fields)
    workflow.take_in(coming, actor=None)
    return workflow.work_on(coming)


def exported(files: Any) -> dict[str, bytes]:
    return unzipped(packed(files))


def report(coming: DocumentImport) -> list[tuple[str, int, str]]:
    return [(row.path, row.line, row.sentence) for row in coming.findings.all()]


def test_several_hundred_files_come_in_and_go_out_to_the_byte(
    vera: User, checkout: Service
) -> None:
    files = folder(300)
    texts = {path: body for path, body in files.items() if path.endswith(".md")}
    coming = begin(files, is_published=True)

    assert coming.state == ImportState.CHECKED
    assert Document.objects.count() == 0  # nothing before somebody says so
    found = report(coming)
    assert ("Makefile", 0, "Files of this kind are not imported.") in found
    assert ("mkdocs.yml", 0, "The order of MkDocs' navigation is not taken over.") in found
    assert any("There is no document no-such-" in row[2] and row[1] for row in found)
    assert any("Hugo shortcode" in row[2] and row[1] for row in found)

    workflow.take_in(coming, actor=None)
    coming = workflow.work_on(coming)
    counts = (coming.created_count, coming.same_count, coming.refused_count)
    assert counts == (len(texts), 0, 0)
    one = Document.objects.get(path="db/payments-000.md")
    assert one.published is not None
    page = as_person(vera).get(one.get_absolute_url()).content.decode()
    assert "title:" not in page

    written = exported(as_markdown(exportable(vera, Document.objects)))
    assert {path: written[path] for path in texts} == texts
    again = bring_in(written)
    assert (again.same_count, again.created_count, again.revised_count) == (len(texts), 0, 0)
    twice = exported(as_markdown(exportable(vera, Document.objects)))
    assert twice == written


def test_what_no_text_links_to_is_told_before_it_is_left_out() -> None:
    files = {
        "a.md": b"# A\n\n[b](b.md#Second-part) [plan](plan.svg)\n",
        "b.md": b"# B\n\n## Second part\n",
        "plan.svg": b"<svg/>",
        "spare.svg": b"<svg/>",
    }
    coming = begin(files)
    assert report(coming) == [("spare.svg", 0, "No text links to it: it is left out.")]
    workflow.take_in(coming, actor=None)
    workflow.work_on(coming)
    assert [file.path for file in Attachment.objects.all()] == ["plan.svg"]


def test_each_file_leads_to_its_document_and_drafts_go_out_together(
    olivia: User, ana: User
) -> None:
    client = as_person(olivia)
    files = {f"{name}.md": f"# {name}\n".encode() for name in ("one", "two", "three")}
    coming = begin(files | {"nul.md": b"\0"}, actor=olivia)
    workflow.take_in(coming, actor=olivia)
    workflow.work_on(coming)
    page = client.get(f"{coming.get_absolute_url()}?show=files").content.decode()
    assert 'href="/learn/documents/one/"' in page
    assert "Could not come in" in page
    address = f"/api/v1/document-imports/{coming.pk}/"
    told = client.get(f"{address}files/").json()["results"]
    assert told[1] == {
        "path": "one.md",
        "outcome": "created",
        "document": "one",
        "newest_state": "draft",
    }
    assert told[0]["document"] is told[0]["newest_state"] is None
    assert as_person(ana).get(f"{address}files/").status_code == 404

    workflow.set_review_policy(["how_to"], actor=None)
    refused = client.post(f"{coming.get_absolute_url()}publish/").content.decode()
    assert "0 documents were done" in refused
    assert "Left as they are" in refused
    workflow.set_review_policy([], actor=None)
    workflow.archive(Document.objects.get(slug="three"), actor=olivia)
    done = client.post(f"{address}publish/", {}).json()
    assert (done["changed"], done["refused"], done["left"]) == (2, [], 0)
    assert Document.objects.exclude(published=None).count() == 2


def test_drafts_of_an_import_are_asked_about_together(olivia: User) -> None:
    client = as_person(olivia)
    coming = begin({"one.md": b"# One\n", "two.md": b"# Two\n"}, actor=olivia)
    workflow.take_in(coming, actor=olivia)
    workflow.work_on(coming)
    page = client.post(f"{coming.get_absolute_url()}ask-for-review/").content.decode()
    assert "2 documents were done" in page
    states = {row.newest_state for row in _documents(coming, olivia)}
    assert states == {"in_review"}
    again = client.post(f"/api/v1/document-imports/{coming.pk}/ask-for-review/", {}).json()
    assert again["changed"] == 0


def _documents(coming: DocumentImport, user: User) -> list[Any]:
    return [file.document for file in coming.files.with_documents(user)]


def test_each_problem_is_told_by_file_and_line() -> None:
    files = {
        "a.md": b"---\ntitle: [x\n---\n# A\n\n[b](b.md#no) [c](c.md)\n",
        "b.md": b"---\nkind: poem\nservices: nothing\nowner: Nobody\nteam: none\n---\n# B\n",
        "latin.md": "# Über\n\nschön\n".encode("latin-1"),
        "nul.md": b"# A\n\n\0\n",
        "deep.md": b"fine\n\n" + b">" * 200 + b" deep\n",
        "crlf.md": b"\xef\xbb\xbf# A\r\n\r\ntext",
        "code.md": b"# C\n\n```\n{{< no >}} <b>\n```\n\n{{< ref 'b' >}} {{< x >}}\n<b>x</b>\n",
        "pic.md": b"# P\n\n![a](img/a.png)\n![b](https://x.example/b.png)\n![c](broken.png)\n",
        "img/a.png": png(),
        "broken.png": b"\x89PNG\r\n\x1a\nxx",
    }
    coming = begin(files)
    assert report(coming) == [
        (
            "a.md",
            2,
            "The front matter is not YAML: expected ',' or ']', but got '<stream end>'.",
        ),
        ("a.md", 6, "There is no heading b.md#no."),
        ("a.md", 6, "There is no document c.md."),
        ("b.md", 2, "There is no kind “poem” here; it becomes “How-to”."),
        ("b.md", 3, "There is no service “nothing” here."),
        ("b.md", 4, "Nobody here is called “Nobody”."),
        ("b.md", 5, "There is no team “none” that you may give a document to."),
        ("code.md", 7, "A link by Hugo's “ref” is not followed."),
        ("code.md", 8, "HTML is shown as it is written."),
        (
            "crlf.md",
            0,
            "Kept as every text here: line ends become LF, it ends with one line end.",
        ),
        ("crlf.md", 1, "The mark of UTF-8 at its beginning is left out."),
        ("deep.md", 3, "Line 3: The quotes are nested too deeply."),
        ("latin.md", 1, "The text is not UTF-8."),
        ("nul.md", 3, "There is a byte here that no text has (NUL)."),
        ("pic.md", 4, "A picture from elsewhere is not shown."),
    ]
    workflow.take_in(coming, actor=None)
    coming = workflow.work_on(coming)
    assert (coming.created_count, coming.refused_count) == (5, 3)
    assert ("broken.png", 0, "This is no picture that can be read here.") in report(coming)


def test_front_matter_says_what_a_document_is(olivia: User, checkout: Service) -> None:
    text = (
        "---\ntitle: Restore: it all\nslug: get-back\nkind: procedure\ntags: db, night\n"
        "services: [checkout]\nalerts: [DbDown]\nowner: olivia@example.com\nteam: payments\n"
        "draft: true\n---\n1. x\n"
    ).replace("Restore: it all", '"Restore: it all"')
    bring_in({"x/y.md": text.encode()}, actor=olivia)
    document = Document.objects.get()
    assert (document.title, document.slug, document.kind) == (
        "Restore: it all",
        "get-back",
        DocumentKind.PROCEDURE,
    )
    assert [tag.name for tag in document.tags.all()] == ["db", "night"]
    assert list(document.services.all()) == [checkout]
    assert (document.alert_names, document.owner) == (["DbDown"], olivia)
    assert document.team is not None
    assert document.team.slug == "payments"
    assert document.published is None  # its own word
    assert document.revisions.get().body == text


def test_pictures_are_ours_and_links_lead_on(vera: User) -> None:
    files = {
        "repo-main/db/a.md": b"# A\n\n![g](../img/g.png) [b](b.md) [log](l.txt)\n",
        "repo-main/db/b.md": b"# B\n\n![g](/img/g.png)\n",
        "repo-main/img/g.png": png(),
        "repo-main/db/l.txt": b"log",
    }
    coming = bring_in(files)
    assert report(coming)[0][:2] == ("repo-main/", 0)
    document = Document.objects.get(path="db/a.md")
    assert {file.path for file in document.attachments.all()} == {"img/g.png", "db/l.txt"}
    page = as_person(vera).get(document.get_absolute_url()).content.decode()
    picture = document.attachments.get(name="g.png")
    assert f'<img src="{picture.get_absolute_url()}"' in page
    assert 'href="/learn/documents/b/"' in page

    pages = exported(as_html(exportable(vera, Document.objects), vera))
    assert set(pages) == {"style.css", "index.html", "db/a.html", "db/b.html", "img/g.png"} | {
        "db/l.txt"
    }
    html = pages["db/a.html"].decode()
    assert 'src="./../img/g.png"' in html
    assert 'href="./b.html"' in html
    assert "<script" not in html


def test_what_changed_becomes_a_revision_and_the_rest_stays() -> None:
    files = {"a.md": b"# A\n\none\n", "b.md": b"# B\n"}
    bring_in(files)
    make_document("Mine", slug="c", body="# Mine\n")
    files |= {"a.md": b"# A\n\ntwo\n", "c.md": b"# Mine\n", "d.md": b"# B\n"}
    again = bring_in(files)
    counts = (again.created_count, again.revised_count, again.same_count)
    assert counts == (1, 1, 2)  # c was one of ours, by its address
    document = Document.objects.get(path="a.md")
    assert (document.latest_number, document.published.number) == (2, 2)  # type: ignore[union-attr]
    assert sorted(Document.objects.values_list("slug", flat=True)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../evil.md", "leads out"),
        ("/etc/evil.md", "leads out"),
        ("C:\\evil.md", "leads out"),
        ("a/../../evil.md", "leads out"),
        ("..\\..\\evil.md", "leads out"),
        ("e\nvil.md", "leads out"),
        ("evil.exe", "this kind"),
        ("x" * 500 + ".md", "longer than"),
        ("A.md", "only in capitals"),
    ],
)
def test_a_hostile_name_stays_outside(name: str, words: str) -> None:
    coming = begin({"a.md": b"# A\n", name: b"# E\n"})
    assert coming.file_count == 1
    assert any(words in row[2] for row in report(coming))


def test_links_bombs_and_locks_stay_outside() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", "# A\n")
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bomb.md", b"0" * 9_000_000)
    coming = workflow.start_import(out.getvalue(), name="x", space=first_space(), actor=None)
    assert [row[0] for row in report(coming)] == ["bomb.md", "link.md"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no zip", "not_a_zip"),
        (zipped({"a.txt": b"a"}), "no_markdown"),
        (zipped({f"{n}.md": b"" for n in range(5001)}), "too_many_files"),
    ],
)
def test_what_is_no_folder_of_markdown_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        workflow.start_import(content, name="x", space=first_space(), actor=None)
    assert codes(refused) == [code]
    assert DocumentImport.objects.count() == 0


def test_a_crash_costs_nothing_and_two_workers_do_each_file_once() -> None:
    coming = begin({f"{n}.md": f"# {n}\n".encode() for n in range(6)})
    workflow.take_in(coming, actor=None)
    for _turn in range(4):
        coming = workflow.work_on(coming, at_most=2)
    assert (coming.created_count, coming.state) == (6, ImportState.DONE)
    assert Document.objects.count() == 6
    assert importing.forget_archives() == 1
    assert not default_storage.exists(coming.archive_path)
    assert Event.objects.filter(kind="import.done").count() == 1


def test_a_file_that_nobody_foresaw_is_told_of_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = workflow.create_document

    def fail_behind(**fields: Any) -> Document:
        document = create(**fields)
        if fields["path"] == "b.md":
            raise RuntimeError("poison")
        return document

    monkeypatch.setattr(importing, "create_document", fail_behind)
    coming = bring_in({f"{name}.md": b"# A title\n" for name in "abc"})

    assert (coming.state, coming.created_count, coming.refused_count) == (
        ImportState.DONE,
        2,
        1,
    )
    assert {document.path for document in Document.objects.all()} == {"a.md", "c.md"}
    assert [path for path, _line, sentence in report(coming) if "the log" in sentence] == [
        "b.md"
    ]


class TestWhoMay:
    def test_nothing_of_others_is_changed(self, ana: User, payments: Team) -> None:
        make_published("Theirs", slug="theirs", body="# T\n", team=payments)
        coming = bring_in({"theirs.md": b"# Mine now\n"}, actor=ana)
        assert coming.refused_count == 1
        assert Document.objects.get().latest_number == 1
        assert Attachment.objects.count() == 0

    def test_cancelled_it_stays_so(self, ana: User) -> None:
        coming = begin({"a.md": b"# A\n"}, actor=ana)
        workflow.cancel_import(coming, actor=ana)
        with pytest.raises(DomainError) as refused:
            workflow.take_in(coming, actor=ana)
        assert codes(refused) == ["import_not_checked"]


def test_the_command_checks_first_and_follows_no_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = tmp_path / "books"
    (books / "db").mkdir(parents=True)
    (books / "db" / "a.md").write_text("# A\n\n[x](gone.md)\n")
    (tmp_path / "secret.md").write_text("# Secret\n")
    (books / "secret.md").symlink_to(tmp_path / "secret.md")
    (books / "out").symlink_to(tmp_path)
    call_command("import_documents", str(books))
    said = capsys.readouterr().out
    assert "db/a.md:3" in said or "a.md:3" in said
    assert Document.objects.count() == 0
    call_command("import_documents", str(books), "--write", "--publish")
    assert "1 new, 0 revised, 0 unchanged, 0 refused" in capsys.readouterr().out
    assert [one.title for one in Document.objects.all()] == ["A"]
    assert Space.objects.count() == 1


def test_the_check_does_not_tell_what_is_hidden(
    payments: Team, olivia: User, ana: User
) -> None:
    make_published("Keys", team=payments, is_team_only=True)
    files = {"a.md": b"# A\n\n[x](keys)\n"}
    assert report(begin(files, actor=olivia)) == []
    assert report(begin(files, actor=ana)) == [("a.md", 3, "There is no document keys.")]


class TestPages:
    def test_sent_checked_and_written(self, olivia: User, ana: User) -> None:
        client = as_person(olivia)
        files = {"a.md": b"# A <b>\n\n[x](gone.md)\n", "<script>.md": b"# S\n"}
        sent = {
            "archive": SimpleUploadedFile("books.zip", zipped(files)),
            "space": first_space().pk,
            "is_published": "on",
        }
        answer = client.post("/learn/imports/", sent, follow=True)
        page = answer.content.decode()
        assert "Nothing is written yet" in page
        assert "There is no document gone.md." in page
        assert "<code>&lt;script&gt;.md</code>" not in page  # nothing is wrong with it
        coming = DocumentImport.objects.get()
        address = coming.get_absolute_url()
        assert as_person(ana).get(address).status_code == 404

        page = client.post(f"{address}write/", follow=True).content.decode()
        assert "2 new, 0 revised, 0 unchanged, 0 refused" in page
        assert "books.zip" in client.get("/learn/imports/").content.decode()
        bad = {**sent, "archive": SimpleUploadedFile("x.zip", b"no")}
        refused = client.post("/learn/imports/", bad)
        assert refused.status_code == 422
        assert "no zip file" in refused.content.decode()

    def test_the_same_by_the_api(self, olivia: User) -> None:
        client = as_person(olivia)
        sent = {
            "archive": SimpleUploadedFile("b.zip", zipped({"a.md": b"# A\n\n![x](y.png)\n"})),
            "space": first_space().slug,
        }
        made = client.post("/api/v1/document-imports/", sent)
        assert made.status_code == 201, made.content
        workflow.work_on(DocumentImport.objects.get())
        address = f"/api/v1/document-imports/{made.json()['id']}/"
        rows = client.get(f"{address}findings/").json()["results"]
        assert [(row["line"], row["level"]) for row in rows] == [(3, "warning")]
        assert client.post(f"{address}write/").json()["state"] == "importing"
        workflow.work_on(DocumentImport.objects.get())
        assert client.get(address).json()["created_count"] == 1
        assert client.post(f"{address}cancel/").status_code == 409

    def test_exports_hold_what_the_reader_may_see(self, vera: User, olivia: User) -> None:
        make_published("Open", body="# Open\n\n<script>alert(1)</script>\n")
        secret = make_published("Secret", body="# Secret\n")
        Space.objects.filter(pk=first_space().pk).update(reading="everyone")
        hidden = Space(slug="hidden", name="Hidden", reading="named")
        hidden.changed_by = None
        hidden.save()
        Document.objects.filter(pk=secret.pk).update(space=hidden)
        make_document("Draft", body="# D\n")
        client = as_person(vera)

        for address in ("/learn/documents.zip", "/api/v1/documents/archive/"):
            files = unzipped(client.get(address).content)
            assert set(files) == {"open.md", "evenkeel.json"}
            assert files["open.md"] == b"# Open\n\n<script>alert(1)</script>\n"
            pages = unzipped(client.get(f"{address}?as=html").content)
            assert set(pages) == {"open.html", "index.html", "style.css"}
            assert b"<script" not in pages["open.html"]
            assert unzipped(client.get(f"{address}?kind=decision").content).keys() == {
                "evenkeel.json"
            }
            assert client.get(f"{address}?space=hidden").status_code == 400
            assert client.get(f"{address}?kind=bogus").status_code == 400
            assert client.get(f"{address}?kin=decision").status_code == 400
            as_olivia = as_person(olivia).get(f"{address}?space={first_space().slug}")
            assert "open.md" in unzipped(as_olivia.content)
        assert client.get("/learn/documents.print?kind=bogus").status_code == 400
        printed = client.get("/learn/documents.print").content.decode()
        assert "Open" in printed
        assert "Secret" not in printed
        assert "<script>alert" not in printed
        one = client.get("/learn/documents/open/print/")
        assert "Revision 1" in one.content.decode()
