"""The passport of a number on a phone and by keyboard, in Chromium on the whole product."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_walk import sign_in
from tests.demo_company import Site
from tests.visits import RANGE

CLOSE = "Close the passport"


def opened(page: Page, site: Site) -> None:
    sign_in(page, site, "executive", f"/executive?range={RANGE}")
    expect(page.locator("article.card")).to_have_count(11)


def within(page: Page, part: Locator) -> bool:
    """Whether all of a part lies inside the window."""
    box, size = part.bounding_box(), page.viewport_size
    assert box is not None and size is not None
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return min(box["x"], box["y"]) >= 0 and right <= size["width"] and bottom <= size["height"]


@pytest.mark.parametrize("look", [".kpi-v", ".delta .number"])
def test_on_a_phone_the_passport_closes_by_a_button_in_sight_and_gives_the_focus_back(
    page: Page, site: Site, look: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, site)
    number = page.locator(look).first
    number.click()
    panel = page.get_by_role("dialog", name="Number passport")
    expect(panel.locator(".passport-value")).to_contain_text("$")
    close = panel.get_by_role("button", name=CLOSE)
    expect(close).to_be_focused()
    page.wait_for_function("() => document.querySelector('.passport').getAnimations().length === 0")
    assert within(page, close) and page.evaluate("document.documentElement.scrollWidth") == 390
    close.click()
    expect(panel).to_have_count(0)
    expect(number).to_be_focused()


def test_by_keyboard_a_change_leads_to_what_was_before_and_back(page: Page, site: Site) -> None:
    opened(page, site)
    change = page.locator(".h-kpi .delta .number").first
    change.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Number passport")
    expect(panel.locator(".passport-name").first).to_have_text("MRR, change")
    before = panel.locator(".passport-aspect .number").nth(1)
    said = before.inner_text()
    before.focus()
    page.keyboard.press("Enter")
    expect(panel.locator(".passport-name").first).to_have_text("MRR, before")
    expect(panel.locator(".passport-value")).to_have_text(said)
    expect(panel.get_by_role("button", name=CLOSE)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(change).to_be_focused()
