"""The search field on every page: results while one types, chosen without a mouse."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import SignIn


def test_results_show_while_typing_and_arrows_choose(as_person: SignIn) -> None:
    page = as_person("olivia")
    page.goto("/services/")
    field = page.get_by_role("combobox", name="Search everything")
    page.keyboard.press("/")
    page.keyboard.type("conection po")
    choices = page.locator("#suggestions-place [role='option']")
    expect(choices.first).to_be_visible()
    expect(page.get_by_text("Showing results for connection")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-1")
    page.keyboard.press("Escape")
    expect(choices.first).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("connection pool")
    expect(choices.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).not_to_have_url(re.compile("/services/$"))
    expect(page).not_to_have_url(re.compile("/search/"))


def test_without_javascript_the_field_opens_the_page(as_person: SignIn) -> None:
    page = as_person("olivia", scripts=False)
    page.goto("/")
    page.get_by_label("Search everything").fill("checkout")
    page.get_by_label("Search everything").press("Enter")

    expect(page.locator("#results li a.row-link").first).to_have_text("Checkout")
