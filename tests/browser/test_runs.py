"""A run at night: by keyboard, on a bad line, and with somebody else on the same page."""

from playwright.sync_api import expect

from tests.browser.conftest import SignIn

RUNBOOK = "/learn/documents/orders-database-connections-run-out/"


def test_answers_outlive_a_lost_connection_and_reach_whoever_looks_on(
    as_person: SignIn,
) -> None:
    olivia, ada = as_person("olivia"), as_person("ada")
    olivia.goto(RUNBOOK)
    unfilled = olivia.locator("pre[data-no-copy]")
    expect(unfilled).to_contain_text("{{app}}")
    expect(unfilled.locator("xpath=..").locator("[data-copy]")).to_have_count(0)
    olivia.get_by_role("button", name="Run it").click()
    ada.goto(olivia.url)
    done = "[data-state=done].step"

    olivia.keyboard.press("d")
    expect(olivia.locator(done)).to_have_count(1)

    olivia.context.set_offline(True)
    olivia.locator(".step[data-state=current] button[value=yes]").click()
    expect(olivia.locator("#run-queue")).to_contain_text("2: yes")
    expect(olivia.locator(".step[data-queued]")).to_have_count(1)
    olivia.context.set_offline(False)
    expect(olivia.locator(done)).to_have_count(2, timeout=20_000)
    expect(olivia.locator("#run-queue")).to_be_hidden()

    expect(ada.locator(done)).to_have_count(2, timeout=20_000)
