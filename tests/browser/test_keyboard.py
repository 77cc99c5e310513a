"""Everything without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn


def test_slash_goes_to_the_search(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("checkout")
    page.keyboard.press("Enter")

    expect(page).to_have_url("/search/?q=checkout")


def test_a_question_mark_shows_the_keys(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(
    ("letter", "path"),
    [
        ("t", "/"),
        ("o", "/operate/"),
        ("r", "/respond/"),
        ("c", "/change/"),
        ("l", "/learn/"),
        ("i", "/improve/"),
        ("s", "/services/"),
        ("p", "/people/"),
    ],
)
def test_g_and_a_letter_move(as_person: SignIn, letter: str, path: str) -> None:
    page = as_person("olivia")
    page.goto("/inbox/")
    page.keyboard.press("g")
    page.keyboard.press(letter)

    expect(page).to_have_url(path)


def test_the_first_tab_leads_past_the_frame(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.goto("/")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
