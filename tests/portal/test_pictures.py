"""Pictures from outside: what is let in, what is kept of it, and who gets to see it."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin

from portal import clock, pictures
from portal.errors import DomainError
from portal.models import Picture, User
from portal.pictures import cleaned
from portal.workflow.pictures import give_picture, keep_picture, sweep_pictures
from tests.make import png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def written(kind: str, mode: str = "RGB", size: tuple[int, int] = (4, 3), **how: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind, **how)
    return out.getvalue()


def code_of(sent: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        cleaned(sent)
    return refused.value.refusals[0].code


@pytest.mark.parametrize(
    ("kind", "mode", "becomes"),
    [
        ("PNG", "RGBA", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("WEBP", "RGB", "image/webp"),
        ("GIF", "P", "image/png"),
    ],
)
def test_what_people_send_is_written_anew(kind: str, mode: str, becomes: str) -> None:
    found = cleaned(written(kind, mode))

    assert (found.media_type, found.width, found.height) == (becomes, 4, 3)
    assert Image.open(BytesIO(found.content)).size == (4, 3)


@pytest.mark.parametrize(
    "sent",
    [
        SVG,
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        png()[:40],
        written("TIFF"),
        written("ICO", size=(16, 16)),
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_picture_of_ours_is_refused(sent: bytes) -> None:
    assert code_of(sent) == "not_a_picture"


def test_a_picture_that_would_unpack_to_gigabytes_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = bytearray(png())
    bomb[16:24] = (50_000).to_bytes(4, "big") * 2  # what its header claims
    assert code_of(bytes(bomb)) in {"not_a_picture", "too_many_pixels"}

    monkeypatch.setattr(pictures, "MOST_PIXELS", 11)
    assert code_of(written("PNG")) == "too_many_pixels"
    monkeypatch.setattr(pictures, "MOST_BYTES", 10)
    assert code_of(written("PNG")) == "picture_too_large"


def test_nothing_but_pixels_is_kept() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "taken at home")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at home"
    polyglot = png(pnginfo=told) + b"<script>alert(1)</script>"

    for sent in (polyglot, written("JPEG", exif=exif), written("WEBP", exif=exif)):
        found = cleaned(sent)
        assert b"home" not in found.content
        assert b"script" not in found.content
        assert not Image.open(BytesIO(found.content)).getexif()
    assert (found.width, found.height) == (3, 4)  # upright


def test_a_large_one_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LONGEST_SIDE", 100)
    found = cleaned(written("PNG", size=(400, 200)))
    assert (found.width, found.height) == (100, 50)


@pytest.mark.django_db
def test_it_is_served_so_that_nothing_in_it_can_act(olivia: User) -> None:
    picture = keep_picture(png(), label="C:\\me\\Graph <b>.png", actor=olivia)
    client = Client()
    client.force_login(olivia)
    answer = client.get(picture.get_absolute_url())

    assert picture.label == "Graph <b>.png"
    assert "Graph" not in picture.path
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"].startswith("private")
    assert answer["Content-Disposition"] == 'inline; filename="picture.png"'
    assert answer.content == cleaned(png()).content

    again = client.get(picture.get_absolute_url(), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_what_it_belongs_to_says_who_sees_it(olivia: User, vera: User) -> None:
    picture = keep_picture(png(), actor=olivia)
    assert pictures.may_see(olivia, picture)
    assert not pictures.may_see(vera, picture)

    give_picture(picture, to="nothing-known:7")
    assert not pictures.may_see(olivia, picture)
    with pytest.raises(DomainError) as refused:
        give_picture(picture, to="note:7")
    assert refused.value.refusals[0].code == "picture_taken"


@pytest.mark.django_db
def test_programs_send_them_too(olivia: User) -> None:
    client = Client()
    client.force_login(olivia)
    for _twice in range(2):
        file = SimpleUploadedFile("a.png", png(), "image/svg+xml")
        answer = client.post("/api/v1/pictures/", {"file": file})
        assert answer.status_code == 201, answer.content
        assert answer.json()["media_type"] == "image/png"
    assert Picture.objects.count() == 1

    file = SimpleUploadedFile("a.png", SVG, "image/png")
    answer = client.post("/api/v1/pictures/", {"file": file})
    assert answer.status_code == 409
    assert "not_a_picture" in answer.content.decode()
    assert client.post("/api/v1/pictures/", {}).status_code == 400


@pytest.mark.django_db
def test_a_body_beyond_all_measure_is_not_read(olivia: User) -> None:
    client = Client()
    client.force_login(olivia)
    file = SimpleUploadedFile("a.png", b"\0" * 12_000_001)
    for path in ("/api/v1/pictures/", "/sign-in/"):
        assert client.post(path, {"file": file}).status_code == 413
        file.seek(0)


@pytest.mark.django_db
def test_what_nobody_uses_goes_after_a_day(
    olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused, used = keep_picture(png(), actor=olivia), keep_picture(png(5), actor=olivia)
    give_picture(used, to="note:1")
    lost = default_storage.save("pictures/ab/" + "ab" * 20, ContentFile(b"x"))
    assert sweep_pictures(clock.now()) == 0

    assert sweep_pictures(clock.now() + timedelta(hours=25)) == 2
    assert not default_storage.exists(lost)
    assert not default_storage.exists(unused.path)
    assert default_storage.exists(used.path)
    assert list(Picture.objects.all()) == [used]
