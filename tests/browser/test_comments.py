"""Talking about a document: about selected words, naming people, while others look on."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn

RUNBOOK = "/learn/documents/orders-database-connections-run-out/"
SELECT = """() => {
  const items = [...document.querySelectorAll("article.document li")];
  const words = items.find((item) => item.textContent.includes("Raise the pool"));
  const range = document.createRange();
  range.selectNodeContents(words);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}"""


def test_one_speaks_of_selected_words_and_the_other_loses_nothing(as_person: SignIn) -> None:
    ada, olivia = as_person("ada"), as_person("olivia")
    for page in (ada, olivia):
        page.goto(RUNBOOK)
    olivia.locator(".comment-thread summary", has_text="Answer").first.click()
    answer = olivia.locator(".comment-thread textarea").first
    answer.fill("Half an answer")
    answer.blur()
    olivia.wait_for_timeout(600)  # kept by the browser

    ada.evaluate(SELECT)
    ada.locator(".comment-selected").click()
    quote = ada.locator("#comment-new [name=quote]")
    expect(quote).to_have_value(
        "Raise the pool of the application that is starved, and write down the old value"
    )
    ada.keyboard.type("Which value, @Oli")
    expect(ada.locator(".mention-list button")).to_have_text(["Olivia Okafor"])
    ada.keyboard.press("ArrowDown")
    ada.keyboard.press("Enter")
    text = ada.locator("#comment-new [name=text]")
    expect(text).to_have_value("Which value, @Olivia Okafor ")
    ada.locator("#comment-new button[type=submit]").click()
    expect(ada.locator(".comment-thread .mention", has_text="@Olivia Okafor")).to_be_visible()

    threads = olivia.locator(".comment-thread", has_text="Which value")
    expect(threads).to_have_count(1, timeout=20_000)
    expect(olivia.locator(".comment-thread textarea").first).to_have_value("Half an answer")
    expect(olivia.locator(".comment-threads details[open]")).to_have_count(1)
