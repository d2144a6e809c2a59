"""Action items as a reader adds and ticks them, in Chromium."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.opening import opened


def test_an_action_item_is_added_and_ticked_off(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    card = page.locator("article", has_text="Action items")
    card.get_by_text("Add", exact=True).click()
    card.locator("#action-title").fill("Call <b>Bob</b> back")
    card.locator("#action-due").fill("2026-03-13")
    card.get_by_role("button", name="Add item").click()
    line = card.locator(".li", has_text="Call <b>Bob</b> back")
    expect(line).to_contain_text("due 13 Mar")
    expect(card.locator("#action-title")).to_be_hidden()  # the form closes, and its button has the focus
    expect(card.locator("summary", has_text="Add")).to_be_focused()
    expect(line).to_be_in_viewport(ratio=1)
    line.get_by_role("checkbox").click()
    expect(card.locator(".li", has_text="Call <b>Bob</b> back").locator(".badge-look")).to_have_text("Done")


def test_a_long_title_of_an_action_item_takes_two_lines(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    card = page.locator("article", has_text="Action items")
    card.get_by_text("Add", exact=True).click()
    title = "Ask the agency why Brand Awareness costs so much"
    card.locator("#action-title").fill(title)
    card.get_by_role("button", name="Add item").click()
    shown = card.locator(".li bdi", has_text=title)
    expect(shown).to_be_visible()
    assert shown.bounding_box()["height"] >= 36
    assert shown.evaluate("one => one.scrollHeight <= one.clientHeight + 1")


def test_an_action_item_is_deleted_after_a_second_word(page: Page, shell_address: str) -> None:
    opened(page, f"{shell_address}/executive")
    card = page.locator("article", has_text="Action items")
    card.get_by_text("Add", exact=True).click()
    card.locator("#action-title").fill("A slip of the finger")
    card.get_by_role("button", name="Add item").click()
    line = card.locator(".li", has_text="A slip of the finger")
    line.locator("summary.badge-button").click()
    expect(line.get_by_role("button", name="Delete the item")).to_be_hidden()
    line.get_by_text("Delete …").click()
    expect(line).to_contain_text("The audit log keeps what it was.")
    line.get_by_role("button", name="Delete the item").click()
    expect(card.locator(".li", has_text="A slip of the finger")).to_have_count(0)
