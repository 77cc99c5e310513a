"""Attachments: put beside a document, shown or downloaded, never a way in."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from knowledge import workflow
from knowledge.models import Attachment, Document
from knowledge.workflow.attaching import UNKNOWN_FOR, clean_name, sweep_attachments
from portal import clock
from portal.errors import DomainError
from portal.models import Event, Team, User
from tests.knowledge.make import as_person, codes, make_published, newest
from tests.make import png

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def document(payments: Team) -> Document:
    return make_published("Book", team=payments, body="text\n")


def attach(document: Document, sent: bytes = b"words", name: str = "a.txt") -> Attachment:
    return workflow.attach(document, sent, name=name, actor=None)


def revise(document: Document, body: str) -> None:
    document.refresh_from_db()
    workflow.save_revision(
        document, base_number=document.latest_number, title="T", body=body, actor=None
    )
    workflow.publish(newest(document), actor=None)


class TestApi:
    def test_the_editor_sends_a_picture_and_gets_its_line(
        self, olivia: User, vera: User, document: Document
    ) -> None:
        client = as_person(olivia)
        address = f"/api/v1/documents/{document.pk}/attachments/"
        file = SimpleUploadedFile("My shot (1).PNG", png())
        answer = client.post(address, {"file": file, "description": "The [graph]"})

        assert answer.status_code == 201, answer.content
        said = answer.json()
        assert said["name"] == "My-shot-1.png"
        assert said["markdown"] == f"![The (graph)](attachments/{document.pk}/My-shot-1.png)"
        assert said["media_type"] == "image/png"
        revise(document, said["markdown"])
        shown = as_person(vera).get(document.get_absolute_url()).content.decode()
        assert f'<img src="{said["url"]}" alt="The (graph)" loading="lazy">' in shown

        seen = as_person(vera).get(said["url"])
        assert seen.headers["Content-Type"] == "image/png"
        assert seen.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        again = as_person(vera).get(
            said["url"], headers={"If-None-Match": seen.headers["ETag"]}
        )
        assert again.status_code == 304
        assert [row["name"] for row in client.get(address).json()] == ["My-shot-1.png"]

    def test_change_replace_and_delete(self, olivia: User, document: Document) -> None:
        client = as_person(olivia)
        file = attach(document)
        address = f"/api/v1/documents/{document.pk}/attachments/{file.key}/"
        said = client.patch(
            address, {"description": "New"}, content_type="application/json"
        ).json()
        assert said["markdown"].startswith("[New](")
        body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("b.txt", b"other")})
        other = client.put(address, body, content_type=MULTIPART_CONTENT).json()
        assert (other["name"], other["description"], other["size"]) == ("a.txt", "New", 5)
        assert client.delete(address).status_code == 404  # it is not current any more
        address = address.replace(file.key, other["key"])
        assert client.delete(address).status_code == 204

    def test_raw_words_with_an_etag(self, vera: User, document: Document) -> None:
        client = as_person(vera)
        address = f"/api/v1/documents/{document.pk}/raw/"
        answer = client.get(address)
        assert (answer.content, answer.headers["Content-Type"]) == (
            b"text\n",
            "text/markdown; charset=utf-8",
        )
        tag = {"If-None-Match": answer.headers["ETag"]}
        assert client.get(address, headers=tag).status_code == 304


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
            ("a.png", b"<html><script>alert(1)</script></html>"),
            ("a.html", b"<script>alert(1)</script>"),
            ("a.pdf", b"%PDF-1.4"),
        ],
    )
    def test_what_is_no_picture_is_only_downloaded(
        self, name: str, sent: bytes, vera: User, document: Document
    ) -> None:
        file = attach(document, sent, name)
        answer = as_person(vera).get(file.get_absolute_url())
        assert answer.content == sent
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]

    def test_a_picture_is_written_anew(self, document: Document) -> None:
        sent = png() + b"<script>alert(1)</script>"
        file = attach(document, sent, "a.png")
        with default_storage.open(file.file_path) as kept:
            assert b"script" not in kept.read()

    def test_a_broken_picture_and_a_huge_file_are_refused(self, document: Document) -> None:
        for sent, code in [
            (b"\x89PNG\r\n\x1a\n broken", "not_a_picture"),
            (b"x" * 10_000_001, "attachment_too_large"),
            (b"", "attachment_empty"),
        ]:
            with pytest.raises(DomainError) as refused:
                attach(document, sent)
            assert codes(refused) == [code]
        assert Attachment.objects.count() == 0

    @pytest.mark.parametrize(
        ("name", "clean"),
        [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\a b.png", "a-b.png"),
            ('"><script>.svg', "script.svg"),
            ("....", "file"),
            ("schöne ü.JPG", "schöne-ü.jpg"),
            ("x" * 300 + ".png", "x" * 80 + ".png"),
        ],
    )
    def test_names_need_no_quoting(self, name: str, clean: str) -> None:
        assert clean_name(name) == clean


class TestLife:
    def test_the_same_file_is_kept_once_and_another_gets_another_name(
        self, document: Document
    ) -> None:
        one, same, other = attach(document), attach(document), attach(document, b"other")
        assert one == same
        assert (one.name, other.name) == ("a.txt", "a-2.txt")
        with pytest.raises(IntegrityError, match=r"one_attachment_a_path|path"):
            Attachment.objects.filter(pk=other.pk).update(path=one.path)

    def test_replaced_for_readers_and_kept_for_what_was_pinned(
        self, document: Document, vera: User
    ) -> None:
        old = attach(document, png(), "a.png")
        revise(document, f"![a](attachments/{document.pk}/a.png)")
        new = workflow.replace_attachment(old, png(5, 5), actor=None)
        shown = as_person(vera).get(document.get_absolute_url()).content.decode()
        assert new.get_absolute_url() in shown
        assert as_person(vera).get(old.get_absolute_url()).status_code == 200
        kinds = Event.objects.filter(kind__startswith="document.attachment")
        assert [event.kind for event in kinds.order_by("pk")] == [
            "document.attachment_added",
            "document.attachment_replaced",
        ]

    def test_what_a_text_shows_cannot_be_removed(self, document: Document) -> None:
        file = attach(document)
        revise(document, f"[a](attachments/{document.pk}/a.txt)")
        with pytest.raises(DomainError) as refused:
            workflow.remove_attachment(file, actor=None)
        assert codes(refused) == ["attachment_shown"]

        revise(document, "nothing")  # the old revision still names it
        workflow.remove_attachment(file, actor=None)
        file.refresh_from_db()
        assert file.superseded_at is not None
        unused = attach(document, b"2", "b.txt")
        workflow.remove_attachment(unused, actor=None)
        assert not Attachment.objects.filter(pk=unused.pk).exists()

    def test_files_without_a_row_are_swept_after_a_day(self, document: Document) -> None:
        kept, gone = attach(document), attach(document, b"2", "b.txt")
        workflow.remove_attachment(gone, actor=None)
        assert sweep_attachments(clock.now()) == 0
        assert sweep_attachments(clock.now() + 2 * UNKNOWN_FOR) == 1
        assert default_storage.exists(kept.file_path)
        assert not default_storage.exists(gone.file_path)


class TestPages:
    def test_the_list_says_where_each_is_used(
        self, olivia: User, vera: User, document: Document
    ) -> None:
        client = as_person(olivia)
        address = f"{document.get_absolute_url()}attachments/"
        files = [SimpleUploadedFile("a.png", png()), SimpleUploadedFile("b.txt", b"b")]
        assert client.post(address, {"sent": files}).status_code == 302
        revise(document, f"![a](attachments/{document.pk}/a.png)")
        shown = client.get(address).content.decode()
        assert "readers see it" in shown
        assert "used nowhere" in shown
        assert "Replace" in shown
        assert "Replace" not in as_person(vera).get(address).content.decode()
        assert client.post(address, {}).status_code == 422
        every = as_person(vera).get("/learn/attachments/").content.decode()
        assert "a.png" in every
        unused = as_person(vera).get("/learn/attachments/?used=no").content.decode()
        assert "b.txt" in unused
        assert "a.png" not in unused

    def test_its_verbs_by_their_buttons(self, olivia: User, document: Document) -> None:
        client, file = as_person(olivia), attach(document)
        address = f"{document.get_absolute_url()}attachments/{file.key}/"
        client.post(f"{address}describe/", {"description": "Words"})
        client.post(f"{address}replace/", {"file": SimpleUploadedFile("z", b"new")})
        current = Attachment.objects.current().get()
        assert (current.description, current.size) == ("Words", 3)
        address = address.replace(file.key, current.key)
        assert client.post(f"{address}remove/").status_code == 302
        assert not Attachment.objects.current().exists()

    def test_strangers_get_nothing(self, otto: User, ana: User, document: Document) -> None:
        file = attach(document)
        assert as_person(otto).get(file.get_absolute_url()).status_code == 404
        assert as_person(ana).get(file.get_absolute_url()).status_code == 200
        address = f"/api/v1/documents/{document.pk}/attachments/"
        sent = {"file": SimpleUploadedFile("a", b"a")}
        assert as_person(ana).post(address, sent).status_code == 403
