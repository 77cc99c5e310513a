"""A manager who has never seen the portal approves a change from a phone."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SignIn

SOON = 20_000  # milliseconds, on a machine that does other things too
THUMB = 44  # pixels that a thumb hits


def test_a_manager_approves_from_a_phone(as_person: SignIn) -> None:
    page = as_person("max", phone=True, dark=True)
    page.goto("/")
    page.get_by_role("link", name="Show the delivery day at checkout").first.click()
    page.wait_for_url("**/approval/", timeout=SOON)
    expect(page.get_by_role("heading", name="What you approve")).to_be_visible()

    page.get_by_role("link", name="To the decision").click()
    button = page.get_by_role("button", name="Approve this plan")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= THUMB
    assert 0 <= box["y"] <= PHONE["height"]
    page.get_by_label("Remark").fill("Go ahead.")
    button.click()

    page.wait_for_url("**/change/requests/*/", timeout=SOON)
    expect(page.locator("main")).to_contain_text("approved it: “Go ahead.”")
