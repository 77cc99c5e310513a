"""A document made to do harm does none, on any surface: seen by a real browser."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request

from tests.browser.conftest import SignIn
from tests.portal.corpora import corpus

REFUSED = re.compile("[\0\ud800-\udfff]")  # what no request carries
MARKUP = [value for value in corpus("markup") if not REFUSED.search(value)]
LINKS = [
    "[a](javascript:alert(1))",
    "[b](data:text/html,<script>alert(1)</script>)",
    '[c](vbscript:alert(1) "x\\" onmouseover=alert(1) ")',
    "![d](javascript:alert(1))",
    "![e](data:image/svg+xml,<svg onload=alert(1)>)",
    "![f](//evil.example/x.png)",
    "![g](https://evil.example/x.png)",
    "<javascript:alert(1)>",
    "[h]: javascript:alert(1)\n\n[h]",
    '[i](x.md#"><script>alert(1)</script>)',
    '![j]("><img src=x onerror=alert(1)>.png)',
    '[k](../../../../admin/logout/ "\'><script>alert(1)</script>")',
]
DIAGRAMS = """```mermaid
flowchart LR
  a["<img src=x onerror=alert(1)>"] --> b
  click a "javascript:alert(1)"
```

```mermaid
%%{init: {"securityLevel": "loose", "themeCSS": "*{background: url(https://evil.example/)}"}}%%
flowchart LR
  a --> b
  click a call alert(1)
```

