"""What people write runs no script on any page that shows it, and its code can be copied."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, Request

from tests.browser.conftest import SignIn
from tests.portal.corpora import corpus

# A form refuses U+0000 before any renderer sees it.
MARKUP = [value for value in corpus("markup") if "\0" not in value]
BODY = "\n\n".join(["## Steps", "1. Look", *MARKUP, "| a |\n|---|\n| <img src=x> |"])


@pytest.fixture
def writer(as_person: SignIn) -> Iterator[Page]:
    """Olivia, and whatever her browser reports that no text may cause."""
    page = as_person("olivia")
    alarms: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if "evil.example" in request.url:
            alarms.append(request.url)

    page.on("dialog", on_dialog)
    page.on("request", on_request)
    yield page
    assert alarms == []


def test_no_script_of_a_document_runs_on_any_surface(writer: Page) -> None:
    writer.goto("/learn/documents/new/")
    writer.fill("[name=title]", "Hostile")
    writer.fill("[name=body]", BODY)
    writer.wait_for_selector(".editor-preview .prose h2")
    _poke(writer)
    writer.click("button[name=publish]")
    writer.wait_for_url("**/documents/hostile/")
    document = writer.url.rstrip("/")
    for below in ("/", "/history/", "/revisions/1/", "/diff/?from=1&to=1", "/edit/"):
        writer.goto(document + below)
        _poke(writer)
    writer.goto("/learn/documents/?q=hostile")
    _poke(writer)


def _poke(page: Page) -> None:
    """Give handlers of loading, focus and errors their chance."""
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    foreign = "main script:not([src^='/static/']), main iframe, main object, main form.evil"
    assert page.locator(foreign).count() == 0
    assert page.evaluate(
        "[...document.querySelectorAll('.prose *')].every("
        "e => [...e.attributes].every(a => !a.name.startsWith('on')))"
    )


def test_code_is_copied_without_prompts_and_answers(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/learn/markdown/")
    console = page.locator(".prose .code", has_text="kubectl get pods")
    console.get_by_role("button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == "kubectl get pods -n production"
