"""The room and the board with hands on the keyboard: what is typed, pasted and moved stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn

# A picture as a screenshot tool leaves it behind.
MAKE_PICTURE = """async () => {
  const canvas = new OffscreenCanvas(40, 30);
  const brush = canvas.getContext("2d");
  brush.fillStyle = "teal";
  brush.fillRect(0, 0, 40, 30);
  return canvas.convertToBlob({ type: "image/png" });
}"""
COPY = f"""async () => {{
  const picture = await ({MAKE_PICTURE})();
  await navigator.clipboard.write([new ClipboardItem({{ "image/png": picture }})]);
}}"""
CARRY = f"""async () => {{
  const picture = await ({MAKE_PICTURE})();
  const carried = new DataTransfer();
  carried.items.add(new File([picture], "graph.png", {{ type: "image/png" }}));
  return carried;
}}"""
SOON = 20_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def room(as_person: SignIn) -> Iterator[Page]:
    """A room of Ada's own, in which Olivia may work too."""
    page = as_person("ada")
    page.goto("/respond/declare/")
    page.locator("select[name=service]").select_option("checkout")
    page.locator("input[name=title]").fill("Nobody can pay")
    page.locator("input[name=severity][value='2']").check()
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.wait_for_url("**/respond/*/", timeout=SOON)
    yield page
    page.context.close()


def start_a_note(page: Page) -> Page:
    page.keyboard.press("n")
    page.locator("#add_note textarea").wait_for(state="visible")
    return page


def test_what_somebody_else_writes_appears_while_one_types(
    room: Page, as_person: SignIn
) -> None:
    start_a_note(room)
    text = room.locator("#add_note textarea")
    text.click()
    room.keyboard.type("Half a sen")

    other = as_person("olivia")
    other.goto(room.url.partition("#")[0])
    start_a_note(other)
    other.locator("#add_note textarea").fill("The cable is loose")
    other.locator("#add_note button[type=submit]").click()

    news = room.locator("#room-live").get_by_text("The cable is loose")
    expect(news).to_be_visible(timeout=SOON)
    expect(text).to_be_focused()
    room.keyboard.type("tence")
    expect(text).to_have_value("Half a sentence")


def sent_with_picture(page: Page) -> None:
    preview = page.locator("#add_note img.picture-preview")
    expect(preview).to_be_visible(timeout=SOON)
    page.locator("#add_note button[type=submit]").click()
    expect(page.locator("#room-live img.entry-picture")).to_be_visible(timeout=SOON)


def test_a_picture_is_pasted_into_the_note(room: Page) -> None:
    room.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start_a_note(room)
    room.locator("#add_note textarea").click()
    room.evaluate(COPY)
    room.keyboard.press("Control+V")
    sent_with_picture(room)


def test_a_picture_is_dropped_on_the_note(room: Page) -> None:
    start_a_note(room)
    carried = room.evaluate_handle(CARRY)
    text = room.locator("#add_note textarea")
    for event in ("dragenter", "dragover", "drop"):
        text.dispatch_event(event, {"dataTransfer": carried})
    sent_with_picture(room)


def test_what_is_done_less_often_is_fetched_and_is_there_without_scripts(
    room: Page, as_person: SignIn
) -> None:
    expect(room.get_by_text("Page somebody")).to_be_visible(timeout=SOON)
    expect(room.get_by_role("heading", name="Tell stakeholders")).to_be_visible()

    plain = as_person("ada", scripts=False)
    plain.goto(room.url.partition("#")[0])
    plain.get_by_role("link", name="Tasks").click()
    expect(plain.get_by_text("Add a task")).to_be_visible()


def test_the_command_is_handed_over_within_two_taps(room: Page, as_person: SignIn) -> None:
    phone = as_person("ada", phone=True, dark=True)
    phone.goto(room.url.partition("#")[0])
    phone.get_by_role("button", name="Acknowledge").tap()
    phone.locator("#room-next").get_by_role("link", name="Hand over").tap()
    phone.get_by_role("button", name="Olivia").first.tap()
    question = phone.get_by_role("dialog")
    expect(question).to_contain_text("in place of")
    question.locator("[data-confirm-yes]").tap()
    expect(phone.locator("#room-facts")).to_contain_text("Olivia", timeout=SOON)


def test_a_card_moves_by_the_arrow_keys_and_keeps_the_focus(as_person: SignIn) -> None:
    page = as_person("ada")
    page.goto("/learn/actions/board/")
    card = page.locator('[data-board-column="open"] [data-board-card]').first
    name = card.get_attribute("id")
    assert name
    card.focus()
    page.keyboard.press("ArrowRight")
    moved = page.locator(f'[data-board-column="in_progress"] #{name}')
    expect(moved).to_be_focused(timeout=SOON)

    page.keyboard.press("ArrowLeft")
    back = page.locator(f'[data-board-column="open"] #{name}')
    expect(back).to_be_focused(timeout=SOON)
    others = page.locator('[data-board-column="open"] [data-board-card]')
    if others.count() > 1:
        others.first.focus()
        page.keyboard.press("ArrowDown")
        expect(others.nth(1)).to_be_focused()
