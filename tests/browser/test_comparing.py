"""What changed between two revisions, as people see it in each of its three ways."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.test_editor import AREA, written
from tests.browser.test_pages import broken_rules, shoot

OLD = """\
## Steps

1. Look at the **slow** queries
2. Restart

   ```bash
   kubectl rollout restart deployment/checkout --namespace production
   ```

| Who | When |
| --- | --- |
| Max | by day |
"""
NEW = OLD.replace("**slow** queries", "*slowest* queries of today").replace(
    "| Max | by day |", "| Max | by night |\n| Ada | at weekends |"
)


@pytest.mark.parametrize("phone", [False, True])
def test_each_way_obeys_the_rules_and_fits(as_person: SignIn, phone: bool) -> None:
    page = as_person("olivia", phone=phone, dark=phone)
    address = written(page, f"Compared {'small' if phone else 'large'}", OLD)
    page.goto(f"{address}edit/")
    page.fill(AREA, NEW)
    page.click("button[name=save]")
    page.wait_for_url("**/revisions/2/")
    shoot(page, f"revision-2-{'phone' if phone else 'desktop'}")
    page.goto(f"{address}diff/")
    expect(page.locator(".drawn-diff ins").first).to_be_visible()
    for name in ("As readers see it", "As written", "Side by side"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
        shoot(page, f"diff-{name}-{'phone' if phone else 'desktop'}".lower().replace(" ", "-"))
        assert broken_rules(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1280)