```mermaid
sequenceDiagram
  A->>B: $$\\href{javascript:alert(1)}{x}$$<script>alert(1)</script>
```
"""
BOMB = "".join(f"  n{i} --> n{i + 1}\n" for i in range(900))
BOMBS = f"```mermaid\nflowchart LR\n{BOMB}```\n"
FRONT = """---
title: "<script>alert(1)</script>"
owner: '"><img src=x onerror=alert(1)>'
---
"""
STEPS = "\n\n".join(
    f"{number}. {words}" for number, words in enumerate(["Look", *LINKS[:6], *MARKUP[:12]], 1)
)
BODY = "\n\n".join(
    [
        f"{FRONT}## Steps",
        STEPS,
        "## More",
        "![[hostile-words]]",
        *LINKS,
        DIAGRAMS,
        BOMBS,
        *MARKUP,
    ]
)
SNIPPET = "\n\n".join(["# <script>alert(1)</script>", *LINKS, *MARKUP, "![[hostile-words]]"])
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
)
SEND = """async ([method, url, body, kind, name]) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const headers = {"X-CSRFToken": token};
  let sent;
  if (kind === "file") {
    sent = new FormData();
    sent.append("file", new Blob([body]), name);
  } else {
    headers["Content-Type"] = "application/json";
    sent = body;
  }
  const answer = await fetch(url, {method, headers, body: sent});
  return [answer.status, await answer.text()];
}"""


@pytest.fixture
def writer(as_person: SignIn) -> Iterator[Page]:
    """Olivia, and whatever her browser reports that no text may cause."""
    page = as_person("olivia")
    alarms = watched(page)
    yield page
    assert alarms == []


def watched(page: Page) -> list[str]:
    alarms: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if "evil.example" in request.url:
            alarms.append(request.url)

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    return alarms


def send(page: Page, method: str, url: str, body: Any = None) -> Any:
    status, text = page.evaluate(SEND, [method, url, json.dumps(body or {}), "json", ""])
    assert status < 300, (url, status, text)
    return json.loads(text)


def published(page: Page, title: str, kind: str, body: str) -> dict[str, Any]:
    made = send(
        page,
        "POST",
        "/api/v1/documents/",
        {"kind": kind, "title": title, "body": body, "team": None},
    )
    send(page, "POST", f"/api/v1/documents/{made['id']}/revisions/1/publish/")
    return dict(made)


def test_a_hostile_document_does_nothing_anywhere(writer: Page) -> None:
    writer.goto("/learn/documents/")
    published(writer, "Hostile words", "snippet", SNIPPET)
    made = published(writer, "<script>alert(1)</script> Hostile book", "runbook", BODY)
    for name in ('"><script>alert(1)</script>.svg', "x.html"):
        sent = [
            "POST",
            f"/api/v1/documents/{made['id']}/attachments/",
            SVG,
            "file",
            name,
        ]
        status, text = writer.evaluate(SEND, sent)
        assert status == 201, text
    run = send(writer, "POST", "/api/v1/runs/", {"document": made["slug"]})

    address = made["url"]
    pages = [
        *(f"{address}{below}" for below in ("", "history/", "revisions/1/", "edit/", "print/")),
        f"{address}diff/?from=1&to=1",
        f"{address}attachments/",
        f"/learn/runs/{run['id']}/",
        "/search/?q=hostile+alert",
        "/learn/documents/?q=hostile",
        f"/learn/links/?document={made['slug']}",
        "/learn/documents.print?kind=snippet",
    ]
    for place in pages:
        writer.goto(place)
        poke(writer, place)
    for file in get(writer, f"/api/v1/documents/{made['id']}/attachments/"):
        assert "download" in download_of(writer, file["url"])


def test_the_room_of_an_incident_runs_nothing_of_its_runbook(writer: Page) -> None:
    writer.goto("/respond/")
    made = published(writer, "Hostile room book", "runbook", BODY)
    incidents = get(writer, "/api/v1/incidents/?page_size=1")["results"]
    number = incidents[0]["id"]
    writer.goto(f"/respond/{number}/")
    token = {"csrfmiddlewaretoken": csrf(writer), "document": str(made["id"])}
    writer.evaluate(
        """async ([url, fields]) => (await fetch(url, {
             method: "POST", body: new URLSearchParams(fields)})).status""",
        [f"/respond/{number}/runbooks/", token],
    )
    writer.goto(f"/respond/{number}/")
    poke(writer, "room")


def test_an_export_read_from_the_disk_runs_nothing(
    writer: Page, tmp_path: Any, browser: Any
) -> None:
    writer.goto("/learn/documents/")
    published(writer, "Hostile export", "how_to", BODY)
    answer = writer.request.get("/learn/documents.zip?as=html&kind=how_to")
    with zipfile.ZipFile(io.BytesIO(answer.body())) as archive:
        archive.extractall(tmp_path)
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    alarms = watched(page)
    page.goto(f"file://{tmp_path}/hostile-export.html")
    assert page.locator(".prose").count() == 1
    poke(page, "export")
    assert alarms == []
    context.close()


def test_a_diagram_is_drawn_in_a_frame_that_reaches_nothing(writer: Page) -> None:
    writer.goto("/learn/documents/")
    good = "```mermaid\nflowchart LR\n  checkout --> queue --> worker\n```\n"
    made = published(writer, "Drawn book", "how_to", f"{good}\n{DIAGRAMS}\n{BOMBS}")
    writer.goto(made["url"])
    buttons = writer.get_by_role("button", name="Draw it")
    assert buttons.count() == 5
    for _each in range(5):
        buttons.first.click()  # its words change when it is drawn, or given up
        writer.wait_for_timeout(3000)
    frames = writer.locator("iframe.diagram-frame")
    frames.first.wait_for()
    assert frames.first.get_attribute("sandbox") == "allow-scripts"
    assert int(frames.first.get_attribute("height") or "0") > 40
    inner = frames.first.content_frame
    assert inner.locator("svg").count() == 1
    assert "checkout" in (inner.locator("svg").text_content() or "")
    reached = inner.locator("body").evaluate(
        """() => {
             const tries = [
               () => document.cookie, () => localStorage.length, () => parent.document.title,
             ];
             return tries.map((t) => { try { t(); return "got"; } catch { return "no"; } });
           }"""
    )
    assert reached == ["no", "no", "no"]
    policy = writer.request.get("/diagrams/frame/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts" in policy
    assert "connect-src" not in policy
    # The bomb is given up in the end.
    writer.get_by_text("This diagram cannot be drawn.").first.wait_for(timeout=20_000)
    poke(writer, "diagrams")


def get(page: Page, url: str) -> Any:
    return json.loads(page.evaluate(f"fetch('{url}').then(a => a.text())"))


def csrf(page: Page) -> str:
    headers = page.evaluate("document.body.getAttribute('hx-headers')")
    return str(json.loads(headers)["X-CSRFToken"])


def download_of(page: Page, url: str) -> str:
    """Open a file as a page would be opened, and say what came of it."""
    try:
        page.goto(url)
    except Exception as error:  # a download is no page
        return str(error).lower()
    return "a page"


def poke(page: Page, place: str) -> None:
    """Give handlers of loading, pointing, focus and errors their chance."""
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    for link in page.locator(".prose a").all()[:40]:
        link.dispatch_event("mouseover")
    foreign = (
        "main script:not([src^='/static/']), main object, main embed, main svg[onload],"
        "main iframe:not([sandbox='allow-scripts']), a[href^='javascript'], a[href^='data']"
    )
    assert page.locator(foreign).count() == 0, place
    assert page.evaluate(
        "[...document.querySelectorAll('main *')].every("
        "e => [...e.attributes].every(a => !a.name.startsWith('on')))"
    ), place
