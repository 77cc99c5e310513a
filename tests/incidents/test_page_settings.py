"""How the status page looks: kept by administrators, legible in both themes."""

import base64
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from incidents import workflow
from incidents.models import StatusPageSettings
from incidents.status_documents import Publication
from incidents.status_forms import contrast
from portal import clock
from portal.models import Event, User
from tests.incidents.doors import DOORS, signed_in_as
from tests.make import png

pytestmark = pytest.mark.django_db

WANTED = {
    "name": "Harbour",
    "accent": "#0b5394",
    "accent_dark": "#9fc5e8",
    "zone": "Europe/Berlin",
    "remind_minutes": 30,
}
LINKS = [{"label": "Imprint", "url": "https://example.com/imprint"}]


def keep(door: str, person: User, **said: Any) -> int:
    desk = signed_in_as(person)
    if door == "page":
        said["footer_links"] = "\n".join(
            f"{each['label']} | {each['url']}" for each in said.get("footer_links", [])
        )
        return desk.post("/respond/status-page/settings/", said).status_code
    path = "/api/v1/status-page/"
    return desk.patch(path, said, content_type="application/json").status_code


@pytest.mark.parametrize("door", DOORS)
def test_the_page_takes_name_colour_links_and_zone(
    client: Client, ada: User, door: str
) -> None:
    assert keep(door, ada, **WANTED, footer_links=LINKS) in {200, 302}
    shown = client.get("/status/").content.decode()
    for each in ("Harbour", "light-dark(#0b5394,#9fc5e8)", "https://example.com/imprint"):
        assert each in shown
    assert "All times in Europe/Berlin." in shown
    assert Event.objects.get(kind="status_page.changed").actor == ada


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "#ffff00"},
        {"accent_dark": "#222222"},
        {"accent": "red"},
        {"zone": "Nowhere"},
        {"footer_links": [{"label": "Odd", "url": "javascript:alert(1)"}]},
        {"remind_minutes": 0},
    ],
)
def test_what_cannot_be_read_or_followed_is_refused(
    ada: User, door: str, wrong: dict[str, Any]
) -> None:
    assert keep(door, ada, **{**WANTED, **wrong}) in {400, 422}
    assert not StatusPageSettings.objects.exists()


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_private_address_is_in_no_version(ada: User) -> None:
    kept = workflow.renew_private_key(actor=ada)
    assert "private_key" not in {field.name for field in kept.history.model._meta.fields}
    desk = signed_in_as(ada)
    assert kept.private_key in desk.get("/respond/status-page/settings/").content.decode()
    assert desk.post("/respond/status-page/settings/address/shut/").status_code == 302
    assert StatusPageSettings.objects.get().private_key == ""


def send_logo(door: str, person: User, content: bytes, **said: str) -> int:
    desk = signed_in_as(person)
    file = SimpleUploadedFile("logo.png", content, "image/png")
    path = (
        "/respond/status-page/settings/logo/" if door == "page" else "/api/v1/status-page/logo/"
    )
    return desk.post(path, {"file": file, **said}).status_code


@pytest.mark.parametrize("door", DOORS)
def test_a_logo_is_written_anew_and_shown_with_what_it_says(
    client: Client, ada: User, door: str
) -> None:
    assert send_logo(door, ada, png(1200, 400), alt="Harbour <&>") in {200, 302}
    kept = StatusPageSettings.objects.get()
    shown = client.get("/status/").content.decode()
    copied = Publication(clock.now(), is_copy=True).document("")
    assert copied is not None
    for page in (shown, copied.body.decode()):
        assert f'src="{kept.logo}" alt="Harbour &lt;&amp;&gt;"' in page
    content = base64.b64decode(kept.logo.removeprefix("data:image/png;base64,"))
    with Image.open(BytesIO(content)) as picture:
        assert picture.size == (192, 64)
    settings = signed_in_as(ada).get("/respond/status-page/settings/").content.decode()
    assert "Remove the logo" in settings

    desk = signed_in_as(ada)
    for refused in (False, True):
        if door == "page":
            answer = desk.post("/respond/status-page/settings/logo/remove/")
        else:
            answer = desk.delete("/api/v1/status-page/logo/")
        assert (answer.status_code == 409) == refused
    assert "public-logo" not in client.get("/status/").content.decode().partition("<body")[2]


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_small_picture_is_no_logo(ada: User, olivia: User, door: str) -> None:
    noise = BytesIO()
    bands = [Image.effect_noise((384, 64), 200) for _ in range(3)]
    Image.merge("RGB", bands).save(noise, "PNG")
    for content in (b"<svg/>", noise.getvalue()):
        assert send_logo(door, ada, content) in {409, 422}
    assert send_logo(door, olivia, png()) == 403
    assert not StatusPageSettings.objects.exists()
